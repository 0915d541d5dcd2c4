"""How a message travels: what a channel reaches, what it costs, and what its list looks like."""

from groundswell.channels.known import KINDS, Kind, kind_of
from groundswell.channels.settings import VOLUNTEER, Channel, ChannelSpec

__all__ = ["KINDS", "VOLUNTEER", "Channel", "ChannelSpec", "Kind", "kind_of"]
