"""What moves whom: ``UpliftModel`` beside causalml, econml and scikit-uplift, each in its own environment.

(a) The voter mailing of Gerber, Green & Larimer (2008): by household, one half to learn from, the other to value a plan that
sends a letter to a quarter of the households. (b) Three worlds whose truth is known: how much of the way from one message for
everybody to the best for each is gone by giving each what the model says. Every variant tried is in the tables. Goals: (a)
policy - broadcast >= -0.5 per thousand on average with the guard; (b) at 100,000 rows 5 points more than the best rival;
fitting at most 3 times one LightGBM fit of the same data.

``UPLIFT_SPLITS``, ``UPLIFT_SEEDS``, ``UPLIFT_ROWS``, ``UPLIFT_FORESTS`` (seeds of forests) and ``UPLIFT_SLOW`` (splits and
seeds of causalml's DR, five minutes of CPU a fit) say how many. Whole, it takes hours: with ``UPLIFT_KEPT``, a file, whoever
ended is kept there and does not learn again; ``UPLIFT_WORKERS`` learn at once. ``uplift_kept.jsonl`` is where the run of 29
November to 1 December stands; delete what is ours when the learner changes. ``UPLIFT_SPLITS=0`` leaves the voters out.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks import uplift_worlds
from benchmarks.measuring import DATA, ROOT, environment, machine, table, versions_of

SPLITS = int(os.environ.get("UPLIFT_SPLITS", "20"))
SEEDS = int(os.environ.get("UPLIFT_SEEDS", "10"))
ROWS = int(os.environ.get("UPLIFT_ROWS", "100000"))
FORESTS = int(os.environ.get("UPLIFT_FORESTS", "5"))
SLOW = int(os.environ.get("UPLIFT_SLOW", "20"))
WORKERS = int(os.environ.get("UPLIFT_WORKERS", "2"))
KEPT = Path(os.environ["UPLIFT_KEPT"]) if "UPLIFT_KEPT" in os.environ else None
PACKAGES = ("causalml>=0.18,<0.19", "econml>=0.17,<0.18", "scikit-uplift>=0.5,<0.6", "lightgbm>=4.6,<5", "pyarrow")
OURS, OURS_GUARDED, LIGHTGBM = "groundswell", "groundswell, guarded", "LightGBM, one fit"
_NEW = 100_000
_VOTERS = DATA / "gerber_green_larimer_2008.csv.gz"
_SHARE = 0.25
_RIVALS = (
    *(f"causalml {kind}, {size} trees" for kind in ("S", "T", "X", "R", "DR") for size in ("usual", "small")),
    "econml DRLearner",
    "econml LinearDRLearner",
    "scikit-uplift SoloModel, small trees",
    "scikit-uplift TwoModels, usual trees",
    "scikit-uplift TwoModels, small trees",
)
_SLOW = ("causalml DR, usual trees", "causalml DR, small trees")
_FORESTS = ("econml CausalForestDML", "econml CausalForestDML, leaves of 100", "econml ForestDRLearner")
WORLDS = ("smooth", "thresholds", "causalml's")
_ALL = "mean of the three"
Key = tuple[str, int, str]
"""World or voters, draw, learner."""
Draw = tuple[Path, Path, tuple[str, ...], Callable[[NDArray[np.float64]], dict[str, float]]]
"""What is learnt from, whom it is used for, the arms, and what effects are worth there."""


class Said(NamedTuple):
    """What one learner said of new people, and what it took.

    Attributes:
        effect: (n, arms - 1), in the arms' order; NaN where the guard forbids.
        cpu: seconds of fitting and predicting, without reading and encoding.
    """

    effect: NDArray[np.float64]
    cpu: float


def main() -> str:
    """Run everything; the Markdown text for the results."""
    python = environment("uplift", PACKAGES)
    rivals = versions_of(python, "causalml", "econml", "scikit-uplift", "lightgbm")
    parts = [f"{machine('groundswell', 'numpy', 'numba')}; {rivals}."]
    ended = _learn_all(python)
    return "\n\n".join([*parts, _known(ended), _voters(ended), _grown()]) + "\n"


def _learn_all(python: Path) -> dict[Key, dict[str, float]]:
    """Let every learner learn from every draw that it did not learn from before; what each was worth, and its seconds."""
    wanted = {(world, seed): (LIGHTGBM, OURS, *_rivals(seed)) for seed in range(SEEDS) for world in WORLDS}
    if _VOTERS.exists():
        for split in range(SPLITS):
            wanted["voters", split] = (OURS_GUARDED, OURS, *_rivals(split))
    ended: dict[Key, dict[str, float]] = {}
    if KEPT and KEPT.exists():
        for line in KEPT.read_text("utf-8").splitlines():
            part, draw, rows, name, found = json.loads(line)
            ended |= {(part, draw, name): found} if rows == ROWS else {}
    jobs = {job: [name for name in names if (*job, name) not in ended] for job, names in wanted.items()}
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_learn_one, *job, names, python) for job, names in jobs.items() if names]
        for future in as_completed(running):
            ended |= future.result()
    return ended


def _rivals(draw: int) -> tuple[str, ...]:
    """Who else learns from a draw."""
    usual = tuple(name for name in _RIVALS if name not in _SLOW or draw < SLOW)
    return (*usual, *(_FORESTS if draw < FORESTS else ()))


def _learn_one(part: str, draw: int, names: Sequence[str], python: Path) -> dict[Key, dict[str, float]]:
    """The named learners on one draw."""
    found: dict[Key, dict[str, float]] = {}
    with TemporaryDirectory() as place:
        worth: Callable[[NDArray[np.float64]], dict[str, float]]
        train, test, arms, worth = (
            _voters_draw(Path(place), draw) if part == "voters" else _world_draw(Path(place), part, draw, python)
        )
        for name in names:
            said = run_one(name, train, test, python, arms)
            found[part, draw, name] = {"cpu": said.cpu} | (worth(said.effect) if name != LIGHTGBM else {})
            if KEPT:
                with KEPT.open("a", encoding="utf-8") as handle:
                    handle.write(json.dumps([part, draw, ROWS, name, found[part, draw, name]]) + "\n")
            print(f"  {part} {draw} {name} {said.cpu:.1f} s", file=sys.stderr, flush=True)
    return found


def run_one(name: str, train: Path, test: Path, python: Path, arms: Sequence[str]) -> Said:
    """One learner in a process of its own."""
    target = train.with_name("said.parquet")
    if name in {OURS, OURS_GUARDED, LIGHTGBM}:
        command = [sys.executable, "-m", "benchmarks.uplift", name, str(train), str(test), str(target)]
    else:
        command = [str(python), str(ROOT / "benchmarks" / "uplift_rivals.py"), name, str(train), str(test), str(target)]
    settings = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=settings, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    found = pq.read_table(target)
    effect = np.column_stack([found[arm].to_numpy() for arm in arms]) if found.num_columns else np.zeros((0, 0))
    return Said(effect, json.loads(done.stdout.strip().splitlines()[-1])["cpu"])


def ours(name: str, train: Path, test: Path, target: Path) -> None:
    """Ours in this process, or one plain fit of LightGBM to compare the time with."""
    from groundswell.uplift import UpliftModel

    known, new = pq.read_table(train), pq.read_table(test)
    traits = [column for column in known.column_names if column.startswith("x_")]
    x, outcome = known.select(traits), known["outcome"].to_numpy()
    arm = known["arm"].to_numpy(zero_copy_only=False).astype(str)
    if name == LIGHTGBM:
        _one_lightgbm(x, arm, outcome)
        pq.write_table(pa.table({}), target)
        return
    unit = known["unit"].to_numpy() if "unit" in known.column_names else None
    small = slice(0, 2_000)  # compiled loops are read from the disk, which is not what a fit costs
    UpliftModel().fit(x.slice(0, 2_000), arm[small], outcome[small], unit=None if unit is None else unit[small])
    before = _cpu()
    model = UpliftModel().fit(x, arm, outcome, unit=unit)
    found = model.effects(new).value
    if name == OURS_GUARDED:
        found = np.where(model.proven(new), found, np.nan)
    took = _cpu() - before
    pq.write_table(pa.table(dict(zip(model.arms_[1:], found.T, strict=True))), target)
    print(json.dumps({"cpu": took}))


def _one_lightgbm(x: pa.Table, arm: NDArray[np.str_], outcome: NDArray[np.float64]) -> None:
    import lightgbm as lgb

    def coded(column: pa.ChunkedArray) -> NDArray[np.float64]:
        codes = pc.index_in(column, value_set=pc.unique(column)) if pa.types.is_string(column.type) else column
        return np.asarray(codes.to_numpy(), dtype=np.float64)

    columns = [coded(x[name]) for name in x.column_names]
    matrix = np.column_stack([*columns, np.unique(arm, return_inverse=True)[1]]).astype(np.float64)
    before = _cpu()
    lgb.train({"objective": "binary", "num_threads": 1, "verbose": -1}, lgb.Dataset(matrix, outcome), 100)
    print(json.dumps({"cpu": _cpu() - before}))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _grown() -> str:
    """What a fit takes of ten times the rows: CPU, memory, and how fast everybody's effects are told."""
    small, large = (_one_size(rows) for rows in (100_000, 1_000_000))
    lines = [
        [
            f"{rows:,}",
            f"{one['fit']:.1f}",
            f"{one['fit'] / one['lightgbm']:.1f}",
            f"{one['added']:.0f}",
            f"{one['rate']:,.0f}",
        ]
        for rows, one in ((100_000, small), (1_000_000, large))
    ]
    head = [
        "rows",
        "fit, CPU s",
        "times one LightGBM fit",
        "memory added, MB (goal 400)",
        "rows told per CPU s (goal 200,000)",
    ]
    return (
        "**Ours alone, smooth: what ten times the rows take:**\n\n"
        + table(head, lines)
        + f"\n\nTen times the rows take {large['fit'] / small['fit']:.1f} times the CPU (goal 11)."
    )


