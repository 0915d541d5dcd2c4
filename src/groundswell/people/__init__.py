"""Who we may speak to: ids, who lives together, and who said stop."""

from groundswell.people.gathering import PEOPLE, People, gather
from groundswell.people.overlay import import_of_row, lead_to_files, overlay, row_of_import

__all__ = ["PEOPLE", "People", "gather", "import_of_row", "lead_to_files", "overlay", "row_of_import"]
