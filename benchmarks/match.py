"""Who speaks to whom: ``allocate.match`` beside OR-Tools' minimum-cost flow, the same matching in one run.

People who each may be spoken to by twenty of the messengers, all of whom can speak to as many: to thirty, so that seven of
ten people are left out, and to a hundred and fifty, so that there are slots to spare. Goals: certified gap at most 0.01 %; a
tenth of the CPU of OR-Tools. ``MATCH_PEOPLE`` says how many people; a hundredth as many messengers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import ROOT, environment, machine, table, versions_of

PEOPLE = int(os.environ.get("MATCH_PEOPLE", "1000000"))
PACKAGES = ("ortools", "scipy")
EDGES = 20
_CAPACITIES = (30, 150)


def main() -> str:
    """Run both; the Markdown text for the results."""
    python = environment("allocate-ortools", PACKAGES)
    lines = []
    with TemporaryDirectory() as place:
        file = Path(place) / "asked.npz"
        for capacity in _CAPACITIES:
            draw(file, PEOPLE, PEOPLE // 100, capacity)
            mine = _run([sys.executable, "-m", "benchmarks.match", str(file)])
            rest = _run([str(python), str(ROOT / "benchmarks" / "match_rival.py"), str(file)])
            for name, one in (("groundswell", mine), ("OR-Tools SimpleMinCostFlow", rest)):
                gap = f"{100 * one['gap']:.6f} %" if "gap" in one else ""
                cells = [f"{one['matched']:,.0f}", f"{one['value']:,.1f}", gap, f"{one['cpu']:.1f}"]
                lines.append([f"{capacity} each", name, *cells, f"{one['cpu'] / mine['cpu']:.0f}"])
    head = f"{PEOPLE:,} people, {PEOPLE // 100:,} messengers, {EDGES} pairs a person"
    return (
        f"{machine('groundswell', 'numpy', 'numba')}; {versions_of(python, 'ortools')}.\n\n"
        f"**{head}; OR-Tools' weights are rounded to a millionth:**\n\n"
        + table(["slots", "with", "matched", "worth", "certified gap", "CPU, s", "times ours"], lines)
        + "\n"
    )


def draw(file: Path, people: int, messengers: int, capacity: int) -> None:
    """Everybody may be spoken to by twenty messengers; what that is worth is chance."""
    rng = np.random.default_rng((9, people, capacity))
    apart = rng.integers(1, messengers // EDGES, (people, EDGES)).cumsum(axis=1)
    near = np.sort((rng.integers(0, messengers, people)[:, None] + apart) % messengers, axis=1)
    edges = np.column_stack([np.repeat(np.arange(people), EDGES), near.ravel()])
    weights = rng.gamma(2.0, 0.5, people * EDGES)
    np.savez(file, edges=edges, weights=weights, capacity=np.full(messengers, capacity))


def ours(file: Path) -> None:
    """Ours in this process."""
    import resource

    from groundswell.allocate import match

    asked = np.load(file)
    edges, weights, capacity = asked["edges"], asked["weights"], asked["capacity"]
    match(edges[:200], weights[:200], capacity)  # compiled loops are read from the disk
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = match(edges, weights, capacity)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    _refuse(edges[found.edge], capacity)
    print(json.dumps({"matched": len(found.edge), "value": found.value, "gap": found.gap, "cpu": cpu}))


def _refuse(chosen: NDArray[np.int64], capacity: NDArray[np.int64]) -> None:
    if (
        len(np.unique(chosen[:, 0])) < len(chosen)
        or (np.bincount(chosen[:, 1], minlength=len(capacity)) > capacity).any()
    ):
        raise AssertionError("somebody is matched twice, or speaks to more than they can")


def _run(command: list[str]) -> dict[str, float]:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    ours(Path(sys.argv[1]))
