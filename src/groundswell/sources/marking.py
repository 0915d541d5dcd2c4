"""Which lines of a text file were read before: a mark for each line, and a file of those that are new.

Reading lines costs a tenth of reading rows, so a file that says again what an earlier one said is read only where it differs.
It holds as long as every row is one line; whoever counts both knows. One pair of lines in 18 million million million has one
mark by chance (64 bits).
"""

from __future__ import annotations

from pathlib import Path

from groundswell.sources.dialect import Dialect
from groundswell.sources.encoding import LONGEST
from groundswell.sources.reading import LEAN, path_sql
from groundswell.tables import Engine, SqlError, quote_literal
from groundswell.tables.files import storage_error

_NO_DELIMITER = "\U0010ffff"
"""A letter that no text has: a line is one cell."""
_MOST_NEW = 0.5
"""With a larger share of new lines all of them are read."""


def mark_lines(engine: Engine, plain: Path, dialect: Dialect, place: Path, *, known: str | None = None) -> int | None:
    r"""Make the view ``lines``: ``_row``, ``line``, the mark of every line below the header that is not blank, and ``text``.

    Args:
        engine: where to make it; it must be gone before the file is.
        plain: the file as UTF-8.
        dialect: how it is laid out.
        place: the file that holds the marks for the while.
        known: the name of a table or view with ``line``, the marks of known lines: the text of all others is kept.

    Returns:
        How many lines there are; None, and no view, for a file whose lines cannot be told apart.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.csv").write_text("id,born\nada,1950\n\nbob,\n")
    >>> with Engine() as engine:
    ...     count = mark_lines(engine, folder / "a.csv", Dialect(",", ("id", "born"), 1), folder / "marks.parquet")
    ...     count, engine.table("select _row from lines")["_row"].to_pylist()
    (2, [1, 2])
    """
    text = f"case when line not in (select line from {known}) then text end" if known else "null"
    marked = f"select hash(text, {quote_literal(dialect.delimiter)}) as line, text from {_lines_sql(plain, dialect)}"
    marks = f"select line, {text} as text from ({marked} where text is not null)"
    try:
        engine.run(f"copy ({marks}) to {quote_literal(str(place))} (format parquet)")
    except SqlError:
        return None
    stored = f"read_parquet({quote_literal(str(place))}, file_row_number = true, hive_partitioning = false)"
    engine.run(f"create or replace view lines as select file_row_number + 1 as _row, line, text from {stored}")
    return int(engine.value("select count(*) from lines"))


def write_new(engine: Engine, place: Path) -> list[int] | None:
    r"""Write those of the marked lines that are not known to a file without a header.

    Args:
        engine: where :func:`mark_lines` made ``lines``.
        place: the file to write.

    Returns:
        The ``_row`` of each line that was written, in the file's order; None, and no file, where most lines are new.
    """
    new, count = (int(engine.value(f"select count({what}) from lines")) for what in ("text", "*"))
    if new > count * _MOST_NEW:
        return None
    found = engine.table("select _row, text from lines where text is not null order by _row")
    try:
        with place.open("w", encoding="utf-8", newline="") as handle:
            handle.writelines(f"{text}\n" for text in found["text"].to_pylist())
    except OSError as error:
        raise storage_error(error, place) from error
    rows: list[int] = found["_row"].to_pylist()
    return rows


def _lines_sql(plain: Path, dialect: Dialect) -> str:
    """Every line below the header as SQL, called ``text``; a blank one is null."""
    return (
        f"read_csv({path_sql(plain)}, auto_detect = false, header = false, skip = {dialect.skip}, strict_mode = true, "
        f"nullstr = '', delim = {quote_literal(_NO_DELIMITER)}, quote = '', escape = '', compression = 'none', "
        f"max_line_size = {LONGEST}, hive_partitioning = false, columns = {{text: 'VARCHAR'}}{LEAN})"
    )
