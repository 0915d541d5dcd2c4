"""Any order of imports, undos, stops, consents, moves and runs leaves nobody on a list who must not be there."""

from __future__ import annotations

import csv
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import groundswell
from conftest import without_pictures
from groundswell.tables import read
from groundswell.vocabulary import CampaignError, DataError
from spring import LETTER, TOML, everybody, sheet, somebody
from tiny import write_tiny

FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)
PEOPLE = [f"p{place}" for place in range(8)]
PHONES = ["(202) 555-0101", "(202) 555-0102", "+1 202 555 0103"]
WAYS = {"post": "mail-merge.csv", "phone": "call-list.csv"}
CALLS = TOML.replace("[limits]", '[channels.phone]\nreaches = "endpoint"\ncost = 0.1\n\n[limits]')
BOTH = f"{LETTER}\n# phone\nDear {{{{ person.name }}}}, the meeting is on Thursday."

person = st.sampled_from(PEOPLE)
phone = st.sampled_from(["", *PHONES])


def digits(text: str) -> str:
    return "".join(mark for mark in text if mark.isdigit())[-10:]


class Wishes(RuleBasedStateMachine):
    """A campaign and, in plain sets, what was said to it."""

    @initialize()
    def start(self) -> None:
        self.patch = pytest.MonkeyPatch()
        without_pictures(self.patch)
        self.folder = Path(tempfile.mkdtemp())
        rows = [row | {"phone": PHONES[place % 3]} for place, row in enumerate(everybody(len(PEOPLE)))]
        write_tiny(self.folder / "spring", rows, toml=CALLS, messages={"letter": BOTH})
        self.campaign = groundswell.open(self.folder / "spring")
        self.phone_of = {row["id"]: digits(row["phone"]) for row in rows}
        self.imported: dict[int, dict[str, str]] = {}
        self.own = dict(self.phone_of)
        self.stopped: set[tuple[str, str]] = set()  # person or number, channel
        self.gone: set[tuple[str, str]] = set()  # suppressed
        self.forgotten: set[str] = set()
        self.days, self.files = 0, 0

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            self.patch.undo()

    @property
    def now(self) -> datetime:
        self.days += 1
        return FIRST + timedelta(days=self.days)

    @rule(
        who=st.lists(person, min_size=1, max_size=3, unique=True),
        number=phone,
        stop=st.booleans(),
        home=st.integers(0, 2),
    )
    def people_are_imported(self, who, number, stop, home):
        self.files += 1
        rows = [
            somebody(
                int(one[1:]),
                phone=number,
                stop="yes" if stop and place == 0 else "",
                name=f"Name {self.files} {one}",
                home=f"h{home}",
            )
            for place, one in enumerate(who)
        ]
        if self.forgotten.issuperset(who):
            with pytest.raises(DataError):
                self.campaign.bring_in(sheet(self.campaign, f"f{self.files}.csv", rows), "people", now=self.now.date())
            return
        found = self.campaign.bring_in(sheet(self.campaign, f"f{self.files}.csv", rows), "people", now=self.now.date())
        self.imported[found.number] = dict.fromkeys(who, digits(number))
        if stop:
            self.stopped |= {(who[0], "*")}

    @rule(data=st.data())
    @precondition(lambda self: self.imported)
    def an_import_is_undone(self, data):
        number = data.draw(st.sampled_from(sorted(self.imported)))
        self.campaign.undo(number, now=self.now.date())
        del self.imported[number]

    @rule(data=st.data())
    @precondition(lambda self: len(self.forgotten) < 3)
    def somebody_asks_to_be_forgotten(self, data):
        who = data.draw(st.sampled_from([one for one in PEOPLE if one not in self.forgotten]))
        self.campaign.forget(who)
        self.forgotten |= {who}
        assert not list(self.campaign.folder.rglob("forgetting.json"))

    @rule(who=person, channel=st.sampled_from(["*", *WAYS]))
    def somebody_says_stop(self, who, channel):
        if who in self.forgotten:
            with pytest.raises(CampaignError, match="Nobody is called"):
                self.campaign.stop(who, channel=channel, now=self.now)
            return
        self.campaign.stop(who, channel=channel, now=self.now)
        self.stopped |= {(who, channel)}

    @rule(number=st.sampled_from(PHONES))
    def somebody_answers_stop_at_a_telephone(self, number):
        self.campaign.stop(number, now=self.now)
        self.stopped |= {(digits(number), "*")}

    @rule(who=person, channel=st.sampled_from(["*", *WAYS]))
    def somebody_says_yes_themself(self, who, channel):
        if who in self.forgotten:
            return
        self.campaign.consent(who, channel=channel, now=self.now)
        if channel == "*":
            self.stopped = {one for one in self.stopped if one[0] != who}
        else:
            wide = {(who, other) for other in WAYS if (who, "*") in self.stopped}
            self.stopped = (self.stopped | wide) - {(who, "*"), (who, channel)}

    @rule(who=st.lists(person, min_size=1, max_size=8, unique=True))
    def a_file_says_that_they_all_consented(self, who):
        self.files += 1
        who = [one for one in who if one not in self.forgotten] or ["p99"]
        rows = [{"person": one, "given": "yes", "at": self.now.date().isoformat()} for one in who]
        self.campaign.bring_in(sheet(self.campaign, f"f{self.files}.csv", rows), "consents", now=self.now.date())

    @rule(number=st.sampled_from(PHONES), reason=st.sampled_from(["do-not-call", "wrong-number"]))
    def a_number_is_suppressed(self, number, reason):
        self.campaign.suppress(number, reason, now=self.now)
        self.gone |= {(digits(number), "phone")}

    @rule(who=person)
    def somebody_dies(self, who):
        if who in self.forgotten:
            return
        self.campaign.suppress(who, "deceased", now=self.now)
        self.gone |= {(who, channel) for channel in WAYS}

    @rule(following=st.booleans())
    def lists_are_made(self, following):
        self.campaign.run(now=self.now.date(), next_round=following)

    @invariant()
    def nobody_is_on_a_list_who_must_not_be_there(self):
        if not hasattr(self, "campaign"):
            return
        for lists in (self.campaign.folder / ".groundswell" / "rounds").glob("*/lists"):
            then = read(lists.parent / "people.parquet")
            numbers = dict(zip(then["person"].to_pylist(), then["phone_key"].to_pylist(), strict=True))
            for channel, name in WAYS.items():
                with (lists / name).open(encoding="utf-8-sig", newline="") as handle:
                    for line in csv.DictReader(handle):
                        assert line["person"] not in self.forgotten, (lists.parent.name, channel, line)
                        number = numbers[line["person"]]
                        shared = {one for one in numbers if channel == "phone" and numbers[one] == number}
                        about = {line["person"], *shared, *({digits(number)} if channel == "phone" else ())}
                        barred = {
                            one for one in self.stopped | self.gone if one[0] in about and one[1] in {"*", channel}
                        }
                        assert not barred, (lists.parent.name, channel, line)


Wishes.TestCase.settings = settings(
    max_examples=3,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
test_any_order = Wishes.TestCase
