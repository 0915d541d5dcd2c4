"""Who gets what under limits: ``solve`` beside HiGHS' interior point, PDLP, greedy and mirror descent.

Six families of values, 10 options; of five limits the last never binds. Every plan's use is reckoned anew (``math.fsum``)
and held against the limits. CPU seconds are the median of five runs in one process, after one that compiles; the solvers of
linear programs run in environments of their own on the same arrays, without crossover, and bring no whole plan.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from math import fsum
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import ROOT, environment, machine, table
from groundswell.allocate import solve, solve_households, solve_parquet

FAMILIES = ("independent", "correlated", "tied", "sorted", "clustered", "heavy-tailed")
OPTIONS, LIMITS, RUNS = 10, 5, 5
RIVALS = {"HiGHS interior point": ("highspy",), "PDLP": ("ortools", "scipy")}
Arrays = tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]


def main() -> str:
    """Measure everything, each part in a process of its own; the Markdown text for the results."""
    parts = [machine("numpy", "numba", "highspy"), *(_own(part) for part in PARTS)]
    return "\n\n".join(parts)


def family(kind: str, n: int, m: int = LIMITS, *, seed: int = 0) -> Arrays:
    """Value (n, k), use (k, m) and limits (m,)."""
    rng = np.random.default_rng(seed)
    value, use = rng.random((n, OPTIONS)), rng.random((OPTIONS, m))
    if kind == "correlated":
        value = use.mean(axis=1) + 0.05 * rng.standard_normal((n, OPTIONS))
    elif kind == "tied":
        value, use = rng.integers(1, 6, (n, OPTIONS)) / 10, rng.choice([0.0, 0.05, 0.6, 4.5], (OPTIONS, m))
    elif kind == "sorted":
        value = value[np.argsort(value.max(axis=1))]
    elif kind == "clustered":
        value = rng.random((40, OPTIONS))[rng.integers(0, 40, n)] + 0.01 * rng.standard_normal((n, OPTIONS))
    elif kind == "heavy-tailed":
        value = rng.pareto(1.5, (n, OPTIONS))
    return value.astype(np.float32), use, 0.2 * n * use.mean(axis=0) * np.resize([1, 1, 0.5, 2, 10], m)


def families() -> str:
    """Gaps, seconds, and what simpler ways reach of the bound."""
    rows = []
    for n in (100_000, 1_000_000):
        for kind in FAMILIES:
            value, use, limits = family(kind, n)
            found, seconds = _five(lambda: solve(value, use, limits))  # noqa: B023
            simple = [f"{100 * way(value, use, limits) / found.bound:.1f} %" for way in (greedy, mirror_descent)]
            rows.append(
                [f"{n:,}", kind, _percent(found.gap), _overrun(found.option, use, limits), f"{seconds:.2f}", *simple]
            )
    return table(
        ["units x 10 x 5", "family", "certified gap", "overrun", "CPU s", "greedy by uplift", "mirror descent"], rows
    )


def many_limits() -> str:
    """Twenty and fifty limits at once, one run each."""
    rows = []
    solve(*family("independent", 30_000, 20))  # compiles
    for m in (20, 50):
        for kind in FAMILIES:
            value, use, limits = family(kind, 100_000, m)
            begun = _cpu()
            found, seconds = solve(value, use, limits), _cpu() - begun
            binding = int((found.prices > 0).sum())
            rows.append([m, kind, binding, _percent(found.gap), _overrun(found.option, use, limits), f"{seconds:.2f}"])
    return table(["limits, 100,000 units", "family", "binding", "certified gap", "overrun", "CPU s"], rows)


def rivals() -> str:
    """The same linear program by solvers of linear programs."""
    rows, versions = [], []
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("independent", "tied"):
            value, use, limits = family(kind, 100_000)
            path = Path(folder) / f"{kind}.npz"
            np.savez(path, value=value, use=use, limits=limits)
            found, seconds = _five(lambda: solve(value, use, limits))  # noqa: B023
            rows.append([kind, "solve (a whole plan)", f"{found.bound:.4f}", f"{seconds:.2f}", "1"])
            for name, packages in RIVALS.items():
                command = [
                    str(environment(f"allocate-{packages[0]}", packages)),
                    str(ROOT / "benchmarks/allocate_rivals.py"),
                ]
                done = subprocess.run([*command, name, str(path)], capture_output=True, text=True, check=True)
                told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
                versions.append(f"{packages[0]} {told['version']}")
                rows.append(
                    [kind, name, f"{told['optimum']:.4f}", f"{told['seconds']:.2f}", f"{told['seconds'] / seconds:.0f}"]
                )
    head = f"Rivals: {', '.join(dict.fromkeys(versions))}."
    return head + "\n\n" + table(["100,000 x 10 x 5", "by", "optimum of the relaxation", "CPU s", "times ours"], rows)


def households() -> str:
    """One message a household, visits and letters once for all, each member through the best channel."""
    rows = []
    cost = np.array([[1.5, 0.0], [0.1, 0.0], [3.0, 1.0], [0.6, 0.0]])  # call, e-mail, door, post: money, hours at doors
    for many in (1_000, 100_000, 1_000_000):
        rng = np.random.default_rng(0)
        home = np.repeat(np.arange(many), 1 + rng.poisson(1.2, many))
        value = rng.normal(0.0, 1.0, (many, 3, 1))[home] + rng.normal(0.3, 1.0, (len(home), 3, 4))
        value = (value * [0.8, 0.3, 1.0, 0.4]).astype(np.float32)
        use, limits = np.tile(cost, (3, 1, 1)), np.array([0.5, 0.05]) * many
        once = np.array([False, False, True, True])
        begun = _cpu()
        found = solve_households(value, use, limits, household=home, shared=once)
        seconds = _cpu() - begun
        reached = np.flatnonzero(found.channel >= 0)
        contact = np.where(once[found.channel[reached]], home[reached], many + reached)
        first = np.unique(np.column_stack([contact, found.channel[reached]]), axis=0, return_index=True)[1]
        over = _overrun(found.channel[reached][first], cost, limits)
        rows.append([f"{many:,}", f"{len(home):,}", _percent(found.gap), over, f"{seconds:.1f}"])
    return table(["households, 3 messages, 4 channels, 2 limits", "people", "certified gap", "overrun", "CPU s"], rows)


def streamed() -> str:
    """A million and fifty million units from Parquet."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for n in (1_000_000, 50_000_000):
            path = Path(folder) / "units.parquet"
            use, limits = _write(path, n)
            done = _own("from_file", str(path), json.dumps(use), json.dumps(limits))
            told: dict[str, Any] = json.loads(done)
            each = f"{1e9 * told['seconds'] / n:.0f}"
            rows.append([f"{n:,}", _percent(told["gap"]), f"{told['seconds']:.2f}", each, f"{told['gigabytes']:.2f}"])
            path.unlink()
    return table(["units x 10 x 5 from Parquet", "certified gap", "CPU s", "ns a unit", "peak GB"], rows)


