"""How a round was reckoned: the exact terms, which stand last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from groundswell.trust import foretelling
from groundswell.trust.teller import Teller, option_words

Part = tuple[str, list[str]]


def method(teller: Teller) -> list[Part]:
    """Each exact term with its name."""
    summary, say = teller.summary, teller.say
    goal = option_words(str(summary["goal"]["name"]))
    person = "_person" if teller.unit == "person" else ""
    parts = [("estimand", [say(f"report.method.estimand{person}_text", goal=goal, unit=teller.unit_word)])]
    if summary["pilot"] is not None:
        parts += [(name, [told]) for name, told in foretelling.method(teller)]
    else:
        parts += [*_evaluation(teller), *_guard(teller), *_gap(teller)]
    repeat = say(
        "report.method.repeat_text",
        format=summary["format"],
        round=summary["round"],
        seed=summary["seed"],
        today=teller.write.date(summary["today"]),
    )
    parts.append(("repeat", [repeat]))
    return [(say[f"report.method.{name}"], told) for name, told in parts]


def _evaluation(teller: Teller) -> list[Part]:
    evaluation, say, write = teller.summary["evaluation"], teller.say, teller.write
    if evaluation is None:
        return [("evaluation", [say["report.method.evaluation_none"]])]
    person = "_person" if teller.unit == "person" else ""
    units, people = teller.units(evaluation["units"]), write.count(evaluation["people"])
    told = [say(f"report.method.evaluation{person}_text", people=people, units=units, seed=teller.summary["seed"])]
    if "opened" in evaluation:  # not in rounds of earlier versions
        folds, whole = (evaluation["opened"][name] for name in ("folds", "all"))
        told.append(say("report.method.evaluation_opened", folds=write.names(list(map(write.count, folds))), all=whole))
    if teller.heard:
        told.append(say("report.method.evaluation_rounds", rounds=write.count(teller.heard)))
    interval = say(f"report.method.interval{person}_text", unit=teller.unit_word)
    broadcast, single = (in_folds(teller, evaluation[name]) for name in ("broadcast", "single"))
    rivals = say("report.method.rivals_text", broadcast=broadcast, single=single)
    parts = [("evaluation", told), ("interval", [interval]), ("rivals", [rivals])]
    if teller.summary["audit"]["uneven"]:
        parts.insert(1, ("weighting", [say["report.method.weighting_text"]]))
    return parts


def in_folds(teller: Teller, options: Sequence[str]) -> str:
    """The message of each fold: said once where all agree, counted where a few share them.

    >>> in_folds(Teller({"campaign": {"language": "en"}}), ["rents/post", "rents/post", "schools/post"])
    'rents (post) (in 2 of 3) and schools (post) (in 1 of 3)'
    """
    counts = Counter(options)
    if len(counts) == 1:
        return teller.option(options[0])
    ranked = sorted(counts, key=lambda option: (-counts[option], option))
    told = [
        teller.say("report.method.in_folds", option=teller.option(option), n=counts[option], all=len(options))
        for option in ranked
    ]
    return teller.write.names(told)


def _guard(teller: Teller) -> list[Part]:
    say, proofs = teller.say, teller.summary["proofs"]
    proven = sum(proof["proven"] for proof in proofs)
    guard = (
        say("report.method.guard_text", proven=proven, all=len(proofs)) if proofs else say["report.method.guard_none"]
    )
    return [("guard", [guard]), ("shrunk", [say["report.method.shrunk_text"]])]


def _gap(teller: Teller) -> list[Part]:
    summary, say, write = teller.summary, teller.say, teller.write
    gap = "none" if summary["gap"] <= 0 else "small" if summary["gap"] < 1e-5 else "some"
    value, bound = (
        say("report.number.money", n=write.short(summary[name]), currency=teller.currency)
        for name in ("value", "bound")
    )
    told = say(f"report.method.gap_{gap}", gap=write.tiny_percent(summary["gap"]))
    return [("gap", [told, say("report.method.gap_exact", value=value, bound=bound)])]
