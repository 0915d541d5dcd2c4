"""What one whole round on the 344,084 voters costs: goal 60 s and 2 GB on 2 cores, beside DuckDB's own read of the file."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.measuring import Cost, groundswell, machine, run, table
from benchmarks.voter_mailing import FILE, copy_of

_READ = """
import duckdb
rows = "read_csv('{file}', all_varchar = true)"
duckdb.sql(f"select count(*), count(distinct hh_id), min(sex), min(voted) from {{rows}}").fetchall()
"""


def main() -> str:
    """Three rounds and three reads in turn; the Markdown text for the results."""
    if not FILE.exists():
        return "skipped: the voter mailing is not beside this checkout (shared/data)\n"
    reads: list[Cost] = []
    rounds: list[Cost] = []
    with TemporaryDirectory() as place:
        folder = copy_of("turnout-mail", Path(place))
        for seed in range(3):
            reads.append(run(["-c", _READ.format(file=FILE)]))
            rounds.append(
                groundswell("run", str(folder), "--set", f"sources.people.path={FILE}", "--seed", str(seed))[0]
            )
    rows = [
        ["whole round, 344,084 voters", *_medians(rounds), f"{rounds[0].megabytes:,.0f}"],
        ["DuckDB reads the file once", *_medians(reads), f"{reads[0].megabytes:,.0f}"],
        [
            "ratio",
            f"{median(cost.wall for cost in rounds) / median(cost.wall for cost in reads):.0f} x",
            f"{median(cost.cpu for cost in rounds) / median(cost.cpu for cost in reads):.0f} x",
            "",
        ],
    ]
    head = ["median of 3", "wall s (goal 60)", "CPU s", "peak MB (goal 2,048)"]
    return machine("groundswell", "duckdb", "lightgbm") + "\n\n" + table(head, rows) + "\n"


def _medians(costs: list[Cost]) -> list[str]:
    return [f"{median(cost.wall for cost in costs):.1f}", f"{median(cost.cpu for cost in costs):.1f}"]


if __name__ == "__main__":
    print(main())
