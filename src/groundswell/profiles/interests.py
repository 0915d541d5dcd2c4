"""How much each person cares about each topic: what they declared, what they did and what they said.

Interest is where a first round starts from. It opens options and weights chance; it is never counted as evidence that a
message works.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from groundswell.profiles.settings import Topic
from groundswell.tables import Contract, Engine, evaluate, quote_literal
from groundswell.vocabulary import ExpressionError

INTERESTS = Contract(
    "interests",
    {
        "person": pa.string(),
        "topic": pa.string(),
        "interest": pa.float64(),
        "declared": pa.float64(),
        "events": pa.int64(),
        "remarks": pa.int64(),
        "at_home": pa.float64(),
        "position": pa.float64(),
        "doubt": pa.float64(),
    },
    nullable=frozenset({"declared", "at_home", "position"}),
)
"""How much a person cares about a topic, 0 to 100, and what shows it; where nothing does, there is no row.

``at_home`` is what those at home care, where it is all that is known; ``position`` is where somebody stands, from -100
to 100; ``doubt`` is how far off the interest may be, either way, 95 times in 100."""

HALF_LIFE = 180
"""Days after which an event or a remark shows half as much."""
INTEREST = "interest_"
"""How the trait that holds an interest begins."""
_DECLARED = 8
"""Events that weigh as much as a declaration: how sure it makes an interest, not how high."""
_SHORTEST = 5  # letters of a word of the description that is worth looking for


_NOBODY = pa.schema(
    {"file": pa.string(), "row": pa.int64(), "person": pa.string(), "at": pa.date32(), "what": pa.string()}
).empty_table()


def interest_column(topic: str) -> str:
    """The trait that holds the interest in a topic.

    >>> interest_column("public-transport")
    'interest_public_transport'
    """
    return INTEREST + topic.replace("-", "_")


def interests(
    people: pa.Table,
    rows: pa.Table,
    topics: Sequence[Topic],
    *,
    events: pa.Table | None = None,
    remarks: pa.Table | None = None,
    today: date,
    file: str,
) -> pa.Table:
    """What is known of everybody's interests as of a day.

    Args:
        people: contract ``people.PEOPLE``.
        rows: the typed rows of the file of people, for declared interests.
        topics: what messages are about.
        events: ``person, at, what`` of what people did; None: nothing is known.
        remarks: ``person, at, what`` of what people said.
        today: what happened later counts for nothing.
        file: where the topics are declared, for errors.

    Returns:
        Contract ``INTERESTS``: one row for each person and topic something is known of. Declared interest stands as declared;
        what people do and say lifts it half of the way to 100 for each fresh event or remark. Without a declaration, the
        way starts at 50.

    >>> people = pa.table({"person": ["ada", "ben"], "row": [1, 2]})
    >>> rows = pa.table({"_row": [1, 2], "cares": [None, 10.0]})
    >>> went = pa.table({"person": ["ada"], "at": [date(2026, 11, 1)], "what": ["school-fair"]})
    >>> schools = Topic("schools", "Money for schools", events=("school-fair",), interest="cares")
    >>> found = interests(people, rows, [schools], events=went, today=date(2026, 11, 1), file="campaign.toml")
    >>> found.select(["person", "interest", "events"]).to_pylist()
    [{'person': 'ada', 'interest': 75.0, 'events': 1}, {'person': 'ben', 'interest': 10.0, 'events': 0}]
    """
    with Engine() as engine:
        engine.register(
            people=people,
            did=_sourced(_NOBODY if events is None else events),
            said=_sourced(_NOBODY if remarks is None else remarks),
        )
        engine.register(declared=_declared(people, rows, topics, file), stands=_positions(people, rows, topics, file))
        shows = _shows(topics)
        day = f"date {quote_literal(today.isoformat())}"
        engine.run(
            "create table shown as select person, topic, count(*) filter (kind = 'event') as events, "
            "count(*) filter (kind = 'remark') as remarks, "
            f"sum(pow(0.5, date_diff('day', \"at\", {day}) / {HALF_LIFE}.0)) as strength "
            f'from ({shows}) where "at" <= {day} group by all'
        )
        engine.run(
            "create table own as select *, coalesce(declared, 50) + (100 - coalesce(declared, 50)) * "
            "(1 - pow(0.5, coalesce(strength, 0))) as interest, "
            # A Beta of what speaks for it and against it; nothing known is all from 0 to 100.
            f"1 + coalesce(strength, 0) + {_DECLARED} * coalesce(declared, 0) / 100 as yes, "
            f"1 + {_DECLARED} * coalesce(100 - declared, 0) / 100 as no "
            "from declared full join shown using (person, topic) join people using (person)"
        )
        engine.run(f"create table homely as {_at_home(people, topics)}")
        found = engine.table(
            "select person, topic, coalesce(o.interest, 50 + (h.at_home - 50) / 2, 50) as interest, declared, "
            "coalesce(events, 0) as events, coalesce(remarks, 0) as remarks, "
            "case when o.interest is null then h.at_home end as at_home, s.position, "
            "coalesce(196 * sqrt(yes * no / (pow(yes + no, 2) * (yes + no + 1))), 50) as doubt "
            "from own o full join homely h using (person, topic) full join stands s using (person, topic) "
            "join people p using (person) order by p.row, topic"
        )
    return INTERESTS.check(found.cast(pa.schema(INTERESTS.columns)))


class Shown(NamedTuple):
    """One thing that shows interest.

    Attributes:
        topic: in what.
        kind: ``event`` or ``remark``.
        at: the day.
        what: the event, or what was said.
        source: the file and the row.
    """

    topic: str
    kind: str
    at: date
    what: str
    source: str


def shown_by(
    person: str, topics: Sequence[Topic], events: pa.Table | None, remarks: pa.Table | None, *, today: date
) -> list[Shown]:
    """Everything that shows what one person cares about, the latest first.

    Args:
        person: whose.
        topics: what messages are about.
        events: contract ``listen.SHOWN``, of what people did; None: nothing is known.
        remarks: the same of what people said.
        today: what happened later is not told.

    >>> went = {"file": ["e.csv"], "row": [3], "person": ["ada"], "at": [date(2026, 11, 1)], "what": ["school-fair"]}
    >>> schools = Topic("schools", "Money for schools", events=("school-fair",))
    >>> [one.source for one in shown_by("ada", [schools], pa.table(went), None, today=date(2026, 11, 2))]
    ['e.csv, row 3']
    """
    mine = [
        _NOBODY if table is None else table.filter(pc.equal(table["person"], person)).select(_NOBODY.column_names)
        for table in (events, remarks)
    ]
    with Engine() as engine:
        engine.register(did=mine[0], said=mine[1])
        found = engine.table(
            f'select topic, kind, "at", what, file, "row" from ({_shows(topics)}) '
            f'where "at" <= date {quote_literal(today.isoformat())} order by "at" desc, topic, file, "row"'
        )
    return [
        Shown(row["topic"], row["kind"], row["at"], row["what"], f"{row['file']}, row {row['row']}")
        for row in found.to_pylist()
    ]


def shown_by_all(
    people: Collection[str], topics: Sequence[Topic], events: pa.Table | None, remarks: pa.Table | None, *, today: date
) -> dict[str, list[dict[str, Any]]]:
    """Person -> ``topic, kind, at, what`` of what shows what they care about, the latest first.

    Args:
        people: whose.
        topics: what messages are about.
        events: as for :func:`shown_by`.
        remarks: as for :func:`shown_by`.
        today: what happened later is not told.

    >>> went = {"file": ["e.csv"], "row": [3], "person": ["ada"], "at": [date(2026, 11, 1)], "what": ["school-fair"]}
    >>> schools = Topic("schools", "Money for schools", events=("school-fair",))
    >>> shown_by_all(["ada"], [schools], pa.table(went), None, today=date(2026, 11, 2))["ada"][0]["what"]
    'school-fair'
    """
    wanted = pa.array(sorted(people), pa.string())
    tables = [
        _NOBODY
        if table is None
        else table.filter(pc.is_in(table["person"], value_set=wanted)).select(_NOBODY.column_names)
        for table in (events, remarks)
    ]
    found: dict[str, list[dict[str, Any]]] = {}
    with Engine() as engine:
        engine.register(did=tables[0], said=tables[1])
        rows = engine.table(
            f'select person, topic, kind, "at", what from ({_shows(topics)}) '
            f'where "at" <= date {quote_literal(today.isoformat())} order by person, "at" desc, topic, what'
        )
    for row in rows.to_pylist():
        found.setdefault(row["person"], []).append(row)
    return found


def with_interests(traits: pa.Table, found: pa.Table, topics: Sequence[Topic]) -> pa.Table:
    """Traits with one column ``interest_<topic>`` for each topic, NaN where nothing is known.

    Args:
        traits: ``person``, ``unit`` and traits, one row a person.
        found: contract ``INTERESTS``.
        topics: what messages are about.

    >>> known = {"person": ["ada"], "topic": ["schools"], "interest": [75.0], "declared": [None]}
    >>> known = pa.table(known | {"events": [1], "remarks": [0]})
    >>> traits = pa.table({"person": ["ada", "ben"], "unit": ["ada", "ben"]})
    >>> with_interests(traits, known, [Topic("schools", "Schools")])["interest_schools"].to_pylist()
    [75.0, nan]
    """
    for topic in topics:
        mine = found.filter(pc.equal(found["topic"], topic.name))
        place = pc.index_in(traits["person"], value_set=mine["person"].combine_chunks())
        values = mine["interest"].combine_chunks().take(place.combine_chunks())
        traits = traits.append_column(interest_column(topic.name), pc.fill_null(values, np.nan))
    return traits


def of_topics(traits: pa.Table, topics: Sequence[str]) -> np.ndarray:
    """(n,) the largest interest each person is known to have in some topics; NaN where nothing is known.

    >>> of_topics(pa.table({"interest_schools": [75.0, np.nan]}), ["schools", "pensions"])
    array([75., nan])
    """
    columns = [interest_column(topic) for topic in topics if interest_column(topic) in traits.column_names]
    found = np.full(traits.num_rows, np.nan)
    for name in columns:
        found = np.fmax(found, traits[name].to_numpy())
    return found


def _at_home(people: pa.Table, topics: Sequence[Topic]) -> str:
    """SQL of what those at home care about a shared topic, for everybody of whom nothing is known."""
    shared = ", ".join(quote_literal(topic.name) for topic in topics if topic.share)
    if not shared or "household" not in people.column_names:
        return "select person, topic, interest as at_home from own where false"
    return (
        "select p.person, o.topic, avg(o.interest) as at_home from people p "
        "join people q on p.household = q.household and p.person <> q.person "
        f"join own o on o.person = q.person and o.topic in ({shared}) "
        "where not exists (select 1 from own mine where mine.person = p.person and mine.topic = o.topic) group by all"
    )


def _declared(people: pa.Table, rows: pa.Table, topics: Sequence[Topic], file: str) -> pa.Table:
    said = {topic.name: topic.interest for topic in topics if topic.interest}
    return _said(people, rows, said, "declared", (0.0, 100.0), file)


def _positions(people: pa.Table, rows: pa.Table, topics: Sequence[Topic], file: str) -> pa.Table:
    said = {topic.name: topic.position for topic in topics if topic.position}
    return _said(people, rows, said, "position", (-100.0, 100.0), file)


def _said(
    people: pa.Table, rows: pa.Table, said: Mapping[str, str], what: str, ends: tuple[float, float], file: str
) -> pa.Table:
    """What people said of topics themselves: person, topic and the number."""
    known = pa.table(
        {"person": pa.array([], pa.string()), "topic": pa.array([], pa.string()), what: pa.array([], pa.float64())}
    )
    if not said:
        return known
    wanted = pc.index_in(people["row"], value_set=rows["_row"].combine_chunks())
    values = evaluate(said, rows, file=file, section="topics").take(wanted)
    parts = [known]
    for name, sql in said.items():
        try:
            numbers = values[name].cast(pa.float64())
        except pa.ArrowInvalid as error:
            raise _no_number(name, sql, str(error), what, ends, file) from error
        low, high = pc.min(numbers).as_py(), pc.max(numbers).as_py()
        if low is not None and not ends[0] <= low <= high <= ends[1]:
            raise _no_number(name, sql, f"{low:g} to {high:g}", what, ends, file)
        part = pa.table({"person": people["person"], "topic": pa.array([name] * len(numbers)), what: numbers})
        parts.append(part.filter(pc.is_valid(numbers)))
    return pa.concat_tables(parts)


def _no_number(topic: str, sql: str, found: str, what: str, ends: tuple[float, float], file: str) -> ExpressionError:
    key = "interest" if what == "declared" else what
    return ExpressionError(
        f"The {key} in {topic} cannot be used.",
        file=file,
        key=f"topics.{topic}.{key}",
        found=found,
        expected=f"a number from {ends[0]:g} to {ends[1]:g}, or a blank where it is not known",
        hint=f"Scale it, such as  20 * ({sql})  for a scale from 0 to 5, and declare the column's type as number.",
    )


def _shows(topics: Sequence[Topic]) -> str:
    """SQL of all that shows interest in a topic, out of ``did`` and ``said``."""
    nobody = 'select person, "at", what as topic, \'event\' as kind, what, file, "row" from did where false'
    return " union all ".join([nobody, *_shown_by_events(topics), *_shown_by_remarks(topics)])


def _sourced(table: pa.Table) -> pa.Table:
    """A table of events or remarks with file and row, blank where it does not say."""
    for name in ("file", "row"):
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, _NOBODY.schema.field(name).type))
    return table


def _shown_by_events(topics: Sequence[Topic]) -> list[str]:
    return [
        f'select person, "at", {quote_literal(topic.name)} as topic, \'event\' as kind, what, file, "row" from did '
        f"where what in ({', '.join(quote_literal(event) for event in topic.events)})"
        for topic in topics
        if topic.events
    ]


def _shown_by_remarks(topics: Sequence[Topic]) -> list[str]:
    plain = "strip_accents(lower(what))"
    return [
        f'select person, "at", {quote_literal(name)} as topic, \'remark\' as kind, what, file, "row" from said '
        f"where regexp_matches({plain}, {quote_literal(pattern)})"
        for name, pattern in word_patterns(topics).items()
    ]


def word_patterns(topics: Sequence[Topic]) -> Mapping[str, str]:
    r"""Topic -> a pattern that finds its words in a remark without accents and capitals.

    A topic's own ``words`` are looked for; without any, those of its description that no other topic's has.

    >>> word_patterns([Topic("schools", "Money for schools"), Topic("pensions", "Money for pensions")])
    {'schools': '\\b(school)(s|es)?\\b', 'pensions': '\\b(pension)(s|es)?\\b'}
    """
    described = {topic.name: _words(topic.about) for topic in topics}
    often = Counter(word for words in described.values() for word in words)
    found = {}
    for topic in topics:
        own = [_stem(word) for word in topic.words] or [word for word in described[topic.name] if often[word] == 1]
        if own:
            found[topic.name] = rf"\b({'|'.join(re.escape(word) for word in dict.fromkeys(own))})(s|es)?\b"
    return found


def _words(text: str) -> list[str]:
    found = re.findall(r"[^\W\d_]+", text)
    return list(dict.fromkeys(_stem(word) for word in found if len(word) >= _SHORTEST))


def _stem(word: str) -> str:
    """A word as it is looked for: small letters, no accents, no plural."""
    plain = unicodedata.normalize("NFD", word.lower())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return plain[:-1] if plain.endswith("s") and len(plain) > _SHORTEST - 1 else plain
