"""What we know of each person: declared traits, what follows from who lives together, and what they care about."""

from groundswell.profiles.interests import INTEREST, INTERESTS, interest_column, interests, of_topics, with_interests
from groundswell.profiles.settings import Topic, TopicSpec, Trait, TraitSpec
from groundswell.profiles.traits import CONTACTS, profile, trait_columns, with_contacts

__all__ = [
    "CONTACTS",
    "INTEREST",
    "INTERESTS",
    "Topic",
    "TopicSpec",
    "Trait",
    "TraitSpec",
    "interest_column",
    "interests",
    "of_topics",
    "profile",
    "trait_columns",
    "with_contacts",
    "with_interests",
]
