"""A fact from after the experiment explains nothing of it."""

from __future__ import annotations

from datetime import date

import pytest

import groundswell
from groundswell.vocabulary import DataError
from groundswell.worlds import write_village

DAY = date(2026, 11, 21)


def village_with_dates(folder, known: str) -> groundswell.Campaign:
    write_village(folder, people=600, seed=1)
    people = folder / "data" / "people.csv"
    header, *rows = people.read_text().splitlines()
    people.write_text("\n".join([f"{header},seen", *(f"{row},{known}" for row in rows)]) + "\n")
    toml = folder / "campaign.toml"
    toml.write_text(
        toml.read_text().replace('meetings = "meetings"\n', 'meetings = { sql = "meetings", at = "seen" }\n')
    )
    return groundswell.open(folder)


def test_a_trait_that_became_known_after_the_letters_were_sent_is_refused(tmp_path):
    with pytest.raises(DataError, match="after the past was sent") as caught:
        village_with_dates(tmp_path / "late", "2025-10-02").run(now=DAY)
    assert caught.value.key == "traits.meetings.at"
    assert "sent 2025-10-01" in caught.value.found


def test_a_trait_from_before_is_welcome(tmp_path):
    done = village_with_dates(tmp_path / "early", "2025-09-30").run(now=DAY)
    assert done.summary["people"] > 500
