"""Who we may speak to: ids, who lives together, and who said stop."""

from groundswell.people.gathering import PEOPLE, People, gather

__all__ = ["PEOPLE", "People", "gather"]
