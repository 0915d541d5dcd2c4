"""A made-up company with a known truth: who cares about what, and whom they listen to."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from groundswell.vocabulary import CampaignError, SettingsError
from groundswell.worlds import COMPANY_OPTIONS, make_company, read_company, write_company
from groundswell.worlds.company.company import SITES

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def company():
    return make_company()


def test_everybody_has_one_manager_who_works_there_and_one_stands_at_the_top(company):
    ids = company.table["id"].to_pylist()
    managers = company.table["manager_id"].to_pylist()
    assert len(set(ids)) == 5_000
    assert managers.count(None) == 1
    assert {one for one in managers if one} <= set(ids)
    up = dict(zip(ids, managers, strict=True))
    for person in ids:
        above, steps = up[person], 0
        while above is not None:
            above, steps = up[above], steps + 1
        assert steps <= 4


def test_teams_share_their_site_and_are_such_as_one_can_brief(company):
    table = company.table.to_pandas()
    assert set(table["site"]) == set(SITES)
    sizes = table.groupby("manager_id").size()
    assert 5 <= sizes.median() <= 20
    workers = table[~table["job"].isin(["chief executive", "head of site", "head of department"])]
    assert (workers.groupby("manager_id")["site"].nunique() == 1).all()


def test_two_in_three_have_no_desk_and_no_mailbox_and_a_quarter_answered(company):
    table = company.table.to_pandas()
    assert 0.6 < (table["desk"] == "no").mean() < 0.75
    assert (table["email"].isna() == (table["desk"] == "no")).all()
    assert 0.22 < company.survey.num_rows / 5_000 < 0.28
    assert 300 < company.remarks.num_rows < 1_500


def test_those_without_a_desk_listen_to_a_colleague_and_those_with_one_to_their_manager(company):
    peer, manager, top = (company.effect(f"near-miss/briefing/{who}") for who in ("peer", "manager", "top"))
    floor, office = company.deskless, ~company.deskless
    assert peer[floor].mean() > 1.5 * manager[floor].mean() > top[floor].mean()
    moved = manager[office] > 0
    assert (manager[office][moved] > peer[office][moved]).all()
    assert (company.effect("courses/email")[office].mean()) > company.effect("courses/email")[floor].mean()


def test_the_wrong_message_puts_people_off_and_without_a_truth_nothing_does_anything(company):
    assert (company.effect("benefits/briefing/manager") < 0).mean() > 0.2
    still = make_company(truth="none")
    assert all((still.effect(option) == 0).all() for option in COMPANY_OPTIONS)


def test_answers_come_as_often_as_their_chances_say_and_hang_on_the_person_alone(company):
    ids = list(company.person_ids)
    given = ["near-miss/briefing/peer"] * len(ids)
    came = [
        company.respond(given, person_ids=ids, keys=ids, on=DAY, round_number=number)["result"].to_pylist()
        for number in range(30)
    ]
    known = np.array([[one == "yes" for one in answers] for answers in came])
    assert known.mean() == pytest.approx(0.98 * company.chances(given[:1])[:, 1].mean(), abs=0.012)
    some = company.respond(given[:9], person_ids=ids[:9], keys=ids[:9], on=DAY, round_number=3)["result"].to_pylist()
    assert some == came[3][:9]
    tired = company.chances(given[:1], contacts=np.full(len(ids), 3.0))[:, 1]
    assert tired.mean() < company.chances(given[:1])[:, 1].mean()


def test_a_company_is_made_again_from_its_folder(tmp_path):
    write_company(tmp_path, people=700, seed=4)
    again, made = read_company(tmp_path), make_company(people=700, seed=4)
    assert again.table.equals(made.table)
    assert (again.chances(COMPANY_OPTIONS) == made.chances(COMPANY_OPTIONS)).all()
    (tmp_path / "company.toml").write_text("people = 1\n")
    with pytest.raises(SettingsError, match="which company"):
        read_company(tmp_path)


@pytest.mark.parametrize("wrong", [{"people": 10}, {"seed": -1}, {"truth": "smooth"}])
def test_there_is_no_company_of_an_impossible_kind(wrong):
    with pytest.raises(SettingsError, match="no such company"):
        make_company(**wrong)
    with pytest.raises(CampaignError, match="no truth about this option"):
        make_company(people=500).effect("near-mis/briefing/peer")


def test_those_who_are_asked_answer_as_they_would_have_in_the_survey(company):
    asked = ["pulse/briefing/peer"] * 5_000
    said = company.answers(asked, person_ids=company.person_ids, round_number=1).to_pandas().set_index("id")
    assert 0.55 < len(said) / 5_000 < 0.65
    place = {person: at for at, person in enumerate(company.person_ids)}
    rows = [place[person] for person in said.index]
    for at, topic in enumerate(("safety", "time", "money", "learning")):
        assert np.corrcoef(said[f"q_{topic}"], company.interest[rows, at])[0, 1] > 0.8
    later = company.answers(asked, person_ids=company.person_ids, round_number=2).to_pandas().set_index("id")
    both = said.index.intersection(later.index)
    assert (said.loc[both] == later.loc[both]).all(axis=None)
    assert len(both) < len(said)


def test_nobody_answers_what_they_were_not_asked_and_no_mail_without_a_mailbox(company):
    options = ["nothing", "near-miss/briefing/peer", "pulse/email"] * 1_666 + ["nothing", "nothing"]
    said = set(company.answers(options, person_ids=company.person_ids, round_number=1)["id"].to_pylist())
    asked = {person for person, option in zip(company.person_ids, options, strict=True) if option == "pulse/email"}
    deskless = {person for person, without in zip(company.person_ids, company.deskless, strict=True) if without}
    assert said
    assert said <= asked - deskless
    assert (company.effect("pulse/email") == 0).all()


def test_where_it_is_hidden_the_payroll_tells_nothing_of_what_they_care_about():
    told, hidden = make_company(seed=3), make_company(seed=3, truth="hidden")
    born = np.array(told.table["born"].to_pylist())
    assert told.table.equals(hidden.table)
    assert abs(np.corrcoef(born, told.interest[:, 2])[0, 1]) > 0.5
    assert abs(np.corrcoef(born, hidden.interest[:, 2])[0, 1]) < 0.05
    assert np.abs(np.corrcoef(hidden.deskless, hidden.interest[:, 0])[0, 1]) < 0.05
