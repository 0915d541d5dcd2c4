"""Who speaks to whom: volunteers for the calls and visits of a round."""

from groundswell.fieldwork.calling import SPOKEN, all_through, assign, with_endless_hours

__all__ = ["SPOKEN", "all_through", "assign", "with_endless_hours"]
