"""What came of a call or a visit, in the field's own words; and what may not be done any more because of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from groundswell.sources import Rows
from groundswell.tables import Contract, rejects
from groundswell.vocabulary import unescaped

DISPOSITIONS = (
    "reached",
    "not-home",
    "refused",
    "call-back",
    "left-message",
    "language",
    "inaccessible",
    "moved",
    "deceased",
    "wrong-number",
    "do-not-call",
)
"""What came of it; ``reached``: the message was heard, and of all others it was not."""

SUPPRESSES: Mapping[str, tuple[str, str]] = {
    "refused": ("refused", "person"),
    "moved": ("moved", "person"),
    "deceased": ("deceased", "person"),
    "wrong-number": ("wrong-number", "phone"),
    "do-not-call": ("do-not-call", "phone"),
}
"""Disposition -> the reason that is noted, and of what: the person, or the number whoever has it."""

_WORDS: Mapping[str, str] = {
    "reached": "contacted spoke talked answered canvassed completed complete hablé contactado contactada",
    "not-home": "nothome no-answer noanswer nobody-home nh na busy ausente no-contesta",
    "refused": "goaway refusal hostile not-interested rf stop never-again do-not-contact do-not-visit rechazo rechaza",
    "call-back": "callback call-later later come-back volver-a-llamar",
    "left-message": "message voicemail answering-machine lm literature left-literature mensaje",
    "language": "other-language language-barrier idioma",
    "inaccessible": "locked no-access gated inaccesible",
    "moved": "moved-away mv se-mudó se-mudo",
    "deceased": "dead died dc fallecido fallecida",
    "wrong-number": "wrong disconnected not-in-service bad-number wn numero-equivocado número-equivocado",
    "do-not-call": "dnc never-call-again no-llamar",
}

CAME = Contract(
    "came",
    {
        "file": pa.string(),
        "row": pa.int64(),
        "key": pa.string(),
        "person": pa.string(),
        "disposition": pa.string(),
        "at": pa.date32(),
    },
    nullable=frozenset({"key", "person", "at"}),
)
"""One row a call or visit that was tried."""


class Came(NamedTuple):
    """What a file says came of calls and visits.

    Attributes:
        table: contract ``CAME``.
        outcomes: the rows that tell an outcome, too: the others are no missing results.
        rejected: rows whose word nobody knows; contract ``REJECTED``.
    """

    table: pa.Table
    outcomes: Rows
    rejected: pa.Table


class Settled(NamedTuple):
    """What came of calls and visits to people we know.

    Attributes:
        table: contract ``CAME``, everybody by id.
        suppress: kind, subject, reason, row and day of what may not be contacted any more.
        rejected: rows of nobody we know, or from the future; contract ``REJECTED``.
    """

    table: pa.Table
    suppress: list[tuple[str, str, str, int, date | None]]
    rejected: pa.Table


def settle(came: pa.Table, people: pa.Table, *, today: date) -> Settled:
    """Find who is meant, and what may not be done any more.

    A wrong number, and one that must not be called again, is closed for whoever has it; everything else holds for the person.

    Args:
        came: contract ``CAME``; a row without a person bears them at the end of its key.
        people: contract ``people.PEOPLE``.
        today: nothing can have come later.

    >>> row = {"file": ["s"], "row": [1], "key": ["d3:ada"], "person": [None], "disposition": ["wrong-number"], "at": [None]}
    >>> came = pa.table({name: pa.array(row[name], kind) for name, kind in CAME.columns.items()})
    >>> people = pa.table({"person": ["ada"], "phone_key": ["+1555"]})
    >>> settle(came, people, today=date(2026, 11, 1)).suppress
    [('phone', '+1555', 'wrong-number', 1, None)]
    """
    phones = dict(zip(people["person"].to_pylist(), people["phone_key"].to_pylist(), strict=True))
    kept: list[dict[str, object]] = []
    suppress: list[tuple[str, str, str, int, date | None]] = []
    wrong: list[tuple[int, str, str | None, str]] = []
    for row in came.to_pylist():
        key = row["key"] or ""
        person = row["person"] or (unescaped(key.rpartition(":")[2]) if ":" in key else "")
        if person not in phones:
            told = (
                "has neither a person nor a key with one" if not person else "nobody has this id in the file of people"
            )
            wrong.append((row["row"], "person", person or None, told))
        elif row["at"] is not None and row["at"] > today:
            wrong.append((row["row"], "at", row["at"].isoformat(), f"lies in the future: today is {today.isoformat()}"))
        else:
            kept.append(row | {"person": person})
            if row["disposition"] in SUPPRESSES:
                reason, of = SUPPRESSES[row["disposition"]]
                number = phones[person] if of == "phone" else None
                kind, subject = ("phone", number) if number else ("person", person)
                # Whoever was met at the door and has no number means the door.
                reason = "refused" if reason == "do-not-call" and number is None else reason
                suppress.append((kind, subject, reason, row["row"], row["at"]))
    file = came["file"][0].as_py() if came.num_rows else ""
    return Settled(pa.Table.from_pylist(kept, schema=pa.schema(CAME.columns)), suppress, rejects(file, wrong))


def reached_in(came: Sequence[pa.Table]) -> dict[tuple[int, str], bool]:
    """Round and person -> whether they were reached, of lists that came back with their keys.

    Args:
        came: contract ``CAME`` of every import.

    >>> row = {"file": ["s"], "row": [1], "key": ["2:ada:ada"], "person": ["ada"], "disposition": ["reached"], "at": [None]}
    >>> reached_in([pa.table({name: pa.array(row[name], kind) for name, kind in CAME.columns.items()})])
    {(2, 'ada'): True}
    """
    found: dict[tuple[int, str], bool] = {}
    for row in (row for table in came for row in table.to_pylist()):
        number = (row["key"] or "").partition(":")[0]
        if number.isdigit():
            key = (int(number), row["person"])
            found[key] = found.get(key, False) or row["disposition"] == "reached"
    return found


def reached_then(people: pa.Table, rows: pa.Table, column: str) -> dict[tuple[int, str], bool]:
    """The same of the past experiment (round 0), where the file of people says so.

    Args:
        people: contract ``people.PEOPLE``.
        rows: the typed rows of the file of people.
        column: yes or no.

    >>> reached_then(pa.table({"person": ["ada"], "row": [1]}), pa.table({"_row": [1], "met": [True]}), "met")
    {(0, 'ada'): True}
    """
    place = pc.index_in(people["row"], value_set=rows["_row"].combine_chunks())
    told = rows[column].take(place).to_pylist()
    return {(0, person): bool(met) for person, met in zip(people["person"].to_pylist(), told, strict=True)}


def disposition_of(text: str) -> str | None:
    """The disposition that a word means; None where nobody knows it.

    >>> disposition_of("Not home"), disposition_of("DNC"), disposition_of("no contesta"), disposition_of("hm")
    ('not-home', 'do-not-call', 'not-home', None)
    """
    plain = re.sub(r"[\s_/.-]+", "-", text.strip().lower()).strip("-")
    return _MEANT.get(plain)


_MEANT = {name: name for name in DISPOSITIONS} | {
    word: name for name, words in _WORDS.items() for word in words.split()
}


def read_dispositions(rows: Rows, roles: Mapping[str, str]) -> Came:
    """Take what came of calls out of a file of outcomes.

    Args:
        rows: what was read.
        roles: ``disposition``, and ``key``, ``person``, ``result``, ``amount``, ``at`` -> column, as far as there are any.

    >>> sheet = {"_row": [1, 2, 3], "id": ["ada", "ben", "eve"], "how": ["reached", "hm", None], "came": [True, None, None]}
    >>> rows = Rows("sheet.csv", pa.table(sheet), rejects("sheet.csv", []))
    >>> found = read_dispositions(rows, {"person": "id", "disposition": "how", "result": "came"})
    >>> found.table.select(["person", "disposition"]).to_pylist(), found.outcomes.table["id"].to_pylist()
    ([{'person': 'ada', 'disposition': 'reached'}], ['ada'])
    """
    cells = {role: rows.table[column].to_pylist() for role, column in roles.items()}
    numbers: Sequence[int] = rows.table["_row"].to_pylist()
    wrong: list[tuple[int, str, str | None, str]] = []
    found: dict[str, list[object]] = {name: [] for name in CAME.columns}
    tells = []
    for place, number in enumerate(numbers):
        said = cells["disposition"][place]
        meant = disposition_of(said) if said else None
        if said and meant is None:
            reason = f"is no disposition; expected {', '.join(DISPOSITIONS)}"
            wrong.append((number, roles["disposition"], said, reason))
        if meant is not None:
            row = {"file": rows.file, "row": number, "disposition": meant}
            row |= {role: cells[role][place] if role in cells else None for role in ("key", "person", "at")}
            for name, value in row.items():
                found[name].append(value)
        # Without a result a row only says what came of the call: whether they act is heard of elsewhere.
        tells.append(any(cells[role][place] is not None for role in ("result", "amount") if role in cells))
    table = pa.table({name: pa.array(found[name], kind) for name, kind in CAME.columns.items()})
    bad = rejects(rows.file, wrong)
    kept = rows.table.filter(pa.array(tells, pa.bool_()))
    return Came(CAME.check(table), Rows(rows.file, kept, rows.rejected, rows.notes), bad)
