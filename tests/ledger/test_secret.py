"""The key by which the forgotten are known: made once, for its owner's eyes."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from groundswell.ledger import keyed_hash, secret_of
from groundswell.vocabulary import StorageError


def test_it_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    path = tmp_path / "new" / "secret"
    secret = secret_of(path)
    assert len(secret) == 32
    assert secret_of(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret"]
    assert secret_of(tmp_path / "other") != secret


def test_of_many_who_make_it_at_once_all_have_the_same(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(secret_of, [tmp_path / "secret"] * 64))
    assert len(found) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_what_is_no_key_is_never_used_or_made_anew(tmp_path, content):
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StorageError, match="not the key") as caught:
        secret_of(path)
    assert "backup" in caught.value.hint
    assert path.read_bytes() == content


def test_a_key_that_others_may_read_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "secret"
    secret_of(path)
    path.chmod(0o644)
    with pytest.raises(StorageError, match="Others than its owner") as caught:
        secret_of(path)
    assert "chmod 600" in caught.value.hint


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        secret_of(tmp_path / "file" / "secret")


def test_a_disk_without_links_has_it_too(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    assert secret_of(tmp_path / "secret") == secret_of(tmp_path / "secret")
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_a_hash_depends_on_the_key_and_the_text():
    one, two = b"1" * 32, b"2" * 32
    assert keyed_hash(one, "a") == keyed_hash(one, "a")
    assert len({keyed_hash(one, "a"), keyed_hash(two, "a"), keyed_hash(one, "b")}) == 3
    # RFC 4231, test case 2
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert keyed_hash(b"Jefe", "what do ya want for nothing?") == expected
