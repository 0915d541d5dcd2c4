"""Which pairs are looked at at all: those that have something rare in common, by any of many rules.

One rule alone would miss whoever has an error just there, so the rules overlap. What too many share is not followed: a rule's
largest groups are left to the narrower rules, so that the number of pairs grows with the number of records and no faster.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from groundswell.tables import Engine

_FI = "first[1]"
_F3 = "first[1:3]"
_L3 = "last[1:3]"
_MD = "dob[5:8]"
_STREET5 = "street[1:5]"
_BONES = "last[1] || regexp_replace(last[2:], '[aeiouyhw]', '', 'g')"
_NAMES = "least(first, last) || ' ' || greatest(first, last)"


@dataclass(frozen=True)
class Rule:
    """Records that are alike in all of these are looked at together.

    Attributes:
        needs: the columns of a cleaned record it is made of.
        keys: SQL, one value each; a record where one is null is not looked at by this rule.
    """

    needs: tuple[str, ...]
    keys: tuple[str, ...]


def _rule(needs: str, *keys: str) -> Rule:
    return Rule(tuple(needs.split()), keys or tuple(needs.split()))


RULES = (
    _rule("phone"),
    _rule("email"),
    _rule("dob"),
    _rule("first last", _NAMES),
    _rule("street number postcode"),
    _rule("street number city"),
    _rule("street number unit"),
    _rule("phone first", "phone", _FI),
    _rule("email first", "email", _FI),
    _rule("street number first", "street", "number", _FI),
    _rule("first dob", "first", _MD),
    _rule("last dob", "last", _MD),
    _rule("first dob postcode", _FI, "dob[1:4]", "postcode"),
    _rule("first last year", _F3, _L3, "year"),
    _rule("first last postcode", _F3, _L3, "postcode"),
    _rule("first last city", _F3, _L3, "city"),
    _rule("first year postcode"),
    _rule("last year postcode"),
    _rule("last first year", "last", _FI, "year"),
    _rule("first postcode"),
    _rule("last postcode"),
    _rule("first city"),
    _rule("last city"),
    _rule("first number"),
    _rule("last number"),
    _rule("first street", "first", _STREET5),
    _rule("last street", "last", _STREET5),
    _rule("dob postcode", _MD, "postcode"),
    _rule("dob city", _MD, "city"),
    _rule("dob number", _MD, "number"),
    _rule("dob street", _MD, _STREET5),
    _rule("number postcode"),
    _rule("street postcode", _STREET5, "postcode"),
    _rule("street city", _STREET5, "city"),
    _rule("number city"),
    _rule("unit postcode"),
    _rule("unit first"),
    _rule("unit last"),
    _rule("first last number", _FI, _BONES, "number"),
    _rule("first last postcode", _FI, _BONES, "postcode"),
    _rule("first last city", _FI, _BONES, "city"),
)


def candidates(engine: Engine, columns: Collection[str], *, budget: int, only_new: bool = False) -> int:
    """Make the table ``pair`` (``l``, ``r``): records of the table ``record`` that have something rare in common.

    Args:
        engine: where ``record`` is: the columns of ``CLEAN``, ``id`` (whole numbers), and ``new`` (true or false).
        columns: those in which anything is known.
        budget: how many pairs each rule may bring.
        only_new: True: at least one of the two is new.

    Returns:
        How many records are in no pair because they share what they have with too many.
    """
    engine.run("create or replace temp table found (l bigint, r bigint)")
    engine.run("create or replace temp table crowd (id bigint)")
    for rule in rules_of(columns):
        _follow(engine, rule, budget, only_new=only_new)
    engine.run("create or replace temp table pair as select distinct l, r from found")
    engine.run("drop table found")
    some = "select l from pair union all select r from pair"
    return int(engine.value(f"select count(distinct id) from crowd where id not in ({some})"))


def _follow(engine: Engine, rule: Rule, budget: int, *, only_new: bool) -> None:
    """Add the pairs of one rule, and to the crowd the records of groups that are too large."""
    key = " || '|' || ".join(f"({one})" for one in rule.keys)
    engine.run(
        f"create or replace temp table keyed as select id, new, hash({key}) as k from record where ({key}) is not null"
    )
    engine.run(
        "create or replace temp table sized as select k, count(*) as n, count(*) filter (new) as fresh from keyed group by k "
        f"having n > 1 {'and fresh > 0' if only_new else ''}"
    )
    # The same groups are followed whoever is new: adding rows later compares what comparing all at once would have.
    groups = "sized" if not only_new else "(select count(*) as n from keyed group by k having n > 1)"
    most = engine.value(
        "select coalesce(max(n), 0) from (select n, sum(sum(n * (n - 1) / 2)) over (order by n) as upto "
        f"from {groups} group by n) where upto <= {budget}"
    )
    both = "a.new and (a.id < b.id or not b.new)" if only_new else "a.id < b.id"
    engine.run(
        "insert into found select least(a.id, b.id), greatest(a.id, b.id) "
        f"from sized s join keyed a on a.k = s.k join keyed b on b.k = s.k and {both} where s.n <= {most}"
    )
    also = " and new" if only_new else ""
    engine.run(f"insert into crowd select id from keyed join sized using (k) where n > {most}{also}")


def rules_of(columns: Collection[str]) -> list[Rule]:
    """The rules that these columns allow.

    >>> [rule.needs for rule in rules_of(["phone", "first"])]
    [('phone',), ('phone', 'first')]
    """
    return [rule for rule in RULES if all(name in columns for name in rule.needs)]
