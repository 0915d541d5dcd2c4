"""Who may be spoken to through which channel, from what the ledger holds; and why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa

from groundswell.tables import Contract, Engine, quote_literal

BARRED = Contract(
    "barred",
    {"person": pa.string(), "channel": pa.string(), "rule": pa.string(), "source": pa.string()},
)
"""One row a person and channel that is closed to them. ``rule``: stop, suppressed or consent, the first that holds."""

KEYS = {"phone": "phone_key", "email": "email_key", "address": "address_key"}
"""Endpoint -> the column of people that holds it in one form."""

CLOSES: dict[str, tuple[str, ...]] = {
    "do-not-call": ("phone",),
    "wrong-number": ("phone",),
    "bounced": ("email", "address"),
    "moved": ("address",),
    "refused": ("person", "phone", "email", "address"),
    "complaint": ("person", "phone", "email", "address"),
    "deceased": ("person", "phone", "email", "address"),
}
"""Why somebody was suppressed -> through what they can no longer be reached; ``person``: through nothing at all."""


def barred(
    people: pa.Table,
    standing: pa.Table,
    suppressed: pa.Table,
    *,
    channels: Mapping[str, str | None],
    opt_in: Collection[str] = (),
    also: pa.Table | None = None,
) -> pa.Table:
    """Which channels are closed to whom.

    What holds for a telephone, an e-mail address or a letter box holds for everybody who shares it.

    Args:
        people: contract ``PEOPLE``.
        standing: what the ledger's consents say now: ``kind, subject, channel, given, direct, at, source``.
        suppressed: the ledger's suppressions: ``kind, subject, reason, source``.
        channels: channel -> the endpoint it needs (phone, email, address), or None.
        opt_in: channels that need a consent that was given.
        also: by what else people are known, who have more ids than one: ``person, kind, subject``. A stop that was said under
            any of them holds, until it is taken back under the same. What is only wrong with another telephone, e-mail or
            address of theirs (bounced, moved ...) closes nothing.

    Returns:
        Contract ``BARRED``, in the order of ``channels``, then of people.

    >>> people = {"person": ["ada", "ben"], "stop": [False, False], "phone_key": ["+1555", "+1555"]}
    >>> people |= {"email_key": [None, None], "address_key": [None, None]}
    >>> texts = {name: pa.array(values, pa.string()) for name, values in people.items() if name != "stop"}
    >>> calls = {"kind": ["phone"], "subject": ["+1555"], "reason": ["do-not-call"], "source": ["list"]}
    >>> found = barred(pa.table(texts | {"stop": people["stop"]}), NOBODY, pa.table(calls), channels={"phone": "phone"})
    >>> found.select(["person", "rule"]).to_pylist()
    [{'person': 'ada', 'rule': 'suppressed'}, {'person': 'ben', 'rule': 'suppressed'}]
    """
    if not channels:
        return BARRED.check(pa.table({name: pa.array([], kind) for name, kind in BARRED.columns.items()}))
    with Engine() as engine:
        engine.register(people=people, standing=standing, suppressed=suppressed)
        engine.run(
            "create table subjects as select row_number() over () as place, person, 'person' as kind, person as subject, "
            "true as own from people"
        )
        for kind, column in KEYS.items():
            engine.run(
                f"insert into subjects select place, s.person, {quote_literal(kind)}, p.{column}, true from subjects s "
                f"join people p using (person) where s.kind = 'person' and p.{column} is not null"
            )
        if also is not None:
            engine.register(also=also)
            engine.run(
                "insert into subjects select place, s.person, a.kind, a.subject, a.kind = 'person' from subjects s "
                "join also a using (person) where s.kind = 'person' and s.subject = s.person and not exists "
                "(select 1 from subjects t where t.place = s.place and t.kind = a.kind and t.subject = a.subject)"
            )
        lines = ", ".join(
            f"({number}, {quote_literal(name)}, {quote_literal(needs or '')}, {str(name in opt_in).lower()})"
            for number, (name, needs) in enumerate(channels.items())
        )
        engine.run(f"create table ways as select * from (values {lines}) as way(number, channel, needs, opt_in)")
        closes = ", ".join(
            f"({quote_literal(reason)}, {quote_literal(end)})" for reason, ends in CLOSES.items() for end in ends
        )
        engine.run(f"create table closes as select * from (values {closes}) as closing(reason, needs)")
        engine.run(
            "create table said as select s.place, s.person, s.kind, s.subject, s.own, w.number, w.channel, c.given, "
            "c.direct, c.at, c.source from subjects s join standing c on c.kind = s.kind and c.subject = s.subject "
            "join ways w on (c.channel = w.channel or c.channel = '*') and (s.kind = 'person' or s.kind = w.needs)"
        )
        # Only what the person said themself, and later, outweighs a stop: for one channel it opens this one and no other.
        engine.run(
            "create table stopped as select * from said n where not given and not exists (select 1 from said y where "
            "y.place = n.place and y.kind = n.kind and y.subject = n.subject and y.channel = n.channel "
            "and y.given and y.direct and y.at > n.at)"
        )
        engine.run(
            "create table found as "
            "select place, person, number, channel, 1 as rank, 'stop' as rule, source from stopped union all "
            "select s.place, s.person, w.number, w.channel, 2, 'suppressed', x.reason || ': ' || x.source "
            "from subjects s join suppressed x on x.kind = s.kind and x.subject = s.subject join ways w on true "
            "join closes k on k.reason = x.reason and (k.needs = w.needs or k.needs = 'person') "
            "where (s.kind = 'person' or s.kind = w.needs) and (s.own or k.needs = 'person') union all "
            "select s.place, s.person, w.number, w.channel, 3, 'consent', 'nobody asked' "
            "from subjects s join ways w on w.opt_in "
            "where s.kind = 'person' and s.subject = s.person and not exists "
            "(select 1 from said g where g.place = s.place and g.channel = w.channel and g.given and g.own)"
        )
        table = engine.table(
            "select person, channel, arg_min(rule, rank) as rule, arg_min(source, rank) as source "
            "from found group by place, person, number, channel order by number, place"
        )
    return BARRED.check(table.cast(pa.schema(BARRED.columns)))


NOBODY = pa.table(
    {name: pa.array([], pa.string()) for name in ("kind", "subject", "channel", "source")}
    | {
        "given": pa.array([], pa.bool_()),
        "direct": pa.array([], pa.bool_()),
        "at": pa.array([], pa.timestamp("us", "UTC")),
    }
)
"""Consents of nobody."""
