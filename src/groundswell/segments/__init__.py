"""Groups a human can recognise: a rule and a sentence each, and who gets what, in words."""

from groundswell.segments.declared import Segment, SegmentSpec, column_of, in_order, members, members_again
from groundswell.segments.describe import Condition, Group, Leaf, Mean, describe
from groundswell.segments.smallest import Counted, count_members, may_be_shown

__all__ = [
    "Condition",
    "Counted",
    "Group",
    "Leaf",
    "Mean",
    "Segment",
    "SegmentSpec",
    "column_of",
    "count_members",
    "describe",
    "in_order",
    "may_be_shown",
    "members",
    "members_again",
]
