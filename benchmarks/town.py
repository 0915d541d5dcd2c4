"""Springfield, whose truth is known: the loop held against it, over many towns.

Every town is made new from its seed; rounds are planned, answered and imported as a user's would be (only page and lists are
not written). Gains are the true ones of the town, per 1,000 people, under the same limits; a gap is oracle less what was
decided, holdout and exploration included.

``TOWNS``, ``LONG``, ``SILENT``, ``PRIORS`` and ``LARGE`` in the environment say how many. Whole, it takes hours: with
``PLAYED``, a file, every town that ended is kept there, and is not played again; ``town_kept.jsonl`` is where that stands.

What a wrong prior costs is held against the same town without one, both drawing the same but where the prior says otherwise.
In 20,000 people a message more or less is proven by luck, and that is nearly all of the difference between two plays; in
100,000 it is not, and some thirty ``LARGE`` towns tell the cost to four tenths of a person in a thousand.
"""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import machine, table
from groundswell.worlds.town.truth import freshness

DAY = date(2026, 11, 22)
TOWNS = int(os.environ.get("TOWNS", "100"))
LONG = int(os.environ.get("LONG", "20"))
SILENT = int(os.environ.get("SILENT", "400"))
PRIORS = int(os.environ.get("PRIORS", "100"))
LARGE = int(os.environ.get("LARGE", "30"))
PLAYED = Path(os.environ["PLAYED"]) if "PLAYED" in os.environ else None
WORKERS = int(os.environ.get("WORKERS", "2"))
_SMALL, _MANY = 5_000, 5
_PRIORS = (20_000, PRIORS), (100_000, LARGE)
_ODD = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], dtype=np.uint64)
Job = tuple[str, str, int, int, int]
"""What is known of interests, the truth's form, seed, people, rounds."""
Rounds = list[dict[str, Any]]


def main() -> str:
    """Play all towns and tell what was true of them."""
    jobs: list[Job] = []
    for seed in range(TOWNS):
        truth = ("smooth", "steps")[seed % 2]
        jobs.append(("usual", truth, seed, 20_000, _MANY if seed < LONG else 2))
    jobs += [("usual", "none", 2_000 + seed, _SMALL, 2) for seed in range(SILENT)]
    for people, many in _PRIORS:
        for seed in range(many):
            jobs += [(kind, ("smooth", "steps")[seed % 2], 10_000 + seed, people, 2) for kind in ("none", "wrong")]
    played = _play_all(jobs)
    usual = [rounds for job, rounds in zip(jobs, played, strict=True) if job[0] == "usual" and job[1] != "none"]
    silent = [rounds for job, rounds in zip(jobs, played, strict=True) if job[1] == "none"]
    prior = {
        people: [
            [rounds for job, rounds in zip(jobs, played, strict=True) if job[0] == kind and job[3] == people]
            for kind in ("none", "wrong")
        ]
        for people, many in _PRIORS
        if many
    }
    parts = [machine("numpy", "lightgbm", "duckdb"), _rivals(usual), _gaps(usual[:LONG]), _guard(usual, silent)]
    return "\n\n".join([*parts, *([_priors(prior)] if prior else [])])


def _play_all(jobs: Sequence[Job]) -> list[Rounds]:
    """Play what was not played before, and keep each town as it ends."""
    done: dict[Job, Rounds] = {}
    if PLAYED and PLAYED.exists():
        for line in PLAYED.read_text("utf-8").splitlines():
            *job, rounds = json.loads(line)
            kind, truth, seed, people, many = job
            done[kind, truth, seed, people, many] = rounds
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        coming = {pool.submit(_play, job): job for job in jobs if job not in done}
        for future in as_completed(coming):
            job = coming[future]
            if future.exception():  # the others are kept; who runs it again begins with this one
                print(f"{job}: {future.exception()!r}", file=sys.stderr, flush=True)
                continue
            done[job] = future.result()
            if PLAYED:
                with PLAYED.open("a", encoding="utf-8") as handle:
                    handle.write(json.dumps([*job, done[job]]) + "\n")
    lost = [job for job in jobs if job not in done]
    if lost:
        raise RuntimeError(f"{len(lost)} towns could not be played, the first is {lost[0]}; the others are kept")
    return [done[job] for job in jobs]


