"""From 5,000 answers to everybody: ``ScoreModel`` beside logistic regression, LightGBM and MRP by NUTS.

The survey of 2016 (who would vote for whom, by state) and the voters who got no letter (who voted, by two hundred
neighbourhoods), many splits: some answer, all others are foretold and held against what they said. Goals: Brier score and
area error not worse than any rival's by more than two paired standard errors; area error at most 0.70 of the raw means';
calibration error at most 0.020, beside that of a perfect forecast; 90 % intervals of areas hold 87 to 93 %; a hundredth of
the CPU of NUTS; a million people in a CPU second. ``SCORES_SPLITS`` and ``SCORES_MRP`` (splits of NUTS) say how many.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.measuring import DATA, ROOT, environment, machine, table, versions_of

SPLITS = int(os.environ.get("SCORES_SPLITS", "20"))
MRP = int(os.environ.get("SCORES_MRP", "3"))
ANSWERS = 5_000
PACKAGES = ("bambi>=0.15,<1", "matplotlib<3.10", "scikit-learn>=1.6", "lightgbm>=4.6,<5", "pyarrow", "pandas<3")
OURS, NUTS = "groundswell", "MRP by NUTS (bambi)"
_RIVALS = ("logistic regression", "LightGBM, small", "LightGBM, as it comes")
_FEWEST = 100
_BINS = 20
_LEVEL = 0.90


class Survey(NamedTuple):
    """People whose answer is known.

    Attributes:
        traits: ``f_...`` factors and ``n_...`` numbers.
        answer: (n,) 0 or 1.
        area: the factor that says where.
    """

    traits: pa.Table
    answer: NDArray[np.float64]
    area: str


class Told(NamedTuple):
    """How far one learner was off on one split."""

    brier: float
    area: float
    calibration: float
    cpu: float


def main() -> str:
    """Run everything; the Markdown text for the results."""
    python = environment("scores", PACKAGES)
    rivals = versions_of(python, "bambi", "pymc", "scikit-learn", "lightgbm")
    parts = [f"{machine('groundswell', 'numpy', 'numba')}; {rivals}."]
    parts += [_beside(name, survey, python) for name, survey in (("survey", ces()), ("voters", voters()))]
    return "\n\n".join([*parts, _states(), _million()]) + "\n"


def _beside(title: str, survey: Survey, python: Path) -> str:
    """All learners on all splits."""
    found: dict[str, list[Told]] = {}
    raw, perfect, held = [], [], []
    for split in range(SPLITS):
        order = np.random.default_rng((5, split)).permutation(len(survey.answer))
        seen, left = order[:ANSWERS], order[ANSWERS:]
        answer = survey.answer[left]
        place = survey.traits[survey.area].take(pa.array(left)).to_numpy(zero_copy_only=False).astype(str)
        asked = survey.traits[survey.area].take(pa.array(seen)).to_numpy(zero_copy_only=False).astype(str)
        raw.append(_area_error(_raw(asked, survey.answer[seen], place), answer, place))
        with TemporaryDirectory() as folder:
            train, test = Path(folder) / "train.parquet", Path(folder) / "test.parquet"
            known = survey.traits.take(pa.array(seen)).append_column("answer", pa.array(survey.answer[seen]))
            pq.write_table(known, train)
            pq.write_table(survey.traits.take(pa.array(left)), test)
            for name in (OURS, *_RIVALS, *([NUTS] if split < MRP else [])):
                chance, cpu, areas = _run(name, train, test, python, survey.area)
                one = Told(_brier(chance, answer), _area_error(chance, answer, place), _ece(chance, answer), cpu)
                found.setdefault(name, []).append(one)
                print(f"  {title} {split} {name} {cpu:.1f} s", file=sys.stderr, flush=True)
                if areas:
                    held += _held(areas, answer, place)
                    luck = np.random.default_rng((6, split)).random(len(chance)) < chance
                    perfect.append(_ece(chance, luck.astype(np.float64)))
    lines = [_line(name, rows, found[OURS], raw) for name, rows in found.items()]
    head = [
        "with",
        "Brier",
        "ours less it",
        "area error",
        "ours less it",
        "of the raw means'",
        "calibration error",
        "CPU, s",
    ]
    faster = mean(one.cpu for one in found[NUTS]) / mean(one.cpu for one in found[OURS]) if MRP else 0.0
    areas_told = f"Areas with {_FEWEST} answers that were kept back, {len(held)} in all splits: the 90 % interval holds"
    return (
        f"**{title}: {len(survey.answer):,} people, {ANSWERS:,} of them answer, {SPLITS} splits"
        + (f", {MRP} of NUTS" if MRP else "")
        + " (in brackets the paired difference's standard error):**\n\n"
        + table(head, lines)
        + f"\n\n{areas_told} {100 * mean(held):.1f} % (goal 87 to 93). A perfect forecast's calibration error, "
        f"{_BINS} bins of as many people: {mean(perfect):.4f}."
        + (f" NUTS takes {faster:,.0f} times our CPU." if MRP else "")
    )


def _line(name: str, rows: Sequence[Told], ours: Sequence[Told], raw: Sequence[float]) -> list[str]:
    brier, area = (_less(ours, rows, what) for what in ("brier", "area"))
    return [
        name if len(rows) == len(ours) else f"{name}, {len(rows)} split{'s' if len(rows) > 1 else ''}",
        f"{mean(one.brier for one in rows):.5f}",
        "" if name == OURS else brier,
        f"{100 * mean(one.area for one in rows):.2f} points",
        "" if name == OURS else area,
        f"{mean(one.area for one in rows) / mean(raw[: len(rows)]):.2f}",
        f"{mean(one.calibration for one in rows):.4f}",
        f"{mean(one.cpu for one in rows):.2f}",
    ]


def _less(ours: Sequence[Told], rows: Sequence[Told], what: str) -> str:
    apart = np.array([getattr(one, what) - getattr(other, what) for one, other in zip(ours, rows, strict=False)])
    if len(apart) == 1:
        return f"{apart[0]:+.5f}"
    return f"{apart.mean():+.5f} ({apart.std(ddof=1) / np.sqrt(len(apart)):.5f})"


def _run(
    name: str, train: Path, test: Path, python: Path, area: str
) -> tuple[NDArray[np.float64], float, dict[str, tuple[float, float]]]:
    """One learner in a process of its own: chances, CPU seconds, and our intervals of areas."""
    target = train.with_name("said.parquet")
    if name == OURS:
        command = [sys.executable, "-m", "benchmarks.scores", area, str(train), str(test), str(target)]
    else:
        command = [str(python), str(ROOT / "benchmarks" / "scores_rivals.py"), name, str(train), str(test), str(target)]
    settings = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=settings, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return pq.read_table(target)["chance"].to_numpy(), said["cpu"], said.get("areas", {})


def ours(area: str, train: Path, test: Path, target: Path) -> None:
    """Ours in this process."""
    from groundswell.profiles import ScoreModel

    known, new = pq.read_table(train), pq.read_table(test)
    answer = known["answer"].to_numpy()
    known = known.drop_columns(["answer"])
    ScoreModel().fit(known.slice(0, 500), answer[:500]).predict(new.slice(0, 10))  # loops are read from the disk
    before = _cpu()
    score = ScoreModel().fit(known, answer)
    chance = score.predict_proba(new)[:, 1]
    took = _cpu() - before
    cells = new.append_column("people", pa.array(np.ones(new.num_rows)))
    areas = {name: (one.lower, one.upper) for name, one in score.by_area(cells, area, "people", level=_LEVEL).items()}
    pq.write_table(pa.table({"chance": chance}), target)
    print(json.dumps({"cpu": took, "areas": areas}))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _brier(chance: NDArray[np.float64], answer: NDArray[np.float64]) -> float:
    return float(np.square(chance - answer).mean())


def _ece(chance: NDArray[np.float64], answer: NDArray[np.float64]) -> float:
    """How far chances are from shares, in bins of as many people each."""
    order = np.argsort(chance, kind="stable")
    bins = np.array_split(order, _BINS)
    return float(sum(abs(chance[one].mean() - answer[one].mean()) * len(one) for one in bins) / len(chance))


def _area_error(chance: NDArray[np.float64], answer: NDArray[np.float64], place: NDArray[np.str_]) -> float:
    """How far the share of an area is from that of those kept back, on average over areas with answers enough."""
    index = np.unique(place, return_inverse=True)[1]
    counts = np.bincount(index)
    apart = np.abs(np.bincount(index, chance) - np.bincount(index, answer)) / counts
    return float(apart[counts >= _FEWEST].mean())


def _raw(asked: NDArray[np.str_], answer: NDArray[np.float64], place: NDArray[np.str_]) -> NDArray[np.float64]:
    """The mean of an area's answers; that of all where there are none."""
    names, index = np.unique(asked, return_inverse=True)
    means = dict(zip(names.tolist(), np.bincount(index, answer) / np.bincount(index), strict=True))
    return np.array([means.get(name, answer.mean()) for name in place.tolist()])


