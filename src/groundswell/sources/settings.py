"""What ``[sources]`` says: where the files are and what their columns mean."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TypeName = Literal["text", "category", "number", "year", "yes/no", "date", "date dmy", "date mdy"]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DrawnSpec(_Spec):
    """How past treatments were drawn: by which unit, within which blocks."""

    by: Literal["person", "household", "team"] = Field(description="the unit that was drawn: person, household or team")
    within: str | None = Field(None, description="the column that names the randomisation block")


class PastSpec(_Spec):
    """Past treatments that stand in the people's own file."""

    option: str = Field(description="the column that says what was received")
    options: dict[str, str] = Field({}, description="what the file calls it -> our option; left out: the same names")
    propensity: str | None = Field(None, description="the column with the probability of what was received")
    drawn: DrawnSpec | None = Field(None, description="how it was drawn; the propensity is the share in the block")
    at: str | None = Field(None, description="the column with the day it was sent")
    reached: str | None = Field(None, description="the column that says whether they were really reached: yes or no")


class PastFileSpec(PastSpec):
    """Past treatments in a file of their own."""

    path: str = Field(description="the file, relative to the campaign's folder")
    person: str = Field(description="the column with the person's id")
    delimiter: str | None = Field(None, description="what separates the columns; left out: found by looking")


class OutcomesSpec(_Spec):
    """Actions that happened, in a file of their own: one row an action."""

    path: str = Field(description="the file, relative to the campaign's folder")
    person: str = Field(description="the column with the person's id")
    action: str = Field(description="the column with the action's id")
    at: str | None = Field(None, description="the column with the day it happened")
    amount: str | None = Field(None, description="the column with the amount")
    result: str | None = Field(None, description="the column with yes or no; a blank is a result that is not known")
    key: str | None = Field(None, description="the column with the key of the decision, as it stands on the lists")
    delimiter: str | None = Field(None, description="what separates the columns; left out: found by looking")


JOINED = " + "
"""Between columns that name a household together."""


class _RolesSpec(_Spec):
    """Which column of a file of people plays which role."""

    household: str | None = Field(
        None, description='the column that says who lives together, or "#address": who has one address lives together'
    )
    name: str | None = Field(None, description="the column with the full name")
    first_name: str | None = Field(None, description="the column with the first name, where names stand in two columns")
    last_name: str | None = Field(None, description="the column with the last name")
    phone: str | None = Field(None, description="the column with the telephone number")
    email: str | None = Field(None, description="the column with the e-mail address")
    address: str | None = Field(None, description="the column with the postal address: street, number, flat")
    city: str | None = Field(None, description="the column with the town, where it stands apart from the address")
    state: str | None = Field(None, description="the column with the state or province")
    postcode: str | None = Field(None, description="the column with the postcode")
    precinct: str | None = Field(None, description="the column with the precinct or district")
    site: str | None = Field(None, description="the column with the place of work")
    manager: str | None = Field(None, description="the column with the id of the person's manager")
    language: str | None = Field(None, description="the column with the language, such as en or es")
    stop: str | None = Field(None, description="the column that says who must not be contacted")

    def roles(self) -> dict[str, str]:
        """Role -> column, for the roles that name a column."""
        found = {role: getattr(self, role) for role in _RolesSpec.model_fields}
        return {
            role: column
            for role, column in found.items()
            if column is not None and not column.startswith("#") and JOINED not in column
        }


class PeopleSpec(_RolesSpec):
    """The file of people."""

    path: str = Field(description="the file, relative to the campaign's folder: CSV, TSV, XLSX or Parquet")
    person: str = Field(description='the column with the person\'s id, or "#row" for a file without ids')
    types: dict[str, TypeName] = Field(
        {}, description="column -> text, category, number, year, yes/no or date (dmy, mdy)"
    )
    outcomes: dict[str, str] = Field({}, description="action -> the column that says whether it happened")
    past: PastSpec | None = Field(None, description="what they already received, and how it was drawn")
    delimiter: str | None = Field(None, description="what separates the columns; left out: found by looking")
    short_rows: Literal["reject", "blank"] = Field(
        "reject", description="a row that ends before its last columns: reject it, or take these for blank"
    )

    def household_columns(self) -> tuple[str, ...]:
        """The columns that name the household together; none where one column does, or nothing."""
        return tuple(self.household.split(JOINED)) if self.household and JOINED in self.household else ()