def from_file(path: str, use: str, limits: str) -> str:
    """One file, after a small one that compiles."""
    names = [f"o{option}" for option in range(OPTIONS)]
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.parquet"
        little_use, little_limits = _write(small, 300_000)
        solve_parquet(small, names, little_use, little_limits)
    begun = _cpu()
    found = solve_parquet(path, names, json.loads(use), json.loads(limits))
    seconds, most = _cpu() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return json.dumps({"gap": found.gap, "seconds": seconds, "gigabytes": most})


def kernel() -> str:
    """The loop that lets every unit decide, as a share of what the memory can do."""
    import numba

    from groundswell.allocate import scan

    @numba.njit
    def triad(first: Any, second: Any, found: Any) -> None:  # noqa: ANN401
        for place in range(len(found)):
            found[place] = first[place] + 3.0 * second[place]

    value, use, _ = family("independent", 4_000_000)
    across, none, groups = np.ascontiguousarray(value.T), np.empty(0), np.empty(0, np.int32)
    cost, extra, choice = use @ np.full(LIMITS, 0.3), np.zeros((OPTIONS, 0)), np.empty(len(value), np.int32)
    first, second, third = (np.random.default_rng(0).random(20_000_000) for _ in range(3))
    ways: tuple[tuple[Callable[[], object], int], ...] = (
        (lambda: triad(first, second, third), 3 * third.nbytes),
        (lambda: scan.sweep(across, none, groups, cost, extra, choice), across.nbytes + choice.nbytes),
    )
    speeds = []
    for way, size in ways:
        way()
        taken = []
        for _ in range(2 * RUNS + 1):
            begun = time.perf_counter()
            way()
            taken.append(time.perf_counter() - begun)
        speeds.append(size / median(taken) / 1e9)
    return (
        f"Letting 4,000,000 units decide among {OPTIONS} options moves {speeds[1]:.1f} GB a second, "
        f"{speeds[1] / speeds[0]:.0%} of a STREAM triad's {speeds[0]:.1f}."
    )


