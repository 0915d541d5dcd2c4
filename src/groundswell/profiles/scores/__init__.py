"""Scores: from a small survey to everybody."""

from groundswell.profiles.scores.model import ScoreModel, Scores
from groundswell.profiles.scores.raking import rake
from groundswell.profiles.scores.reasons import Reason

__all__ = ["Reason", "ScoreModel", "Scores", "rake"]
