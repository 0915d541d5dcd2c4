"""One rival of scoring, run by the Python of its own environment: ``scores_rivals.py RIVAL TRAIN TEST OUTPUT``.

TRAIN is a Parquet file of traits (``f_...`` are factors, ``n_...`` numbers) and ``answer``; TEST has the traits. OUTPUT gets
one column ``chance``. The last line printed says what fitting and foretelling took. Nothing of groundswell is imported here.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]


def written_out(train: pd.DataFrame, test: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Levels as columns of 0 and 1; numbers standardised, a blank as the mean with a column that says so."""
    both = pd.concat([train, test], ignore_index=True)
    factors = [name for name in both if name.startswith("f_")]
    numbers = both[[name for name in both if name.startswith("n_")]]
    blank = numbers.isna()
    middle, spread = numbers[: len(train)].mean(), numbers[: len(train)].std()
    numbers = ((numbers - middle) / spread).fillna(0.0)
    gaps = blank.loc[:, blank[: len(train)].any()].astype(float).add_suffix("_blank")
    levels = pd.get_dummies(both[factors].fillna("blank"), dtype=float)
    every = pd.concat([numbers, gaps, levels], axis=1).to_numpy(dtype=np.float64)
    return every[: len(train)], every[len(train) :]


def logistic(train: pd.DataFrame, test: pd.DataFrame, answer: np.ndarray) -> np.ndarray:
    """Logistic regression as it comes."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]

    x, new = written_out(train, test)
    return np.asarray(LogisticRegression(max_iter=2_000).fit(x, answer).predict_proba(new)[:, 1])


def boosted(small: bool) -> Callable[[pd.DataFrame, pd.DataFrame, np.ndarray], np.ndarray]:
    """LightGBM as it comes, or small; levels are its own categories."""

    def run(train: pd.DataFrame, test: pd.DataFrame, answer: np.ndarray) -> np.ndarray:
        import lightgbm as lgb

        both = pd.concat([train, test], ignore_index=True)
        for name in both:
            if name.startswith("f_"):
                both[name] = both[name].astype("category")
        size: dict[str, Any] = {"num_leaves": 4, "n_estimators": 80, "min_child_samples": 50} if small else {}
        model: Any = lgb.LGBMClassifier(n_jobs=1, verbose=-1, **size)
        model.fit(both[: len(train)], answer)
        return np.asarray(model.predict_proba(both[len(train) :])[:, 1])

    return run


def mrp(train: pd.DataFrame, test: pd.DataFrame, answer: np.ndarray) -> np.ndarray:
    """Multilevel regression by NUTS: a spread for each factor, numbers as main effects; the mean over the draws."""
    import bambi as bmb  # type: ignore[import-not-found]

    both = pd.concat([train, test], ignore_index=True)
    numbers = [name for name in both if name.startswith("n_")]
    factors = [name for name in both if name.startswith("f_")]
    gaps = []
    for name in numbers:
        blank = both[name].isna()
        known = both[name][: len(train)]
        both[name] = ((both[name] - known.mean()) / known.std()).fillna(0.0)
        if blank[: len(train)].any():
            both[name + "_blank"] = blank.astype(float)
            gaps.append(name + "_blank")
    for name in factors:
        both[name] = both[name].fillna("blank")
    seen = both[: len(train)].assign(answer=answer)
    formula = "answer ~ 1 + " + " + ".join([*numbers, *gaps, *(f"(1|{name})" for name in factors)])
    model = bmb.Model(formula, seen, family="bernoulli")
    draws = model.fit(draws=1_000, tune=1_000, chains=4, cores=1, random_seed=0, progressbar=False)
    # Effects by hand, draw by draw: a level that nobody answered for is at its factor's middle.
    post = draws.posterior.stack(sample=("chain", "draw"))
    new = both[len(train) :]
    logit = np.tile(post["Intercept"].to_numpy(), (len(new), 1))
    for name in [*numbers, *gaps]:
        logit += np.outer(new[name].to_numpy(), post[name].to_numpy())
    for name in factors:
        effect = post[f"1|{name}"]
        levels = {str(level): place for place, level in enumerate(effect[f"{name}__factor_dim"].to_numpy())}
        values = np.vstack([effect.transpose(f"{name}__factor_dim", "sample").to_numpy(), np.zeros(logit.shape[1])])
        logit += values[[levels.get(str(level), -1) for level in new[name]]]
    return np.asarray((1 / (1 + np.exp(-logit))).mean(axis=1))


RIVALS: dict[str, Callable[[pd.DataFrame, pd.DataFrame, np.ndarray], np.ndarray]] = {
    "logistic regression": logistic,
    "LightGBM, as it comes": boosted(small=False),
    "LightGBM, small": boosted(small=True),
    "MRP by NUTS (bambi)": mrp,
}


def main(arguments: list[str]) -> None:
    """Run one rival."""
    warnings.filterwarnings("ignore")
    name, train, test, target = arguments
    known, new = pd.read_parquet(train), pd.read_parquet(test)
    answer = known.pop("answer").to_numpy(dtype=np.float64)
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = RIVALS[name](known, new, answer)
    after = resource.getrusage(resource.RUSAGE_SELF)
    pd.DataFrame({"chance": found}).to_parquet(target)
    print(json.dumps({"cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}))


if __name__ == "__main__":
    main(sys.argv[1:])
