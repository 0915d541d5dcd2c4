"""groundswell: which message each person should hear, through which channel, or nothing at all - and whether they acted.

The whole public surface is three names; everything else hangs on what they return:

    >>> import groundswell
    >>> groundswell.__version__.count(".")
    2

``groundswell.open(folder)`` gives a :class:`~groundswell.campaigns.Campaign`; ``.run()`` gives a
:class:`~groundswell.campaigns.Round`. ``groundswell.tsunami(log)`` says how alike is what was sent until now.
Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from groundswell.vocabulary.version import __version__

if TYPE_CHECKING:
    from groundswell.campaigns import Campaign, Round, open_campaign
    from groundswell.campaigns.tsunami import tsunami

    open = open_campaign

__all__ = ["Campaign", "Round", "__version__", "open", "tsunami"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562: whatever the name stands for
    """Import a public name at its first use (PEP 562), so that ``--help`` answers at once."""
    if name in {"Campaign", "Round", "open"}:
        from groundswell import campaigns  # noqa: PLC0415

        return getattr(campaigns, "open_campaign" if name == "open" else name)
    if name == "tsunami":
        from groundswell.campaigns.tsunami import tsunami  # noqa: PLC0415

        return tsunami
    raise AttributeError(f"module 'groundswell' has no attribute {name!r}")
