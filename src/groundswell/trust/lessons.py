"""Lessons in words: what each topic did through each channel, and to whom most."""

from __future__ import annotations

from collections.abc import Iterable

from groundswell.trust.figures import scaled
from groundswell.trust.teller import PER, Teller, trait_words
from groundswell.uplift import Lesson
from groundswell.uplift.lessons import EVERYTHING


def lesson_lines(lessons: Iterable[Lesson], *, own: str, withheld: int, smallest: int, language: str) -> list[str]:
    """What is known, a few lines a topic and channel.

    Args:
        lessons: those that may be shown.
        own: the campaign's own name.
        withheld: how many may not.
        smallest: the smallest group that may be shown.
        language: of the words.
    """
    teller = Teller({"campaign": {"language": language}})
    say, every = teller.say, list(lessons)
    mains = [lesson for lesson in every if not lesson.trait]
    if not mains:
        return [say["lessons.none"]]
    lines = []
    for topic, channel in dict.fromkeys((lesson.topic, lesson.channel) for lesson in mains):
        told = say["lessons.topic_none"] if topic == EVERYTHING else trait_words(topic)
        lines.append(say("lessons.head", channel=teller.channel(channel), topic=told))
        for lesson in mains:
            if (lesson.topic, lesson.channel) == (topic, channel):
                lines.append(f"  {_effect(teller, lesson, own)}")
                lines += [f"    {one}" for one in _most(teller, lesson, every)]
    hidden = say("lessons.withheld", n=teller.write.count(withheld), smallest=smallest)
    return [*lines, *([hidden] if withheld else [])]


def _effect(teller: Teller, lesson: Lesson, own: str) -> str:
    say = teller.say
    value, interval = teller.write.interval(scaled(lesson.effect.as_json(), PER) or {})
    source = say["lessons.own"] if lesson.source == own else say("lessons.other", source=lesson.source)
    people = teller.write.count(lesson.people)
    return say("lessons.effect", effect=value, interval=interval, people=people, source=source)


def _most(teller: Teller, main: Lesson, every: Iterable[Lesson]) -> list[str]:
    """The level whose effect is most surely above that on everybody; none where none is."""
    parts = [lesson for lesson in every if lesson.trait and lesson[:3] == main[:3]]
    above = [lesson for lesson in parts if lesson.effect.lower > main.effect.value]
    if not above:
        return []
    best = max(above, key=lambda lesson: lesson.effect.lower)
    value, interval = teller.write.interval(scaled(best.effect.as_json(), PER) or {})
    told = {"trait": teller.trait(best.trait), "level": _level(teller, best)}
    return [teller.say("lessons.more", effect=f"{value} {interval}", **told)]


def _level(teller: Teller, lesson: Lesson) -> str:
    level, short = lesson.level, teller.write.short
    if level.text is not None:
        return level.text
    if level.low is None:
        return teller.say("lessons.below", high=short(level.high or 0.0))
    if level.high is None:
        return teller.say("lessons.from_on", low=short(level.low))
    return teller.say("lessons.between", low=short(level.low), high=short(level.high))
