"""Names of things: ids, options, and the nearest known word to a misspelt one."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable

NOTHING = "nothing"
"""The option that is always open, costs nothing and is worth nothing."""
CONTACTS = "recent_contacts"
"""The column that says how often somebody was contacted of late; in a campaign's second round and later."""

ID_PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def split_option(option: str) -> tuple[str, str]:
    """Take ``message/channel`` apart, whoever says it.

    Args:
        option: the option's id, never ``nothing``.

    Returns:
        The message's id and the channel's.

    Raises:
        ValueError: when the text is neither ``message/channel`` nor ``message/channel/messenger``.

    >>> split_option("self/post"), split_option("safety/briefing/peer")
    (('self', 'post'), ('safety', 'briefing'))
    """
    parts = option.split("/")
    if len(parts) not in {2, 3} or not all(parts):
        raise ValueError(f"an option is message/channel or message/channel/messenger, found {option!r}")
    return parts[0], parts[1]


def messenger_of(option: str) -> str | None:
    """Who says an option, where that is part of it.

    >>> messenger_of("safety/briefing/peer"), messenger_of("self/post")
    ('peer', None)
    """
    parts = option.split("/")
    return parts[2] if len(parts) == 3 else None


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, or None when none is.

    >>> nearest("adress", ["address", "email"])
    'address'
    >>> nearest("zzz", ["address", "email"]) is None
    True
    """
    by_fold = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def escaped(name: str) -> str:
    """An id without the mark that parts a key, so that no two keys are the same.

    >>> escaped("a:b"), escaped("50%")
    ('a%3Ab', '50%25')
    """
    return name.replace("%", "%25").replace(":", "%3A")


def file_name(text: str, *, marked: bool = False) -> str:
    """A text as part of a file's name on any machine: itself where it can be, else what is left of it and a mark of it.

    Args:
        text: such as an id.
        marked: True: with the mark in any case.

    >>> file_name("v-17"), file_name("ann/lee@x.example"), file_name("../secret")
    ('v-17', 'ann-lee-x.example-cde7c8ff', 'secret-a6b09678')
    """
    if not marked and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", text) and not text.endswith("."):
        return text
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip(".-")[:40]
    return f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def unescaped(name: str) -> str:
    """The inverse of :func:`escaped`.

    >>> unescaped("a%3Ab"), unescaped("50%25")
    ('a:b', '50%')
    """
    return name.replace("%3A", ":").replace("%25", "%")


def number(value: float, digits: int = 3) -> str:
    """A number as people read it: at most ``digits`` significant figures, thousands apart.

    >>> number(26999.4, 5), number(0.020134), number(1234567), number(-0.0)
    ('26,999', '0.0201', '1,230,000', '0')
    """
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits}g}")
    decimals = max(0, digits - 1 - int(f"{abs(rounded):e}".split("e")[1]))
    text = f"{rounded:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