def greedy(value: NDArray[np.float32], use: NDArray[np.float64], limits: NDArray[np.float64]) -> float:
    """The largest values first, whoever's they are, as long as the unit is free and there is room."""
    order = np.argsort(-value.ravel(), kind="stable")
    free, left, total = np.ones(len(value), dtype=bool), limits.copy(), 0.0
    for place in order.tolist():
        unit, option = divmod(place, OPTIONS)
        if free[unit] and value[unit, option] > 0 and (use[option] <= left).all():
            free[unit] = False
            left -= use[option]
            total += float(value[unit, option])
    return total


def mirror_descent(value: NDArray[np.float32], use: NDArray[np.float64], limits: NDArray[np.float64]) -> float:
    """One pass in random order; prices move with what is used (Balseiro, Lu & Mirrokni 2023); who does not fit waits."""
    n = len(value)
    left, per_unit = limits.copy(), limits / n
    prices, total = np.full(len(limits), 1e-3), 0.0
    typical = float(value[value > 0].mean()) / np.maximum(use.mean(axis=0), 1e-12)
    rate = 1.0 / np.sqrt(n)
    for unit in np.random.default_rng(0).permutation(n):
        scores = value[unit] - use @ prices
        option = int(scores.argmax())
        took = np.zeros(len(limits))
        if scores[option] > 0 and (use[option] <= left).all():
            took = use[option]
            left -= took
            total += float(value[unit, option])
        prices = np.maximum(prices - rate * typical * (per_unit - took) / np.maximum(per_unit, 1e-12), 0.0)
    return total


def _five(work: Callable[[], Any]) -> tuple[Any, float]:
    work()
    seconds = []
    for _ in range(RUNS):
        begun = _cpu()
        found = work()
        seconds.append(_cpu() - begun)
    return found, median(seconds)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _overrun(option: NDArray[Any], use: NDArray[np.float64], limits: NDArray[np.float64]) -> str:
    taken = use[option[option >= 0]]
    over = max(0.0, *(fsum(column) - limit for column, limit in zip(taken.T.tolist(), limits, strict=True)))
    return f"{over:g}"


def _percent(gap: float) -> str:
    return f"{100 * gap:.5f} %"


def _write(path: Path, n: int) -> tuple[list[list[float]], list[float]]:
    """Independent values, a million at a time; the use and the limits."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    use = rng.random((OPTIONS, LIMITS))
    writer: Any = None
    for begin in range(0, n, 1_000_000):
        many = min(1_000_000, n - begin)
        part = pa.table({f"o{option}": rng.random(many, dtype=np.float32) for option in range(OPTIONS)})
        writer = writer or pq.ParquetWriter(path, part.schema, compression="none", use_dictionary=False)
        writer.write_table(part)
    writer.close()
    return use.tolist(), (0.2 * n * use.mean(axis=0) * np.array([1, 1, 0.5, 2, 10])).tolist()


PARTS = ("families", "many_limits", "rivals", "households", "streamed", "kernel")


def _own(part: str, *arguments: str) -> str:
    """A part of this module in a process of its own, on one thread."""
    code = "import sys; import benchmarks.allocate as own; print(getattr(own, sys.argv[1])(*sys.argv[2:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, part, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{part}: exit {done.returncode}\n{done.stderr}")
    print(done.stdout, file=sys.stderr)
    return done.stdout.strip()