def _one_size(rows: int) -> dict[str, float]:
    """The same in a process of its own."""
    with TemporaryDirectory() as place:
        known = uplift_worlds.smooth(rows, 0)
        train = known.traits.rename_columns([f"x_{name}" for name in known.traits.column_names])
        train = train.append_column("arm", pa.array(np.array(known.arms)[known.arm]))
        pq.write_table(train.append_column("outcome", pa.array(known.outcome)), Path(place) / "train.parquet")
        command = [sys.executable, "-m", "benchmarks.uplift", "size", str(Path(place) / "train.parquet")]
        settings = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=settings, check=True)
    found = [json.loads(line) for line in done.stdout.strip().splitlines()]
    return {**found[0], "lightgbm": found[1]["cpu"]}


def size(train: Path) -> None:
    """One fit in this process: CPU seconds, megabytes at the worst above what the data held, rows told per CPU second."""
    from groundswell.uplift import UpliftModel

    known = pq.read_table(train)
    x, outcome = (
        known.select([name for name in known.column_names if name.startswith("x_")]),
        known["outcome"].to_numpy(),
    )
    arm = known["arm"].to_numpy(zero_copy_only=False).astype(str)
    few = slice(0, 20_000)  # compiled loops are read from the disk, which is not what a fit costs
    UpliftModel().fit(x.slice(0, 20_000), arm[few], outcome[few]).effects(x.slice(0, 100))
    held, before = _memory("VmRSS"), _cpu()
    model = UpliftModel().fit(x, arm, outcome)
    fit, most = _cpu() - before, _memory("VmHWM")
    before = _cpu()
    model.effects(x)
    print(json.dumps({"fit": fit, "added": most - held, "rate": len(arm) / (_cpu() - before)}))
    _one_lightgbm(x, arm, outcome)


