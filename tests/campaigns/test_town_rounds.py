"""Rounds of a made-up town: a pilot, what comes back of it, and what the next round makes of that."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import groundswell
import groundswell.campaigns.campaign as at_work
from conftest import once, without_pictures
from groundswell.campaigns.folder import Shelf, rounds_of
from groundswell.campaigns.importing import imports_of
from groundswell.policy import read_policy
from groundswell.tables import read, read_json
from groundswell.worlds import write_town
from spring import small_town
from tiny import list_of

NOW = date(2026, 11, 22)
APART = timedelta(days=28)
MARIA = "Maria Delgado"


def results(folder: Path) -> dict[str, bytes]:
    """All that a round leaves: what people use, what the next one starts from, and what is told.

    ``standing.json`` names the revision of this folder's own ledger, which no other ledger has.
    """
    hidden = folder / ".groundswell"
    kept = {".parquet", ".gsw", ".csv", ".json"}
    return {
        str(path.relative_to(hidden)): re.sub(rb'"folder": "[^"]*"', b"", path.read_bytes())
        for path in sorted(hidden.rglob("*"))
        if path.is_file() and path.suffix in kept and path.name not in {"round.json", "standing.json"}
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("town") / "town"
    write_town(folder, people=2_000, seed=0)
    return folder


@pytest.fixture(scope="module")
def played(written, tmp_path_factory) -> Path:
    """Two rounds, simulated; nobody may write into it."""

    def play(folder: Path) -> None:
        shutil.copytree(written, folder)
        with pytest.MonkeyPatch.context() as patch:
            without_pictures(patch)
            groundswell.open(folder).simulate(2, now=NOW)

    return once(tmp_path_factory, "town-of-two-rounds", play)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A smaller town after its first round, answered: two rounds would take too long to play again and again."""

    def play(folder: Path) -> None:
        small_town(folder, seed=1)
        with pytest.MonkeyPatch.context() as patch:
            without_pictures(patch)
            groundswell.open(folder).simulate(1, now=NOW)

    return once(tmp_path_factory, "town-of-one-round", play)


@pytest.fixture(scope="module")
def calm(small, tmp_path_factory) -> dict[str, bytes]:
    """What the second round of the smaller town leaves when nobody disturbs it."""
    folder = Path(shutil.copytree(small, tmp_path_factory.mktemp("calm") / "town"))
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        groundswell.open(folder).run(now=NOW + APART)
    return results(folder)


@pytest.fixture
def answered(small, tmp_path, pageless) -> groundswell.Campaign:
    """A copy of the smaller town, ready for its second round."""
    return groundswell.open(shutil.copytree(small, tmp_path / "town"))


def round_of(folder: Path, number: int) -> Path:
    return folder / ".groundswell" / "rounds" / f"{number:04d}"


def decided(folder: Path, number: int) -> pa.Table:
    return read(round_of(folder, number) / "decisions.parquet")


def chances(table: pa.Table) -> tuple[list[str], np.ndarray]:
    options = table.schema.field("propensities").metadata[b"options"].decode().split("\n")
    return options, np.array(table["propensities"].to_pylist())


def test_the_first_round_is_a_pilot_and_the_second_learns_from_it(played):
    first, second = (read_json(round_of(played, number) / "summary.json") for number in (1, 2))
    assert (first["round"], first["today"]) == (1, "2026-11-22")
    assert first["pilot"]["money"] == 0.3
    assert first["limits"]["money"]["used"] <= 0.3 * first["limits"]["money"]["at_most"]
    assert {row["option"] for row in first["pilot"]["power"]} | set(first["pilot"]["untried"]) == {
        option for option in first["decisions"] if option != "nothing"
    }
    assert (second["round"], second["today"], second["pilot"]) == (2, "2026-12-20", None)
    assert len(second["proofs"]) == 2 * (len(first["decisions"]) - 1)
    history = second["history"]
    assert [row["kind"] for row in history] == ["pilot", "round"]
    assert history[0]["outcomes"] + sum(second["missing"].values()) == 2_000
    assert history[0]["brought"]["lower"] < history[0]["brought"]["upper"]
    assert history[1]["brought"] is None


