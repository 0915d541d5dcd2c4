"""The rivals of ``benchmarks/segments.py``, in their own environment: k-means, k-modes, StepMix; JSON on standard output.

Numbers are standardised for k-means (blanks at the mean, texts as indicators) and cut into eighths for the others (blanks a
level of their own for k-modes, missing for StepMix).
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from kmodes.kmodes import KModes  # type: ignore[import-not-found]
from sklearn.cluster import KMeans  # type: ignore[import-not-found]
from sklearn.metrics import adjusted_rand_score  # type: ignore[import-not-found]
from sklearn.tree import DecisionTreeClassifier  # type: ignore[import-not-found]
from stepmix.stepmix import StepMix  # type: ignore[import-not-found]

DRAWS, SAMPLE = 12, 5_000
SLOW = 4
"""Drawings of the one that takes a hundred times as long."""
warnings.simplefilter("ignore")


def main(file: str, groups: int) -> None:
    """Groups of each rival, told by rules, and how far they come out again."""
    people = pd.read_parquet(file)
    if len(people) > SAMPLE:
        people = people.sample(SAMPLE, random_state=0).reset_index(drop=True)
    homes = people.pop("unit").to_numpy()
    wide, codes = indicators(people), levels(people)
    lot = np.random.default_rng(0)
    drawn = []
    for _ in range(DRAWS):
        chosen = pd.Series(lot.poisson(1.0, len(np.unique(homes))), index=np.unique(homes)).loc[homes].to_numpy()
        drawn.append(np.repeat(np.arange(len(people)), chosen))
    scaled = (wide - wide.mean(axis=0)) / np.maximum(wide.std(axis=0), 1e-9)

    def means(rows: np.ndarray) -> np.ndarray:
        return np.asarray(KMeans(groups, n_init=10, random_state=0).fit(scaled[rows]).predict(scaled))

    def modes(rows: np.ndarray) -> np.ndarray:
        return np.asarray(KModes(groups, n_init=3, random_state=0).fit(codes[rows]).predict(codes))

    def mixture(rows: np.ndarray) -> np.ndarray:
        data = np.where(codes == 0, np.nan, codes - 1.0)
        model = StepMix(groups, measurement="categorical_nan", n_init=2, random_state=0, progress_bar=0, verbose=0)
        return np.asarray(model.fit(pd.DataFrame(data[rows])).predict(pd.DataFrame(data)))

    ways = (
        ("k-means (scikit-learn)", means, drawn),
        ("k-modes", modes, drawn),
        ("StepMix, latent classes, 4 drawings", mixture, drawn[:SLOW]),
    )
    print(json.dumps([told(name, way, wide, some) for name, way, some in ways]))


def told(
    name: str, way: Callable[[np.ndarray], np.ndarray], wide: np.ndarray, drawn: list[np.ndarray]
) -> dict[str, object]:
    """One rival: its groups by rules, and those of people drawn anew."""
    before = cpu()
    labels, rules = by_rules(way, np.arange(len(wide)), wide)
    again = [by_rules(way, rows, wide)[1] for rows in drawn]
    return {
        "name": name,
        "groups": len(np.unique(labels)),
        "fidelity": float((rules == labels).mean()),
        "stability": float(np.mean([adjusted_rand_score(rules, one) for one in again])),
        "cpu": cpu() - before,
    }


def by_rules(
    way: Callable[[np.ndarray], np.ndarray], rows: np.ndarray, wide: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The groups of everybody, and what a shallow tree says of them."""
    labels = np.asarray(way(rows)).astype(int)
    tree = DecisionTreeClassifier(max_depth=3, max_leaf_nodes=8, min_samples_leaf=0.02, random_state=0)
    return labels, tree.fit(wide[rows], labels[rows]).predict(wide)


def indicators(people: pd.DataFrame) -> np.ndarray:
    """Numbers as they are, texts as indicators."""
    numbers = people.select_dtypes("number")
    texts = pd.get_dummies(people.drop(columns=numbers.columns), dtype=float)
    return np.column_stack([numbers.fillna(numbers.mean()).to_numpy(), texts.to_numpy()])


def levels(people: pd.DataFrame) -> np.ndarray:
    """Every trait as a level from 1, blanks 0."""
    columns = []
    for name in people:
        column = people[name]
        if column.dtype.kind in "fi" and column.nunique() > 9:
            column = pd.qcut(column, 8, duplicates="drop")
        columns.append(pd.Categorical(column).codes.astype(int) + 1)
    return np.column_stack(columns)


def cpu() -> float:
    """Seconds of this process until now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
