"""Made-up places whose truth is known: to try the product on, and to hold it to."""

from groundswell.worlds.village import Village, make_village, write_village

__all__ = ["Village", "make_village", "write_village"]
