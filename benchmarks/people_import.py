"""What importing people costs: 1,000,000 and 10,000,000 rows of 30 columns with telephones, e-mails, names and addresses.

Each import is the command of a user whose environment holds groundswell and what it needs, and nothing else.
The rival is DuckDB's own copy of the CSV into Parquet in the same run, which judges, compares and normalises nothing.
Goals: at most 8 times its time and 2 GB for a million rows, ten times that time for ten million, and a quarter of the first
time for the same file with 1 % of its rows changed.
"""

from __future__ import annotations

import os
from importlib.metadata import requires, version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement

from benchmarks.measuring import ROOT, Cost, environment, machine, run, table
from groundswell.tables import Engine, quote_literal

SIZES = tuple(int(size) for size in os.environ.get("PEOPLE_SIZES", "1000000,10000000").split(","))
TURNS = int(os.environ.get("PEOPLE_TURNS", "3"))

_FIRST = (
    "James Maria Robert Linda Michael Patricia David Jennifer Carlos Susan Thomas Jessica Daniel Sarah Matthew Karen"
)
_LAST = "Smith Garcia Johnson Martinez Williams Brown Jones Lopez Miller Davis Wilson Anderson Taylor Moore Jackson Lee"
_STREET = (
    "Main Oak Pine Maple Cedar Elm Washington Lake Hill Walnut Spring Ridge Lincoln Church Park Jackson Sunset River"
)
_KIND = "St Street Ave Avenue Rd Road Dr Drive Ln Blvd"
_TOWN = "Springfield Riverton Fairview Clinton Madison Georgetown Salem Franklin"


def _one_of(words: str, number: str) -> str:
    names = words.split()
    return f"{names!r}[1 + cast({number} % {len(names)} as int)]"


# Two people a home, most with its family name; one home in five has flats. Three in five have a telephone, written in four
# ways, two in five an e-mail address. ``changed`` says whose row of the second file differs.
_PEOPLE = f"""
with drawn as (
    select i, i // 2 as home, hash(i, 1) as a, hash(i, 2) as b, hash(i, 3) as c, hash(i // 2, 4) as h, hash(i // 2, 5) as g,
        hash(i, 6) % 100 = 0 and {{second}} as changed
    from range({{rows}}) as every(i)
), named as (
    select *, {_one_of(_FIRST, "a")} as given,
        case when b % 5 > 0 then {_one_of(_LAST, "h")} else {_one_of(_LAST, "b")} end as family,
        lpad(cast(201 + c % 780 as varchar), 3, '0') as area, lpad(cast(c // 1000 % 10000 as varchar), 4, '0') as line
    from drawn
)
select 'V' || lpad(cast(i as varchar), 9, '0') as id,
    given || ' ' || family as full_name,
    case when changed then '(202) 555-0101' when a % 5 < 3 then case b % 4
        when 0 then '(' || area || ') 555-' || line when 1 then area || '-555-' || line
        when 2 then area || '555' || line else '+1 ' || area || ' 555 ' || line end end as phone,
    case when b % 5 < 2 then lower(given) || '.' || lower(family) || i || '@example.org' end as email,
    cast(1 + h % 9998 as varchar) || ' ' || {_one_of(_STREET, "g")} || ' ' || {_one_of(_KIND, "g // 32")}
        || case when g % 5 = 0 then ' Apt ' || cast(1 + h // 7 % 40 as varchar) else '' end as address,
    {_one_of(_TOWN, "h // 64")} as city, 'MI' as state, cast(10000 + h // 512 % 90000 as varchar) as postcode,
    case when changed then 1999 else 1930 + cast(a % 76 as int) end as born, ['F', 'M'][1 + cast(a // 8 % 2 as int)] as sex,
    cast(1 + h // 4096 % 400 as varchar) as precinct, date '1990-01-01' + cast(c % 12000 as int) as registered,
    case when c % 50 = 0 then 'yes' else '' end as stop,
    {", ".join(f"['yes', 'no', ''][1 + cast(hash(i, {20 + k}) % 3 as int)] as vote{2008 + 2 * k}" for k in range(8))},
    {", ".join(f"round(hash(i, {40 + k}) % 1000 / 10.0, 1) as score{k}" for k in range(9))}
from named
"""
_TOML = f"""\
format = 1
name = "Import"
purpose = "voters"
place = "US-MI"

[actions]
vote = {{ goal = true, value = 1 }}

[sources.people]
path = "few.csv"
person = "id"
household = "#address"
name = "full_name"
phone = "phone"
email = "email"
address = "address"
city = "city"
state = "state"
postcode = "postcode"
precinct = "precinct"
stop = "stop"
[sources.people.types]
born = "year"
registered = "date"
{chr(10).join(f'vote{2008 + 2 * k} = "yes/no"' for k in range(8))}
{chr(10).join(f'score{k} = "number"' for k in range(9))}

[channels]
phone = {{ reaches = "person", cost = 1 }}
"""
_COPY = """
import duckdb
duckdb.sql("copy (from read_csv('{source}')) to '{target}' (format parquet)")
"""
# The peak of this one command, not of all that ran before it.
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def write_people(path: Path, rows: int, *, second: bool = False) -> None:
    """Write the list as CSV; the second file differs in 1 % of its rows.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "people.csv"
    >>> write_people(path, 100)
    >>> len(path.read_text().splitlines()), len(path.read_text().splitlines()[0].split(","))
    (101, 30)
    """
    with Engine(memory="4GB") as engine:
        sql = _PEOPLE.format(rows=rows, second=str(second).lower())
        engine.run(f"copy ({sql}) to {quote_literal(str(path))} (format csv, header)")


