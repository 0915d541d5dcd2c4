"""What we know of each person: declared traits, what follows from who lives together, what they care about, and scores."""

from groundswell.profiles.interests import INTEREST, INTERESTS, interest_column, interests, of_topics, with_interests
from groundswell.profiles.scores import Reason, ScoreModel, Scores, rake
from groundswell.profiles.settings import Topic, TopicSpec, Trait, TraitSpec
from groundswell.profiles.traits import CONTACTS, profile, trait_columns, with_contacts

__all__ = [
    "CONTACTS",
    "INTEREST",
    "INTERESTS",
    "Reason",
    "ScoreModel",
    "Scores",
    "Topic",
    "TopicSpec",
    "Trait",
    "TraitSpec",
    "interest_column",
    "interests",
    "of_topics",
    "profile",
    "rake",
    "trait_columns",
    "with_contacts",
    "with_interests",
]
