"""Who we may speak to: ids, who is the same, who lives together, what was imported of them, and who said stop."""

from groundswell.people.consent import BARRED, NOBODY, barred
from groundswell.people.emails import email_key
from groundswell.people.gathering import BY_ADDRESS, HOUSEHOLD, PEOPLE, TOGETHER, People, Unit, gather
from groundswell.people.layers import Fact, Layer, facts_of, forget_undone, keep_rows, lay_over, lists_of
from groundswell.people.laying import Forgotten, Laid, Reading, lay
from groundswell.people.linking.linking import LINKED, LinkWarning, link
from groundswell.people.normalising import with_made
from groundswell.people.phones import e164
from groundswell.people.together import as_stored, counted, with_blank, with_homes, with_teams
from groundswell.people.tracing import import_of_row, lead_to_files, row_of_import

__all__ = [
    "BARRED",
    "BY_ADDRESS",
    "HOUSEHOLD",
    "LINKED",
    "NOBODY",
    "PEOPLE",
    "TOGETHER",
    "Fact",
    "Forgotten",
    "Laid",
    "Layer",
    "LinkWarning",
    "People",
    "Reading",
    "Unit",
    "as_stored",
    "barred",
    "counted",
    "e164",
    "email_key",
    "facts_of",
    "forget_undone",
    "gather",
    "import_of_row",
    "keep_rows",
    "lay",
    "lay_over",
    "lead_to_files",
    "link",
    "lists_of",
    "row_of_import",
    "with_blank",
    "with_homes",
    "with_made",
    "with_teams",
]