def _memory(what: str) -> float:
    """Megabytes of this process, as the kernel tells them."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1e3


# (b) worlds whose truth is known


def _world_draw(place: Path, world: str, seed: int, python: Path) -> Draw:
    made = {"smooth": uplift_worlds.smooth, "thresholds": uplift_worlds.thresholds}.get(world)
    train, test, truth, arms = _drawn(place, made, seed) if made else _causalml(place, python, seed)
    return train, test, arms, lambda effect: {"closed": closed(effect, truth)}


def _known(ended: Mapping[Key, Mapping[str, float]]) -> str:
    names = (OURS, *_RIVALS, *_FORESTS)
    gaps = {
        name: {
            world: [ended[world, seed, name]["closed"] for seed in range(SEEDS) if (world, seed, name) in ended]
            for world in WORLDS
        }
        for name in names
        if (WORLDS[0], 0, name) in ended
    }
    cpu = {
        name: [found["cpu"] for (part, _, learner), found in ended.items() if learner == name and part != "voters"]
        for name in (LIGHTGBM, *gaps)
    }
    worlds = WORLDS
    fixed = [name for name in gaps if name not in {OURS, *_FORESTS}]
    lines: list[list[str]] = []
    for found in gaps.values():  # every draw's mean of the three worlds, where all three were played
        found[_ALL] = [mean(three) for three in zip(*(found[world] for world in worlds), strict=False)]
    for name, found in gaps.items():
        cells = [_with_error(found.get(world, []), 1) for world in (*worlds, _ALL)]
        lines.append([name, *cells, f"{mean(cpu[name]):.1f}", f"{mean(cpu[name]) / mean(cpu[LIGHTGBM]):.1f}"])
    best = {world: max(fixed, key=lambda name: mean(gaps[name][world])) for world in worlds}
    best_of_all = max(fixed, key=lambda name: mean(gaps[name][_ALL]))
    more = [
        [
            f"the best of all fixed ones: {best_of_all}",
            *(_paired(gaps, best_of_all, world) for world in (*worlds, _ALL)),
        ]
    ]
    more.append(
        ["another in each world", *(f"{best[world]}: {_paired(gaps, best[world], world)}" for world in worlds), ""]
    )
    head = ["with", *worlds, _ALL, "CPU, s", "times one LightGBM fit"]
    return (
        f"**{ROWS:,} rows, {SEEDS} draws of each world: of the way from the best single message for everybody to the best for"
        " each, % (standard error):**\n\n"
        + table(head, lines)
        + "\n\n**groundswell less the best rival, points (95 % interval, paired by draw):**\n\n"
        + table(["rival", *worlds, _ALL], more)
    )


def closed(effect: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Of the way from broadcast to oracle, % gone by giving everybody what the model says; 100 is the oracle."""
    every = np.column_stack([np.zeros(len(truth)), truth])
    chosen = np.column_stack([np.zeros(len(effect)), effect]).argmax(axis=1)
    value, broadcast = every[np.arange(len(truth)), chosen].mean(), every.mean(axis=0).max()
    return float(100 * (value - broadcast) / (every.max(axis=1).mean() - broadcast))