def _held(areas: Mapping[str, tuple[float, float]], answer: NDArray[np.float64], place: NDArray[np.str_]) -> list[bool]:
    names, index = np.unique(place, return_inverse=True)
    counts, totals = np.bincount(index), np.bincount(index, answer)
    return [
        bool(areas[name][0] <= total / count <= areas[name][1])
        for name, count, total in zip(names.tolist(), counts, totals, strict=True)
        if count >= _FEWEST
    ]


# The data


def ces() -> Survey:
    """Who would vote for Trump of the two, by what a list could say of a person: no party, no ideology."""
    raw = pyarrow.csv.read_csv(DATA / "ces2016.csv.gz")
    raw = raw.filter(pc.is_valid(raw["votetrump"]))
    age = raw["age"].to_numpy().astype(np.int64)
    numbers = ("age", "female", "collegeed", "famincr", "bornagain", "religimp", "churchatd", "prayerfreq")
    columns: dict[str, object] = {"f_state": raw["state"], "f_race": raw["racef"], "f_age": _ages(age)}
    columns |= {f"n_{name}": raw[name].cast(pa.float64()) for name in numbers}
    return Survey(pa.table(columns), raw["votetrump"].to_numpy().astype(np.float64), "f_state")


def voters() -> Survey:
    """Who voted in August 2006, of those who got no letter; a neighbourhood is fifty blocks that follow each other."""
    raw = pyarrow.csv.read_csv(DATA / "gerber_green_larimer_2008.csv.gz")
    raw = raw.filter(pc.equal(pc.utf8_trim_whitespace(raw["treatment"]), "Control"))
    columns: dict[str, object] = {"f_near": [f"n{block // 50}" for block in raw["cluster"].to_pylist()]}
    for name in ("sex", "g2000", "g2002", "p2000", "p2002", "p2004"):
        yes = pc.is_in(pc.utf8_lower(raw[name]), value_set=pa.array(["yes", "male"]))
        columns[f"n_{name}"] = pc.cast(yes, pa.float64())
    columns["n_age"] = 2006.0 - raw["yob"].to_numpy()
    columns["n_size"] = raw["hh_size"].to_numpy().astype(np.float64)
    voted = pc.equal(pc.utf8_lower(raw["voted"]), "yes").to_numpy(zero_copy_only=False).astype(np.float64)
    return Survey(pa.table(columns), voted, "f_near")


