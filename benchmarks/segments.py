"""Groups that nobody wrote down: ``segments.discover`` beside k-means, k-modes and StepMix, and whom to talk to.

Each finds groups of the same people, as many as we do, and has them told by the same kind of rules: a tree of at most eight
leaves, three questions deep. *Fidelity*: the share of people whom the rules put where the groups are. *Stability*: the mean
adjusted Rand index of what the rules say when people are drawn anew by household, everything made again, 12 times (StepMix,
which takes a hundred times as long, 4). Goals: fidelity 0.85, stability 0.70 or fewer groups; the shallow
tree keeps three quarters of the full model's AUC above one half; a million people assigned in a CPU second, 1,000 of
them that changed evaluated again in one.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.measuring import DATA, ROOT, environment, machine, table, versions_of
from benchmarks.scores import ces, voters

PACKAGES = ("stepmix>=2.2,<3", "kmodes>=0.12", "scikit-learn>=1.5,<1.7", "pandas<3", "pyarrow")
PEOPLE = 20_000
MILLION = int(os.environ.get("SEGMENTS_ROWS", "1000000"))


def main() -> str:
    """Run everything; the Markdown text for the results."""
    python = environment("segments", PACKAGES)
    rivals = versions_of(python, "scikit-learn", "kmodes", "stepmix")
    lines = []
    sets = {"voters": _voters, "Springfield": _town, "employees": _employees, "Acme": _company}
    for name in os.environ.get("SEGMENTS_OF", ",".join(sets)).split(","):
        lines += _beside(name, sets[name](), python)
    head = ["people", "with", "groups", "fidelity", "stability", "CPU, s"]
    return (
        f"{machine('groundswell', 'numpy')}; {rivals}.\n\n"
        + table(head, lines)
        + "\n\n"
        + _whom()
        + "\n\n"
        + _million()
        + "\n"
    )


def _beside(name: str, traits: pa.Table, python: Path) -> list[list[str]]:
    """We, and each rival with as many groups."""
    from groundswell.segments import discover

    names = [column for column in traits.column_names if column != "unit"]
    before = _cpu()
    found = discover(traits, names, unit=traits["unit"].to_pylist())
    cpu = _cpu() - before
    many = len(found.groups)
    lines = [[name, "groundswell", str(many), f"{found.fidelity:.3f}", f"{found.stability:.3f}", f"{cpu:.1f}"]]
    print(f"  {lines[0]} {found.tried}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "people.parquet"
        pq.write_table(traits, file)
        command = [str(python), str(ROOT / "benchmarks" / "segments_rivals.py"), str(file), str(max(many, 2))]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for one in json.loads(told):
        figures = [f"{one['fidelity']:.3f}", f"{one['stability']:.3f}", f"{one['cpu']:.1f}"]
        lines.append([name, one["name"], str(one["groups"]), *figures])
        print(f"  {lines[-1]}", file=sys.stderr, flush=True)
    return lines


def _whom() -> str:
    """What a shallow tree keeps of what the full score knows, on people neither had seen."""
    from groundswell.profiles import ScoreModel
    from groundswell.segments import assign, tell_apart

    lines = []
    for name, survey in (("who voted", voters()), ("who would vote for whom", ces())):
        order = np.random.default_rng(3).permutation(len(survey.answer))
        seen, left = order[: len(order) // 2], order[len(order) // 2 :]
        learnt = seen[:20_000]
        model = ScoreModel().fit(survey.traits.take(pa.array(learnt)), survey.answer[learnt])
        known, fresh = survey.traits.take(pa.array(seen)), survey.traits.take(pa.array(left))
        found = tell_apart(model.predict(known).value, known, known.column_names)
        means = np.array([group.mean for group in found.groups], dtype=float)
        tree = means[assign([group.rules for group in found.groups], fresh)]
        full, shallow = (_auc(told, survey.answer[left]) for told in (model.predict(fresh).value, tree))
        kept = (shallow - 0.5) / (full - 0.5)
        lines.append(
            [
                name,
                f"{len(found.groups)}",
                f"{found.stability:.3f}",
                f"{full:.4f}",
                f"{shallow:.4f}",
                f"{100 * kept:.0f} %",
            ]
        )
    return (
        "**Whom to talk to: the score of everybody, and the shallow tree on it, on people whom neither had seen:**\n\n"
        + table(["score", "groups", "stability", "AUC of the score", "AUC of the groups", "kept above one half"], lines)
    )


def _million() -> str:
    """Assigning everybody, and evaluating again those who changed."""
    from groundswell.segments import SegmentSpec, assign, discover, in_order, members, members_again, sql_of

    small = _town()
    names = [name for name in small.column_names if name != "unit"]
    found = discover(small, names, unit=small["unit"].to_pylist())
    rows = np.arange(MILLION) % small.num_rows
    people = small.take(pa.array(rows)).select(names).combine_chunks()
    before = _cpu()
    assign([group.rules for group in found.groups], people)
    each = _cpu() - before
    specs = {f"group-{place}": SegmentSpec(rule=sql_of(group.rules)) for place, group in enumerate(found.groups)}
    segments = in_order(specs, names, file="segments.toml")
    then = people.append_column("person", pa.array([f"p{row}" for row in range(MILLION)]))
    age = then["age"].to_numpy().copy()
    age[:: MILLION // 1_000] += 30
    now = then.set_column(then.column_names.index("age"), "age", pa.array(age))
    first = members(segments, then, file="segments.toml")
    start, before = time.perf_counter(), _cpu()
    _, changed = members_again(segments, now, first, then, file="segments.toml")
    wall, again = time.perf_counter() - start, _cpu() - before
    return (
        f"{MILLION:,} people are assigned to {len(found.groups)} groups in {each:.2f} CPU-seconds (goal 1). {changed:,} of "
        f"as many changed: evaluated again in {wall:.2f} s, {again:.2f} of CPU (goal 1)."
    )


def _voters() -> pa.Table:
    raw = pyarrow.csv.read_csv(DATA / "gerber_green_larimer_2008.csv.gz")
    homes = np.unique(raw["hh_id"].to_numpy())
    chosen = np.random.default_rng(1).choice(homes, PEOPLE // 2, replace=False)
    raw = raw.filter(pc.is_in(raw["hh_id"], value_set=pa.array(chosen))).slice(0, PEOPLE)
    columns: dict[str, object] = {"unit": raw["hh_id"].cast(pa.string()), "sex": raw["sex"].cast(pa.string())}
    for name in ("g2000", "g2002", "p2000", "p2002", "p2004"):
        columns[name] = pc.equal(pc.utf8_lower(raw[name]), "yes").cast(pa.float64())
    columns["age"] = 2006.0 - raw["yob"].to_numpy()
    columns["household_size"] = raw["hh_size"].to_numpy().astype(np.float64)
    return pa.table(columns)


def _town() -> pa.Table:
    """Springfield as its file of people has it; what somebody cares about is blank for most."""
    from groundswell.worlds import write_town

    with tempfile.TemporaryDirectory() as place:
        write_town(Path(place), people=PEOPLE)
        raw = pyarrow.csv.read_csv(Path(place) / "data" / "people.csv")
    columns: dict[str, object] = {"unit": raw["household_id"], "age": 2026.0 - raw["born"].to_numpy()}
    for name in ("votes", "meetings", "school_age_children"):
        columns[name] = raw[name].to_numpy().astype(np.float64)
    for name in ("district", "occupation", "language", "woman"):
        texts = raw[name].cast(pa.string())
        columns[name] = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    for name in raw.column_names:
        if name.startswith("cares_"):
            columns[name] = pc.fill_null(raw[name].cast(pa.float64()), np.nan)
    return pa.table(columns)


def _employees() -> pa.Table:
    """Ordinary facts of a payroll: no pay, no rating, no family."""
    raw = pyarrow.csv.read_csv(DATA / "employees_fictional.csv.gz")
    raw = raw.rename_columns([name.lstrip("\ufeff") for name in raw.column_names])
    texts = ("BusinessTravel", "Department", "EducationField", "JobRole", "OverTime")
    numbers = ("Age", "DistanceFromHome", "JobLevel", "TotalWorkingYears", "TrainingTimesLastYear", "YearsAtCompany")
    more = ("YearsInCurrentRole", "YearsSinceLastPromotion", "YearsWithCurrManager", "NumCompaniesWorked")
    columns: dict[str, object] = {"unit": raw["EmployeeNumber"].cast(pa.string())}
    columns |= {name: raw[name].cast(pa.string()) for name in texts}
    columns |= {name: raw[name].cast(pa.float64()) for name in (*numbers, *more)}
    return pa.table(columns)


def _company() -> pa.Table:
    """Acme as its payroll has it, with a survey that one in four answered: no pay."""
    from groundswell.worlds import write_company

    with tempfile.TemporaryDirectory() as place:
        write_company(Path(place))
        raw = pyarrow.csv.read_csv(Path(place) / "data" / "payroll.csv")
    columns: dict[str, object] = {"unit": raw["id"], "age": 2026.0 - raw["born"].to_numpy()}
    for name in ("site", "department", "shift", "desk"):
        columns[name] = raw[name].cast(pa.string())
    columns["emails_a_week"] = raw["emails_a_week"].cast(pa.float64())
    for name in ("q_safety", "q_time", "q_money", "q_learning"):
        columns[name] = pc.fill_null(raw[name].cast(pa.float64()), np.nan)
    return pa.table(columns)


def _auc(told: NDArray[np.float64], answer: NDArray[np.float64]) -> float:
    """The share of pairs that are told in the right order, ties half."""
    _, place, counts = np.unique(told, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2
    yes = answer == 1
    return float((rank[place][yes].sum() - yes.sum() * (yes.sum() + 1) / 2) / (yes.sum() * (~yes).sum()))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
