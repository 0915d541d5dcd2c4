"""What ten million sendings cost: goal 60 s and 2 GB on 2 cores, beside DuckDB's own count of the rows and the people."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.measuring import Cost, machine, run, table
from groundswell.tables import Engine, quote_literal

ROWS, PEOPLE, WEEKS, SEED = 10_000_000, 800_000, 26, 7
TURNS = 3

# Two in five sendings are the week's letter to all; the rest is one of 24 messages. People live in twos.
_LOG = f"""
with drawn as (
    select i, hash(i, {SEED}) as a, hash(i, {SEED + 1}) as b, hash(i, {SEED + 2}) as c from range({{rows}}) as every(i)
)
select 'person' || lpad(cast(a % {PEOPLE} as varchar), 7, '0') || '@example.org' as recipient,
    'letter-' || case when b % 10 < 4 then i * {WEEKS} // {{rows}} else b % 24 end || '-spring-campaign' as message,
    timestamp '2026-01-05 08:00:00' + to_seconds(cast(i * {WEEKS * 7 * 86400 - 36_000} // {{rows}} as bigint)) as sent_at,
    ['email', 'sms', 'post', 'phone'][1 + cast(b % 4 as int)] as channel,
    ['education', 'health', 'jobs', 'transport', 'culture'][1 + cast(b % 5 as int)] as topic,
    'household' || a % {PEOPLE} // 2 as household,
    case when c % 11 = 0 then 'yes' else 'no' end as opened
from drawn
"""
_COUNT = """
import duckdb
duckdb.sql("select count(*), count(distinct recipient) from {source}").fetchall()
"""
# The peak of this one command, not of all that ran before it.
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def write_log(path: Path, rows: int = ROWS) -> None:
    """Write the log as Parquet or CSV; the same rows at every run.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "log.csv"
    >>> write_log(path, 100)
    >>> len(path.read_text().splitlines())
    101
    """
    kind = "format parquet" if path.suffix == ".parquet" else "format csv, header"
    with Engine(memory="4GB") as engine:
        engine.run(f"copy ({_LOG.format(rows=rows)}) to {quote_literal(str(path))} ({kind})")


def main() -> str:
    """Three turns for each format; the Markdown text for the results."""
    rows = []
    with TemporaryDirectory() as place:
        for name, source in (("log.parquet", "'{}'"), ("log.csv", "read_csv('{}', all_varchar = true)")):
            path = Path(place) / name
            write_log(path)
            rows += _measured(path, source.format(path))
            path.unlink()
    head = [f"{ROWS:,} rows, median of {TURNS}", "wall s (goal 60)", "CPU s", "peak MB (goal 2,048)"]
    return machine("groundswell", "duckdb") + "\n\n" + table(head, rows) + "\n"


def _measured(path: Path, source: str) -> list[list[str]]:
    counts: list[Cost] = []
    logs: list[Cost] = []
    words = [sys.executable, "-m", "groundswell", "tsunami", str(path), "--page", str(path.with_suffix(".html"))]
    for _ in range(TURNS):
        counts.append(run(["-c", _PEAK, sys.executable, "-c", _COUNT.format(source=source)]))
        logs.append(run(["-c", _PEAK, *words]))
    size = f"{path.name}, {path.stat().st_size / 1e6:,.0f} MB"
    ratio = [f"{_wall(logs) / _wall(counts):.0f} x", f"{_cpu(logs) / _cpu(counts):.0f} x", ""]
    return [
        [f"groundswell tsunami {size}", f"{_wall(logs):.1f}", f"{_cpu(logs):.1f}", f"{_peak(logs):,.0f}"],
        ["DuckDB counts rows and people", f"{_wall(counts):.1f}", f"{_cpu(counts):.1f}", f"{_peak(counts):,.0f}"],
        ["ratio", *ratio],
    ]


def _wall(costs: list[Cost]) -> float:
    return median(cost.wall for cost in costs)


def _cpu(costs: list[Cost]) -> float:
    return median(cost.cpu for cost in costs)


def _peak(costs: list[Cost]) -> float:
    return max(float(cost.out) for cost in costs)


if __name__ == "__main__":
    print(main())
