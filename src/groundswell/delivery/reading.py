"""A list that was written, read back: whoever the ledger closed since is off it already."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from groundswell.tables.csv import neutral


def read_list(path: Path, people: Iterable[str]) -> list[dict[str, str]]:
    r"""The lines of a list, each as column -> cell, with the person's id as the campaign knows it.

    Args:
        path: the file; one that is not there has no lines.
        people: all ids.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "call-list.csv"
    >>> _ = place.write_text("person,phone\n'=ada,1\n")
    >>> read_list(place, ["=ada"])
    [{'person': '=ada', 'phone': '1'}]
    """
    if not path.exists():
        return []
    ids = {neutral(person): person for person in people}
    lines = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    return [{**line, "person": ids.get(line["person"], line["person"])} for line in lines]
