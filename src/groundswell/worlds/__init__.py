"""Made-up places whose truth is known: to try the product on, and to hold it to."""

from groundswell.worlds.company import FILE as COMPANY_FILE
from groundswell.worlds.company import OPTIONS as COMPANY_OPTIONS
from groundswell.worlds.company import Company, make_company, read_company, write_company
from groundswell.worlds.town import NAMED as TOWN_NAMED
from groundswell.worlds.town import OPTIONS as TOWN_OPTIONS
from groundswell.worlds.town import TRUTHS as TOWN_TRUTHS
from groundswell.worlds.town import Town, make_town, read_town, write_town
from groundswell.worlds.town.history import contacts_before
from groundswell.worlds.village import Village, make_village, write_village

__all__ = [
    "COMPANY_FILE",
    "COMPANY_OPTIONS",
    "TOWN_NAMED",
    "TOWN_OPTIONS",
    "TOWN_TRUTHS",
    "Company",
    "Town",
    "Village",
    "contacts_before",
    "make_company",
    "make_town",
    "make_village",
    "read_company",
    "read_town",
    "write_company",
    "write_town",
    "write_village",
]
