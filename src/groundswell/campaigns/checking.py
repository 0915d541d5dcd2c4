"""Every check that needs no data but the files' headers: the same before a run and for ``groundswell check``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from groundswell.campaigns.beside import wrong_beside
from groundswell.campaigns.columns import (
    columns_of_lists,
    friend_columns,
    leaking_columns,
    messenger_columns,
    outcome_columns,
    past_file_columns,
    people_columns,
    shown_columns,
)
from groundswell.campaigns.settings import Settings
from groundswell.campaigns.standing import purpose_of
from groundswell.delivery import template_variables
from groundswell.messages import Message, Text, render, variables_of
from groundswell.policy import DRAWN_BY
from groundswell.purposes import Purpose, Use
from groundswell.sources import columns_of, empty_rows, unknown_column
from groundswell.tables import check_expression, evaluate
from groundswell.vocabulary import ExpressionError, GroundswellError


def problems(settings: Settings) -> list[GroundswellError]:
    """Everything wrong that can be seen without reading the data; an empty list is a campaign that can run."""
    return list(_problems(settings))


def _problems(settings: Settings) -> Iterator[GroundswellError]:
    yield from wrong_beside(settings)
    sources = settings.spec.sources
    try:
        columns = columns_of(settings.source(sources.people.path), sources.people.delimiter)
    except GroundswellError as error:
        yield error
        return
    path = settings.source(sources.people.path)
    missing = [name for name in people_columns(settings) if name not in columns]
    yield from (unknown_column(name, columns, path, "sources.people") for name in missing)
    if sources.past is not None:
        yield from _file(settings, sources.past.path, sources.past.delimiter, list(past_file_columns(settings)), "past")
    for key, columns_wanted in (
        ("events", shown_columns(sources.events) if sources.events else None),
        ("remarks", shown_columns(sources.remarks) if sources.remarks else None),
        ("messengers", messenger_columns(sources.messengers) if sources.messengers else None),
        ("friends", friend_columns(sources.friends) if sources.friends else None),
    ):
        if columns_wanted is not None:
            source = getattr(sources, key)
            yield from _file(settings, source.path, source.delimiter, list(columns_wanted), key)
    if sources.outcomes is not None:
        wanted = list(outcome_columns(settings))
        yield from _file(settings, sources.outcomes.path, sources.outcomes.delimiter, wanted, "outcomes")
    if missing:
        return
    try:
        purpose = purpose_of(settings)
    except GroundswellError as error:
        yield error
        return
    more = columns_of_lists(settings)
    columns = (*columns, *(name for name in more if name not in columns))
    yield from _sensitive(settings, purpose)
    yield from _expressions(settings, columns)
    yield from _texts(settings, columns, purpose)


def _file(
    settings: Settings, path: str, delimiter: str | None, wanted: list[str], key: str
) -> Iterator[GroundswellError]:
    try:
        columns = columns_of(settings.source(path), delimiter)
    except GroundswellError as error:
        yield error
        return
    for name in wanted:
        if name not in columns:
            yield unknown_column(name, columns, settings.source(path), f"sources.{key}")


def _expressions(settings: Settings, columns: tuple[str, ...]) -> Iterator[GroundswellError]:
    nobody = empty_rows(columns, {**columns_of_lists(settings), **people_columns(settings)})
    leaks = leaking_columns(settings)
    said = [("traits", trait.name, trait.sql) for trait in settings.traits if not trait.built_in]
    said += [("limits", f"{limit.name}.where", limit.where) for limit in settings.limits if limit.where]
    said += [("topics", f"{topic.name}.interest", topic.interest) for topic in settings.topics if topic.interest]
    said += [("topics", f"{topic.name}.position", topic.position) for topic in settings.topics if topic.position]
    for score in settings.scores:
        answer = None if score.action else score.answer  # an action is an outcome, and no trait of the past
        told = {"answer": answer, "where": score.where, "weight": score.weight}
        said += [("scores", f"{score.name}.{what}", sql) for what, sql in told.items() if sql]
    said += [
        ("messages", f"{message.id}.stereotype", message.stereotype)
        for message in settings.messages.values()
        if message.stereotype
    ]
    for name, one in settings.spec.experiments.items():
        said += [("experiments", f"{name}.within", sql) for sql in one.blocks]
        said += [("experiments", f"{name}.where", one.where)] if one.where else []
        said += [("experiments", f"{name}.by", one.by)] if one.by and one.by not in DRAWN_BY else []
    said += [
        ("fieldwork", name, sql)
        for name in ("latitude", "longitude")
        if (sql := getattr(settings.spec.fieldwork, name))
    ]
    speak = settings.spec.sources.messengers
    said += [("sources", "messengers.team_of", speak.team_of)] if speak and speak.team_of else []
    for section, name, sql in said:
        key = f"{section}.{name}"

        def check(sql: str = sql, key: str = key, section: str = section, name: str = name) -> None:
            used = check_expression(sql, columns, file=str(settings.file), key=key)
            for column in sorted(used & leaks.keys()):
                raise ExpressionError(
                    f"{name} reads {column}, which is {leaks[column]}.",
                    file=settings.file,
                    key=key,
                    found=sql,
                    expected="facts from before the experiment",
                    hint="A trait that knows the result proves nothing: leave that column out.",
                )
            manager = settings.people.manager
            if section == "traits" and manager in used:
                raise ExpressionError(
                    f"{name} reads {manager}, the id of somebody else.",
                    file=settings.file,
                    key=key,
                    found=sql,
                    expected="facts that say nothing of who another person is",
                    hint='Write  "~team"  for the team, "~depth", "~span" or "~below".',
                )
            evaluate({name: sql}, nobody, file=str(settings.file), section=section)

        yield from _caught(check)


def _sensitive(settings: Settings, purpose: Purpose) -> Iterator[GroundswellError]:
    """A trait that the purpose forbids enters no model, no group and no plan."""
    uses: tuple[Use, ...] = ("learn", "segment", "report")
    for trait in settings.traits:
        refused = (purpose.refuse_trait(trait.name, trait.sensitivity, use) for use in uses)
        yield from list(filter(None, refused))[:1]
    for score in settings.scores:
        wrong = list(filter(None, (purpose.refuse_trait(score.name, score.sensitivity, use) for use in uses)))[:1]
        for one in wrong:
            one.key = f"scores.{score.name}"
        yield from wrong


def _texts(settings: Settings, columns: tuple[str, ...], purpose: Purpose) -> Iterator[GroundswellError]:
    names = [trait.name for trait in settings.traits]
    household = bool(settings.spec.sources.people.household)
    known = template_variables(columns, [*names, *(["household_size"] if household else [])], settings.together)
    for message in settings.messages.values():
        for text in message.texts:

            def check(text: Text = text, message: Message = message) -> None:
                used = variables_of(text, message, known)
                for trait in settings.traits:
                    refused = purpose.refuse_trait(trait.name, trait.sensitivity, "message")
                    if refused and {f"person.{trait.name}", f"{settings.together}.{trait.name}"} & set(used):
                        raise refused
                render(message, text, [dict.fromkeys(used, "1")])

            yield from _caught(check)


def _caught(check: Callable[[], object]) -> Iterator[GroundswellError]:
    try:
        check()
    except GroundswellError as error:
        yield error
