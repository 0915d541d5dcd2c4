"""``groundswell tsunami``: a log of sendings in, how alike they are out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundswell.listen.days import Order
from groundswell.listen.tsunami import CAPS, measure_file
from groundswell.tables import Table, write_text
from groundswell.tables.csv import as_csv
from groundswell.trust.tsunami import tsunami_lines, write_tsunami
from groundswell.vocabulary.words import languages


@dataclass(frozen=True)
class Tsunami:
    """What a log says of itself.

    Attributes:
        summary: every figure, ready for JSON.
        page: the page, if one was wanted.
        rejected: the file with the rows that could not be used, if there are any and a page was wanted.
    """

    summary: Mapping[str, Any]
    page: Path | None
    rejected: Path | None

    @property
    def lines(self) -> list[str]:
        """The summary in a few lines, for a terminal."""
        return tsunami_lines(self.summary)


def tsunami(
    path: str | Path,
    *,
    who: str | None = None,
    what: str | None = None,
    when: str | None = None,
    channel: str | None = None,
    topic: str | None = None,
    household: str | None = None,
    response: str | None = None,
    dates: Order | None = None,
    caps: Iterable[int] = CAPS,
    language: str = "en",
    page: str | Path | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> Tsunami:
    r"""Say how alike is what people are sent, from any log of sendings.

    Args:
        path: the log: CSV, CSV.gz, TSV, Parquet or XLSX, a row for each message that a person was sent.
        who: the column with the person; like all columns it is guessed where left out, and "-" says that there is none.
        what: the column with the message.
        when: the column with the day or the moment.
        channel: the column with the channel.
        topic: the column with the topic.
        household: the column that says who lives together.
        response: the column that says whether the person responded.
        dates: ``day-first`` or ``month-first``: how dates such as 03/04/2026 are meant.
        caps: how many messages a person and week to try as a limit.
        language: of the page and the lines: ``en`` or ``es``.
        page: where to write the page; rejected rows are written beside it. Left out: nothing is written.
        tell: called with the name of each stage that begins.

    Returns:
        The figures; what the log cannot tell is None and named in ``summary["not_told"]``.

    Raises:
        DataError: when the file is no table, it is not clear who was sent what and when, or no row can be used.
        StorageError: when the page cannot be written.

    >>> import tempfile
    >>> log = Path(tempfile.mkdtemp()) / "log.csv"
    >>> _ = log.write_text("to,message,sent\nada@x.org,schools,2026-01-05\nben@x.org,schools,2026-01-06\n")
    >>> tsunami(log).summary["same"]["median"]
    1.0
    """
    given = {"who": who, "what": what, "when": when, "channel": channel, "topic": topic}
    given |= {"household": household, "response": response}
    log, place = Path(path), Path(page) if page is not None else None
    figures, rejected = measure_file(log, given=given, order=dates, caps=sorted({*caps}), tell=tell)
    beside = _write_rejected(rejected, place) if place is not None else None
    summary = {
        "format": 1,
        "file": log.name,
        "language": language if language in languages() else "en",
        "page": place and str(place),
        "rejected_file": beside and str(beside),
        **figures,
    }
    if place is not None:
        tell("page")
        write_tsunami(summary, place)
    return Tsunami(summary, place, beside)


def page_of(log: Path) -> Path:
    """The page's name where nobody gives another, in the current folder.

    >>> str(page_of(Path("logs/spring.csv.gz")))
    'spring-tsunami.html'
    """
    name = log.name.removesuffix(".gz").removesuffix(".GZ")
    return Path(f"{Path(name).stem}-tsunami.html")


def _write_rejected(rejected: Table, page: Path) -> Path | None:
    if not rejected.num_rows:
        return None
    beside = page.with_name(f"{page.stem}-rejected.csv")
    write_text(as_csv(rejected), beside)
    return beside
