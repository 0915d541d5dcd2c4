"""Groups a human can recognise: a rule and a sentence each, and who gets what, in words."""

from groundswell.segments.declared import Segment, SegmentSpec, column_of, in_order, members, members_again
from groundswell.segments.describe import Condition, Group, Leaf, Mean, describe
from groundswell.segments.discover import Apart, Discovered, Found, Tried, assign, discover, rand_index, tell_apart
from groundswell.segments.questions import Question, Rule, sql_of
from groundswell.segments.smallest import Counted, count_members, may_be_shown

__all__ = [
    "Apart",
    "Condition",
    "Counted",
    "Discovered",
    "Found",
    "Group",
    "Leaf",
    "Mean",
    "Question",
    "Rule",
    "Segment",
    "SegmentSpec",
    "Tried",
    "assign",
    "column_of",
    "count_members",
    "describe",
    "discover",
    "in_order",
    "may_be_shown",
    "members",
    "members_again",
    "rand_index",
    "sql_of",
    "tell_apart",
]