def test_no_limit_of_the_town_is_overrun_in_any_round(played):
    for number in (1, 2):
        summary = read_json(round_of(played, number) / "summary.json")
        for limit in summary["limits"].values():
            assert 0 <= limit["used"] <= limit["at_most"]


@pytest.mark.parametrize("number", [1, 2])
def test_the_propensities_of_every_decision_are_some(number, played):
    table = decided(played, number)
    options, found = chances(table)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert ((found == 0) | (found >= 0.01 * (1 - 1e-9))).all()
    place = [options.index(option) for option in table["option"].to_pylist()]
    assert (found[np.arange(len(found)), place] == table["propensity"].to_numpy()).all()
    rules = read(round_of(played, number) / "options.parquet")
    for column, option in enumerate(options[1:], start=1):
        closed = np.array(rules[f"rule:{option}"].to_pylist()) != "open"
        assert (found[closed, column] == 0).all()
        if number == 1:
            assert (found[~closed, column] > 0).all()


def test_relevance_makes_likelier_by_three_at_most_and_decides_nothing(played):
    options, found = chances(decided(played, 1))
    rules = read(round_of(played, 1) / "options.parquet")
    email = [place for place, option in enumerate(options) if option.endswith("/email")]
    all_open = np.all([np.array(rules[f"rule:{options[place]}"].to_pylist()) == "open" for place in email], axis=0)
    some = found[all_open][:, email]
    assert all_open.sum() > 50
    ratio = some.max(axis=1) / some.min(axis=1)
    assert ratio.max() <= 3 + 1e-9
    assert ratio.max() > 1.5


def test_the_holdout_is_the_same_in_every_round_and_nobody_speaks_to_it(played):
    held = []
    for number in (1, 2):
        rows = [row for row in decided(played, number).to_pylist() if row["reason"] == "holdout"]
        assert {row["option"] for row in rows} == {"nothing"}
        held.append({row["unit"] for row in rows})
    assert held[0] == held[1]
    assert 50 < len(held[0]) < 160


def test_maria_hears_nothing_of_trade_in_any_round_and_why_says_so(played):
    for number in (1, 2):
        table = decided(played, number)
        options, found = chances(table)
        maria = table["unit"].to_pylist().index("p000001")
        trade = [place for place, option in enumerate(options) if option.startswith("trade")]
        assert trade
        assert (found[maria, trade] == 0).all()
        assert not table["option"].to_pylist()[maria].startswith("trade")
        schools = [place for place, option in enumerate(options) if option.startswith(("school", "class"))]
        assert (found[maria, schools] > 0).any()
    campaign = groundswell.open(played)
    answer = campaign.why(MARIA)
    assert answer.person == "p000001"
    assert answer.closed["trade-deal/email"] == "topic"
    assert "trade-deal/email: its topic does not concern them" in campaign.tell(answer)
    assert answer.interests[0].topic == "schools"


def test_maria_hears_of_trade_only_where_the_message_is_open_to_all(written, tmp_path, pageless):
    folder = Path(shutil.copytree(written, tmp_path / "town"))
    path = folder / "messages" / "trade-deal.md"
    path.write_text(path.read_text().replace("+++\n", '+++\nopen_to = "all"\n', 1))
    campaign = groundswell.open(folder)
    campaign.run(now=NOW)
    answer = campaign.why(MARIA)
    assert "trade-deal/email" not in answer.closed
    assert next(one for one in answer.open if one.option == "trade-deal/email").propensity >= 0.01


