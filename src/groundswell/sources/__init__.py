"""Any file -> typed rows, and the rows that cannot be used, each with its reason."""

from groundswell.sources.dates import Order
from groundswell.sources.frames import Data, as_file
from groundswell.sources.guessing import Proposal, propose
from groundswell.sources.notes import Note
from groundswell.sources.opening import Opened, opened, split_path
from groundswell.sources.query import query_to_file
from groundswell.sources.reading import Rows, columns_of, empty_rows, read_rows, unknown_column
from groundswell.sources.settings import (
    ROLES,
    EventsSpec,
    FriendsSpec,
    ListSpec,
    MessengersSpec,
    OutcomesSpec,
    PastFileSpec,
    PastSpec,
    PeopleSpec,
    RemarksSpec,
    SourcesSpec,
)
from groundswell.sources.staging import Staged, head_of, stage
from groundswell.sources.types import TYPES, Column, date_orders, in_order, settle_dates

__all__ = [
    "ROLES",
    "TYPES",
    "Column",
    "Data",
    "EventsSpec",
    "FriendsSpec",
    "ListSpec",
    "MessengersSpec",
    "Note",
    "Opened",
    "Order",
    "OutcomesSpec",
    "PastFileSpec",
    "PastSpec",
    "PeopleSpec",
    "Proposal",
    "RemarksSpec",
    "Rows",
    "SourcesSpec",
    "Staged",
    "as_file",
    "columns_of",
    "date_orders",
    "empty_rows",
    "head_of",
    "in_order",
    "opened",
    "propose",
    "query_to_file",
    "read_rows",
    "settle_dates",
    "split_path",
    "stage",
    "unknown_column",
]
