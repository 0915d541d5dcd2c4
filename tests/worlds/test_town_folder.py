"""The made-up town as files: what stands in them, and that it stands there whole."""

from __future__ import annotations

import tomllib

import pandas as pd
import pyarrow.parquet as pq
import pytest

from groundswell.messages import load_messages, variables_of
from groundswell.vocabulary import CampaignError, SettingsError, StorageError
from groundswell.worlds import TOWN_NAMED, TOWN_OPTIONS, make_town, read_town, write_town
from groundswell.worlds.town import folder as town_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("town")
    write_town(place)
    return place


@pytest.fixture(scope="module")
def campaign(folder):
    return tomllib.loads((folder / "campaign.toml").read_text("utf-8"))


def data(folder, name):
    return pd.read_csv(folder / "data" / f"{name}.csv", dtype=str, keep_default_na=False)


def all_bytes(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_town_is_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_town(tmp_path / name, people=2_000, seed=4)
    assert all_bytes(tmp_path / "a") == all_bytes(tmp_path / "b")


def test_the_truth_stands_in_no_file_but_one(tmp_path):
    for truth in ("smooth", "steps"):
        write_town(tmp_path / truth, people=1_000, truth=truth)
    smooth, steps = all_bytes(tmp_path / "smooth"), all_bytes(tmp_path / "steps")
    assert {name for name, content in smooth.items() if steps[name] != content} == {"town.toml"}


def test_the_file_of_people_is_the_towns_table(folder):
    table = make_town().table.to_pandas().astype(object)
    cells = table.map(lambda cell: "" if pd.isna(cell) else f"{cell:.10g}" if not isinstance(cell, str) else cell)
    assert data(folder, "people").equals(cells)


def test_a_town_is_made_again_from_its_folder(tmp_path):
    write_town(tmp_path, people=1_500, seed=9, truth="steps")
    town = read_town(tmp_path)
    assert (len(town.person_ids), town.seed, town.truth) == (1_500, 9, "steps")
    made = make_town(people=1_500, seed=9, truth="steps")
    assert (town.chances(TOWN_OPTIONS) == made.chances(TOWN_OPTIONS)).all()


def test_a_folder_without_a_town_is_told(tmp_path):
    with pytest.raises(CampaignError, match="no made-up town"):
        read_town(tmp_path)
    (tmp_path / "town.toml").write_text("people = 1000\n")
    with pytest.raises(SettingsError, match="which town"):
        read_town(tmp_path)


def test_a_town_that_cannot_be_leaves_no_file(tmp_path):
    with pytest.raises(SettingsError):
        write_town(tmp_path / "town", people=10)
    assert not (tmp_path / "town").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "town").write_text("a file in its place")
    with pytest.raises(StorageError):
        write_town(tmp_path / "town", people=1_000)


def test_events_tell_what_people_care_about_and_maria_goes_to_the_school_board(folder):
    events = data(folder, "events")
    assert 11_000 < len(events) < 13_000
    assert events["when"].between("2024-11-01", "2026-10-31").all()
    assert set(events["person_id"]) <= set(data(folder, "people")["id"])
    hers = events[events["person_id"] == TOWN_NAMED["Maria Delgado"]["id"]]
    assert set(hers["what"]) == {"school-board-meeting", "parents-association"}
    assert (hers["when"] > "2026-09-01").sum() >= 3
    assert events["what"].value_counts().idxmax() == "bus-petition"  # the loud topic
    people = data(folder, "people").set_index("id")
    parents = people.loc[events["person_id"][events["what"] == "school-board-meeting"]]
    assert (parents["school_age_children"] != "0").mean() > 1.8 * (people["school_age_children"] != "0").mean()


def test_remarks_are_short_varied_and_in_the_persons_language(folder):
    remarks = data(folder, "remarks")
    assert 4_500 < len(remarks) < 5_500
    assert remarks["said"].nunique() > 1_500
    assert remarks["said"].str.len().between(5, 250).all()
    speaks = data(folder, "people").set_index("id")["language"].loc[remarks["person_id"]].to_numpy()
    assert not remarks["said"][speaks == "es"].str.contains(r"\b(?:the|you|and|is|not|my|your)\b", case=False).any()
    assert not remarks["said"][speaks == "en"].str.contains("[áéíóúñ¿]").any()


def test_two_hundred_people_of_the_town_volunteer(folder):
    volunteers = data(folder, "volunteers")
    people = data(folder, "people").set_index("id")
    assert len(volunteers) == 200
    assert volunteers["id"].is_unique
    assert volunteers["person_id"].is_unique
    assert (people.loc[volunteers["person_id"], "do_not_contact"] == "").all()
    assert volunteers["hours"].astype(int).between(1, 20).all()


def test_the_campaign_names_columns_and_events_that_there_are(folder, campaign):
    columns = set(data(folder, "people").columns)
    people = campaign["sources"]["people"]
    assert {name for role, name in people.items() if role not in {"path", "types"}} <= columns
    assert set(people["types"]) <= columns
    known = set(data(folder, "events")["what"])
    for topic in campaign["topics"].values():
        assert topic["interest"] in columns
        assert set(topic["events"]) <= known
    assert all((folder / source["path"]).is_file() for source in campaign["sources"].values())
    assert "outcomes" not in campaign["sources"]


def test_limits_grow_with_the_town(tmp_path, campaign):
    write_town(tmp_path, people=40_000)
    larger = tomllib.loads((tmp_path / "campaign.toml").read_text("utf-8"))["limits"]
    for name, most in (("money", 3_000), ("caller_hours", 400), ("walk_hours", 150)):
        assert campaign["limits"][name]["at_most"] == most
        assert larger[name]["at_most"] == 2 * most
    assert campaign["limits"]["each_week"] == larger["each_week"]


def test_the_messages_make_the_towns_options_each_in_two_languages(folder, campaign):
    messages = load_messages(folder / "messages")
    assert tuple(f"{name}/{way}" for name, said in messages.items() for way in said.channels()) == TOWN_OPTIONS
    for message in messages.values():
        assert set(message.topics) <= set(campaign["topics"])
        assert message.ask == "attend"
        for channel in message.channels():
            assert [text.language for text in message.texts if text.channel == channel] == [None, "es"]
        for text in message.texts:
            assert bool(text.subject) == (text.channel == "email")
            assert set(variables_of(text, message, ["person.first_name"])) <= message.fallback.keys() | {
                "person.first_name"
            }
            assert len(text.body.split()) < 120


def test_a_large_town_is_streamed_as_parquet_and_says_the_same(tmp_path, monkeypatch):
    write_town(tmp_path / "csv", people=45_000)
    monkeypatch.setattr(town_folder, "_MOST_AS_CSV", 40_000)
    monkeypatch.setattr(town_folder, "_ROWS_AT_ONCE", 45_000 // 2)
    write_town(tmp_path / "parquet", people=45_000)
    for name in ("people", "events", "remarks"):
        file = pq.ParquetFile(tmp_path / "parquet" / "data" / f"{name}.parquet")
        table = file.read().to_pandas()
        texts = data(tmp_path / "csv", name)
        assert len(table) == len(texts)
        for column in ("id", "full_name", "when", "what", "said"):
            if column in texts:
                assert table[column].astype(str).equals(texts[column]), column
    assert pq.ParquetFile(tmp_path / "parquet" / "data" / "people.parquet").metadata.num_row_groups == 2
    toml = tomllib.loads((tmp_path / "parquet" / "campaign.toml").read_text("utf-8"))
    assert toml["sources"]["people"]["path"] == "data/people.parquet"
    assert not list(tmp_path.rglob("*.part"))