def _ages(age: NDArray[np.int64]) -> list[str]:
    ends = ("18-29", "30-39", "40-49", "50-59", "60-69", "70+")
    return [ends[min(max(int(one) // 10 - 2, 0), 5)] for one in age]


# Against what the states did


def _states() -> str:
    """The states' true two-party shares: ours from the census frame, and the raw means; both moved by one logit shift."""
    from groundswell.profiles import ScoreModel

    survey = ces()
    traits = pa.table(
        {
            "state": survey.traits["f_state"],
            "race": _four(survey.traits["f_race"].to_pylist()),
            "age": survey.traits["f_age"],
            "woman": survey.traits["n_female"],
            "college": survey.traits["n_collegeed"],
        }
    )
    cells = pyarrow.csv.read_csv(DATA / "acs_cells.csv.gz")
    frame = pa.table(
        {
            "state": [_STATES[name] for name in cells["state"].to_pylist()],
            "race": cells["eth"],
            "age": cells["age"],
            "woman": (cells["male"].to_numpy() < 0).astype(np.float64),
            "college": pc.cast(
                pc.is_in(cells["educ"], value_set=pa.array(["4-Year College", "Post-grad"])), pa.float64()
            ),
            "people": cells["n"].cast(pa.float64()),
        }
    )
    results = pyarrow.csv.read_csv(DATA / "state_results_2016.csv")
    truth = dict(
        zip([_STATES[name] for name in results["state"].to_pylist()], results["repvote"].to_pylist(), strict=True)
    )
    people = dict.fromkeys(_STATES.values(), 0.0)
    for name, many in zip(frame["state"].to_pylist(), frame["people"].to_pylist(), strict=True):
        people[name] += many
    names = [name for name in _STATES.values() if name in truth and people[name] > 0]
    size, true = np.array([people[name] for name in names]), np.array([truth[name] for name in names])
    lines = []
    for answers, goal in ((5_000, "1.0"), (2_000, "0.8")):
        off: list[tuple[float, float]] = []
        for split in range(SPLITS):
            seen = np.random.default_rng((5, split)).permutation(len(survey.answer))[:answers]
            score = ScoreModel(factors=["state", "race", "age"]).fit(traits.take(pa.array(seen)), survey.answer[seen])
            found = score.by_area(frame, "state", "people")
            asked = survey.traits["f_state"].take(pa.array(seen)).to_numpy(zero_copy_only=False).astype(str)
            raw = _raw(asked, survey.answer[seen], np.array(names))
            said = np.array([found[name].value for name in names])
            off.append((_off(said, true, size), _off(np.clip(raw, 0.02, 0.98), true, size)))
        mine, rest = (mean(one[place] for one in off) for place in (0, 1))
        lines.append(
            [f"{answers:,}", f"{100 * mine:.2f} points", f"{100 * rest:.2f} points", f"{mine / rest:.2f} ({goal})"]
        )
    return (
        f"**Against the true results of {len(names)} states, moved by one logit shift to the country, {SPLITS} splits:"
        " mean distance. This survey is not representative by state, and its frame has four facts a person.**\n\n"
        + table(["answers", "groundswell, from the census frame", "raw means", "ratio (goal)"], lines)
    )


def _off(said: NDArray[np.float64], true: NDArray[np.float64], size: NDArray[np.float64]) -> float:
    """Mean distance of shares from the truth, after one shift on the logit that makes the whole country right."""
    logit, wanted = np.log(said / (1 - said)), float(size @ true) / size.sum()
    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(size @ (1 / (1 + np.exp(-logit - middle)))) / size.sum() < wanted:
            low = middle
        else:
            high = middle
    return float(np.abs(1 / (1 + np.exp(-logit - low)) - true).mean())


def _four(race: Sequence[str]) -> list[str]:
    return [name if name in {"White", "Black", "Hispanic"} else "Other" for name in race]


def _million() -> str:
    """A million people scored by the additive model, with their intervals."""
    from groundswell.profiles import ScoreModel

    survey = ces()
    rng = np.random.default_rng(7)
    seen, many = rng.permutation(len(survey.answer))[:ANSWERS], rng.integers(0, len(survey.answer), 1_000_000)
    lines = []
    for name, kept in (
        ("additive: state, race, age band", ["f_state", "f_race", "f_age"]),
        ("all eleven traits", survey.traits.column_names),
    ):
        traits = survey.traits.select(kept)
        score = ScoreModel().fit(traits.take(pa.array(seen)), survey.answer[seen])
        everybody = traits.take(pa.array(many)).combine_chunks()
        score.predict(everybody.slice(0, 10))
        before = _cpu()
        score.predict(everybody)
        lines.append([name, "no" if not score.trees_.trees else str(score.trees_.trees), f"{_cpu() - before:.2f}"])
    return "**A million people scored, with an interval for each:**\n\n" + table(
        ["model", "trees", "CPU, s (goal 1)"], lines
    )


_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine",
    "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi",
    "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey",
    "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio",
    "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip


if __name__ == "__main__":
    ours(sys.argv[1], *map(Path, sys.argv[2:5]))