def test_nobody_who_said_stop_or_shares_a_telephone_with_them_is_on_a_call_list(played):
    people = read(round_of(played, 1) / "people.parquet").to_pylist()
    stopped = {row["phone"] for row in people if row["stop"]} - {None}
    ids = {row["person"] for row in people if row["stop"]}
    for number in (1, 2):
        calls = list_of(round_of(played, number) / "lists" / "call-list.csv")
        assert calls
        assert not {row["phone"] for row in calls} & stopped
        assert not {row["person"] for row in calls} & ids
        assert len({row["phone"] for row in calls}) == len(calls)


def test_walter_never_calls_himself_and_no_volunteer_works_longer_than_they_said(played):
    hours = {row["id"]: float(row["hours"]) for row in list_of(played / "data" / "volunteers.csv")}
    who = {row["id"]: row["person_id"] for row in list_of(played / "data" / "volunteers.csv")}
    for number in (1, 2):
        option = {row["unit"]: row["option"] for row in decided(played, number).to_pylist()}
        left = dict(hours)
        for row in read(round_of(played, number) / "spoken.parquet").to_pylist():
            if row["messenger"] is not None:
                left[row["messenger"]] -= 0.05 if option[row["unit"]].endswith("/phone") else 0.15
                assert who[row["messenger"]] != row["person"]
        assert min(left.values()) >= -1e-6
        assert sum(left.values()) < sum(hours.values())


def test_the_second_round_knows_who_was_contacted_in_the_first_one(played):
    spoken = {row["unit"] for row in decided(played, 1).to_pylist() if row["option"] != "nothing"}
    traits = {row["person"]: row["recent_contacts"] for row in read(round_of(played, 2) / "traits.parquet").to_pylist()}
    assert {person for person, count in traits.items() if count} == spoken
    assert "recent_contacts" not in read(round_of(played, 1) / "traits.parquet").column_names


def test_whoever_was_contacted_of_late_is_told_what_is_left_of_an_effect_on_them(played):
    campaign = groundswell.open(played)
    policy = read_policy(round_of(played, 2) / "policy.gsw")
    once_left = policy.models.freshness.left[:, 1]
    traits = read(round_of(played, 2) / "traits.parquet").to_pylist()
    tired, rested = (next(row["person"] for row in traits if row["recent_contacts"] == count) for count in (1, 0))
    why = campaign.why(tired)
    assert np.abs(once_left - why.left).min() < 1e-12
    told = [
        each.told(language="en", currency="EUR", goal="attend", policy=policy) for each in (why, campaign.why(rested))
    ]
    assert ["is taken to be left" in each for each in told] == [True, False]
    assert read_json(round_of(played, 2) / "summary.json")["evaluation"]["left"] == {
        **policy.models.freshness.once.as_json(), "shown": False,
    }  # fmt: skip


def test_a_simulated_round_is_a_round_like_any_other(small, calm, tmp_path, pageless):
    """Run, import, run: the same bytes as after a simulation, but for what only that knows."""
    campaign = groundswell.open(small_town(tmp_path / "town", seed=1))
    campaign.run(now=NOW)
    back = small / "data" / "came_back_0001.csv"
    found = campaign.bring_in(back, "outcomes", now=NOW + APART - timedelta(days=1))
    assert found.joined == {"1": 1_000}
    assert campaign.run(now=NOW + APART).number == 2
    mine = results(campaign.folder)
    assert calm.keys() - mine.keys() == {"rounds/0001/truth.json"}
    assert [name for name in mine if mine[name] != calm.get(name)] == []


@pytest.mark.parametrize("stage", ["past", "learnt", "decisions"])
def test_a_second_round_that_is_killed_before_any_stage_ends_with_the_same_bytes(stage, answered, calm, monkeypatch):
    whole = Shelf.file

    def killed(self, name, make, save, load):
        if name.partition(".")[0] == stage:
            raise KeyboardInterrupt
        return whole(self, name, make, save, load)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Shelf, "file", killed)
        answered.run(now=NOW + APART)
    assert not (round_of(answered.folder, 2) / "summary.json").exists()
    assert answered.run(now=NOW + APART).number == 2
    found = results(answered.folder)
    assert [name for name in calm if found.get(name) != calm[name]] == []
    assert found.keys() == calm.keys()


