"""From the file to checked settings: every name resolved, every contradiction told."""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from groundswell.campaigns.spec import CampaignSpec, parse_spec
from groundswell.campaigns.whatif import apply_sets
from groundswell.channels import KINDS, VOLUNTEER, Channel, ChannelSpec, kind_of
from groundswell.listen import Action, Past
from groundswell.messages import Message, load_messages
from groundswell.policy import Limit, LimitSpec
from groundswell.profiles import Score, ScoreSpec, Topic, Trait, interest_column, score_column, trait_of
from groundswell.sources import PastSpec, PeopleSpec
from groundswell.vocabulary import CONTACTS, ID_PATTERN, NOTHING, CampaignError, SettingsError, nearest, split_option

FILE = "campaign.toml"
_DAYS = re.compile(r"([0-9]{1,6}) days?\Z")
_LONGEST = 36_500  # a hundred years of days
_LEAST_SHARE = 0.01  # what is drawn more rarely teaches nothing


@dataclass(frozen=True)
class Settings:
    """A campaign, checked.

    Attributes:
        folder: where it lives.
        file: its ``campaign.toml``.
        spec: the file as it was written (what-ifs applied).
        goal: the goal action.
        actions: all actions by name.
        traits: what to compute for each person.
        topics: what messages are about.
        scores: probabilities to tell of everybody.
        channels: by id.
        messages: by id.
        options: ``message/channel``, without ``nothing``.
        limits: what is scarce.
        past: where past treatments stand, or None.
        key: hash of everything said, messages included.
    """

    folder: Path
    file: Path
    spec: CampaignSpec
    goal: Action
    actions: dict[str, Action]
    traits: tuple[Trait, ...]
    topics: tuple[Topic, ...]
    scores: tuple[Score, ...]
    channels: dict[str, Channel]
    messages: dict[str, Message]
    options: tuple[str, ...]
    limits: tuple[Limit, ...]
    past: Past | None
    key: str

    @property
    def zone(self) -> ZoneInfo:
        """The campaign's time zone."""
        return ZoneInfo(self.spec.timezone)

    @property
    def people(self) -> PeopleSpec:
        """The file of people, with the roles that only an imported list has: these are called by their own names."""
        own = self.spec.sources.people
        added = {role for one in self.spec.sources.lists.values() for role in one.roles() if getattr(own, role) is None}
        return own.model_copy(update={role: role for role in added})

    @property
    def together(self) -> str:
        """What a text calls those who are decided for together."""
        return "team" if self.spec.decide == "team" else "household"

    @property
    def country(self) -> str:
        """Two letters: how telephone numbers and addresses are written."""
        return (self.spec.place or "US").split("-")[0].upper()

    def source(self, path: str) -> Path:
        """A source's path, taken from the campaign's folder."""
        return self.folder / path


def find_folder(start: Path) -> Path:
    """The nearest folder with a ``campaign.toml``, from here upwards; here, when there is none."""
    for folder in (start, *start.resolve().parents):
        if (folder / FILE).is_file():
            return folder
    return start


