"""What is expected of every column that the settings name."""

from __future__ import annotations

from groundswell.campaigns.settings import Settings
from groundswell.sources import Column, EventsSpec, FriendsSpec, MessengersSpec, PastSpec, PeopleSpec, RemarksSpec
from groundswell.vocabulary import NOTHING

LEAST_PROPENSITY = 0.01


def people_columns(settings: Settings) -> dict[str, Column]:
    """The columns of the file of people; what names the household or a role stays text."""
    source = settings.spec.sources.people
    return _columns_of(settings, source)


def every_column(settings: Settings) -> dict[str, Column]:
    """The same, with what only imported lists have."""
    return _columns_of(settings, settings.people)


def _columns_of(settings: Settings, source: PeopleSpec) -> dict[str, Column]:
    found = {name: Column.of(kind) for name, kind in source.types.items()}
    for action, column in source.outcomes.items():
        kind = "yes/no" if settings.actions[action].kind == "event" else "number"
        found[column] = Column.of(source.types.get(column, kind))
    found |= {column: Column() for column in (*source.roles().values(), *source.household_columns())}
    days = [at for at in (*(one.at for one in settings.traits), *(one.at for one in settings.scores)) if at]
    for trait in settings.traits:
        found |= {name: Column(kind) for name, kind in trait.columns if name not in found}
    found |= {name: Column("date") for name in days if not found.get(name, Column()).order}
    if source.person != "#row":
        found[source.person] = Column(required=True)
    if source.past:
        found |= past_columns(settings, source.past)
    return found


def columns_of_lists(settings: Settings) -> dict[str, Column]:
    """What only imported lists have, and what follows of the chart of an organisation: blank until it is known."""
    known, roles = every_column(settings), settings.people.roles()
    names = [*roles.values(), *(name for one in settings.spec.sources.lists.values() for name in one.columns.values())]
    found = {name: known.get(name, Column()) for name in names}
    if "manager" in roles:
        found |= {"~team": Column(), **dict.fromkeys(("~depth", "~span", "~below"), Column("number"))}
    return found


def past_columns(settings: Settings, past: PastSpec) -> dict[str, Column]:
    """The columns that say what was received, and with which propensity."""
    names = tuple(past.options) or (NOTHING, *settings.options)
    found = {past.option: Column("category", among=names)}
    if past.propensity:
        found[past.propensity] = Column("number", lowest=LEAST_PROPENSITY, highest=1.0, required_with=past.option)
    if past.drawn and past.drawn.within:
        found[past.drawn.within] = Column(required_with=past.option)
    if past.at:
        found[past.at] = Column("date")
    if past.reached:
        found[past.reached] = Column("yes/no")
    return found


def past_file_columns(settings: Settings) -> dict[str, Column]:
    """The columns of the past's own file."""
    past = settings.spec.sources.past
    return {} if past is None else {**past_columns(settings, past), past.person: Column(required=True)}


def shown_columns(source: EventsSpec | RemarksSpec) -> dict[str, Column]:
    """The columns of a file of events or remarks."""
    what = source.event if isinstance(source, EventsSpec) else source.text
    return {
        source.person: Column(required=True),
        source.at: Column("date", required=True),
        what: Column(required=True),
    }


def messenger_columns(source: MessengersSpec) -> dict[str, Column]:
    """The columns of the file of messengers."""
    kinds = {
        "messenger": Column(required=True),
        "hours": Column("number", lowest=0.0, required=True),
        "most": Column("number", lowest=0.0),
        "organiser": Column("yes/no"),
        "consent": Column("yes/no"),
    }
    return {column: kinds.get(role, Column()) for role, column in source.roles().items()}


def friend_columns(source: FriendsSpec) -> dict[str, Column]:
    """The columns of the file of who knows whom."""
    return {source.person: Column(required=True), source.messenger: Column(required=True)}


def outcome_columns(settings: Settings) -> dict[str, Column]:
    """The columns of the file of actions that happened."""
    source = settings.spec.sources.outcomes
    if source is None:
        return {}
    found = {
        source.person: Column(required=True),
        source.action: Column("category", among=tuple(settings.actions), required=True),
    }
    if source.at:
        found[source.at] = Column("date", required=True)
    if source.amount:
        found[source.amount] = Column("number", lowest=0.0)
    if source.result:
        found[source.result] = Column("yes/no")
    if source.key:
        found[source.key] = Column()
    return found


def leaking_columns(settings: Settings) -> dict[str, str]:
    """Columns that tell what happened in the experiment, and what they tell: no trait may read them."""
    source = settings.spec.sources.people
    found = {column: f"the outcome of {action}" for action, column in source.outcomes.items()}
    if source.past:
        found[source.past.option] = "what was received"
        if source.past.propensity:
            found[source.past.propensity] = "the propensity of what was received"
        if source.past.reached:
            found[source.past.reached] = "whether somebody was reached"
    return found
