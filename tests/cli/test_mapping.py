"""``groundswell map``: what it shows, what it writes, and how it refuses."""

from __future__ import annotations

import json
import tomllib

import pytest

from groundswell.trust.mapping import aligned
from groundswell.vocabulary.words import words

LIST = """\
Member ID,Phone,Contact,dob,Union Member
17,a@x.org,600 111 222,31/12/1950,yes
18,b@x.org,600 333 444,03/04/1960,no
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "members.csv").write_text(LIST)
    return tmp_path


def test_it_shows_what_each_column_is_and_why_and_writes_nothing(shell, place):
    said = shell("map", "members.csv", cwd=place)
    assert said.returncode == 0
    lines = said.stdout.splitlines()
    assert lines[0] == "members.csv: 2 rows looked at"
    table = [
        line.split("  ") for line in lines if line.startswith(("column ", "Member ID ", "Phone ", "Contact ", "dob "))
    ]
    assert [[cell.strip() for cell in row if cell.strip()] for row in table] == [
        ["column", "role", "type", "sure", "examples", "why"],
        ["Member ID", "person", "text", "100 %", "17 | 18", "called so"],
        ["Phone", "email", "text", "80 %", "a@x.org | b@x.org", "100 % of the values are e-mail addresses"],
        ["Contact", "phone", "text", "75 %", "600 111 222 | 600 333 444", "100 % of the values are telephone numbers"],
        ["dob", "-", "date", "95 %", "31/12/1950 | 03/04/1960", "the day stands first in it"],
    ]
    assert 'Specially protected: Union Member. A trait made of them says  sensitivity = "special".' in lines
    assert '    phone = "Contact"' in lines
    assert lines[-1].startswith("Write it with  groundswell map members.csv --write")
    assert not (place / "campaign.toml").exists()


def test_it_writes_when_told_to_and_says_what_is_missing(shell, place):
    said = shell("map", "members.csv", "--write", "--purpose", "workforce", "--place", "DE", cwd=place)
    assert said.returncode == 0
    found = tomllib.loads((place / "campaign.toml").read_text())
    assert (found["purpose"], found["place"], found["sources"]["people"]["phone"]) == ("workforce", "DE", "Contact")
    assert "Still missing before the campaign can run:" in said.stdout
    assert "    [channels]: how messages travel, and what each costs" in said.stdout
    again = shell("map", "members.csv", "--write", cwd=place)
    assert "says all of this already, in [sources.people]." in again.stdout


def test_it_works_in_the_folder_that_is_named(shell, place, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    assert shell("-C", other, "map", place / "members.csv", "--write", "--purpose", "voters").returncode == 0
    assert (other / "campaign.toml").exists()
    assert not (place / "campaign.toml").exists()


def test_the_first_people_are_shown_on_request(shell, place):
    lines = shell("map", "members.csv", "--preview", "--place", "US", cwd=place).stdout.splitlines()
    at = lines.index("The first people, as they would be stored (? : of no use as it is):")
    assert lines[at + 1 : at + 5] == ["1.", "    person  17", "    phone   600 111 222 -> ?", "    email   a@x.org"]


def test_who_knows_better_is_believed(shell, place):
    said = shell("map", "members.csv", "--role", "phone=-", "--role", "person=Contact", "--json", cwd=place)
    found = json.loads(said.stdout)
    assert found["roles"] == {"person": "Contact", "email": "Phone"}
    assert found["columns"][2]["because"] == "you said so"


def test_as_json_everything_is_one_object(shell, place):
    found = json.loads(shell("map", "members.csv", "--preview", "--json", cwd=place).stdout)
    assert found["format"] == 1
    assert found["preset"]["name"] == "list"
    assert found["types"] == {"dob": "date", "Union Member": "yes/no"}
    assert found["special"] == ["Union Member"]
    assert found["writes"]["section"] == "sources.people"
    assert found["writes"]["written"] is False
    assert found["preview"][0]["person"] == "17"


def test_it_speaks_spanish_when_asked_or_when_the_campaign_does(shell, place):
    assert "members.csv: 2 filas examinadas" in shell("map", "members.csv", "--language", "es", cwd=place).stdout
    (place / "campaign.toml").write_text('languages = ["es"]\n')
    said = shell("map", "members.csv", cwd=place).stdout
    assert "se llama así" in said
    assert "Falta todavía para que la campaña funcione:" in said


def test_a_note_of_how_the_file_was_read_is_shown(shell, place):
    (place / "members.csv").write_bytes("id,name\n1,José Núñez\n2,Ana Peña\n".encode("cp1252"))
    assert "members.csv is not in UTF-8; it was read as Windows-1252." in shell("map", "members.csv", cwd=place).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nobody.csv"], 1, "There is no file nobody.csv."),
        (["members.csv", "--write"], 1, "a new one needs a purpose"),
        (["members.csv", "--role", "phon=Contact"], 1, 'There is no role "phon".'),
        (["members.csv", "--role", "phone=Contakt"], 1, 'Did you mean "Contact"?'),
        (["members.csv", "--as", "givers"], 1, "no file of people yet"),
        (["members.csv", "--role", "phone"], 2, "ROLE=COLUMN"),
        (["members.csv", "--language", "fr"], 2, "--language"),
        ([], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(arguments, code, said, shell, place):
    found = shell("map", *arguments, cwd=place)
    assert found.returncode == code
    assert said in found.stderr
    assert not (place / "campaign.toml").exists()


def test_an_error_as_json_is_an_object(shell, place):
    found = shell("map", "members.csv", "--write", "--json", cwd=place)
    assert found.returncode == 1
    assert json.loads(found.stdout)["error"]["key"] == "--purpose"


def test_every_reason_role_and_section_has_words_in_both_languages():
    from groundswell.sources import claiming, guessing

    for language in ("en", "es"):
        say = words(language)
        for role in claiming._ALONE:
            assert say[f"map.why.alone_{role}"]
        for roles in guessing.ROLES_OF.values():
            assert all(say[f"map.what.{role}"] for role in roles)
    assert words("en").keys() == words("es").keys()


def test_columns_of_a_table_stand_below_each_other():
    assert aligned([("a", "b", "c"), ("long", "", "x")]) == ["a     b  c", "long     x"]
