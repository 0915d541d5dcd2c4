"""How much each person cares about each topic: what they declared, what they did and what they said.

Interest is where a first round starts from. It opens options and weights chance; it is never counted as evidence that a
message works.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

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
    },
    nullable=frozenset({"declared"}),
)
"""How much a person cares about a topic, 0 to 100, and what shows it; where nothing does, there is no row."""

HALF_LIFE = 180
"""Days after which an event or a remark shows half as much."""
INTEREST = "interest_"
"""How the trait that holds an interest begins."""
_SHORTEST = 5  # letters of a word of the description that is worth looking for


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
    nothing = pa.table(
        {"person": pa.array([], pa.string()), "at": pa.array([], pa.date32()), "what": pa.array([], pa.string())}
    )
    with Engine() as engine:
        engine.register(
            people=people, did=nothing if events is None else events, said=nothing if remarks is None else remarks
        )
        engine.register(declared=_declared(people, rows, topics, file))
        nobody = "select person, \"at\", what as topic, 'event' as kind from did where false"
        shows = " union all ".join([nobody, *_shown_by_events(topics), *_shown_by_remarks(topics)])
        day = f"date {quote_literal(today.isoformat())}"
        engine.run(
            "create table shown as select person, topic, count(*) filter (kind = 'event') as events, "
            "count(*) filter (kind = 'remark') as remarks, "
            f"sum(pow(0.5, date_diff('day', \"at\", {day}) / {HALF_LIFE}.0)) as strength "
            f'from ({shows}) where "at" <= {day} group by all'
        )
        found = engine.table(
            "select person, topic, coalesce(declared, 50) + (100 - coalesce(declared, 50)) * "
            "(1 - pow(0.5, coalesce(strength, 0))) as interest, declared, coalesce(events, 0) as events, "
            "coalesce(remarks, 0) as remarks from declared full join shown using (person, topic) "
            "join people using (person) order by people.row, topic"
        )
    return INTERESTS.check(found.cast(pa.schema(INTERESTS.columns)))


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


def _declared(people: pa.Table, rows: pa.Table, topics: Sequence[Topic], file: str) -> pa.Table:
    said = {topic.name: topic.interest for topic in topics if topic.interest}
    known = pa.table(
        {
            "person": pa.array([], pa.string()),
            "topic": pa.array([], pa.string()),
            "declared": pa.array([], pa.float64()),
        }
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
            raise _no_number(name, sql, str(error), file) from error
        low, high = pc.min(numbers).as_py(), pc.max(numbers).as_py()
        if low is not None and not 0 <= low <= high <= 100:
            raise _no_number(name, sql, f"{low:g} to {high:g}", file)
        part = pa.table({"person": people["person"], "topic": pa.array([name] * len(numbers)), "declared": numbers})
        parts.append(part.filter(pc.is_valid(numbers)))
    return pa.concat_tables(parts)


def _no_number(topic: str, sql: str, found: str, file: str) -> ExpressionError:
    return ExpressionError(
        f"The interest in {topic} cannot be used.",
        file=file,
        key=f"topics.{topic}.interest",
        found=found,
        expected="a number from 0 to 100, or a blank where it is not known",
        hint=f"Scale it, such as  20 * ({sql})  for a scale from 0 to 5, and declare the column's type as number.",
    )


def _shown_by_events(topics: Sequence[Topic]) -> list[str]:
    return [
        f"select person, \"at\", {quote_literal(topic.name)} as topic, 'event' as kind from did "
        f"where what in ({', '.join(quote_literal(event) for event in topic.events)})"
        for topic in topics
        if topic.events
    ]


def _shown_by_remarks(topics: Sequence[Topic]) -> list[str]:
    plain = "strip_accents(lower(what))"
    return [
        f"select person, \"at\", {quote_literal(name)} as topic, 'remark' as kind from said "
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
