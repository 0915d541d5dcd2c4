"""What a policy is worth: ``policy_value`` beside obp, on the 10,000 logged rows of 80 actions that obp's wheel ships.

Goals: the four estimates agree to 1e-9; a value with its interval at least ten times faster than obp's with its bootstrap.
"""

from __future__ import annotations

import json
import os
import subprocess
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import numpy as np

from benchmarks.measuring import ROOT, environment, machine, table
from benchmarks.off_policy_rival import RESAMPLED, timed

PACKAGES = (
    "obp==0.5.7",
    "numpy<2",
    "pandas<2.2",
    "scikit-learn<1.5",
    "scipy",
    "matplotlib",
    "seaborn",
    "tqdm",
    "pyyaml",
)


def main() -> str:
    """Compare; the Markdown text for the results."""
    from groundswell.uplift import policy_value
    from groundswell.uplift.value import Method

    python = environment("obp", PACKAGES, alone=True)
    with TemporaryDirectory() as place:
        target = Path(place) / "logged.npz"
        script = str(ROOT / "benchmarks" / "off_policy_rival.py")
        settings = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [str(python), script, str(target)], capture_output=True, text=True, check=True, env=settings
        )
        logged = dict(np.load(target))
    rival: dict[str, dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    rows = []
    for way in get_args(Method):
        told = {"propensity": logged["propensity"], "method": way}
        told |= {} if way in {"ips", "snips"} else {"outcome_model": logged["model"]}
        mine, cpu = timed(partial(policy_value, logged["policy"], logged["arm"], logged["outcome"], **told))
        theirs = rival[way]
        bounds = " to ".join(f"{bound:.5f}" for bound in theirs["bounds"])
        rows.append(
            [
                way,
                f"{mine.value:.6f}",
                f"{abs(mine.value - theirs['value']):.1e}",
                f"{mine.lower:.5f} to {mine.upper:.5f}",
                bounds,
                f"{1000 * cpu:.1f}",
                f"{1000 * theirs['plain']:.1f}",
                f"{1000 * theirs['whole']:.0f}",
                f"{theirs['whole'] / cpu:.0f}",
            ]
        )
    head = [
        "estimate",
        "value",
        "apart",
        "95 % interval",
        "obp's",
        "CPU, ms",
        "obp: value only",
        "obp: with interval",
        "times",
    ]
    note = (
        f"obp resamples {RESAMPLED:,} times for an interval, ours is reckoned; a value of ours always has its interval."
    )
    return f"{machine('groundswell', 'numpy')}; {PACKAGES[0]}. {note}\n\n{table(head, rows)}\n"
