"""Messages that are questions: of whom the answer is not known, how many answer, and what an answer is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from groundswell.campaigns.folder import Shelf, round_path
from groundswell.campaigns.settings import Settings
from groundswell.policy import (
    Asking,
    Batch,
    Policy,
    answers_table,
    count_answers,
    plan_round,
    read_answers,
    share_answering,
    worth_of_answers,
)
from groundswell.profiles import ANSWERS, interest_column, score_column
from groundswell.tables import Table, empty, keep, read, read_where
from groundswell.vocabulary import split_option

WORTH = "answers-worth"
"""The table of a round that says what answers are worth; only where a message is a question."""


def asking_of(settings: Settings, answers: Table, shares: Mapping[str, float] | None = None) -> dict[str, Asking]:
    """Message -> what it asks, of those messages that are questions.

    Args:
        settings: the campaign.
        answers: contract ``ANSWERS``: who answered what scores are learnt from.
        shares: option -> the share of those asked who answer; None: what the messages say.
    """
    topics = {topic.name for topic in settings.topics}
    traits = {trait.name for trait in settings.traits}
    found = {}
    for name, message in settings.messages.items():
        if not message.question:
            continue
        mine = [option for option in settings.options if split_option(option)[0] == name]
        told = {option: (shares or {}).get(option, message.answered) for option in mine}
        if message.question[0] in topics | traits:
            columns = tuple(interest_column(one) if one in topics else one for one in message.question)
            found[name] = Asking(columns, told)
        else:
            said = keep(answers, "score", {message.question[0]})["person"].to_pylist()
            found[name] = Asking((score_column(message.question[0]),), told, frozenset(said))
    return found


def with_answers(
    settings: Settings,
    shelf: Shelf,
    batch: Batch,
    policy: Policy,
    reopen: Callable[[Table], Batch],
    *,
    decisions: list[Table],
    answers: Table,
    today: date,
) -> Batch:
    """The batch of a round with what answers are worth, where a message of the campaign is a question.

    Args:
        settings: the campaign.
        shelf: where finished tables are kept.
        batch: the units of the round.
        policy: of the round, before it has prices.
        reopen: from traits to the batch of their units.
        decisions: of the past and of earlier rounds.
        answers: contract ``ANSWERS``.
        today: the day of the round.
    """
    if not any(message.question for message in settings.messages.values()) or policy.pilot is not None:
        return batch

    def worth() -> Table:
        asking = asking_of(settings, answers, _shares(settings, decisions, batch.traits, answers))
        priced = plan_round(batch, policy, settings.limits, today, file=str(settings.file)).policy
        told = worth_of_answers(batch.traits, priced, reopen, today, asking)
        return answers_table(batch.unit_ids, policy.options, told)

    told = read_answers(shelf.table(WORTH, worth), batch.unit_ids, policy.options)
    return replace(batch, told=told)


def as_asked(path: Path, batch: Batch, options: tuple[str, ...]) -> Batch:
    """Units of a round that is made already, with what answers were worth in it.

    Args:
        path: the round's folder.
        batch: all of its units, or some.
        options: of the round's policy.
    """
    file = path / f"{WORTH}.parquet"
    if not file.exists():
        return batch
    return replace(batch, told=read_answers(read_where(file, "unit", [*batch.unit_ids]), batch.unit_ids, options))


def _shares(settings: Settings, decisions: list[Table], traits: Table, answers: Table) -> dict[str, float]:
    """Option -> the share of those asked who answer, as far as earlier rounds show it."""
    now, counts = asking_of(settings, answers), dict[str, tuple[int, int]]()
    for table in decisions:
        number = table["round"][0].as_py() if table.num_rows else 0
        if not number:  # the past is no round of ours
            continue
        path = round_path(settings.folder, number)
        said = path / "answers.parquet"
        then = asking_of(settings, ANSWERS.check(read(said)) if said.exists() else empty(ANSWERS))
        for option, (asked, answered) in count_answers(table, read(path / "traits.parquet"), traits, then, now).items():
            before = counts.get(option, (0, 0))
            counts[option] = before[0] + asked, before[1] + answered
    return {
        option: share_answering(settings.messages[split_option(option)[0]].answered, *count)
        for option, count in counts.items()
        if option in settings.options
    }
