"""A what-if is told wherever its round is told, and its lists are never counted as used."""

from __future__ import annotations

from datetime import date

import pytest

import groundswell
from groundswell.vocabulary import CampaignError

DAY = date(2026, 11, 21)


def test_the_next_round_does_not_follow_a_what_if(village, pageless):
    asked = groundswell.open(village, sets=("limits.budget.at_most=+50%",))
    assert asked.run(now=DAY).summary["what_if"] == ["limits.budget.at_most=+50%"]
    campaign = groundswell.open(village)
    with pytest.raises(CampaignError, match="what-if"):
        campaign.run(now=DAY, next_round=True)
    assert campaign.run(now=DAY).summary["what_if"] == []
    assert campaign.run(now=DAY, next_round=True).number == 2


def test_where_a_file_is_is_no_question(village, pageless):
    path = village / "data" / "people.csv"
    done = groundswell.open(village, sets=(f"sources.people.path={path}",)).run(now=DAY)
    assert done.summary["what_if"] == []
