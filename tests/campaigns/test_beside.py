"""Other campaigns of the same people: whoever they spoke to is left in peace by this one, too."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

import pytest

import groundswell
from groundswell.tables import read
from groundswell.vocabulary import SettingsError

DAY = date(2026, 11, 21)


def written(folder, beside: str) -> groundswell.Campaign:
    """A campaign that knows of another one."""
    path = folder / "campaign.toml"
    path.write_text(path.read_text("utf-8").replace("\nname = ", f'\nbeside = ["{beside}"]\nname = ', 1), "utf-8")
    return groundswell.open(folder)


def told(campaign: groundswell.Campaign, now: date) -> dict[str, str]:
    """Unit -> option, of a round of this day."""
    return {row["unit"]: row["option"] for row in campaign.run(now=now).decisions.arrow().to_pylist()}


def spoken_to(decided: dict[str, str]) -> set[str]:
    return {unit for unit, option in decided.items() if option != "nothing"}


@pytest.fixture
def two(village, tmp_path):
    """Two campaigns of the same village, side by side; the second one knows of the first."""
    other = tmp_path / "letters"
    shutil.copytree(village, other)
    path = other / "campaign.toml"
    text = path.read_text("utf-8").replace("explore = 0.05", "explore = 0.4")
    path.write_text(text.replace('\nname = "', '\nname = "Letters: ', 1), "utf-8")  # another name draws others
    return groundswell.open(other), written(village, "../letters")


def test_whom_another_campaign_spoke_to_is_left_in_peace(two, pageless):
    other, mine = two
    before = spoken_to(told(mine, DAY))
    theirs = spoken_to(told(other, DAY - timedelta(days=3)))
    assert before & theirs
    after = told(mine, DAY)
    assert not spoken_to(after) & theirs
    assert spoken_to(after)
    done = mine.last.summary
    assert done["left_out"]["patience"] >= len(theirs) * 0.5
    people = read(mine.last.path / "people.parquet").to_pylist()
    person = next(row["person"] for row in people if row["unit"] in theirs and after[row["unit"]] == "nothing")
    assert "contacted often enough lately" in mine.tell(mine.why(person))


def test_after_the_window_they_may_be_spoken_to_again(two, pageless):
    other, mine = two
    theirs = spoken_to(told(other, DAY - timedelta(days=31)))
    assert spoken_to(told(mine, DAY)) & theirs


def test_a_what_if_of_another_campaign_is_nothing_anybody_heard(two, pageless):
    other, mine = two
    before = told(mine, DAY)
    groundswell.open(other.folder, sets=("limits.budget.at_most=+50%",)).run(now=DAY)
    assert told(mine, DAY) == before


@pytest.mark.parametrize(("path", "found"), [("../nowhere", "no campaign.toml in it"), (".", "this campaign itself")])
def test_a_folder_that_is_no_other_campaign_is_told(village, path, found):
    (wrong,) = written(village, path).check()
    assert isinstance(wrong, SettingsError)
    assert (wrong.key, wrong.found) == ("beside", found)
