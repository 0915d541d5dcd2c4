"""Made-up places whose truth is known: to try the product on, and to hold it to."""

from groundswell.worlds.town import NAMED as TOWN_NAMED
from groundswell.worlds.town import OPTIONS as TOWN_OPTIONS
from groundswell.worlds.town import TRUTHS as TOWN_TRUTHS
from groundswell.worlds.town import Town, make_town, read_town, write_town
from groundswell.worlds.town.history import contacts_before
from groundswell.worlds.village import Village, make_village, write_village

__all__ = [
    "TOWN_NAMED",
    "TOWN_OPTIONS",
    "TOWN_TRUTHS",
    "Town",
    "Village",
    "contacts_before",
    "make_town",
    "make_village",
    "read_town",
    "write_town",
    "write_village",
]
