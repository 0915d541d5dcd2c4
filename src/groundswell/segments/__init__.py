"""Groups that a person can recognise: who gets what, told by a shallow tree and a few averages."""

from groundswell.segments.describe import Condition, Group, Leaf, Mean, describe

__all__ = ["Condition", "Group", "Leaf", "Mean", "describe"]
