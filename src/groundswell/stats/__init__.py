"""Intervals clustered by unit, keyed draws that anybody can repeat, and what a caller hands in, in one form."""

from groundswell.stats.draws import draw, folds, pick
from groundswell.stats.estimates import (
    FEW,
    Estimate,
    cluster_sums,
    clustered_mean,
    difference_of_rates,
    t_value,
    units_apart,
    z_value,
)
from groundswell.stats.frames import table_of
from groundswell.stats.given import Chances, chances_of, labels_of, matrix_of, numbers_of, of_length, units_of
from groundswell.stats.suppressing import may_be_told

__all__ = [
    "FEW",
    "Chances",
    "Estimate",
    "chances_of",
    "cluster_sums",
    "clustered_mean",
    "difference_of_rates",
    "draw",
    "folds",
    "labels_of",
    "matrix_of",
    "may_be_told",
    "numbers_of",
    "of_length",
    "pick",
    "t_value",
    "table_of",
    "units_apart",
    "units_of",
    "z_value",
]
