"""Which sentence is told of a log: from its figures to words of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundswell.trust.figures import Figures
from groundswell.vocabulary.words import Words, words

ROLES = ("who", "what", "when", "channel", "topic", "household", "response")
_UNIQUE = 0.9
_FEW = 20
"""Below so many sendings it is no wonder that each has a message of its own."""

_UNREAD: Mapping[str, Any] = {
    "file": "",
    "language": "en",
    "columns": {},
    "dates": [],
    "replies": None,
    "rejected_file": None,
}


class Told:
    """A log's figures, and the words for them.

    Attributes:
        summary: what ``groundswell tsunami --json`` prints; of a log that was in no file, what ``measure`` gave.
        log: its totals.
        say: the catalogue of its language.
        write: its numbers.
    """

    def __init__(self, summary: Mapping[str, Any]) -> None:
        self.log: Mapping[str, Any] = summary["log"]
        used = self.log.get("sendings", 0)
        rows = {"rows": used, "used": used, "rejected": 0, "reasons": []}
        self.summary: Mapping[str, Any] = {**_UNREAD, "rows": rows, **summary}
        self.say: Words = words(str(self.summary["language"]))
        self.write = Figures(self.say)

    def count(self, what: str, number: int) -> str:
        """A number with its noun.

        >>> from groundswell.trust.tsunami_words import Told
        >>> told = Told({"log": {}, "language": "en"})
        >>> told.count("week", 1), told.count("person", 5003)
        ('1 week', '5,003 people')
        """
        return self.say(f"tsunami.count.{what}_{'one' if number == 1 else 'many'}", n=self.write.count(number))

    def column(self, role: str) -> str:
        """The column that is taken for a role."""
        found = self.summary["columns"].get(role)
        return str(found["column"]) if found else {"what": "message", "response": "responded"}[role]

    def rule(self, name: str, cap: int = 0) -> str:
        """A rule by name: at most 2 messages a week."""
        if name != "cap":
            return self.say[f"tsunami.spared.{name}"]
        return self.say("tsunami.spared.cap_one") if cap == 1 else self.say("tsunami.spared.cap_many", n=cap)


def answer(told: Told) -> str:
    """The first sentence."""
    say, log, same = told.say, told.log, told.summary["same"]
    if log["people"] == 1:
        return say["tsunami.answer.one_person"]
    if log["messages"] == 1:
        return say["tsunami.answer.one_message"]
    if same is None or same["median"] is None:
        variety = told.summary["variety"]
        mean = told.write.short(variety["person"]["effective"]["mean"])
        return say("tsunami.answer.undated", effective=mean, different=told.write.count(variety["all"]["different"]))
    if same["median"] == 1:
        return say["tsunami.answer.same_all"]
    return say("tsunami.answer.same", share=told.write.percent(same["median"]))


def exact(told: Told) -> str:
    """The exact terms of the first sentence."""
    same = told.summary["same"]
    if same is None or same["median"] is None or told.log["people"] == 1:
        return told.say["tsunami.answer.exact_undated"]
    return told.say("tsunami.answer.exact", n=told.count("week", same["compared"]))


def lead(told: Told) -> str:
    """How much there is in the log."""
    log = told.log
    nouns = {"sendings": "sending", "messages": "message", "people": "person"}
    counts = {name: told.count(noun, log[name]) for name, noun in nouns.items()}
    if log["first_day"] is None:
        return told.say("tsunami.answer.lead_undated", **counts)
    days = {end: told.write.date(log[f"{end}_day"]) for end in ("first", "last")}
    return told.say("tsunami.answer.lead", weeks=told.count("week", log["weeks"]), **days, **counts)


def facts(told: Told) -> list[tuple[str, str, str]]:
    """Up to three figures for the first screen: variety, load, and what could have been spared."""
    say, write, summary = told.say, told.write, told.summary
    variety, load, interest, caps = (
        summary["variety"],
        summary["load"],
        summary["interest"],
        summary["spared"]["caps"],
    )
    plain, effective = (write.short(variety["person"][kind]["mean"]) for kind in ("different", "effective"))
    whole = {"n": write.count(variety["all"]["different"]), "all": write.short(variety["all"]["effective"])}
    of = say("tsunami.answer.fact_variety_of", effective=effective, **whole)
    found = [(plain, say["tsunami.answer.fact_variety"], of)]
    if load:
        most = say("tsunami.answer.fact_load_of", p99=write.count(load["p99"]), max=write.count(load["max"]))
        found.append((write.short(load["mean"]), say["tsunami.answer.fact_load"], most))
    if interest:
        least = say("tsunami.answer.fact_interest_of", least=interest["least"])
        found.append((write.percent(interest["share"]), say["tsunami.answer.fact_interest"], least))
    elif caps:
        cap = caps[len(caps) // 2]
        relieved = say("tsunami.answer.fact_spared_of", people=told.count("person", cap["people"]))
        beyond = say("tsunami.answer.fact_spared", n=told.count("message", cap["cap"]))
        found.append((write.percent(cap["share"]), beyond, relieved))
    return found


def notices(told: Told) -> list[str]:
    """What a reader of the page must know first: what could not be used, what was assumed, what is missing or looks wrong."""
    rejected = told.summary["rows"]["rejected"]
    found = [told.say("tsunami.notice.rejected", rows=told.count("row", rejected))] if rejected else []
    return [*found, *cautions(told)]


def cautions(told: Told) -> list[str]:
    """What was assumed, what is missing, what looks wrong."""
    return [*_suspicions(told), *_assumptions(told), *_gaps(told)]


def _suspicions(told: Told) -> list[str]:
    say, log, interest = told.say, told.log, told.summary["interest"]
    found = [say[f"tsunami.notice.{name}"] for name in ("one_person", "one_message") if _one(log, name)]
    if log["weeks"] == 1:
        found.append(say["tsunami.notice.one_week"])
    if log["sendings"] >= _FEW and log["messages"] >= _UNIQUE * log["sendings"]:
        counts = {
            name: told.count(noun, log[name]) for name, noun in (("messages", "message"), ("sendings", "sending"))
        }
        found.append(say("tsunami.notice.unique", column=told.column("what"), **counts))
    if interest and not interest["responded"]:
        found.append(say("tsunami.notice.nobody", column=told.column("response")))
    return found


def _one(log: Mapping[str, Any], name: str) -> bool:
    return bool(log[{"one_person": "people", "one_message": "messages"}[name]] == 1)


def _assumptions(told: Told) -> list[str]:
    say, summary = told.say, told.summary
    found = [
        say("tsunami.notice.assumed", example=way["example"])
        for way in summary["dates"]
        if way["because"] == "assumed" and "." not in way["example"]
    ]
    replies = summary["replies"]
    if replies and replies["unclear"]:
        unclear = {"rows": told.count("row", replies["unclear"]), "example": replies["example"]}
        found.append(say("tsunami.notice.unclear", column=told.column("response"), **unclear))
    if replies and replies["blank"] == "no":
        found.append(say("tsunami.notice.blank", column=told.column("response")))
    if told.log["silent_weeks"]:
        silent = told.write.count(told.log["silent_weeks"])
        found.append(say("tsunami.notice.silent", silent=silent, weeks=told.count("week", told.log["weeks"])))
    if told.log["undated"] and told.log["weeks"]:
        found.append(say("tsunami.notice.undated", sendings=told.count("sending", told.log["undated"])))
    return found


def _gaps(told: Told) -> list[str]:
    missing = [role for role in ("when", "household", "response") if role in told.summary["not_told"].values()]
    interest = told.summary["interest"]
    missing += ["topic"] if interest and interest["by"] == "message" else []
    return [told.say[f"tsunami.notice.{role}"] for role in missing]


def worst(told: Told) -> str:
    """The most uniform week, and what was heard in it."""
    say, write, week = told.say, told.write, told.summary["same"]["worst"]
    names = write.names(week["messages"][:3])
    if week["different"] > 3:
        names = say(
            "tsunami.same.worst_more", names=", ".join(week["messages"][:3]), n=write.count(week["different"] - 3)
        )
    return say(
        "tsunami.same.worst",
        date=write.date(week["week"]),
        same=write.count(week["same"]),
        people=told.count("person", week["people"]),
        share=write.percent(week["share"]),
        messages=names,
    )


def households(told: Told) -> str:
    """Whether households are hit several times."""
    found = told.summary["households"]
    if found is None:
        return told.say[f"tsunami.households.untold_{told.summary['not_told']['households']}"]
    if not found["hit"]:
        return told.say["tsunami.households.none"]
    several = told.count("household", found["with_several"])
    return told.say("tsunami.households.hit", hit=told.write.count(found["hit"]), several=several)


def interest(told: Told) -> str:
    """How much was sent on what nobody showed interest in."""
    found = told.summary["interest"]
    if found is None:
        return told.say["tsunami.interest.untold"]
    if not found["no_interest"]:
        return told.say(
            "tsunami.interest.none" if found["judged"] else "tsunami.interest.unjudged", least=found["least"]
        )
    return told.say(f"tsunami.interest.{found['by']}", share=told.write.percent(found["share"]), least=found["least"])


def rules(summary: Mapping[str, Any]) -> list[tuple[str, int, Mapping[str, Any]]]:
    """The rules that could be tried: name, cap, and what they would have spared.

    >>> spared = {"caps": None, "household": None, "matching": {"sendings": 3}}
    >>> rules({"spared": spared})
    [('matching', 0, {'sendings': 3})]
    """
    spared = summary["spared"]
    found: list[tuple[str, int, Mapping[str, Any]]] = [("cap", cap["cap"], cap) for cap in spared["caps"] or ()]
    return found + [(name, 0, spared[name]) for name in ("household", "matching") if spared[name]]
