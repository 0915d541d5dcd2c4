"""obp's estimates of a policy on the logged data that its wheel ships: ``off_policy_rival.py OUTPUT``, by its own Python.

The policy and the model of the outcome are drawn from a seed: what is compared is arithmetic. OUTPUT (NumPy's npz) gets all
that went in; the last line printed says as JSON what came out, and the seconds of CPU. It imports nothing of groundswell.
"""

from __future__ import annotations

import json
import sys
import time
import types
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

RESAMPLED = 1_000
"""Bootstrap samples of an interval: what obp's documentation takes as default is 100, its examples 1,000 to 10,000."""


class _Missing(types.ModuleType):
    """obp imports torch for policies that are not used here, and it is two gigabytes."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


for _name in ("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils", "torch.utils.data"):
    sys.modules[_name] = _Missing(_name)
    if "." in _name:
        setattr(sys.modules[_name.rpartition(".")[0]], _name.rpartition(".")[2], sys.modules[_name])


def main(target: str) -> None:
    """Estimate four ways and tell what came out."""
    warnings.filterwarnings("ignore")
    from obp.dataset import OpenBanditDataset  # type: ignore[import-not-found]
    from obp.ope import (  # type: ignore[import-not-found]
        DirectMethod,
        DoublyRobust,
        InverseProbabilityWeighting,
        SelfNormalizedInverseProbabilityWeighting,
    )

    dataset = OpenBanditDataset(behavior_policy="random", campaign="all")
    logged = dataset.obtain_batch_bandit_feedback()
    rng = np.random.default_rng(1)
    rows, actions = logged["n_rounds"], logged["n_actions"]
    policy = rng.dirichlet(np.full(actions, 0.5), rows)
    model = rng.random((rows, actions)) * 0.01
    wide: dict[str, Any] = {
        "reward": logged["reward"],
        "action": logged["action"],
        "pscore": logged["pscore"],
        "position": np.zeros(rows, dtype=int),
        "action_dist": policy[:, :, None],
    }
    ways: dict[str, tuple[Any, dict[str, Any]]] = {
        "ips": (InverseProbabilityWeighting(), wide),
        "snips": (SelfNormalizedInverseProbabilityWeighting(), wide),
        "dm": (DirectMethod(), wide | {"estimated_rewards_by_reg_model": model[:, :, None]}),
        "dr": (DoublyRobust(), wide | {"estimated_rewards_by_reg_model": model[:, :, None]}),
    }
    found = {}
    for way, (estimator, told) in ways.items():
        value, plain = timed(partial(estimator.estimate_policy_value, **told))
        resampled = partial(estimator.estimate_interval, **told, n_bootstrap_samples=RESAMPLED, random_state=1)
        interval, whole = timed(resampled, 3)
        bounds = [float(bound) for key, bound in interval.items() if key.startswith("95")]
        found[way] = {"value": float(value), "bounds": bounds, "plain": plain, "whole": whole}
    np.savez(
        target, policy=policy, model=model, arm=logged["action"], outcome=logged["reward"], propensity=logged["pscore"]
    )
    print(json.dumps(found))


def timed(work: Callable[[], Any], times: int = 20) -> tuple[Any, float]:
    """What a call gives, and the CPU seconds of one, on average."""
    found = work()
    before = time.process_time()
    for _ in range(times):
        work()
    return found, (time.process_time() - before) / times


if __name__ == "__main__":
    main(sys.argv[1])
