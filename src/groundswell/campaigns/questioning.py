"""Messages that are questions: of whom the answer is not known, how many answer, and what an answer is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from groundswell.campaigns.folder import Shelf, round_path
from groundswell.campaigns.importing import imports_of
from groundswell.campaigns.settings import Settings
from groundswell.policy import (
    Asking,
    Batch,
    Came,
    Policy,
    answers_table,
    count_answers,
    plan_round,
    read_answers,
    share_answering,
    times_in_vain,
    worth_of_answers,
)
from groundswell.profiles import interest_column, with_home_means
from groundswell.tables import Table, read, read_json, read_where
from groundswell.vocabulary import split_option

WORTH = "answers-worth"
"""The table of a round that says what answers are worth; only where a message is a question."""


def asking_of(settings: Settings, shares: Mapping[str, float] | None = None) -> dict[str, Asking]:
    """Message -> what it asks, of those messages that are questions.

    Args:
        settings: the campaign.
        shares: option -> the share of those asked who answer; None: what the messages say.
    """
    topics = {topic.name for topic in settings.topics if topic.interest}
    found = {}
    for name, message in settings.messages.items():
        if message.question:
            mine = [option for option in settings.options if split_option(option)[0] == name]
            columns = tuple(interest_column(one) if one in topics else one for one in message.question)
            found[name] = Asking(columns, {option: (shares or {}).get(option, message.answered) for option in mine})
    return found


def with_worth_of_answers(
    settings: Settings,
    shelf: Shelf,
    batch: Batch,
    policy: Policy,
    reopen: Callable[[Table], Batch],
    *,
    people: Table,
    decisions: list[Table],
    today: date,
) -> Batch:
    """The batch of a round with what answers are worth, where a message of the campaign is a question.

    Args:
        settings: the campaign.
        shelf: where finished tables are kept.
        batch: the units of the round.
        policy: of the round, before it has prices.
        reopen: from traits to the batch of their units.
        people: contract ``PEOPLE``.
        decisions: of the past and of earlier rounds.
        today: the day of the round.
    """
    asking = asking_of(settings)
    if not asking or policy.pilot is not None:
        return batch

    def worth() -> Table:
        came = _came(settings, asking, decisions, batch.traits)
        priced = plan_round(batch, policy, settings.limits, today, file=str(settings.file)).policy
        interests = {interest_column(topic.name) for topic in settings.topics}
        # What somebody cares about opens messages and closes them; any other answer opens and closes none.
        opens = any(interests & {*one.columns} for one in asking.values())

        def anew(traits: Table) -> Batch:
            told = with_home_means(traits, people)
            return reopen(told) if opens else replace(batch, traits=told)

        told = worth_of_answers(
            batch.traits,
            priced,
            anew,
            today,
            asking_of(settings, _shares(settings, came)),
            times_in_vain([one.vain for one in came], batch.unit_ids),
        )
        return answers_table(batch.unit_ids, policy.options, told)

    table = shelf.table(WORTH, worth)
    return replace(batch, told=read_answers(table, batch.unit_ids, policy.options))


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


def _came(settings: Settings, asking: Mapping[str, Asking], decisions: list[Table], traits: Table) -> list[Came]:
    """What came of the questions of each earlier round whose answers may be back: some are, or people were imported since."""
    people = [date.fromisoformat(str(one["on"])) for one in imports_of(settings.folder) if one["kind"] == "people"]
    found = []
    for table in decisions:
        number = table["round"][0].as_py() if table.num_rows else 0
        if not number:  # the past is no round of ours
            continue
        path = round_path(settings.folder, number)
        came = count_answers(table, read(path / "traits.parquet"), traits, asking)
        day = date.fromisoformat(read_json(path / "round.json")["today"])
        if came.answered.total() or any(on >= day for on in people):
            found.append(came)
    return found


def _shares(settings: Settings, came: list[Came]) -> dict[str, float]:
    """Option -> the share of those asked who answer, as far as earlier rounds show it."""
    asked, answered = Counter[str](), Counter[str]()
    for one in came:
        asked.update(one.asked)
        answered.update(one.answered)
    return {
        option: share_answering(settings.messages[split_option(option)[0]].answered, asked[option], answered[option])
        for option in asked
    }