def _with_error(values: Sequence[float], digits: int) -> str:
    if not values:
        return ""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{mean(values):.{digits}f} ({error:.{digits}f})" + (f", {len(values)} draws" if len(values) < SEEDS else "")


def _paired(gaps: Mapping[str, Mapping[str, Sequence[float]]], rival: str, world: str) -> str:
    from scipy.stats import t

    apart = np.array(gaps[OURS][world]) - np.array(gaps[rival][world])
    if len(apart) == 1:
        return f"{apart[0]:+.1f}"
    reach = t.ppf(0.975, len(apart) - 1) * apart.std(ddof=1) / np.sqrt(len(apart))
    return f"{apart.mean():+.1f} ({apart.mean() - reach:+.1f} to {apart.mean() + reach:+.1f})"


def _drawn(
    place: Path, make: Callable[[int, int], uplift_worlds.World], seed: int
) -> tuple[Path, Path, NDArray[np.float64], tuple[str, ...]]:
    known, new = make(ROWS, seed), make(_NEW, 1_000_000 + seed)
    train = known.traits.rename_columns([f"x_{name}" for name in known.traits.column_names])
    test = new.traits.rename_columns(train.column_names)
    train = train.append_column("arm", pa.array(np.array(known.arms)[known.arm]))
    train = train.append_column("outcome", pa.array(known.outcome))
    pq.write_table(train, place / "train.parquet")
    pq.write_table(test, place / "test.parquet")
    return place / "train.parquet", place / "test.parquet", new.effect, known.arms[1:]


