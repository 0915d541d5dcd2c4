"""What we know of each person: declared traits, and what follows from who lives together."""

from groundswell.profiles.settings import Trait, TraitSpec
from groundswell.profiles.traits import profile, trait_columns

__all__ = ["Trait", "TraitSpec", "profile", "trait_columns"]
