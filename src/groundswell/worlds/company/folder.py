"""The company as a campaign's folder: what a company would have, and three words to make the hidden part again."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from string import Template

import pyarrow as pa

from groundswell.tables import write_text
from groundswell.tables.csv import as_csv
from groundswell.vocabulary import SettingsError
from groundswell.worlds.company.company import Company, make_company

FILE = "company.toml"
_USUAL = 5_000
_LIMITS = {"minutes": 15_000, "top_time": 500, "managers_time": 1_500}
_HERE = files("groundswell.worlds.company")


def write_company(folder: Path, *, people: int = 5_000, seed: int = 0, truth: str = "listening") -> None:
    """Write the company as a campaign's folder: payroll and chart, survey, remarks, messages, ``campaign.toml``.

    Args:
        folder: where to; made when missing.
        people: how many work there, 500 to 100,000.
        seed: another seed, another company.
        truth: ``listening``, ``hidden`` or ``none``; it is written into no file but ``company.toml``.

    Raises:
        SettingsError: for a size or a truth there is not.
        StorageError: when the folder cannot be written.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> write_company(place, people=500)
    >>> sorted(path.name for path in place.iterdir())
    ['campaign.toml', 'company.toml', 'data', 'messages', 'segments.toml']
    """
    company = make_company(people=people, seed=seed, truth=truth)
    write_text(as_csv(_payroll(company)), folder / "data" / "payroll.csv")
    write_text(as_csv(company.remarks), folder / "data" / "remarks.csv")
    for message in sorted((_HERE / "messages").iterdir(), key=lambda entry: entry.name):
        write_text(message.read_text("utf-8"), folder / "messages" / message.name)
    limits = {name: max(1, round(most * people / _USUAL)) for name, most in _LIMITS.items()}
    said = Template((_HERE / "campaign.toml").read_text("utf-8")).substitute(limits)
    write_text(said, folder / "campaign.toml")
    write_text((_HERE / "segments.toml").read_text("utf-8"), folder / "segments.toml")
    write_text(f'people = {people}\nseed = {seed}\ntruth = "{truth}"\n', folder / FILE)


def read_company(folder: Path) -> Company:
    """The company that was written to a folder, with what stands in no file of it.

    Raises:
        SettingsError: when ``company.toml`` is not what was written.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> write_company(place, people=500)
    >>> len(read_company(place).person_ids)
    500
    """
    try:
        said = tomllib.loads((folder / FILE).read_text("utf-8"))
        people, seed, truth = int(said["people"]), int(said["seed"]), str(said["truth"])
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(
            f"{FILE} does not say which company this is.",
            file=folder / FILE,
            found=str(error),
            expected='people = 5000, seed = 0 and truth = "listening", a line each',
            hint="Write the company again.",
        ) from error
    return make_company(people=people, seed=seed, truth=truth)


def _payroll(company: Company) -> pa.Table:
    """One row a person: the payroll, with the survey's answers and the e-mails of those who have any."""
    table = company.table
    for other in (company.survey, company.mails):
        rows = {row["id"]: row for row in other.to_pylist()}
        for name in other.column_names[1:]:
            values = [rows[one][name] if one in rows else None for one in company.person_ids]
            table = table.append_column(name, pa.array(values))
    return table