def _causalml(place: Path, python: Path, seed: int) -> tuple[Path, Path, NDArray[np.float64], tuple[str, ...]]:
    drawn = place / "drawn.parquet"
    script = str(ROOT / "benchmarks" / "uplift_rivals.py")
    subprocess.run(
        [str(python), script, "draw", str(seed), str(ROWS + _NEW), str(drawn)], check=True, capture_output=True
    )
    whole = pq.read_table(drawn)
    truth = [name for name in whole.column_names if name.startswith("true_")]
    pq.write_table(whole.slice(0, ROWS).drop_columns(truth), place / "train.parquet")
    pq.write_table(whole.slice(ROWS).drop_columns([*truth, "arm", "outcome"]), place / "test.parquet")
    effect = np.column_stack([whole[name].to_numpy()[ROWS:] for name in truth])
    return place / "train.parquet", place / "test.parquet", effect, tuple(name.removeprefix("true_") for name in truth)


# (a) the voter mailing


def _voters_draw(place: Path, split: int) -> Draw:
    voters = _read_voters()
    arms = ("civic-duty", "hawthorne", "neighbors", "self")
    half = _half(voters["unit"].to_numpy(), split)
    train, test = place / "train.parquet", place / "test.parquet"
    pq.write_table(voters.filter(pa.array(half)), train)
    other = voters.filter(pa.array(~half))
    pq.write_table(other.drop_columns(["arm", "outcome"]), test)
    broadcast = _best_single(voters.filter(pa.array(half)), arms)
    return train, test, arms, lambda effect: _worth(effect, other, arms, broadcast)


def _voters(ended: Mapping[Key, Mapping[str, float]]) -> str:
    if not SPLITS:
        return "(a) left out of this run."
    if not _VOTERS.exists():
        return "(a) skipped: the voter mailing is not beside this checkout (shared/data)"
    lines = []
    for name in (OURS_GUARDED, OURS, *_RIVALS, *_FORESTS):
        splits = [split for split in range(SPLITS) if ("voters", split, name) in ended]
        if not splits:
            continue
        worth, guarded = ([ended["voters", split, one] for split in splits] for one in (name, OURS_GUARDED))
        cells = [f"{1000 * mean(one[what] for one in worth):+.2f}" for what in ("nothing", "broadcast")]
        ahead = _over_splits([1000 * (a["broadcast"] - b["broadcast"]) for a, b in zip(guarded, worth, strict=True)])
        seconds = f"{mean(one['cpu'] for one in worth):.1f}"
        lines.append([name, *cells, _spread(worth), "" if name == OURS_GUARDED else ahead, seconds, str(len(splits))])
    head = [
        "with",
        "- nothing",
        "- broadcast",
        "lowest and highest",
        "ours, guarded, less it (95 %)",
        "CPU, s",
        "splits",
    ]
    return (
        "**The voter mailing: a letter for a quarter of the households, per 1,000 people of the half that was not learnt from"
        " (means over splits):**\n\n" + table(head, lines)
    )


def _over_splits(apart: Sequence[float]) -> str:
    """The mean difference with the corrected interval for halves of the same people (Nadeau & Bengio, 2003).

    The splits share their people, so that their spread over the root of their number would be too sure: each counts the
    learnt-from half against the judged half besides, here one to one.
    """
    from scipy.stats import t

    middle, count = mean(apart), len(apart)
    if count == 1:
        return f"{middle:+.2f}"
    reach = t.ppf(0.975, count - 1) * np.sqrt(np.var(apart, ddof=1) * (1 / count + 1))
    return f"{middle:+.2f} ({middle - reach:+.2f} to {middle + reach:+.2f})"