def _play(job: Job) -> Rounds:
    """Play one town; what is true of each round, and what the campaign said of it."""
    import groundswell.campaigns.outputs as outputs
    import groundswell.campaigns.rounds as campaign_rounds
    from groundswell import policy
    from groundswell.campaigns import open_campaign
    from groundswell.delivery import HandOver
    from groundswell.policy import decide
    from groundswell.stats import pick
    from groundswell.trust import report
    from groundswell.worlds import write_town

    # Pages and lists change nothing of what is decided, and take half of the time.
    report.render_report = lambda *_, **__: ""
    vars(outputs)["hand_over"] = lambda *_, **__: HandOver({}, 0, 0)
    kind, truth, seed, people, rounds = job
    # Nothing is decided by what the past would have been worth; it is looked at where five rounds are played.
    vars(decide)["pick"] = pick if kind == "usual" else _race
    vars(campaign_rounds)["replay"] = policy.replay if rounds == _MANY else lambda *_, **__: None
    folder = Path(tempfile.mkdtemp(prefix="town"))
    try:
        write_town(folder, people=people, seed=seed, truth=truth)
        if kind != "usual":
            _with_prior(folder, kind, seed)
        found = []
        for done in open_campaign(folder).simulate(rounds, seed=seed, now=DAY):
            said = done.summary
            chosen = sum(said["reasons"].get(reason, 0) for reason in ("chosen", "margin", "repaired"))
            silent = said["history"][-1]["sent"] - (said["learning"]["explored"] - said["left_out"].get("explored", 0))
            true = json.loads((done.path / "truth.json").read_text("utf-8"))
            gain = said["differences"].get("policy-nothing")
            left = (said["evaluation"] or {}).get("left")
            found.append({"true": true, "chosen": chosen, "beyond": silent, "said": gain, "left": left})
    finally:
        shutil.rmtree(folder)
    print(json.dumps(job), file=sys.stderr, flush=True)
    return found


