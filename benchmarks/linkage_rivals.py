"""One rival of record linkage, run by the Python of its own environment: ``linkage_rivals.py RIVAL INPUT OUTPUT [TRUTH]``.

INPUT is a Parquet file of cleaned text: ``source`` (the list), then the columns of FEBRL or those of the lists that we draw.
OUTPUT gets ``person``, a number a row in the same order. TRUTH, ``person`` too, is only for the rival that has to be taught.
The last line that is printed says as JSON what the run took. Nothing of groundswell is imported here.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ANSWERS = 200
"""Questions that dedupe may ask about pairs, each answered from the truth."""
ADDRESS = "splink+address"
"""The name of Splink where addresses are compared, too."""
MOST = 16
"""GB that a rival may hold; DuckDB is told to spill to disk at three quarters of that."""


def took() -> str:
    """CPU seconds and the most memory (MB) of this process and of those it started, as JSON.

    The peak comes from ``/proc`` where there is one: what ``getrusage`` says begins at the size of the process that started
    this one.
    """
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    status = Path("/proc/self/status")
    lines = status.read_text("utf-8").splitlines() if status.exists() else []
    peaks = [float(line.split()[1]) for line in lines if line.startswith("VmHWM:")] or [float(own.ru_maxrss)]
    cpu = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    return json.dumps({"cpu": cpu, "megabytes": max(peaks[0], float(others.ru_maxrss)) / 1024})


def components(rows: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Number the rows so that those that pairs connect, also by way of others, have one number.

    >>> components(5, [(0, 3), (3, 4)])
    [0, 1, 2, 0, 0]
    """
    above = list(range(rows))

    def top(row: int) -> int:
        while above[row] != row:
            above[row] = above[above[row]]
            row = above[row]
        return row

    for left, right in pairs:
        first, second = sorted((top(left), top(right)))
        above[second] = first
    return [top(row) for row in range(rows)]


def splink(table: pa.Table, *, address: bool = False) -> list[int]:
    """Splink on DuckDB, as its tutorial and its examples set it up; with addresses compared rather than cities, or not."""
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator  # type: ignore[import-not-found]

    febrl = "given_name" in table.column_names
    linking = febrl and len(table["source"].unique()) > 1
    comparisons, blocking, sure, training, pairs = _splink_febrl() if febrl else _splink_lists(address)
    numbered = table.append_column("unique_id", pa.array(range(table.num_rows), pa.int64()))
    connection = duckdb.connect()
    connection.execute(f"set memory_limit = '{0.75 * MOST}GB'")
    relation = connection.from_arrow(numbered.drop_columns(["source"]))
    parts = (
        [relation.filter(f"unique_id {side} {_first_rows(table)}") for side in ("<", ">=")] if linking else [relation]
    )
    api: Any = DuckDBAPI(connection=connection)
    settings = SettingsCreator(
        link_type="link_only" if linking else "dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=blocking,
    )
    linker: Any = Linker([api.register(part) for part in parts], settings)
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=1)
    for rule in training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)
    predicted = linker.inference.predict(threshold_match_probability=0.9)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.95)
    rows = found.as_duckdbpyrelation().project("unique_id, dense_rank() over (order by cluster_id) as person")
    persons: list[int] = rows.order("unique_id").to_arrow_table()["person"].to_pylist()
    return persons


def _first_rows(table: pa.Table) -> int:
    names: list[str] = table["source"].to_pylist()
    return names.count(names[0])


