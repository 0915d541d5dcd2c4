"""What people can check: the summary, the report, and why one person gets what they get."""

from groundswell.trust.gathering import gather_groups
from groundswell.trust.summary import Played, Told, summarise
from groundswell.trust.why import Why, explain

__all__ = ["Played", "Told", "Why", "explain", "gather_groups", "summarise"]