def _spread(worth: Sequence[Mapping[str, float]]) -> str:
    values = [1000 * one["broadcast"] for one in worth]
    return f"{min(values):+.2f} to {max(values):+.2f}"


def _read_voters() -> pa.Table:
    raw = pyarrow.csv.read_csv(_VOTERS)
    arm = [
        str(name).strip().lower().replace(" ", "-").replace("control", "nothing")
        for name in raw["treatment"].to_pylist()
    ]
    flags = {f"x_{name}": _flag(raw[name]) for name in ("sex", "g2000", "g2002", "g2004", "p2000", "p2002", "p2004")}
    unit = raw["hh_id"].to_numpy().astype(np.int64)
    size = np.bincount(unit)[unit].astype(np.float64)
    numbers = {"x_yob": raw["yob"].to_numpy().astype(np.float64), "x_size": size}
    return pa.table({**numbers, **flags, "arm": arm, "outcome": _flag(raw["voted"]), "unit": unit})


def _flag(column: pa.ChunkedArray) -> NDArray[np.float64]:
    if pa.types.is_string(column.type):
        said = pc.is_in(pc.utf8_lower(column), value_set=pa.array(["yes", "male"]))
        return np.asarray(said.to_numpy().astype(np.float64))
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _half(unit: NDArray[np.int64], split: int) -> NDArray[np.bool_]:
    from groundswell.stats import folds

    names, place = np.unique(unit, return_inverse=True)
    return np.asarray((folds(map(str, names), count=2, key=f"split|{split}") == 0)[place])


def _best_single(known: pa.Table, arms: Sequence[str]) -> int:
    arm, outcome = known["arm"].to_numpy(zero_copy_only=False), known["outcome"].to_numpy()
    return int(np.argmax([outcome[arm == name].mean() for name in arms]))


def _worth(effect: NDArray[np.float64], other: pa.Table, arms: Sequence[str], broadcast: int) -> dict[str, float]:
    """Policy less nothing and less broadcast: the best letter of each household, to the quarter it moves most."""
    from groundswell.uplift import policy_value

    names, place = np.unique(other["unit"].to_numpy(), return_inverse=True)
    total = np.column_stack([np.bincount(place, np.nan_to_num(column, nan=-1e9)) for column in effect.T])
    best, gain = total.argmax(axis=1), total.max(axis=1)
    chosen = np.zeros(len(names), dtype=bool)
    chosen[np.argsort(-gain, kind="stable")[: int(_SHARE * len(names))]] = True
    chosen &= gain > 0
    policy = np.zeros((len(names), len(arms) + 1))
    policy[np.arange(len(names)), np.where(chosen, best + 1, 0)] = 1.0
    spread = np.zeros_like(policy)
    spread[:, broadcast + 1], spread[:, 0] = _SHARE, 1 - _SHARE
    nothing = np.zeros_like(policy)
    nothing[:, 0] = 1.0
    every = ("nothing", *arms)
    arm = other["arm"].to_numpy(zero_copy_only=False).astype(str)
    share = {name: float((arm == name).mean()) for name in every}
    told: dict[str, Any] = {"propensity": share, "unit": place}

    def table_of(rows: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        return dict(zip(every, rows[place].T, strict=True))

    y = other["outcome"].to_numpy() - 0.31  # a constant takes noise away and changes no difference
    return {
        name: policy_value(table_of(policy), arm, y, against=table_of(rows), **told).value
        for name, rows in (("nothing", nothing), ("broadcast", spread))
    }


if __name__ == "__main__":
    if sys.argv[1] == "size":
        size(Path(sys.argv[2]))
    else:
        ours(sys.argv[1], *map(Path, sys.argv[2:5]))
