"""The town as a campaign's folder: what a campaign would have, and three words to make the hidden part again."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from string import Template

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from groundswell.tables import write_text, written
from groundswell.vocabulary import CampaignError, SettingsError
from groundswell.worlds.possible import refuse_impossible
from groundswell.worlds.town.doings import events_table, remarks_table, volunteers_table
from groundswell.worlds.town.residents import Block, blocks
from groundswell.worlds.town.town import SIZES, Town, make_town
from groundswell.worlds.town.truth import TRUTHS
from groundswell.worlds.town.visible import people_table

_FILE = "town.toml"
_MOST_AS_CSV = 200_000
_ROWS_AT_ONCE = 120_000
_USUAL = 20_000  # the size that the limits in campaign.toml are meant for
_LIMITS = {"money": 3_000, "caller_hours": 400, "walk_hours": 150}
_HERE = files("groundswell.worlds.town")

_Taker = Callable[[pa.Table], None]


def write_town(folder: Path, *, people: int = 20_000, seed: int = 0, truth: str = "smooth") -> None:
    """Write the town as a campaign's folder: its people, what they did and said, messages, ``campaign.toml``.

    Up to 200,000 people as CSV, more as Parquet; never more than a block of them in memory.

    Args:
        folder: where to; made when missing.
        people: how many live there, 1,000 to 10,000,000.
        seed: another seed, another town.
        truth: ``smooth``, ``steps`` or ``none``; it is written into no file but ``town.toml``.

    Raises:
        SettingsError: for a size or a truth there is not.
        StorageError: when the folder cannot be written.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> write_town(place, people=1_000)
    >>> sorted(path.name for path in place.iterdir())
    ['campaign.toml', 'data', 'messages', 'segments.toml', 'town.toml']
    """
    refuse_impossible("town", people=people, sizes=SIZES, seed=seed, truth=truth, truths=TRUTHS)
    ending = "csv" if people <= _MOST_AS_CSV else "parquet"
    _write_data(folder / "data", ending, blocks(people, seed))
    for message in sorted((_HERE / "messages").iterdir(), key=lambda entry: entry.name):
        write_text(message.read_text("utf-8"), folder / "messages" / message.name)
    limits = {name: max(1, round(most * people / _USUAL)) for name, most in _LIMITS.items()}
    campaign = Template((_HERE / "campaign.toml").read_text("utf-8"))
    write_text(campaign.substitute(limits, ending=ending), folder / "campaign.toml")
    write_text((_HERE / "segments.toml").read_text("utf-8"), folder / "segments.toml")
    write_text(f'people = {people}\nseed = {seed}\ntruth = "{truth}"\n', folder / _FILE)


def read_town(folder: Path) -> Town:
    """The town that was written to a folder, with what stands in no file of it.

    Raises:
        CampaignError: when there is none.
        SettingsError: when ``town.toml`` is not what was written.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> write_town(place, people=1_000, truth="steps")
    >>> read_town(place).truth
    'steps'
    """
    path = folder / _FILE
    if not path.is_file():
        raise CampaignError(
            f"There is no made-up town in {folder}.",
            file=path,
            found=f"no {_FILE}",
            expected=f"a folder with the {_FILE} that was written with the town",
            hint="Give the town's folder, or write a town first.",
        )
    try:
        said = tomllib.loads(path.read_text("utf-8"))
        people, seed, truth = int(said["people"]), int(said["seed"]), str(said["truth"])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(
            f"{_FILE} does not say which town this is.",
            file=path,
            found=str(error),
            expected='people = 20000, seed = 0 and truth = "smooth", a line each',
            hint="Write the town again.",
        ) from error
    return make_town(people=people, seed=seed, truth=truth)


def _write_data(folder: Path, ending: str, parts: Iterator[Block]) -> None:
    tables = {"people": people_table, "events": events_table, "remarks": remarks_table}
    volunteers = []
    with ExitStack() as stack:
        takers = {name: stack.enter_context(_taking(folder / f"{name}.{ending}")) for name in tables}
        for block in parts:
            for name, table in tables.items():
                takers[name](table(block))
            volunteers.append(volunteers_table(block))
        stack.enter_context(_taking(folder / "volunteers.csv"))(pa.concat_tables(volunteers))


@contextmanager
def _taking(path: Path) -> Iterator[_Taker]:
    """Take the rows of a file part by part; it is there when all were taken."""
    write = _csv if path.suffix == ".csv" else _parquet
    with written(path) as draft, write(draft) as take:
        yield take


@contextmanager
def _csv(draft: Path) -> Iterator[_Taker]:
    with draft.open("wb") as handle:

        def take(table: pa.Table) -> None:
            if handle.tell() == 0:
                handle.write((",".join(table.column_names) + "\n").encode())
            quotes = "needed" if _has_commas(table) else "none"  # "needed" puts every text in quotes
            pyarrow.csv.write_csv(table, handle, pyarrow.csv.WriteOptions(include_header=False, quoting_style=quotes))

        yield take


def _has_commas(table: pa.Table) -> bool:
    texts = (column for column in table.columns if pa.types.is_string(column.type))
    return any(pc.any(pc.match_substring_regex(column, '[,"\r\n]')).as_py() for column in texts)


@contextmanager
def _parquet(draft: Path) -> Iterator[_Taker]:
    waiting: list[pa.Table] = []
    with ExitStack() as stack:
        writers: list[pq.ParquetWriter] = []

        def flush() -> None:
            table = pa.concat_tables(waiting)
            waiting.clear()
            if not writers:
                writers.append(stack.enter_context(pq.ParquetWriter(draft, table.schema, compression="zstd")))
            writers[0].write_table(table)

        def take(table: pa.Table) -> None:
            waiting.append(table)
            if sum(map(len, waiting)) >= _ROWS_AT_ONCE:
                flush()

        yield take
        if waiting:
            flush()
