"""Somebody asks what is held about them: everything is told, with where it is from, and nothing about the others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import groundswell
from conftest import once
from groundswell.campaigns.exporting import Exported, export
from groundswell.campaigns.forgetting import forget
from groundswell.trust.exporting import export_page
from groundswell.vocabulary import CampaignError
from rights import HERS, NEW_PHONE, SECOND, WHO, living, person, rich
from tiny import list_of

OTHER = person(6)
"""With whom she lives."""
KEYS = {"~hash", "~line", "~home", "address_key", "_row", "row", "round", "cluster", "unit", "household"}
"""What only ties rows together: no word of hers stands in it that is not told beside it."""


@pytest.fixture(scope="module", params=["household", "person"])
def template(request, tmp_path_factory) -> Path:
    return once(tmp_path_factory, f"lived-{request.param}", lambda folder: living(folder, decide=request.param))


@pytest.fixture
def lived(template, tmp_path, pageless) -> groundswell.Campaign:
    """She lived in this campaign for two rounds."""
    return groundswell.open(shutil.copytree(template, tmp_path / "tiny"))


@pytest.fixture
def found(lived) -> Exported:
    return export(lived.folder, "Zoltana Quixley")


def hers(folder: Path) -> Iterator[tuple[str, str, str]]:
    """File, column and value of everything that stands in a row of hers, in whatever table of ours."""
    for path in sorted(folder.rglob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            if WHO in {row.get("person"), row.get("~person"), row.get("id")}:
                for name, cell in row.items():
                    plain = not isinstance(cell, float | bool | list) and cell is not None
                    if plain and name not in KEYS:
                        yield path.relative_to(folder).as_posix(), name, str(cell)


def test_every_word_that_is_stored_about_her_stands_on_the_page_and_in_the_json(lived, found):
    said = json.dumps(found.held, ensure_ascii=False)
    told = list(hers(lived.folder))
    assert len(told) > 50
    for file, name, value in told:
        assert value in said, (file, name)
        assert value in found.page or value.replace("-", " ") in found.page or _is_day(value), (file, name, value)


def _is_day(value: str) -> bool:
    """A day is written out on the page."""
    return len(value) == 10 and value[4] == value[7] == "-"


def test_every_value_of_each_file_is_told_with_file_row_and_day(found):
    facts = [
        (one["column"], one["value"], one["file"], one["row"], one["on"], one["holds"]) for one in found.held["facts"]
    ]
    assert ("phone", HERS["phone"], "people.csv", 8, None, False) in facts
    assert ("phone", NEW_PHONE, "newer.csv", 2, "2026-11-29", True) in facts
    phone = next(line for line in found.page.splitlines() if HERS["phone"] in line)
    assert phone == f"- phone: {HERS['phone']} (read as +12025550187) (something newer holds today)"
    assert f"- phone: {NEW_PHONE} (read as +12125550143)\n" in found.page


def test_nothing_of_whom_she_lives_with_is_told(found):
    said = found.page + json.dumps(found.held, ensure_ascii=False)
    for name in ("name", "phone", "email", "address", "born"):
        assert OTHER[name] not in said, name
    assert '"p6"' not in said
    assert found.held["lives_with"] == 1
    assert "Others in our files who live with you, as far as we know: 1." in found.page


def test_a_mean_over_two_people_is_not_told_because_it_tells_the_other(found):
    traits = found.held["rounds"][-1]["traits"]
    assert traits["household_size"] == 2.0
    assert traits["household_age"] is None
    assert traits["age"] == 49.0
    assert "household age: not shown" in found.page


def test_interests_and_what_shows_them(found):
    last = found.held["rounds"][-1]["interests"][0]
    assert (last["topic"], last["events"], last["remarks"]) == ("schools", 2, 1)
    assert f"- cares about schools: {round(last['interest'])} of 100 (2 events, 1 remarks)" in found.page


def test_expected_effects_are_those_of_why(lived, found):
    why = lived.why(WHO).as_json()
    for one, own in zip(found.held["effects"]["open"], why["open"], strict=True):
        assert {name: own[name] for name in one} == one
    assert found.held["effects"]["closed"] == why["closed"]


def test_when_the_campaign_changed_since_it_is_said_that_effects_are_not_told(lived):
    (lived.folder / "messages" / "letter.md").write_text(
        '+++\ntopics = ["schools"]\n+++\n# post\nOther words\n# phone\nHello'
    )
    found = export(lived.folder, WHO)
    assert found.held["effects"]["known"] is False
    assert "The campaign has changed since its last round." in found.page


def test_each_rounds_decision_is_told_with_its_probability_and_reason(lived, found):
    rounds = {one["round"]: one for one in found.held["rounds"]}
    assert list(rounds) == [0, 1, 2]
    for number in (1, 2):
        unit = "h3" if lived.settings.spec.decide == "household" else WHO
        path = lived.folder / ".groundswell" / "rounds" / f"000{number}" / "decisions.parquet"
        row = next(row for row in pq.read_table(path).to_pylist() if row["unit"] == unit)
        told = rounds[number]["decisions"][0]
        assert (told["option"], told["propensity"], told["on"]) == (
            row["option"],
            row["propensity"],
            row["on"].isoformat(),
        )
        assert list(told["propensities"].values()) == row["propensities"]
        assert next(iter(told["propensities"])) == "nothing"
    assert [one["option"] for one in rounds[0]["decisions"]] == ["letter/post"]


def test_what_she_did_and_said_and_what_was_said_about_contacting_her(lived, found):
    told = {(one["kind"], one["file"], one["row"]) for one in found.held["records"]}
    assert {("events", "events.csv", 1), ("remarks", "remarks.csv.gz", 1), ("messengers", "volunteers.csv", 1)} <= told
    assert {("events", "did.csv", 1), ("remarks", "said.csv", 1), ("rejected", "newer.csv", 4)} <= told
    assert [one["cells"]["key"] for one in found.held["records"] if one["file"] == "came.csv"]
    wishes = {(one["is"], one["kind"], one["source"]) for one in found.held["wishes"]}
    assert wishes == {
        ("consent", "person", "said to the campaign"),
        ("consent", "person", "import 5: wishes.csv row 1"),
        ("consent", "phone", "import 5: wishes.csv row 2"),
        ("suppression", "email", "import 6: bad.csv row 1"),
    }
    assert "the words were: “do call”" in found.page
    assert "said I" in found.page


def test_by_which_files_she_came(found):
    came = [(one["number"], one["file"], one["row"]) for one in found.held["imports"]]
    assert came[:3] == [(1, "newer.csv", 2), (2, "did.csv", 1), (3, "said.csv", 1)]


def test_the_very_text_of_a_letter_is_told_without_the_others_names(tiny):
    campaign = rich(tiny)
    campaign.run(now=SECOND)
    place = campaign.last.path / "lists" / "mail-merge.csv"
    header = "key,option,household,person,name,address,subject,text,propensity\r\n"
    text = "Dear Name6 Family3, QUIXLEY, ZOLTANA, the meeting is on Thursday."
    place.write_text(f'{header}1:h3,letter/post,h3,p6,Name6 Family3,"6 Mill Street",,"{text}",0.5\r\n', "utf-8-sig")
    found = export(campaign.folder, WHO)
    line = next(one for one in found.held["rounds"][-1]["lists"] if one["list"] == "mail-merge.csv")
    assert line["text"] == "Dear [somebody else], QUIXLEY, ZOLTANA, the meeting is on Thursday."
    assert "name" not in line
    assert "    Dear [somebody else], QUIXLEY, ZOLTANA, the meeting is on Thursday." in found.page


def test_her_own_line_of_a_list_is_told_whole_and_nobody_elses(lived, found):
    unit = "h3" if lived.settings.spec.decide == "household" else WHO
    for number in (1, 2):
        told = [one for one in found.held["rounds"][number]["lists"] if one["list"] != "left-out.csv"]
        place = lived.folder / ".groundswell" / "rounds" / f"000{number}" / "lists"
        lists = [row for path in sorted(place.glob("*.csv")) if path.name != "left-out.csv" for row in list_of(path)]
        assert [one["key"] for one in told] == [row["key"] for row in lists if row["key"].split(":")[1] == unit]


def test_a_campaign_that_was_never_run_tells_what_its_files_say(tiny):
    campaign = rich(tiny)
    found = export(campaign.folder, WHO)
    assert found.held["rounds"] == []
    assert found.held["lives_with"] is None
    assert "There is no finished round yet." in found.page
    assert HERS["address"] in found.page


def test_in_spanish_no_sentence_is_missing(found):
    page = export_page(found.held, "es")
    assert page.startswith("# Lo que «Spring» guarda sobre QUIXLEY, ZOLTANA")
    ours = {
        line for line in found.page.splitlines() if (line[:2] != "- " and line[-1:] in {".", ":"}) or line[:2] == "##"
    }
    assert not ours & set(page.splitlines())


def test_the_file_is_for_its_owner_only(found, tmp_path):
    for name, as_json in (("her.md", False), ("her.json", True)):
        found.write(tmp_path / name, as_json=as_json)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "her.md").read_text("utf-8") == found.page
    assert json.loads((tmp_path / "her.json").read_text("utf-8")) == found.held


def test_of_nobody_nothing_can_be_told(lived):
    with pytest.raises(CampaignError, match="no person"):
        export(lived.folder, "Nobody Atall")
    forget(lived.folder, WHO)
    with pytest.raises(CampaignError, match="no person"):
        export(lived.folder, WHO)