def read_toml(file: Path) -> dict[str, Any]:
    """What a campaign's file says.

    Raises:
        SettingsError: when it is no TOML.
        CampaignError: when it may not be read.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(
            f"{file.name} cannot be read as TOML.",
            file=file,
            found=str(error),
            expected="TOML in UTF-8",
            hint="Correct that line.",
        ) from error
    except OSError as error:
        raise CampaignError(
            f"{file.name} cannot be read.",
            file=file,
            found=error.strerror or str(error),
            expected="a file you may read",
            hint="Give yourself read access to it.",
        ) from error


def load_settings(folder: Path, sets: tuple[str, ...] = ()) -> Settings:
    """Read and check ``campaign.toml`` and the messages.

    Args:
        folder: the campaign's folder.
        sets: what-ifs such as ``limits.budget.at_most=+10%``.

    Raises:
        CampaignError: when there is no campaign in the folder.
        SettingsError: the first thing wrong; ``.others`` holds the rest.

    >>> import tempfile
    >>> from groundswell.worlds import write_village
    >>> place = Path(tempfile.mkdtemp())
    >>> write_village(place, people=200)
    >>> load_settings(place, ("limits.budget.at_most=7",)).limits[0].at_most
    7.0
    """
    file = folder / FILE
    if not file.is_file():
        raise CampaignError(
            f"There is no campaign in {folder}.",
            file=file,
            found="no campaign.toml",
            expected="a folder with a campaign.toml",
            hint="Give the campaign's folder, or make one with  groundswell demo.",
        )
    content = apply_sets(read_toml(file), sets)
    spec = parse_spec(content, str(file))
    messages = load_messages(folder / "messages")
    wrong = list(_contradictions(spec, messages, str(file)))
    if wrong:
        wrong[0].others = tuple(wrong[1:])
        raise wrong[0]
    actions = {
        name: Action(name, action.goal, action.value, action.kind, days_of(action.within), action.rate, action.shows)
        for name, action in spec.actions.items()
    }
    return Settings(
        folder=folder,
        file=file,
        spec=spec,
        goal=next(action for action in actions.values() if action.goal),
        actions=actions,
        traits=tuple(
            Trait(name, trait) if isinstance(trait, str) else trait_of(name, trait, spec.sources.people.types)
            for name, trait in spec.traits.items()
        ),
        topics=tuple(
            Topic(name, topic)
            if isinstance(topic, str)
            else Topic(
                name,
                topic.about,
                tuple(topic.words),
                tuple(topic.events),
                topic.interest,
                topic.position,
                topic.share,
            )
            for name, topic in spec.topics.items()
        ),
        scores=tuple(_score(name, one, spec) for name, one in spec.scores.items()),
        channels={name: channel_of(name, channel) for name, channel in spec.channels.items()},
        messages=messages,
        options=tuple(_options(spec, messages)),
        limits=tuple(
            Limit(
                name,
                limit.of,
                math.inf if limit.at_most is None else limit.at_most,
                limit.per,
                days_of(limit.within),
                limit.where,
                limit.channel,
                limit.at_least or 0.0,
                limit.message,
                limit.messenger,
            )
            for name, limit in spec.limits.items()
        ),
        past=_past(spec),
        key=_key(content, folder),
    )


def channel_of(name: str, said: ChannelSpec) -> Channel:
    """A channel, checked."""
    cost = dict(said.cost) if isinstance(said.cost, dict) else {"*": said.cost}
    return Channel(name, said.reaches, cost, said.uses, tuple(said.by))


def _score(name: str, said: ScoreSpec, spec: CampaignSpec) -> Score:
    """A score; where the file of people says who did its action, that is the answer."""
    column = spec.sources.people.outcomes.get(said.action or "")
    return Score(
        name,
        said.say,
        f'"{column}"' if column and not said.answer else said.answer,
        said.action,
        said.where,
        None if said.of is None else tuple(said.of),
        None if said.factors is None else tuple(said.factors),
        said.weight,
        tuple(said.rake),
        said.margins,
        tuple(said.areas),
        said.at,
        said.sensitivity,
    )


def past_spec(spec: CampaignSpec) -> tuple[PastSpec | None, str]:
    """Where past treatments are declared, and under which key."""
    if spec.sources.past is not None:
        return spec.sources.past, "sources.past"
    return spec.sources.people.past, "sources.people.past"


def _past(spec: CampaignSpec) -> Past | None:
    said, _ = past_spec(spec)
    if said is None:
        return None
    return Past(
        option=said.option,
        options=said.options,
        propensity=said.propensity,
        drawn_by=said.drawn.by if said.drawn else "person",
        within=said.drawn.within if said.drawn else None,
        at=said.at,
    )


def _options(spec: CampaignSpec, messages: dict[str, Message]) -> Iterator[str]:
    for message in messages.values():
        for channel in message.channels():
            if channel not in spec.channels:
                continue
            for who in channel_of(channel, spec.channels[channel]).speakers(message.said_by):
                yield f"{message.id}/{channel}" + (f"/{who}" if who else "")


def days_of(text: str | None) -> int | None:
    """The days of a window such as ``"21 days"``; None of none.

    >>> days_of("21 days"), days_of(None)
    (21, None)
    """
    found = _DAYS.match(text) if text else None
    return int(found[1]) if found else None


def _key(content: dict[str, Any], folder: Path) -> str:
    state = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode())
    for path in sorted((folder / "messages").glob("*.md")):
        state.update(path.name.encode() + b"\0" + path.read_bytes())
    return state.hexdigest()


def _contradictions(spec: CampaignSpec, messages: dict[str, Message], file: str) -> Iterator[SettingsError]:
    yield from _wrong_ids(spec, file)
    yield from _wrong_goal(spec, file)
    yield from _wrong_windows(spec, file)
    yield from _wrong_messages(spec, messages, file)
    yield from _wrong_channels(spec, messages, file)
    yield from _wrong_past(spec, messages, file)
    yield from _wrong_limits(spec, messages, file)
    yield from _wrong_learning(spec, messages, file)
    yield from _wrong_households(spec, file)
    yield from _wrong_places(spec, file)
    yield from _wrong_experiments(spec, messages, file)
    yield from _wrong_scores(spec, file)
    yield from _wrong_traits(spec, file)


def _wrong_ids(spec: CampaignSpec, file: str) -> Iterator[SettingsError]:
    for section in ("actions", "channels", "topics", "traits", "scores", "limits", "experiments"):
        for name in getattr(spec, section):
            # A trait is a word in texts, a limit one in tables: there people write past_votes rather than past-votes.
            told = name.replace("_", "-") if section in {"traits", "limits"} else name
            if not ID_PATTERN.match(told) or name == NOTHING:
                yield SettingsError(
                    f'"{name}" cannot be an id.',
                    file=file,
                    key=f"{section}.{name}",
                    found=name,
                    expected='small letters, digits and single dashes, and not "nothing"',
                    hint=f'Call it "{re.sub("[^a-z0-9]+", "-", name.lower()).strip("-") or "something"}".',
                )
    taken = {
        "person",
        "unit",
        "household_size",
        CONTACTS,
        *map(interest_column, spec.topics),
        *map(score_column, spec.scores),
    }
    for name in spec.traits:
        if name in taken or name.removeprefix("household_") in spec.traits.keys() - {name}:
            yield SettingsError(
                f'"{name}" is the name of a column that groundswell makes itself.',
                file=file,
                key=f"traits.{name}",
                found=name,
                expected="another name",
                hint=f'Call it "my_{name}".',
            )


def _wrong_goal(spec: CampaignSpec, file: str) -> Iterator[SettingsError]:
    goals = [name for name, action in spec.actions.items() if action.goal]
    if len(goals) != 1:
        yield SettingsError(
            "There is no goal."
            if not goals
            else "There are two goals."
            if len(goals) == 2
            else "There are many goals.",
            file=file,
            key="actions",
            found=", ".join(goals) or "no action with goal = true",
            expected="exactly one action with goal = true",
            hint=f"Write  {next(iter(spec.actions))} = {{ goal = true }}." if not goals else "Keep one of them.",
        )
    for name in goals:
        if spec.actions[name].shows != "acted":
            yield SettingsError(
                "Agreement without action is not success: the goal is something that people do.",
                file=file,
                key=f"actions.{name}.shows",
                found=spec.actions[name].shows,
                expected='shows = "acted" at the goal',
                hint="Make another action the goal.",
            )


def _wrong_windows(spec: CampaignSpec, file: str) -> Iterator[SettingsError]:
    said = [(f"actions.{name}.within", action.within) for name, action in spec.actions.items()]
    said += [(f"limits.{name}.within", limit.within) for name, limit in spec.limits.items()]
    said += [(f"experiments.{name}.window", one.window) for name, one in spec.experiments.items()]
    for key, text in said:
        if text is not None and not 1 <= (days_of(text) or 0) <= _LONGEST:
            yield SettingsError(
                f'"{text}" is not a window.',
                file=file,
                key=key,
                found=text,
                expected=f'a number of days from 1 to {_LONGEST:,}, such as "30 days"',
                hint='Write it as "30 days".',
            )


def _wrong_messages(spec: CampaignSpec, messages: dict[str, Message], file: str) -> Iterator[SettingsError]:
    if not messages:
        yield SettingsError(
            "There is no message.",
            file=str(Path(file).parent / "messages"),
            found="no .md file",
            expected="one file for each message, such as messages/welcome.md",
            hint="Write one: a heading with the channel's id, and the text below it.",
        )
    for message in messages.values():
        for topic in message.topics:
            if topic not in spec.topics:
                yield _no_such("topic", topic, spec.topics, message.file, "topics", f"Add {topic} to [topics].")
        if message.ask is not None and message.ask not in spec.actions:
            yield _no_such("action", message.ask, spec.actions, message.file, "ask", "Name one of [actions].")
        yield from _wrong_question(message, spec)
        everybody = {one for said in spec.channels.values() for one in said.by}
        for who in message.said_by:
            if who not in everybody:
                yield _no_such(
                    "messenger", who, sorted(everybody), message.file, "from", "Name one of a channel's  by."
                )
        for channel in message.channels():
            if channel not in spec.channels:
                yield _no_such(
                    "channel", channel, spec.channels, message.file, f"# {channel}", f"Add {channel} to [channels]."
                )


def _wrong_question(message: Message, spec: CampaignSpec) -> Iterator[SettingsError]:
    """What a question may tell: something that people can be asked for."""
    topics = [name for name, topic in spec.topics.items() if isinstance(topic, str) or topic.interest]
    traits = [name for name, one in spec.traits.items() if isinstance(one, str) or one.sql]
    for one in message.question:
        if one not in (*topics, *traits):
            hint = "Name a topic with an interest, or a trait with SQL."
            hint = (
                "An answer teaches the score about everybody, and nothing of who gives it."
                if one in spec.scores
                else hint
            )
            yield _no_such("question", one, [*topics, *traits], message.file, "question", hint)
        elif one in topics and one in traits:
            yield SettingsError(
                f"{one} is a topic and a trait: it is not said which of them the question is about.",
                file=message.file,
                key="question",
                found=one,
                expected="a name that only one of them has",
                hint="Give the trait another name.",
            )
    if len(set(message.question)) < len(message.question):
        yield SettingsError(
            f"{message.id} asks for the same twice.",
            file=message.file,
            key="question",
            found=", ".join(message.question),
            expected="each once",
            hint="Leave the second one out.",
        )


def _wrong_channels(spec: CampaignSpec, messages: dict[str, Message], file: str) -> Iterator[SettingsError]:
    no_manager = all(one.manager is None for one in (spec.sources.people, *spec.sources.lists.values()))
    for name, channel in spec.channels.items():
        if channel.reaches == "household" and spec.decide != "household":
            yield SettingsError(
                f"{name} reaches whole households, but decisions are made {spec.decide} by {spec.decide}.",
                file=file,
                key=f"channels.{name}.reaches",
                found=f'reaches = "household" with decide = "{spec.decide}"',
                expected="one message for everybody whom one sending reaches",
                hint='Write  decide = "household"  at the top, or  reaches = "person".',
            )
        if channel.reaches == "endpoint" and (spec.decide != "person" or kind_of(name).needs is None):
            yield SettingsError(
                f"{name} cannot reach endpoints.",
                file=file,
                key=f"channels.{name}.reaches",
                found=f'reaches = "endpoint" with decide = "{spec.decide}"'
                if spec.decide != "person"
                else f"a channel of which we know no endpoint: {name}",
                expected='decide = "person", and a channel with a telephone number or an address: '
                + ", ".join(kind for kind in KINDS),
                hint='Write  reaches = "household".' if spec.decide == "household" else 'Write  reaches = "person".',
            )
        if {*channel.by} & {"peer", "manager"} and no_manager:
            yield SettingsError(
                f"Nobody is there to carry {name}.",
                file=file,
                key=f"channels.{name}.by",
                found=f"by = {channel.by} without a chart of who works for whom",
                expected="manager = ...  in [sources.people], or in a list of it",
                hint="Name the column with the manager's id, or leave peer and manager out.",
            )
        if VOLUNTEER in channel.by and len(channel.by) > 1:
            yield SettingsError(
                f"{name} is carried by volunteers and by others.",
                file=file,
                key=f"channels.{name}.by",
                found=f"by = {channel.by}",
                expected='["volunteer"] alone, or any of peer, manager, top: their lists are of another kind',
                hint="Make two channels of it.",
            )
        if VOLUNTEER in channel.by and spec.sources.messengers is None:
            yield SettingsError(
                f"Nobody is there to carry {name}.",
                file=file,
                key=f"channels.{name}.by",
                found='by = ["volunteer"] without [sources.messengers]',
                expected="a file of volunteers",
                hint="Add [sources.messengers], or leave  by  out.",
            )
        costs = channel.cost if isinstance(channel.cost, dict) else {"*": channel.cost}
        for key, cost in [
            *((f"cost.{k}", v) for k, v in costs.items()),
            *((f"uses.{k}", v) for k, v in channel.uses.items()),
        ]:
            if cost < 0:
                yield SettingsError(
                    f"{name} has a negative cost.",
                    file=file,
                    key=f"channels.{name}.{key.removesuffix('.*')}",
                    found=cost,
                    expected="0 or more",
                    hint="Write what one sending uses.",
                )
        for message in costs:
            if message != "*" and message not in messages:
                yield _no_such("message", message, messages, file, f"channels.{name}.cost", "Correct the name.")


def _wrong_past(spec: CampaignSpec, messages: dict[str, Message], file: str) -> Iterator[SettingsError]:
    said, key = past_spec(spec)
    if said is None:
        return
    if spec.sources.past is not None and spec.sources.people.past is not None:
        yield SettingsError(
            "Past treatments are declared twice.",
            file=file,
            key=key,
            found="[sources.past] and [sources.people.past]",
            expected="one of them",
            hint="Remove one.",
        )
    if (said.propensity is None) == (said.drawn is None):
        yield SettingsError(
            "It is not said how past treatments were drawn."
            if said.propensity is None
            else "It is said twice how past treatments were drawn.",
            file=file,
            key=key,
            found="neither propensity nor drawn" if said.propensity is None else "propensity and drawn",
            expected='propensity = "column", or drawn = { by = "household", within = "block" }',
            hint="A propensity is never guessed: without it nothing can be learnt from the past.",
        )
    if said.drawn and said.drawn.by == "person" and spec.decide == "household" and spec.sources.people.household:
        yield SettingsError(
            "The past was drawn person by person, but decisions are for households.",
            file=file,
            key=f"{key}.drawn.by",
            found='by = "person" with decide = "household"',
            expected="a past that was drawn by the unit of the decision, or a larger one",
            hint='Write  decide = "person".',
        )
    if said.drawn and (said.drawn.by == "team") != (spec.decide == "team"):
        yield SettingsError(
            f"The past was drawn by {said.drawn.by}, but decisions are made {spec.decide} by {spec.decide}.",
            file=file,
            key=f"{key}.drawn.by",
            found=f'by = "{said.drawn.by}" with decide = "{spec.decide}"',
            expected="a past of teams that were drawn as a whole, and decisions for whole teams",
            hint='Write  decide = "team".' if said.drawn.by == "team" else 'Write  decide = "person".',
        )
    goal = next((name for name, action in spec.actions.items() if action.goal), None)
    if goal and goal not in spec.sources.people.outcomes and spec.sources.outcomes is None:
        yield SettingsError(
            f"There are past treatments, but nothing says who then did {goal}.",
            file=file,
            key="sources.people.outcomes",
            found="no outcome of the goal",
            expected=f'outcomes = {{ {goal} = "column" }}, or [sources.outcomes]',
            hint="Name the column, or leave the past out.",
        )
    if goal in spec.sources.people.outcomes and spec.sources.outcomes is not None:
        yield SettingsError(
            f"It is said twice who did {goal}.",
            file=file,
            key=f"sources.people.outcomes.{goal}",
            found="a column in the file of people, and [sources.outcomes]",
            expected="one of them",
            hint="Remove one.",
        )
    elif goal and spec.actions[goal].kind == "amount" and spec.sources.outcomes and not spec.sources.outcomes.amount:
        yield SettingsError(
            f"Nothing says how much each {goal} was.",
            file=file,
            key="sources.outcomes.amount",
            found=f'{goal} has kind = "amount", and no column of amounts',
            expected="the column with the amount",
            hint='Name it, such as  amount = "euros", or write  kind = "event".',
        )
    for theirs, option in said.options.items():
        yield from _wrong_option(option, spec, messages, file, f"{key}.options.{theirs}")
    if NOTHING not in said.options.values() and said.options:
        yield SettingsError(
            'None of the past treatments is "nothing".',
            file=file,
            key=f"{key}.options",
            found=", ".join(said.options.values()),
            expected="a group that received nothing, to compare with",
            hint='Map the control group, such as  Control = "nothing".',
        )


def _wrong_option(
    option: str, spec: CampaignSpec, messages: dict[str, Message], file: str, key: str
) -> Iterator[SettingsError]:
    if option == NOTHING:
        return
    try:
        message, channel = split_option(option)
    except ValueError:
        yield SettingsError(
            f'"{option}" is not an option.',
            file=file,
            key=key,
            found=option,
            expected='message/channel, or "nothing"',
            hint="Write it as in  civic-duty/post.",
        )
        return
    if message not in messages:
        yield _no_such("message", message, messages, file, key, f"Write messages/{message}.md.")
    elif channel not in spec.channels:
        yield _no_such("channel", channel, spec.channels, file, key, f"Add {channel} to [channels].")
    elif channel not in messages[message].channels():
        yield SettingsError(
            f"The message {message} has no text for {channel}.",
            file=messages[message].file,
            key=key,
            found=", ".join(messages[message].channels()),
            expected=f"a heading  # {channel}",
            hint=f"Add a text for {channel} to messages/{message}.md.",
        )


def _wrong_limits(spec: CampaignSpec, messages: dict[str, Message], file: str) -> Iterator[SettingsError]:
    resources = {name for channel in spec.channels.values() for name in channel.uses}
    for name, limit in spec.limits.items():
        key = f"limits.{name}"
        if limit.of not in {"money", "contacts", *resources}:
            yield _no_such(
                "scarce thing",
                limit.of,
                ["money", "contacts", *resources],
                file,
                f"{key}.of",
                "Add it to a channel's uses.",
            )
        if limit.channel is not None and limit.channel not in spec.channels:
            yield _no_such("channel", limit.channel, spec.channels, file, f"{key}.channel", "Correct the name.")
        if limit.messenger is not None and limit.messenger not in {
            one for said in spec.channels.values() for one in said.by
        }:
            known = sorted({one for said in spec.channels.values() for one in said.by})
            yield _no_such(
                "messenger", limit.messenger, known, file, f"{key}.messenger", "Name one of a channel's  by."
            )
        if limit.message is not None and limit.message not in messages:
            yield _no_such("message", limit.message, messages, file, f"{key}.message", "Correct the name.")
        yield from _wrong_amounts(name, limit, file)
        if limit.within is not None and limit.per is None:
            yield SettingsError(
                f"The limit {name} has a window but nobody it is for.",
                file=file,
                key=f"{key}.within",
                found=limit.within,
                expected='per = "person" or per = "household" beside it',
                hint="Add per, or leave within out.",
            )
        if limit.per is not None and (
            limit.of != "contacts" or limit.where or limit.channel or limit.message or limit.messenger
        ):
            yield SettingsError(
                f"The limit {name} is for each {limit.per}, so it can only count contacts.",
                file=file,
                key=key,
                found=f'of = "{limit.of}"' + (" with where, channel or message" if limit.of == "contacts" else ""),
                expected='of = "contacts", without where, channel and message',
                hint="Change it, or leave per out.",
            )
        if limit.per == "endpoint" and not any(channel.reaches == "endpoint" for channel in spec.channels.values()):
            yield SettingsError(
                f"The limit {name} is for each endpoint, but no channel reaches one.",
                file=file,
                key=f"{key}.per",
                found='per = "endpoint"',
                expected='a channel with  reaches = "endpoint"',
                hint='Write  per = "person", or  reaches = "endpoint"  at the channel.',
            )
        if limit.per == "household" and spec.decide != "household":
            yield SettingsError(
                f"The limit {name} is for each household, but decisions are made {spec.decide} by {spec.decide}.",
                file=file,
                key=f"{key}.per",
                found=f'per = "household" with decide = "{spec.decide}"',
                expected='per = "person", or decide = "household"',
                hint='Write  decide = "household"  at the top, or  per = "person".',
            )


def _wrong_amounts(name: str, limit: LimitSpec, file: str) -> Iterator[SettingsError]:
    key = f"limits.{name}"
    if limit.at_most is None and not limit.at_least:
        yield SettingsError(
            f"The limit {name} limits nothing.",
            file=file,
            key=key,
            found="neither at_most nor at_least, or only a floor of 0",
            expected="at_most, the most there may be, or at_least, a floor",
            hint="Add one of them, or leave the limit out.",
        )
    if limit.per is not None and limit.at_least is not None:
        yield SettingsError(
            f"The limit {name} is for each {limit.per}, so it cannot have a floor.",
            file=file,
            key=f"{key}.at_least",
            found=f"at_least = {limit.at_least:g}",
            expected="at_most",
            hint="Write a floor as a limit of its own, without per, for the people named by where.",
        )
    if limit.at_most is not None and limit.at_least is not None and limit.at_least > limit.at_most:
        yield SettingsError(
            f"The limit {name} asks for more than it allows.",
            file=file,
            key=f"{key}.at_least",
            found=f"at_least = {limit.at_least:g}, at_most = {limit.at_most:g}",
            expected="a floor no higher than the limit",
            hint="Lower the one or raise the other.",
        )


def _wrong_learning(spec: CampaignSpec, messages: dict[str, Message], file: str) -> Iterator[SettingsError]:
    count = len(list(_options(spec, messages))) + 1
    explore, holdout = spec.learning.explore, spec.learning.held
    if spec.learning.holdout_everywhere and not (spec.learning.holdout_key or "").strip():
        yield SettingsError(
            "A holdout that several campaigns share needs a key they have in common.",
            file=file,
            key="learning.holdout_key",
            found="no holdout_key",
            expected="the same words in each of these campaigns, such as the organisation's name",
            hint='Write  holdout_key = "..."  under [learning].',
        )
    if explore + holdout >= 1:
        yield SettingsError(
            "Exploration and holdout leave nobody to decide for.",
            file=file,
            key="learning",
            found=f"explore + holdout = {explore + holdout:g}",
            expected="less than 1 together",
            hint="Start with explore = 0.05 and holdout = 0.05.",
        )
    # Ten units in a thousand is the least from which a later round can learn (METHODS: propensities >= 0.01).
    if explore > 0 and explore / count < 0.01 * (1 - 1e-9):
        yield SettingsError(
            "So little exploration teaches nothing.",
            file=file,
            key="learning.explore",
            found=f"explore = {explore:g}, shared by {count - 1} options and nothing: {explore / count:.4f} each",
            expected="0.01 or more for each",
            hint=f"Write  explore = {count / 100:g}  or more, use fewer options, or write  explore = 0.",
        )


_KINDS_OF_TRAITS = ("sql", "events", "since", "age_band", "near")


def _wrong_traits(spec: CampaignSpec, file: str) -> Iterator[SettingsError]:
    for name, one in spec.traits.items():
        if isinstance(one, str):
            continue
        said = [kind for kind in _KINDS_OF_TRAITS if getattr(one, kind) is not None]
        if len(said) != 1:
            yield SettingsError(
                f"It is not said what the trait {name} is." if not said else f"The trait {name} is two things.",
                file=file,
                key=f"traits.{name}",
                found=" and ".join(said) or "none of them",
                expected="one of: " + ", ".join(_KINDS_OF_TRAITS),
                hint='Write an SQL expression, such as  sql = "2026 - born".',
            )
        if one.events is not None and one.events not in spec.topics:
            yield _no_such("topic", one.events, spec.topics, file, f"traits.{name}.events", "Name one of [topics].")
        if one.share == "team" and not spec.sources.people.manager:
            yield SettingsError(
                f"Nobody knows the team that the trait {name} is of.",
                file=file,
                key=f"traits.{name}.share",
                found='share = "team" without a chart of the organisation',
                expected="the column that says who reports to whom",
                hint='Name it in [sources.people], such as  manager = "reports_to".',
            )


def _wrong_scores(spec: CampaignSpec, file: str) -> Iterator[SettingsError]:
    for name, one in spec.scores.items():
        if (one.answer is None) == (one.action is None):
            yield SettingsError(
                f"It is not said what the score {name} foretells."
                if one.answer is None
                else f"The score {name} foretells two things.",
                file=file,
                key=f"scores.{name}",
                found="neither answer nor action" if one.answer is None else "answer and action",
                expected="one of them",
                hint='Write  answer = "q1 = \'yes\'"  for what people said, or  action = "attend"  for what they do.',
            )
        if one.action is not None and one.action not in spec.actions:
            yield _no_such("action", one.action, spec.actions, file, f"scores.{name}.action", "Name one of [actions].")
        for trait, margin in one.margins.items():
            if not margin or min(margin.values()) < 0:
                yield SettingsError(
                    f"The margins of {trait} cannot be used.",
                    file=file,
                    key=f"scores.{name}.margins.{trait}",
                    found=str(dict(margin)),
                    expected="a share from 0 on for each level",
                    hint="Write them as  { north = 0.4, south = 0.6 }.",
                )


def _wrong_households(spec: CampaignSpec, file: str) -> Iterator[SettingsError]:
    said, key = past_spec(spec)
    drawn = said is not None and said.drawn is not None and said.drawn.by == "household"
    if spec.sources.people.household is None and (drawn or spec.decide == "household"):
        yield SettingsError(
            "It is not said who lives together.",
            file=file,
            key="sources.people.household",
            found="no household column",
            expected='a column, because decide = "household"'
            if spec.decide == "household"
            else f"a column for {key}.drawn",
            hint='Name it, such as  household = "household_id", or decide by person.',
        )
    people = spec.sources.people
    no_manager = people.manager is None and all(one.manager is None for one in spec.sources.lists.values())
    if spec.decide == "team" and (no_manager or people.person == "#row"):
        yield SettingsError(
            "It is not said who works together.",
            file=file,
            key="sources.people.manager" if no_manager else "sources.people.person",
            found="no manager column" if no_manager else 'person = "#row": nobody has an id',
            expected='ids of people, and the column with the id of their manager, because decide = "team"',
            hint='Name them, such as  person = "id", manager = "manager_id", or decide by person.',
        )


def _wrong_places(spec: CampaignSpec, file: str) -> Iterator[SettingsError]:
    try:
        ZoneInfo(spec.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield SettingsError(
            f'There is no time zone "{spec.timezone}".',
            file=file,
            key="timezone",
            found=spec.timezone,
            expected="a name such as America/Detroit",
            hint="See the list of tz database time zones.",
        )
    for action in spec.sources.people.outcomes:
        if action not in spec.actions:
            yield _no_such(
                "action", action, spec.actions, file, f"sources.people.outcomes.{action}", "Name one of [actions]."
            )


def _wrong_experiments(spec: CampaignSpec, messages: dict[str, Message], file: str) -> Iterator[SettingsError]:
    options = [NOTHING, *_options(spec, messages)]
    for name, one in spec.experiments.items():
        key = f"experiments.{name}"
        for arm in one.arms.keys() - set(options):
            yield _no_such("option", arm, options, file, f"{key}.arms", "Name options as  message/channel.")
        if min(one.arms.values()) < _LEAST_SHARE or abs(sum(one.arms.values()) - 1) > 1e-6:
            yield SettingsError(
                f"The shares of the experiment {name} are none.",
                file=file,
                key=f"{key}.arms",
                found=", ".join(f"{arm} = {share:g}" for arm, share in one.arms.items()),
                expected=f"{_LEAST_SHARE:g} or more for each arm, 1 in all",
                hint="Write equal shares, such as 0.5 and 0.5.",
            )
        if one.baseline is not None and one.baseline not in one.arms:
            yield _no_such("arm", one.baseline, list(one.arms), file, f"{key}.baseline", "Name one of its arms.")
        for place, action in (("action", one.action), *(("also", other) for other in one.also)):
            if action is not None and action not in spec.actions:
                yield _no_such("action", action, spec.actions, file, f"{key}.{place}", "Name one of [actions].")
        for trait in one.past:
            if trait not in spec.traits:
                yield _no_such("trait", trait, spec.traits, file, f"{key}.past", "Name one of [traits].")
        yield from _wrong_draw(spec, name, file)


def _wrong_draw(spec: CampaignSpec, name: str, file: str) -> Iterator[SettingsError]:
    """What an experiment may not be drawn by."""
    by, people = spec.experiments[name].by, spec.sources.people
    if (by == "person" and spec.decide != "person") or (by == "household" and spec.decide == "team"):
        yield SettingsError(
            f"The experiment {name} draws {by}s, but decisions are made for whole {spec.decide}s.",
            file=file,
            key=f"experiments.{name}.by",
            found=f'by = "{by}" with decide = "{spec.decide}"',
            expected="what is drawn is never smaller than what is decided",
            hint=f'Write  by = "{spec.decide}", or leave it out.',
        )
    for said, role in (("household", people.household), ("team", people.manager)):
        if by == said and role is None:
            yield SettingsError(
                f"It is not said who {'lives' if said == 'household' else 'works'} together.",
                file=file,
                key=f"experiments.{name}.by",
                found=f'by = "{said}"',
                expected=f"{'household' if said == 'household' else 'manager'} = ...  in [sources.people]",
                hint="Name the column there, or draw by something else.",
            )


def _no_such(kind: str, name: str, known: Any, file: str, key: str, otherwise: str) -> SettingsError:  # noqa: ANN401
    near = nearest(name, known)
    return SettingsError(
        f'There is no {kind} "{name}".',
        file=file,
        key=key,
        found=name,
        expected="one of: " + ", ".join(known) if known else f"a {kind}",
        hint=f'Did you mean "{near}"?' if near else otherwise,
    )
