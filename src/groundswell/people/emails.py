r"""E-mail addresses in one form, and the same in SQL for those that are written as usual.

The form is a key, in small letters throughout: the standard lets a provider tell ``Ann@`` from ``ann@``, and none does. The
domain is written as it travels (``xn--...``), so that an international one has one form. A tag (``ann+news@``) stays: whoever
wrote it meant it. Nothing is looked up in the network.
"""

from __future__ import annotations

import re

from email_validator import EmailNotValidError, validate_email

from groundswell.people.values import cleaned, settled

_ANGLED = re.compile(r"<([^<>]*@[^<>]*)>")
_BETWEEN = re.compile(r"[;,|\s]+")
_BEFORE = " \"'`<>()[]{},:;"
_WRAPPING = _BEFORE + "."
# Nobody can receive anything there, whatever is written before the @.
_UNREACHABLE = "arpa|invalid|local|localhost|onion|test"


def email_key(text: str | None) -> str | None:
    """An e-mail address in small letters, without what is wrapped around it; of several in a cell the first.

    >>> email_key("Ann Smith <Ann.Smith@Example.ORG>,"), email_key("mailto:ann@müller.example"), email_key("ann at x.org")
    ('ann.smith@example.org', 'ann@xn--mller-kva.example', None)
    """
    found = cleaned(text)
    return settled(_first, found) if found else None


def why_no_email(text: str | None) -> str | None:
    """Why a cell is no e-mail address: ``blank``, ``no-at-sign``, ``no-domain``, ``unreachable`` or ``not-possible``.

    >>> why_no_email("ann.x.org"), why_no_email("ann@localhost"), why_no_email("ann@x.org")
    ('no-at-sign', 'no-domain', None)
    """
    if email_key(text):
        return None
    found = cleaned(text)
    if not found:
        return "blank" if not text or len(text) < 50 else "not-possible"
    if "@" not in found:
        return "no-at-sign"
    domain = found.rpartition("@")[2].strip(_WRAPPING).lower()
    if "." not in domain:
        return "no-domain"
    return "unreachable" if re.search(rf"\.({_UNREACHABLE})$", domain) else "not-possible"


def _first(text: str) -> str | None:
    if "@" not in text:
        return None
    angled = _ANGLED.search(text)
    for part in _BETWEEN.split(angled[1] if angled else text):
        found = _one(part)
        if found:
            return found
    return None


def _one(text: str) -> str | None:
    bare = text.rstrip(_WRAPPING).lstrip(_BEFORE)
    if bare[:7].lower() == "mailto:":
        bare = bare[7:].partition("?")[0].rstrip(_WRAPPING)
    if "@" not in bare:
        return None
    try:
        valid = validate_email(bare.lower(), check_deliverability=False)
    except (EmailNotValidError, UnicodeError):  # an international domain can be refused in two ways
        return None
    return f"{valid.local_part.lower()}@{valid.ascii_domain.lower()}"


def usual_email(cell: str) -> str:
    """SQL: the address of a cell that is written as usual, as :func:`email_key` gives it; null for all others.

    Args:
        cell: SQL of the text.
    """
    word = "[A-Za-z0-9_+-]+"
    label = "[A-Za-z0-9]+(-[A-Za-z0-9]+)*"
    pattern = rf"^ *{word}(\.{word})*@({label}\.)+[A-Za-z]{{2,24}} *$"
    return (
        f"case when length({cell}) <= 64 and regexp_matches({cell}, '{pattern}') "
        f"and not regexp_matches({cell}, '(?i)\\.({_UNREACHABLE}) *$') then lower(trim({cell})) end"
    )
