"""What we know of each person: declared traits, what follows from who lives together, what they care about, and scores."""

from groundswell.profiles.built_in import trait_of
from groundswell.profiles.interests import (
    INTEREST,
    INTERESTS,
    Shown,
    interest_column,
    interests,
    of_topics,
    shown_by,
    with_interests,
)
from groundswell.profiles.scores import Reason, ScoreModel, Scores, rake
from groundswell.profiles.scoring import (
    ANSWERS,
    SCORE,
    SCORES,
    Foretold,
    blank_of_some,
    foretell,
    foretells,
    hide_few,
    reasons_of,
    score_column,
    with_scores,
    without_scores,
)
from groundswell.profiles.settings import Score, ScoreSpec, Topic, TopicSpec, Trait, TraitSpec
from groundswell.profiles.traits import CONTACTS, profile, trait_columns, with_contacts

__all__ = [
    "ANSWERS",
    "CONTACTS",
    "INTEREST",
    "INTERESTS",
    "SCORE",
    "SCORES",
    "Foretold",
    "Reason",
    "Score",
    "ScoreModel",
    "ScoreSpec",
    "Scores",
    "Shown",
    "Topic",
    "TopicSpec",
    "Trait",
    "TraitSpec",
    "blank_of_some",
    "foretell",
    "foretells",
    "hide_few",
    "interest_column",
    "interests",
    "of_topics",
    "profile",
    "rake",
    "reasons_of",
    "score_column",
    "shown_by",
    "trait_columns",
    "trait_of",
    "with_contacts",
    "with_interests",
    "with_scores",
    "without_scores",
]
