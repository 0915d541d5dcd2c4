"""Why: the figures are the decision's own, and they sum."""

from __future__ import annotations

import json
import math
from datetime import date

import pytest

import groundswell
from groundswell.policy import read_policy
from groundswell.vocabulary import CampaignError
from groundswell.worlds import write_village

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("why") / "village"
    write_village(folder, people=6_000, seed=2)
    campaign = groundswell.open(folder)
    return campaign, campaign.run(now=DAY)


def persons_by_reason(done, reason):
    campaign, played = done
    units = [row["unit"] for row in played.decisions.arrow().to_pylist() if row["reason"] == reason]
    people = groundswell.open(campaign.folder).last
    table = __import__("pyarrow.parquet").parquet.read_table(people.path / "people.parquet")
    by_unit = {row["unit"]: row["person"] for row in table.to_pylist()}
    return [by_unit[unit] for unit in units]


@pytest.mark.parametrize("reason", ["chosen", "price", "explored", "holdout", "closed"])
def test_for_every_reason_the_figures_sum_to_the_score(done, reason):
    campaign, played = done
    policy = read_policy(played.path / "policy.gsw")
    people = persons_by_reason(done, reason)[:3]
    assert people
    for person in people:
        why = campaign.why(person)
        assert why.reason == reason
        for standing in why.open:
            assert standing.score == pytest.approx(
                policy.worth * standing.uplift.value - math.fsum(use.cost for use in standing.uses), abs=1e-9
            )
            assert standing.uplift.lower < standing.uplift.value < standing.uplift.upper
            for use in standing.uses:
                assert use.cost == pytest.approx(use.amount * use.price)
        assert {standing.option for standing in why.open} | why.closed.keys() == set(policy.options)
        json.dumps(why.as_json(), allow_nan=False)


def test_who_was_chosen_has_the_best_score_and_its_margin(done):
    campaign, _ = done
    for person in persons_by_reason(done, "chosen")[:5]:
        why = campaign.why(person)
        proven = sorted((standing.score for standing in why.open if standing.proven), reverse=True)
        best = next(standing for standing in why.open if standing.option == why.option)
        assert best.score == proven[0] > 0
        assert why.margin == pytest.approx(best.score - max([0.0, *proven[1:]]))


def test_who_is_not_written_to_would_have_scored_below_nothing(done):
    campaign, _ = done
    for person in persons_by_reason(done, "price")[:5]:
        why = campaign.why(person)
        assert why.option == "nothing"
        assert max(standing.score for standing in why.open if standing.proven) <= 1e-9


def test_the_logged_propensity_is_the_decisions(done):
    campaign, played = done
    for row in played.decisions.arrow().to_pylist()[:5]:
        table = __import__("pyarrow.parquet").parquet.read_table(played.path / "people.parquet")
        person = next(found["person"] for found in table.to_pylist() if found["unit"] == row["unit"])
        why = campaign.why(person)
        assert why.propensity == row["propensity"]
        assert {one.option: one.propensity for one in why.open}.items() <= dict(
            zip(["nothing", *read_policy(played.path / "policy.gsw").options], row["propensities"], strict=True)
        ).items()


def test_every_fact_leads_to_its_row(done):
    campaign, _ = done
    why = campaign.why("p7")
    lines = (campaign.folder / "data" / "people.csv").read_text().splitlines()
    age = next(fact for fact in why.facts if fact.trait == "age")
    row = int(age.source.rsplit(" ", 1)[1])
    assert lines[row].split(",")[0] == "p7"
    assert float(lines[row].split(",")[-4]) == age.value
    assert age.computed == "age"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("reason", ["chosen", "price", "explored", "holdout", "closed"])
def test_it_can_be_said_in_words(done, language, reason):
    campaign, played = done
    policy = read_policy(played.path / "policy.gsw")
    person = persons_by_reason(done, reason)[0]
    text = campaign.why(person).told(language=language, currency="EUR", goal="attend", policy=policy)
    assert person in text
    assert "{" not in text


def test_somebody_nobody_knows_gets_a_clear_word(done):
    with pytest.raises(CampaignError, match="no person") as caught:
        done[0].why("p99999x")
    assert caught.value.hint


def test_after_the_campaign_changed_the_old_reasons_are_not_told(done, tmp_path):
    folder = tmp_path / "village"
    write_village(folder, people=600, seed=2)
    campaign = groundswell.open(folder)
    campaign.run(now=DAY)
    toml = folder / "campaign.toml"
    toml.write_text(toml.read_text().replace("value = 25", "value = 26"))
    with pytest.raises(CampaignError, match="changed"):
        campaign.why("p7")
