"""Which first names may be one person's: Bill and William. From the package ``nicknames`` of the extra ``link``."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any


def available() -> bool:
    """True where the package is there.

    >>> available()
    True
    """
    return find_spec("nicknames") is not None


def groups(name: str) -> frozenset[str]:
    """The full names that a first name may stand for, itself among them; two that share one may be the same person's.

    >>> sorted(groups("bill") & groups("william")), groups("xyz")
    (['bill', 'william'], frozenset())
    """
    if not available():
        return frozenset()
    full = _names().canonicals_of(name)
    short = _names().nicknames_of(name)
    return frozenset(full | ({name} if full or short else set()))


@cache
def _names() -> Any:  # noqa: ANN401 - an extra
    from nicknames import NickNamer  # noqa: PLC0415 - an extra

    return NickNamer()