def write_campaign(folder: Path) -> None:
    """A campaign that has a list of ten, and takes in the rest."""
    (folder / "messages").mkdir(parents=True)
    (folder / "campaign.toml").write_text(_TOML, "utf-8")
    (folder / "messages" / "hello.md").write_text("# phone\nHello.\n", "utf-8")
    write_people(folder / "few.csv", 10)


def main() -> str:
    """Each size in turn; the Markdown text for the results."""
    rows = []
    for size in SIZES:
        turns = TURNS if size <= 1_000_000 else 1
        with TemporaryDirectory() as place:
            first, second = Path(place) / "list.csv", Path(place) / "again.csv"
            write_people(first, size)
            write_people(second, size, second=True)
            rival: list[float] = []
            ours: list[float] = []
            again: list[float] = []
            peak = 0.0
            for turn in range(turns):
                target = Path(place) / "rival.parquet"
                rival.append(run(["-c", _COPY.format(source=first, target=target)]).wall)
                folder = Path(place) / f"campaign{turn}"
                write_campaign(folder)
                for file, times in ((first, ours), (second, again)):
                    cost = _import(file, folder)
                    times.append(cost.wall)
                    peak = max(peak, float(cost.out))
            ratio, part = median(ours) / median(rival), median(again) / median(ours)
            shown = [f"{median(times):.1f}" for times in (rival, ours, again)]
            rows.append([f"{size:,}", *shown, f"{ratio:.1f}", f"{part:.2f}", f"{peak:,.0f}"])
    head = [
        "rows",
        "DuckDB copy, s",
        "import, s",
        "again, 1 % changed, s",
        "import : copy",
        "again : import",
        "peak, MB",
    ]
    told = f"Medians of {TURNS} turns (one for 10,000,000)."
    return f"{machine('duckdb', 'phonenumbers', 'usaddress')}\n\n{told}\n\n{table(head, rows)}"


def _import(file: Path, folder: Path) -> Cost:
    """One import, as a user types it who has installed groundswell and nothing else; ``out`` is its peak memory in MB."""
    python = str(environment("groundswell", [str(ROOT), *_same_versions()]))
    told = [python, "-m", "groundswell", "-C", str(folder), "import", str(file), "--as", "people"]
    return run(["-c", _PEAK, *told], PYTHONPATH=str(ROOT / "src"), PYTHONDONTWRITEBYTECODE="")


def _same_versions() -> list[str]:
    """What groundswell needs, in the versions that are installed here."""
    needs = (Requirement(line) for line in requires("groundswell") or ())
    return [f"{need.name}=={version(need.name)}" for need in needs if need.marker is None or need.marker.evaluate()]