class ListSpec(_RolesSpec):
    """Another list of people, with columns of its own: how ``groundswell import`` reads it."""

    path: str = Field(description='the name of its files, such as "members-*.csv"')
    person: str = Field(description="the column with the person's id")
    ids: Literal["shared", "own"] = Field(
        "shared",
        description="shared: the same ids as in the file of people; own: ids of this list only, kept as list:id",
    )
    columns: dict[str, str] = Field({}, description="their column -> what the campaign calls it")
    delimiter: str | None = Field(None, description="what separates the columns; left out: found by looking")


ROLES = ("name", "phone", "email", "address", "language")
"""Roles whose text is carried along to the lists."""


class EventsSpec(_Spec):
    """What people did: one row an event."""

    path: str = Field(description="the file, relative to the campaign's folder")
    person: str = Field(description="the column with the person's id")
    at: str = Field(description="the column with the day it happened")
    event: str = Field(description="the column that says what it was")
    delimiter: str | None = Field(None, description="what separates the columns; left out: found by looking")


class RemarksSpec(_Spec):
    """What people said: one row a remark."""

    path: str = Field(description="the file, relative to the campaign's folder")
    person: str = Field(description="the column with the person's id")
    at: str = Field(description="the column with the day it was said")
    text: str = Field(description="the column with what was said")
    delimiter: str | None = Field(None, description="what separates the columns; left out: found by looking")


class MessengersSpec(_Spec):
    """Who speaks for the campaign: one row a messenger."""

    path: str = Field(description="the file, relative to the campaign's folder")
    messenger: str = Field(description="the column with the messenger's id")
    person: str = Field(
        description="the column with their id in the file of people: who they are; blank: not among them"
    )
    hours: str = Field(description="the column with the hours they give to one round")
    name: str | None = Field(None, description="the column with their name, where they are not among the people")
    most: str | None = Field(None, description="the column with how many people they speak to at most in a round")
    channels: str | None = Field(None, description="the column with what they carry, such as  phone, door; blank: all")
    languages: str | None = Field(None, description="the column with the languages they speak, such as  en, es")
    team: str | None = Field(None, description="the column with their local team")
    organiser: str | None = Field(None, description="the column that says who may hand out the lists of their team")
    consent: str | None = Field(None, description="the column that says whether they agreed to speak: yes or no")
    team_of: str | None = Field(None, description="SQL over the row of a person: whose team's they are")
    own_home: bool = Field(False, description="true: they may speak to those they live with")
    alike: list[str] = Field([], description="traits in which they should be like the person; left out: all of them")
    delimiter: str | None = Field(None, description="what separates the columns; left out: found by looking")

    def roles(self) -> dict[str, str]:
        """What is told of a messenger -> the column."""
        names = (
            "messenger",
            "person",
            "hours",
            "name",
            "most",
            "channels",
            "languages",
            "team",
            "organiser",
            "consent",
        )
        return {name: column for name in names if (column := getattr(self, name))}


class FriendsSpec(_Spec):
    """Who knows whom: one row a person and a messenger."""

    path: str = Field(description="the file, relative to the campaign's folder")
    person: str = Field(description="the column with the person's id")
    messenger: str = Field(description="the column with the messenger's id")
    delimiter: str | None = Field(None, description="what separates the columns; left out: found by looking")


class SourcesSpec(_Spec):
    """``[sources]``."""

    people: PeopleSpec = Field(description="the file of people")
    lists: dict[str, ListSpec] = Field({}, description="other lists of people that are imported")
    past: PastFileSpec | None = Field(None, description="past treatments in a file of their own")
    outcomes: OutcomesSpec | None = Field(None, description="actions that happened, in a file of their own")
    events: EventsSpec | None = Field(None, description="what people did")
    remarks: RemarksSpec | None = Field(None, description="what people said")
    messengers: MessengersSpec | None = Field(None, description="volunteers who call or knock")
    friends: FriendsSpec | None = Field(None, description="who of the people knows which messenger")