def _splink_febrl() -> tuple[list[Any], list[Any], list[Any], list[Any], float]:
    import splink.comparison_library as cl  # type: ignore[import-not-found]
    from splink import block_on

    swapped = "l.given_name = r.surname and l.surname = r.given_name"
    comparisons = [
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        # Its examples have a number of each person instead, which is withheld here; with neither it finds 5 in 100 fewer.
        cl.DamerauLevenshteinAtThresholds("address_1", [1, 2]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("suburb").configure(term_frequency_adjustments=True),
    ]
    blocking = [
        block_on("given_name"),
        block_on("surname"),
        swapped,
        block_on("date_of_birth"),
        block_on("state", "address_1"),
        block_on("street_number", "address_1"),
        block_on("postcode"),
    ]
    sure = [block_on("given_name", "surname", "date_of_birth"), f"{swapped} and l.date_of_birth = r.date_of_birth"]
    return comparisons, blocking, sure, [block_on("date_of_birth"), block_on("postcode")], 1e6


def _splink_lists(address: bool) -> tuple[list[Any], list[Any], list[Any], list[Any], float]:
    import splink.comparison_library as cl
    from splink import block_on

    comparisons = [
        cl.NameComparison("first_name"),
        cl.NameComparison("last_name"),
        cl.DateOfBirthComparison("birth_date", input_is_string=True),
        cl.ExactMatch("sex"),
        cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
    ]
    if address:
        comparisons[-1] = cl.DamerauLevenshteinAtThresholds("address").configure(term_frequency_adjustments=True)
    blocking = [
        block_on("substr(first_name,1,3)", "substr(last_name,1,4)"),
        block_on("last_name", "birth_date"),
        block_on("first_name", "birth_date"),
        block_on("postcode", "first_name"),
        block_on("postcode", "last_name"),
        block_on("birth_date", "city"),
        block_on("substr(first_name,1,2)", "substr(last_name,1,2)", "substr(birth_date,1,4)"),
        block_on("phone"),
        block_on("email"),
    ]
    sure = [
        block_on("first_name", "last_name", "birth_date"),
        block_on("first_name", "last_name", "postcode"),
        block_on("first_name", "email"),
    ]
    return comparisons, blocking, sure, [block_on("first_name", "last_name"), block_on("birth_date")], 1e7


def dedupe(table: pa.Table, truth: list[int]) -> list[int]:
    """dedupe, taught as its documentation says: it asks about the pairs it is least sure of, and the truth answers."""
    import dedupe as library  # type: ignore[import-not-found]

    # Every column, and every one that may be missing, brings its training millions of pairs, and so minutes: hence only those
    # that tell most, ShortString where its documentation allows it, and has_missing where much is.
    kinds = library.variables
    wanted = {"sex": kinds.Exact, "phone": kinds.Exact}
    wanted |= dict.fromkeys(("given_name", "surname", "first_name", "last_name", "address_1", "address"), kinds.String)
    wanted |= dict.fromkeys(("date_of_birth", "birth_date", "email", "suburb", "postcode"), kinds.ShortString)
    names = [name for name in table.column_names if name in wanted]
    fields = [wanted[name](name, has_missing=table[name].null_count > 0.1 * table.num_rows) for name in names]
    records: dict[Any, dict[str, Any]] = {
        nth: record | {"nth": nth} for nth, record in enumerate(table.select(names).to_pylist())
    }
    first = _first_rows(table)
    linking = "given_name" in names and first < len(records)
    if linking:
        parts = [{nth: records[nth] for nth in side} for side in (range(first), range(first, len(records)))]
        matcher: Any = library.RecordLink(fields)
    else:
        parts = [records]
        matcher = library.Dedupe(fields)
    matcher.prepare_training(*parts)
    for _ in range(ANSWERS):
        try:
            (pair,) = matcher.uncertain_pairs()
        except IndexError:
            break
        same = truth[pair[0]["nth"]] == truth[pair[1]["nth"]]
        matcher.mark_pairs({"match": [pair] * same, "distinct": [pair] * (not same)})
    matcher.train()
    if linking:
        return components(len(records), (pair for pair, _ in matcher.join(*parts, threshold=0.5)))
    groups = [group for group, _ in matcher.partition(records, threshold=0.5)]
    return components(len(records), ((group[0], other) for group in groups for other in group[1:]))


def recordlinkage(table: pa.Table) -> list[int]:
    """The Python Record Linkage Toolkit: the comparisons of its guides, and its unsupervised ECM classifier."""
    import recordlinkage as library  # type: ignore[import-not-found]

    frame = table.to_pandas()
    febrl = "given_name" in frame.columns
    if febrl:
        blocks: list[Any] = ["given_name", "surname", "postcode", "date_of_birth"]
        names, texts = ("given_name", "surname"), ("address_1",)
        same = ("date_of_birth", "street_number", "suburb", "postcode", "state")
    else:
        blocks = [["first_name", "last_name"], ["first_name", "birth_date"], ["last_name", "birth_date"]]
        blocks += [["first_name", "postcode"], ["last_name", "postcode"], "phone", "email"]
        names, texts, same = (
            ("first_name", "last_name"),
            ("address",),
            ("birth_date", "sex", "phone", "email", "postcode"),
        )
    indexer = library.Index()
    for block in blocks:
        indexer.block(block)
    comparing = library.Compare()
    for name in names:
        comparing.string(name, name, method="jarowinkler", threshold=0.85, label=name)
    for name in texts:
        comparing.string(name, name, threshold=0.85, label=name)
    for name in same:
        comparing.exact(name, name, label=name)
    first = _first_rows(table)
    frames = (frame.iloc[:first], frame.iloc[first:]) if febrl and first < len(frame) else (frame,)
    features = comparing.compute(indexer.index(*frames), *frames)
    found: Iterable[tuple[Hashable, ...]] = library.ECMClassifier().fit_predict(features)
    return components(len(frame), ((int(str(left)), int(str(right))) for left, right in found))


def main(rival: str, source: str, target: str, truth: str | None = None) -> None:
    """Link INPUT with a rival, write OUTPUT, and print what it took."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST << 30, MOST << 30))
    table = pq.read_table(source)
    if rival == "dedupe":
        known = [] if truth is None else [int(person) for person in pq.read_table(truth)["person"].to_pylist()]
        persons = dedupe(table, known)
    else:
        persons = recordlinkage(table) if rival == "recordlinkage" else splink(table, address=rival == ADDRESS)
    pq.write_table(pa.table({"person": pa.array(persons, pa.int64())}), target)
    print(took())


if __name__ == "__main__":
    main(*sys.argv[1:])