@pytest.mark.parametrize("at", ["answer", "bring_in"])
def test_a_simulation_that_is_killed_goes_on_where_it_stopped(at, answered, monkeypatch):
    """After its second round was planned, and when its answers were written down but not brought in."""

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(at_work, at, killed)
        answered.simulate(2, now=NOW)
    played = answered.simulate(2, now=NOW)
    assert [one.number for one in played] == [1, 2] == rounds_of(answered.folder)
    assert [one["joined"] for one in imports_of(answered.folder)] == [{"1": 1_000}, {"2": 1_000}]
    assert played[1].summary["today"] == (NOW + APART).isoformat()


def test_a_simulation_of_rounds_that_were_played_plays_nothing_again(played, tmp_path, pageless):
    folder = Path(shutil.copytree(played, tmp_path / "town"))
    before, stages = results(folder), []
    again = groundswell.open(folder).simulate(2, now=NOW, tell=stages.append)
    assert stages == []
    assert [one.number for one in again] == [1, 2]
    assert results(folder) == before


def test_what_follows_rounds_that_were_simulated_ahead_starts_where_they_ended(tmp_path, pageless):
    day = date(2090, 5, 1)
    write_town(tmp_path / "town", people=1_000)
    campaign = groundswell.open(tmp_path / "town")
    campaign.simulate(1, now=day)
    following = campaign.run().summary
    assert following["today"] == (day + APART - timedelta(days=1)).isoformat()
    assert (following["pilot"], following["rejected"]) == (None, 0)
    assert campaign.run(next_round=True, now=day + 2 * APART).summary["today"] == (day + 2 * APART).isoformat()


def test_rounds_tell_what_each_brought_and_what_was_true(played):
    campaign = groundswell.open(played)
    found = campaign.rounds()
    assert [row["round"] for row in found] == [1, 2]
    for row in found:
        assert row["truth"]["oracle"] >= row["truth"]["decided"]
    assert found[1]["truth"]["oracle"] >= found[1]["truth"]["broadcast"] - 1e-9
    lines = campaign.tell_rounds(found)
    assert lines[0].startswith("1  2026-11-22  pilot:")
    assert sum("the truth:" in line for line in lines) == 2


def test_what_came_back_of_the_pilot_is_told_of_once_its_window_closed(played):
    late = read(round_of(played, 2) / "past.parquet").to_pylist()
    assert {row["round"] for row in late} == {1}
    got = {row["unit"]: row["option"] for row in decided(played, 1).to_pylist()}
    assert all(row["option"] == got[row["unit"]] for row in late)
    answers = {row["person"]: row["result"] for row in list_of(played / "data" / "came_back_0001.csv")}
    assert {row["person"] for row in late} == {person for person, said in answers.items() if said}
    assert all((row["value"] == 1.0) == (answers[row["person"]] == "yes") for row in late)


def test_in_a_town_without_effects_nothing_is_proven(tmp_path, pageless):
    campaign = groundswell.open(small_town(tmp_path / "town", seed=3, truth="none"))
    done = campaign.simulate(2, now=NOW)[-1]
    assert not any(proof["proven"] for proof in done.summary["proofs"])
    rows = done.decisions.arrow().to_pylist()
    assert {row["reason"] for row in rows if row["option"] != "nothing"} == {"explored"}
    assert campaign.rounds()[1]["truth"]["oracle"] == 0.0


def test_a_what_if_of_a_round_that_came_back_is_of_the_round_as_it_was_played(played):
    """What came in since belongs to the next round; nothing is written."""
    campaign = groundswell.open(played)
    before = results(played)
    same = campaign.what_if("limits.money.at_most=+0%")
    assert same["round"] == campaign.last.number == 2
    assert same["then"] == same["now"]
    assert same["moved"] == 0
    assert campaign.what_if("limits.caller_hours.at_most=0")["then"]["limits"]["caller_hours"]["used"] == 0
    assert results(played) == before
