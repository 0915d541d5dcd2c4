"""A query of somebody's database -> a file: streamed, read only, and its password kept to itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import sqlalchemy
from sqlalchemy.engine import URL, CursorResult, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from groundswell.sources.frames import as_file
from groundswell.vocabulary import DataError

_CHUNK = 10_000
_SECRET = re.compile("pass|pwd|secret|token|key", re.IGNORECASE)


def query_to_file(url: str, sql: str, folder: Path, name: str = "query") -> Path:
    """Write what a query gives as Parquet, every column as text.

    The rows are streamed, and whatever the query changes is rolled back.

    Args:
        url: where the database is, as SQLAlchemy writes it: ``postgresql+psycopg://ada@host/office``.
        sql: one query in the database's own words.
        folder: where to write.
        name: what the file is called, without its ending.

    Raises:
        DataError: when the database cannot be reached or does not understand. The password is in no error.
        StorageError: when there is no room for it.

    >>> import tempfile
    >>> from groundswell.sources import columns_of
    >>> columns_of(query_to_file("sqlite://", "select 1 as id, 'Zoë' as name", Path(tempfile.mkdtemp())))
    ('id', 'name')
    """
    address = _address(url)
    with _discreet(address):
        engine = sqlalchemy.create_engine(address, poolclass=sqlalchemy.pool.NullPool)
        options = {"stream_results": True, "no_parameters": True, "max_row_buffer": _CHUNK}
        try:
            with engine.connect().execution_options(**options) as connection:
                result = connection.exec_driver_sql(sql)
                if not result.returns_rows:
                    raise _wrong(address, "This query gives no rows.", "a statement that changes something", "a select")
                return as_file(_Result(result), folder, name)
        finally:
            engine.dispose()


class _Result:
    """The rows of a query, in the shape of a table that :func:`as_file` knows."""

    table = "query"

    def __init__(self, result: CursorResult[Any]) -> None:
        self._result = result

    @property
    def columns(self) -> list[str]:
        return list(self._result.keys())

    def __iter__(self) -> Iterator[Mapping[str, object]]:
        names = self.columns
        for part in self._result.partitions(_CHUNK):
            for row in part:
                yield dict(zip(names, row, strict=True))


def _address(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise DataError(
            "This is not the address of a database.",
            key="url",
            expected="an address such as postgresql+psycopg://ada@host/office",
            hint="Write it as SQLAlchemy has it; a password with special letters must be quoted.",
        ) from None


@contextmanager
def _discreet(address: URL) -> Iterator[None]:
    """Errors of the database in our shape, without the password; what led to them is cut off, for it might say it."""
    try:
        yield
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        hint = "Install its driver, such as  pip install groundswell[postgresql]"
        raise _wrong(
            address, "There is no driver for this database.", _scrubbed(str(error), address), hint=hint
        ) from None
    except SQLAlchemyError as error:
        said = _scrubbed(str(getattr(error, "orig", None) or error), address)
        raise _wrong(address, "The database does not answer this.", said) from None


def _wrong(address: URL, message: str, found: str, expected: str = "rows", hint: str | None = None) -> DataError:
    return DataError(
        message,
        file=_scrubbed(address.render_as_string(hide_password=True), address),
        key="url",
        found=" ".join(found.split())[:300],
        expected=expected,
        hint=hint or "Try the query where you usually look at the database.",
    )


def _scrubbed(text: str, address: URL) -> str:
    """The text without any secret of the address."""
    secrets = {str(address.password)} if address.password else set()
    for name, value in address.query.items():
        if _SECRET.search(name):
            secrets |= {value} if isinstance(value, str) else set(value)
    spelled = {
        form for secret in secrets for form in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
    }
    for secret in sorted(filter(None, spelled), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
