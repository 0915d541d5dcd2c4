"""Any file -> typed rows, and the rows that cannot be used, each with its reason."""

from groundswell.sources.reading import Rows, columns_of, empty_rows, read_rows, unknown_column
from groundswell.sources.settings import (
    ROLES,
    EventsSpec,
    MessengersSpec,
    OutcomesSpec,
    PastFileSpec,
    PastSpec,
    PeopleSpec,
    RemarksSpec,
    SourcesSpec,
)
from groundswell.sources.types import TYPES, Column

__all__ = [
    "ROLES",
    "TYPES",
    "Column",
    "EventsSpec",
    "MessengersSpec",
    "OutcomesSpec",
    "PastFileSpec",
    "PastSpec",
    "PeopleSpec",
    "RemarksSpec",
    "Rows",
    "SourcesSpec",
    "columns_of",
    "empty_rows",
    "read_rows",
    "unknown_column",
]
