"""Who gets each message, in words that a human recognises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundswell.trust import tabulating
from groundswell.trust.teller import Teller


@dataclass(frozen=True)
class Group:
    """Who gets one message, in plain words."""

    head: str
    split: str
    leaves: tuple[str, ...]
    compared: str = ""
    most: str = ""


def groups(teller: Teller) -> list[Group]:
    """Who gets each message; in a pilot only what its draw was weighted by."""
    summary, say, pilot = teller.summary, teller.say, teller.summary["pilot"] is not None
    found, drawn = [], []
    for option, units in tabulating.plan_rows(summary):
        if option == "nothing" or not units:
            continue
        head = say("report.groups.head", units=teller.units(units), option=teller.option(option))
        group = summary["groups"].get(option)
        if group is not None:
            compared = teller.write.names([mean_words(teller, mean) for mean in group["means"]])
            told = ("", ()) if pilot else (_split(teller, option, units), _leaves(teller, group))
            found.append(Group(head, *told, compared, say["report.groups.most"]))
        elif pilot:
            found.append(Group(head, "", ()))
        else:
            drawn.append(head)
    if drawn:
        found.append(Group(say["report.groups.only_drawn"], say["report.groups.only_drawn_more"], tuple(drawn)))
    return found


def _split(teller: Teller, option: str, units: int) -> str:
    chosen = teller.summary["chosen"].get(option, 0)
    return teller.say(
        "report.groups.split", chosen=teller.write.count(chosen), drawn=teller.write.count(units - chosen)
    )


def _leaves(teller: Teller, group: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        teller.say(
            "report.groups.leaf",
            conditions=conditions_words(teller, leaf["conditions"]),
            units=teller.units(leaf["units"]),
            share=teller.write.percent(leaf["share"]),
        )
        for leaf in group["leaves"]
    )


def mean_words(teller: Teller, mean: Mapping[str, Any]) -> str:
    """A group's average of a trait beside everybody's."""
    yes_no = teller.summary["kinds"].get(mean["trait"]) == "yes/no"
    write = teller.write.percent if yes_no else teller.write.short
    return teller.say(
        "report.groups.mean",
        trait=teller.trait(mean["trait"]),
        mine=write(mean["mine"]),
        everybody=write(mean["everybody"]),
    )


def conditions_words(teller: Teller, conditions: Iterable[Mapping[str, Any]], *, exact: bool = False) -> str:
    r"""The answers that a group has in common.

    >>> teller = Teller({"campaign": {"language": "en", "decide": "household"}, "kinds": {"woman": "yes/no"}})
    >>> conditions_words(teller, [{"trait": "woman", "at_least": 0.646, "below": None}])
    'woman for 65\xa0% of them or more'
    >>> conditions_words(teller, [{"trait": "household_size", "at_least": 2.5, "below": None}])
    'household size 3 or more'
    """
    said = [_condition(teller, condition, exact) for condition in conditions]
    words = said[0] if said else teller.say["report.groups.all"]
    for more in said[1:]:
        words = teller.say("report.groups.and", first=words, last=more)
    return words


def _condition(teller: Teller, condition: Mapping[str, Any], exact: bool) -> str:
    write = teller.write
    trait, lower, upper = str(condition["trait"]), condition["at_least"], condition["below"]
    if teller.summary["kinds"].get(trait) == "yes/no":
        return _yes_no(teller, trait, lower, upper)
    # Averages over people can lie anywhere; a cut half way between whole numbers of a person or of a household's own
    # trait separates whole numbers.
    own = teller.unit == "person" or trait.startswith(f"{teller.unit}_")
    whole = own and all(cut is None or cut % 1 == 0.5 for cut in (lower, upper))
    least = lower + 0.5 if whole and lower is not None else lower
    most = upper - 0.5 if whole and upper is not None else upper
    if least is None:
        key = "at_most" if whole else "below"
    elif most is None:
        key = "at_least"
    elif whole:
        key = "exactly" if least == most else "span"
    else:
        key = "between"
    figure = write.exact if exact else write.short
    ends = {name: "" if end is None else figure(end) for name, end in (("lower", least), ("upper", most))}
    return teller.say(f"report.groups.{key}", trait=teller.trait(trait), n=ends["lower"] or ends["upper"], **ends)


def _yes_no(teller: Teller, trait: str, lower: float | None, upper: float | None) -> str:
    """A trait that people have or have not: of one person it is told as such, of several as their share."""
    word = teller.trait(trait)
    if teller.unit == "person":
        return teller.say("report.groups.yes" if lower is not None else "report.groups.no", trait=word)
    key = "share_below" if lower is None else "share_at_least" if upper is None else "share_between"
    ends = {
        name: "" if end is None else teller.write.percent(end) for name, end in (("lower", lower), ("upper", upper))
    }
    return teller.say(f"report.groups.{key}", trait=word, **ends)
