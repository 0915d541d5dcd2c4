"""Intervals clustered by unit, and draws that anybody can repeat from an id and a key."""

from groundswell.stats.draws import draw, folds, pick
from groundswell.stats.estimates import Estimate, cluster_sums, clustered_mean, difference_of_rates, t_value, z_value

__all__ = [
    "Estimate",
    "cluster_sums",
    "clustered_mean",
    "difference_of_rates",
    "draw",
    "folds",
    "pick",
    "t_value",
    "z_value",
]