def _race(drawn: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draws like ``pick``, with the same chances; but under slightly other chances nearly everybody draws the same.

    The options race: each needs a time that is exponential at the rate of its share, and the first one is drawn. So two plays
    of a town differ by what is known of interests, and hardly by luck.
    """
    shares = np.broadcast_to(shares, (len(drawn), np.shape(shares)[-1]))
    state = (drawn * 2.0**52).astype(np.uint64)[:, None] + np.arange(1, shares.shape[1] + 1, dtype=np.uint64) * _ODD[0]
    for shift, factor in ((30, _ODD[1]), (27, _ODD[2])):  # the mixing of SplitMix64 (Steele, Lea & Flood 2014)
        state = (state ^ (state >> np.uint64(shift))) * factor
    lucky = ((state ^ (state >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
    with np.errstate(divide="ignore"):
        return np.asarray(np.argmin(-np.log1p(-lucky) / shares, axis=1))


def _with_prior(folder: Path, kind: str, seed: int) -> None:
    """Open every message to all, and make what is known of interests absent, wrong (somebody else's), or leave it."""
    for path in (folder / "messages").glob("*.md"):
        path.write_text(
            path.read_text("utf-8").replace('ask = "attend"', 'ask = "attend"\nopen_to = "all"', 1), "utf-8"
        )
    if kind == "right":
        return
    draw = Random(seed)
    people = folder / "data" / "people.csv"
    with people.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    cares = [name for name in rows[0] if name.startswith("cares_")]
    others = [{name: row[name] for name in cares} for row in rows]
    draw.shuffle(others)
    for row, other in zip(rows, others, strict=True):
        row.update(dict.fromkeys(cares, "") if kind == "none" else other)
    with people.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    ids = [row["id"] for row in rows]
    shuffled = ids.copy()
    draw.shuffle(shuffled)
    other_of = dict(zip(ids, shuffled, strict=True))
    for name in ("events", "remarks"):
        file = folder / "data" / f"{name}.csv"
        with file.open(encoding="utf-8", newline="") as handle:
            lines = list(csv.DictReader(handle))
        with file.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(lines[0]))
            writer.writeheader()
            # Nothing that was done or said, but one row of somebody about nothing: a file must not be empty.
            nothing = lines[0] | {list(lines[0])[-1]: "hello"}
            told = [line | {"person_id": other_of[line["person_id"]]} for line in lines]
            writer.writerows([nothing] if kind == "none" else told)


def _rivals(towns: Sequence[Rounds]) -> str:
    rows = []
    for number in (2, 5):
        there = [town for town in towns if len(town) >= number]
        for rival in ("broadcast", "by_size", "stereotype", "mixture", "single"):
            ahead = [1000 * (town[number - 1]["true"]["policy"] - town[number - 1]["true"][rival]) for town in there]
            rows.append(
                [number, f"policy - {rival}", *_interval(ahead), f"{sum(one > 0 for one in ahead)} of {len(ahead)}"]
            )
    return table(["round", "20,000 people", "mean", "95 % interval", "policy ahead"], rows)


def _gaps(towns: Sequence[Rounds]) -> str:
    def gap(town: Rounds, number: int) -> float:
        true = town[number - 1]["true"]
        return float(1000 * (true["oracle"] - true["decided"]))

    rows: list[list[object]] = []
    for number in range(1, 6):
        true = [town[number - 1]["true"] for town in towns]
        share = [100 * one["decided"] / one["oracle"] for one in true]
        oracle, decided = ([1000 * one[name] for one in true] for name in ("oracle", "decided"))
        gaps = [gap(town, number) for town in towns]
        rows.append([number, *(f"{_mean(part):.1f}" for part in (oracle, decided, gaps)), f"{_mean(share):.0f} %"])
    less = _interval([gap(town, 5) - gap(town, 1) for town in towns])
    told = table(["round", "oracle", "decided", "gap", "decided of oracle"], rows)
    seen = [
        (one["said"]["lower"] <= one["true"]["policy"] <= one["said"]["upper"], number)
        for town in towns
        for number, one in enumerate(town, 1)
        if one["said"] is not None
    ]
    covered = ", ".join(
        f"round {number}: {sum(hit for hit, at in seen if at == number)} of {sum(at == number for _, at in seen)}"
        for number in range(2, 6)
    )
    return (
        f"{told}\n\nGap of round 5 less that of round 1, {len(towns)} towns, paired: {less[0]} {less[1]}. The report's "
        f"interval of policy - nothing holds the true value of the policy as it stands today in {covered}.\n\n{_decay(towns)}"
    )


def _decay(towns: Sequence[Rounds]) -> str:
    """What is said to be left of an effect after one contact, and what the policy is said to gain, beside the truth."""
    true, rows = float(freshness(np.ones(1))[0]), []
    for number in range(2, 6):
        there = [town[number - 1] for town in towns]
        left = [one["left"] for one in there]
        said = [(1000 * one["said"]["value"], 1000 * one["true"]["policy"]) for one in there if one["said"] is not None]
        held = sum(one["lower"] <= true <= one["upper"] for one in left)
        off = _interval([told - value for told, value in said])
        rows.append(
            [
                number,
                f"{_mean([one['value'] for one in left]):.2f}",
                f"{_mean([one['upper'] - one['lower'] for one in left]):.2f}",
                f"{held} of {len(left)}",
                f"{_mean([value for _, value in said]):.1f}",
                f"{off[0]} {off[1]}",
            ]
        )
    head = ["round", f"left after one contact (truly {true:g})", "its interval's width", "holds the truth"]
    return table([*head, "policy - nothing, truly", "told less true"], rows)


def _guard(towns: Sequence[Rounds], silent: Sequence[Rounds]) -> str:
    through = sum(town[1]["chosen"] > 0 for town in towns)
    quiet = sum(town[1]["beyond"] <= 0 for town in silent)
    power = f"Power: in round 2 the guard lets the plan through in {through} of {len(towns)} towns."
    if not silent:
        return power
    return (
        f"{power} A/A: without any effect ({_SMALL:,} people), nobody is contacted beyond what chance drew in {quiet} of "
        f"{len(silent)}."
    )


def _priors(found: dict[int, list[list[Rounds]]]) -> str:
    rows = []
    for people, (none, wrong) in found.items():
        for name, number in (("decided", 1), ("policy", 2)):
            pairs = zip(wrong, none, strict=True)
            less = [1000 * (one[number - 1]["true"][name] - other[number - 1]["true"][name]) for one, other in pairs]
            rows.append([f"{people:,}", len(less), number, name, *_interval(less)])
    head = ["wrong prior - none, people", "towns", "round", "what", "mean", "95 % interval"]
    return table(head, rows)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _interval(values: Sequence[float]) -> tuple[str, str]:
    mean = _mean(values)
    error = math.sqrt(sum((one - mean) ** 2 for one in values) / (len(values) - 1) / len(values))
    return f"{mean:+.2f}", f"({mean - 1.96 * error:+.2f} to {mean + 1.96 * error:+.2f})"
