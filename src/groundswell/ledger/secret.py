"""Who was forgotten is known by a keyed hash only; the key is a file of its own, never in the database.

A bare hash of a telephone number is no protection: all numbers can be tried in minutes. With a key of 32 random bytes nobody
who has only the ledger learns anything, and we still notice when somebody forgotten stands in the next file.
"""

from __future__ import annotations

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from groundswell.ledger.placing import make_once
from groundswell.vocabulary import StorageError

_LENGTH = 32


def keyed_hash(secret: bytes, text: str) -> str:
    """HMAC-SHA256 of a text, as 64 hexadecimal digits.

    >>> keyed_hash(b"k" * 32, "+14155550123")[:16]
    '4dbbb54fb884c824'
    """
    return hmac.new(secret, text.encode(), sha256).hexdigest()


def secret_of(path: Path) -> bytes:
    """The key in this file: 32 random bytes, made when there is no such file yet.

    Raises:
        StorageError: when the file is not such a key, others than its owner may read it, or it cannot be made.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "secret"
    >>> len(secret_of(place)), secret_of(place) == secret_of(place)
    (32, True)
    """
    make_once(path, lambda draft: draft.write_bytes(secrets.token_bytes(_LENGTH)))
    try:
        found = path.read_bytes()
        mode = path.stat().st_mode
    except OSError as error:
        raise StorageError(f"{path.name} cannot be read.", file=path, found=error.strerror) from error
    if len(found) != _LENGTH:
        raise StorageError(
            f"{path.name} is not the key that groundswell made.",
            file=path,
            found=f"{len(found)} bytes",
            expected=f"{_LENGTH} bytes",
            hint="Bring it back from a backup: with another key, nobody who was forgotten is recognised again.",
        )
    if os.name == "posix" and mode & 0o077:
        raise StorageError(
            f"Others than its owner may read {path.name}.",
            file=path,
            found=f"mode {mode & 0o777:o}",
            expected="mode 600",
            hint=f"Run: chmod 600 {path}",
        )
    return found
