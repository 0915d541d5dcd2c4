"""The channels we know the list of; any other name gets a plain list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What a channel's list is called and what a person needs to be reached.

    Attributes:
        list_name: the file's name, without its ending.
        needs: the role that must be filled in, when the campaign's file has that role; None for no need.
        shows: the roles the list shows.
    """

    list_name: str
    needs: str | None
    shows: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "post": Kind("mail-merge", "address", ("name", "address", "language")),
    "door": Kind("walk-list", "address", ("name", "address", "language")),
    "phone": Kind("call-list", "phone", ("name", "phone", "language")),
    "sms": Kind("sms-merge", "phone", ("name", "phone", "language")),
    "email": Kind("email-merge", "email", ("name", "email", "language")),
}


def kind_of(channel: str) -> Kind:
    """What we know of a channel.

    >>> kind_of("phone").list_name
    'call-list'
    >>> kind_of("carrier-pigeon").list_name
    'carrier-pigeon-list'
    """
    return KINDS.get(channel, Kind(f"{channel}-list", None, ("name", "phone", "email", "address", "language")))
