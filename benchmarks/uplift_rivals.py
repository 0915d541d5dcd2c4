"""One rival of uplift modelling, run by the Python of its own environment: ``uplift_rivals.py RIVAL TRAIN TEST OUTPUT``.

TRAIN is a Parquet file of traits (``x_...``), ``arm`` (``nothing`` and others) and ``outcome``; TEST has the traits. OUTPUT
gets a column for every arm but ``nothing``: its effect on each row of TEST. The last line printed says what the run took.
``uplift_rivals.py draw SEED ROWS OUTPUT`` draws causalml's own world instead. Nothing of groundswell is imported here.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.parquet as pq

NOTHING = "nothing"


def trees(small: bool, *, classify: bool = False) -> Any:  # noqa: ANN401 - of a library that is not installed here
    """LightGBM as it comes, or as small as ours."""
    import lightgbm as lgb

    size: dict[str, Any] = {"num_leaves": 4, "n_estimators": 80, "min_child_samples": 200} if small else {}
    kind = lgb.LGBMClassifier if classify else lgb.LGBMRegressor
    return kind(n_jobs=1, verbose=-1, **size)


class Data:
    """What was drawn, and traits as numbers: texts as columns of 0 and 1, blanks as the median and a column that says so."""

    def __init__(self, train: str, test: str) -> None:
        self.table, other = pq.read_table(train).to_pandas(), pq.read_table(test).to_pandas()
        names = [name for name in self.table if name.startswith("x_")]
        both = pd.concat([self.table[names], other[names]], ignore_index=True)
        numbers = both.select_dtypes("number")
        texts = both.drop(columns=numbers.columns)
        texts = pd.get_dummies(texts, dtype=float) if len(texts.columns) else texts
        blank = numbers.isna()
        gaps = blank.loc[:, blank.any()].astype(float).add_suffix("_blank")
        every = pd.concat([numbers.fillna(numbers.median()), gaps, texts], axis=1).to_numpy(dtype=np.float64)
        self.x, self.new = every[: len(self.table)], every[len(self.table) :]
        self.arm = self.table["arm"].to_numpy(dtype=str)
        self.y = self.table["outcome"].to_numpy(dtype=np.float64)
        self.arms = [NOTHING, *sorted(set(self.arm) - {NOTHING})]


def causalml(kind: str, small: bool, data: Data) -> np.ndarray:
    """The meta-learners of causalml, with known propensities where they take any."""
    from causalml.inference import meta  # type: ignore[import-not-found]

    chance = {arm: np.full(len(data.y), (data.arm == arm).mean()) for arm in data.arms[1:]}
    maker = {
        "s": meta.BaseSRegressor,
        "t": meta.BaseTRegressor,
        "x": meta.BaseXRegressor,
        "r": meta.BaseRRegressor,
        "dr": meta.BaseDRRegressor,
    }[kind]
    model = maker(learner=trees(small), control_name=NOTHING)
    # Chances are those of an arm against nothing, as its own estimate of them would be.
    pairs = {arm: share / (share + (data.arm == NOTHING).mean()) for arm, share in chance.items()}
    if kind in {"x", "r"}:
        model.fit(data.x, data.arm, data.y, p=pairs)
    else:
        model.fit(data.x, data.arm, data.y)
    new = {arm: np.full(len(data.new), share[0]) for arm, share in pairs.items()}
    found = model.predict(data.new, p=new) if kind == "x" else model.predict(data.new)
    order = [list(model.t_groups).index(arm) for arm in data.arms[1:]]
    return np.asarray(found).reshape(len(data.new), -1)[:, order]


def econml(kind: str, data: Data) -> np.ndarray:
    """The learners of econml, told that the draw hangs on nothing."""
    from econml.dml import CausalForestDML  # type: ignore[import-not-found]
    from econml.dr import DRLearner, ForestDRLearner, LinearDRLearner  # type: ignore[import-not-found]
    from sklearn.dummy import DummyClassifier  # type: ignore[import-not-found]

    arm = np.array([data.arms.index(name) for name in data.arm])
    draw = DummyClassifier(strategy="prior")
    if kind in {"forest", "large-leaves"}:
        model = CausalForestDML(
            model_y=trees(True),
            model_t=draw,
            discrete_treatment=True,
            n_estimators=200,
            min_samples_leaf=5 if kind == "forest" else 100,  # 5 is its own
            n_jobs=1,
            random_state=0,
        )
    else:
        usual: dict[str, Any] = {"model_propensity": draw, "model_regression": trees(True), "random_state": 0}
        model = {
            "dr": lambda: DRLearner(model_final=trees(True), **usual),
            "linear": lambda: LinearDRLearner(**usual),
            "forest-dr": lambda: ForestDRLearner(n_estimators=200, n_jobs=1, min_samples_leaf=100, **usual),
        }[kind]()
    model.fit(data.y, arm, X=data.x)
    return np.column_stack([np.ravel(model.effect(data.new, T0=0, T1=place)) for place in range(1, len(data.arms))])


def sklift(kind: str, small: bool, data: Data) -> np.ndarray:
    """The models of scikit-uplift, one arm against nothing at a time, for it knows one treatment only."""
    from sklift.models import SoloModel, TwoModels  # type: ignore[import-not-found]

    found = []
    for arm in data.arms[1:]:
        mine = (data.arm == NOTHING) | (data.arm == arm)
        make = {
            "solo": lambda: SoloModel(trees(small, classify=True)),
            "two": lambda: TwoModels(trees(small, classify=True), trees(small, classify=True), method="vanilla"),
        }[kind]
        model: Any = make()  # type: ignore[no-untyped-call]
        model.fit(data.x[mine], data.y[mine].astype(int), (data.arm[mine] == arm).astype(int))
        found.append(np.asarray(model.predict(data.new)))
    return np.column_stack(found)


def _meta(kind: str, small: bool) -> Callable[[Data], np.ndarray]:
    return lambda data: causalml(kind, small, data)


RIVALS: dict[str, Callable[[Data], np.ndarray]] = {
    **{
        f"causalml {kind.upper()}, {size} trees": _meta(kind, size == "small")
        for kind in ("s", "t", "x", "r", "dr")
        for size in ("usual", "small")
    },
    "econml DRLearner": lambda data: econml("dr", data),
    "econml LinearDRLearner": lambda data: econml("linear", data),
    "scikit-uplift SoloModel, small trees": lambda data: sklift("solo", True, data),
    "scikit-uplift TwoModels, usual trees": lambda data: sklift("two", False, data),
    "scikit-uplift TwoModels, small trees": lambda data: sklift("two", True, data),
    "econml CausalForestDML": lambda data: econml("forest", data),
    "econml CausalForestDML, leaves of 100": lambda data: econml("large-leaves", data),
    "econml ForestDRLearner": lambda data: econml("forest-dr", data),
}


def draw(seed: int, rows: int, target: str) -> None:
    """Causalml's own world with its true effects."""
    from causalml.dataset import make_uplift_classification_logistic  # type: ignore[import-not-found]

    random.seed(seed)  # it chooses the forms of its effects by this, and all else by random_seed
    found, names = make_uplift_classification_logistic(n_samples=rows // 4, random_seed=seed)
    table = {f"x_{name}": found[name].to_numpy() for name in names}
    table["arm"] = found["treatment_group_key"].replace("control", NOTHING).to_numpy()
    table["outcome"] = found["conversion"].to_numpy(dtype=np.float64)
    for arm in ("treatment1", "treatment2", "treatment3"):
        table[f"true_{arm}"] = found[f"{arm}_true_effect"].to_numpy()
    pq.write_table(pa.table(table), target)


def main(arguments: list[str]) -> None:
    """Run one rival, or draw."""
    warnings.filterwarnings("ignore")
    if arguments[0] == "draw":
        draw(int(arguments[1]), int(arguments[2]), arguments[3])
        return
    name, train, test, target = arguments
    data = Data(train, test)
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = RIVALS[name](data)
    after = resource.getrusage(resource.RUSAGE_SELF)
    pq.write_table(pa.table(dict(zip(data.arms[1:], found.T, strict=True))), target)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpu": cpu}))


if __name__ == "__main__":
    main(sys.argv[1:])
