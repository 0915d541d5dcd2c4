"""A mapping is added to ``campaign.toml`` and nothing that somebody wrote there is changed by it."""

from __future__ import annotations

import tomllib
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import groundswell
from groundswell.campaigns.mapping import map_file, mapping, plan_mapping, preview_file, write_mapping
from groundswell.campaigns.spec import parse_spec
from groundswell.sources import ListSpec, PeopleSpec
from groundswell.vocabulary import CampaignError, DataError, SettingsError

MEMBERS = """\
Member ID;Nombre;Apellidos;Correo;Móvil;Dirección;Fecha de nacimiento;Religión;No contactar
M001;Ana;García;ana@x.org;600 111 222;Calle Mayor 5;31/12/1950;c;no
M002;Luis;Pérez;luis@x.org;600 333 444;Calle Sol 8;03/04/1960;c;sí
"""
DONORS = """\
donor id,E-mail,Mobile,Zip,Fecha_De_Nacimiento
M001,ana@x.org,600 111 222,28001,1950-12-31
M002,l@x.org,600 333 444,28002,x
"""

CAMPAIGN = """\
# Our spring campaign. Do not lose this line.
format = 1
name = "Spring"   # what people call it
purpose = "voters"
languages = ["es"]

[actions]   # what people may do
vote = { goal = true, value = 40 }

[sources.people]
path = "members.csv"   # from the office
person = "Member ID"
phone = "Móvil"  # only mobiles

# how it travels
[channels]
sms = { reaches = "person", cost = 0.05 }
"""


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "spring-2027"
    place.mkdir()
    (place / "members.csv").write_text(MEMBERS, "utf-8")
    (place / "donors-2026-11.csv").write_text(DONORS, "utf-8")
    return place


def write(folder, name="members.csv", **words):
    file = folder / name
    roles = words.pop("roles", None)
    return write_mapping(folder, file, map_file(file, roles), words.pop("list_name", None), **words)


def toml(folder):
    return (folder / "campaign.toml").read_text("utf-8")


def content(folder):
    return tomllib.loads(toml(folder))


# A new campaign


def test_a_new_campaign_is_begun_with_what_the_file_says_and_with_what_is_missing(folder):
    done = write(folder, purpose="voters", place="ES")
    found = content(folder)
    assert (found["name"], found["purpose"], found["place"]) == ("Spring 2027", "voters", "ES")
    assert found["sources"]["people"] == {
        "path": "members.csv", "person": "Member ID", "first_name": "Nombre", "last_name": "Apellidos", "phone": "Móvil",
        "email": "Correo", "address": "Dirección", "stop": "No contactar", "types": {"Fecha de nacimiento": "date"},
    }  # fmt: skip
    assert done.missing == ("actions", "channels", "messages")
    assert "# special: Religión" in toml(folder)
    assert '# household = "#address"' in toml(folder)


def test_what_is_written_is_a_campaign_once_the_rest_is_uncommented(folder):
    write(folder, purpose="voters")
    whole = (
        toml(folder)
        .replace("# [", "[")
        .replace("# vote", "vote")
        .replace("# post", "post")
        .replace("# budget", "budget")
    )
    spec = parse_spec(tomllib.loads(whole), "campaign.toml")
    assert spec.sources.people.phone == "Móvil"
    (folder / "campaign.toml").write_text(whole, "utf-8")
    (folder / "messages").mkdir()
    (folder / "messages" / "welcome.md").write_text("# post\nHello\n")
    assert groundswell.open(folder).check() == []


def test_a_new_campaign_needs_a_purpose_and_nothing_is_written_without(folder):
    with pytest.raises(CampaignError, match="needs a purpose") as caught:
        write(folder)
    assert caught.value.key == "--purpose"
    assert not (folder / "campaign.toml").exists()
    with pytest.raises(CampaignError, match='no purpose "voter"') as caught:
        write(folder, purpose="voter")
    assert caught.value.hint == 'Did you mean "voters"?'


def test_to_look_writes_nothing(folder):
    plan = plan_mapping(folder, folder / "members.csv", map_file(folder / "members.csv"))
    assert 'phone = "Móvil"' in plan.added
    assert not plan.written
    assert not (folder / "campaign.toml").exists()


def test_a_file_elsewhere_is_named_from_the_campaigns_folder(folder, tmp_path):
    (tmp_path / "data").mkdir()
    (folder / "members.csv").rename(tmp_path / "data" / "members.csv")
    file = tmp_path / "data" / "members.csv"
    write_mapping(folder, file, map_file(file), purpose="voters")
    path = content(folder)["sources"]["people"]["path"]
    assert path == "../data/members.csv"
    assert (folder / path).exists()


def test_a_file_inside_a_zip_is_named_by_its_path(folder):
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("members.csv", MEMBERS)
        archive.writestr("other.csv", DONORS)
    write(folder, "all.zip/members.csv", purpose="voters")
    assert content(folder)["sources"]["people"]["path"] == "all.zip/members.csv"


def test_a_file_without_ids_goes_by_its_rows(folder):
    (folder / "members.csv").write_text("name,mail\nAda Lovelace,a@x.org\nAda Lovelace,a@x.org\n")
    write(folder, purpose="voters")
    assert content(folder)["sources"]["people"]["person"] == "#row"


# A campaign that is there


def test_keys_that_are_not_there_are_added_and_every_line_stays(folder):
    (folder / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    done = write(folder)
    lines = toml(folder).splitlines()
    rest = iter(lines)
    assert all(line in rest for line in CAMPAIGN.splitlines())  # every line, in its order
    assert content(folder)["sources"]["people"]["email"] == "Correo"
    assert content(folder)["channels"] == tomllib.loads(CAMPAIGN)["channels"]
    assert done.section == "sources.people"
    assert done.kept == ()
    assert "phone" not in done.added


def test_a_line_of_the_users_stays_and_the_difference_is_told(folder):
    (folder / "campaign.toml").write_text(CAMPAIGN.replace('phone = "Móvil"', 'phone = "Correo"'), "utf-8")
    done = write(folder)
    people = content(folder)["sources"]["people"]
    assert people["phone"] == "Correo"
    assert [(one.key, one.theirs, one.proposed) for one in done.kept] == [
        ("sources.people.phone", '"Correo"', '"Móvil"')
    ]
    assert "email" not in people  # that column plays another role, as the user has it


def test_types_are_added_one_by_one(folder):
    said = CAMPAIGN.replace("# how it", 'types = { Religión = "category" }  # mine\n\n# how it')
    (folder / "campaign.toml").write_text(said.replace("Religión =", '"Religión" ='), "utf-8")
    write(folder)
    assert content(folder)["sources"]["people"]["types"] == {"Religión": "category", "Fecha de nacimiento": "date"}
    assert "# mine" in toml(folder)


def test_the_second_time_nothing_is_left_to_say(folder):
    (folder / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    write(folder)
    before = toml(folder)
    done = write(folder)
    assert (done.added, done.written) == ("", False)
    assert toml(folder) == before


def test_another_file_becomes_a_list_with_the_roles_that_people_have(folder):
    (folder / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    done = write(folder, "donors-2026-11.csv")
    assert done.section == "sources.lists.donors"
    assert content(folder)["sources"]["lists"] == {
        "donors": {
            "path": "donors-*.csv", "person": "donor id", "phone": "Mobile",
            "columns": {"Fecha_De_Nacimiento": "Fecha de nacimiento"},
        }
    }  # fmt: skip
    assert done.lacking == ("email", "postcode")
    ListSpec.model_validate(content(folder)["sources"]["lists"]["donors"])
    again = write(folder, "donors-2026-11.csv")
    assert (again.section, again.added) == ("sources.lists.donors", "")


def test_a_list_gets_the_name_that_is_said(folder):
    (folder / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    assert write(folder, "donors-2026-11.csv", list_name="givers").section == "sources.lists.givers"
    with pytest.raises(CampaignError, match="cannot be the name of a list") as caught:
        write(folder, "donors-2026-11.csv", list_name="The Givers!")
    assert caught.value.hint == "Call it the-givers."


def test_a_list_needs_people_to_be_beside_and_ids(folder):
    with pytest.raises(CampaignError, match="no file of people yet"):
        write(folder, "donors-2026-11.csv", list_name="donors", purpose="voters")
    (folder / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    with pytest.raises(DataError, match="cannot be written") as caught:
        write(folder, "donors-2026-11.csv", roles={"person": "-"})
    assert caught.value.expected == "a column for person"


PLAIN = "path = 'members.csv' # mine\nperson = 'Member ID'\n"
BRACES = "people = { path = 'members.csv', person = 'Member ID' }"
EVENTS = "[traits]\na = '1'\n[sources.events]\npath = 'e'\nperson = 'p'\nat = 'a'\nevent = 'e'\n"
SPELLED = {
    "a section": f"[sources.people]\n{PLAIN}",
    "braces": f"[sources] # mine\n{BRACES}\n",
    "braces with a list": f"[sources] # mine\n{BRACES}\nlists = {{ old = {{ path = 'o', person = 'p' }} }}\n",
    "all in braces": f"sources = {{ {BRACES} }} # mine\n",
    "dots": "sources.people.path = 'members.csv' # mine\nsources.people.person = 'Member ID'\n",
    "dots in a section": "[sources] # mine\npeople.path = 'members.csv'\npeople.person = 'Member ID'\n",
    "apart": f"[sources.people]\n{PLAIN}{EVENTS}",
    "windows": f"[sources.people]\n{PLAIN}".replace("\n", "\r\n"),
    "no end": f"[sources.people]\n{PLAIN}".rstrip(),
}


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
@pytest.mark.parametrize("name", ["members.csv", "donors-2026-11.csv"])
def test_however_the_file_is_spelled_it_then_says_all_it_said_and_the_new(spelled, name, folder):
    (folder / "campaign.toml").write_bytes(f"# top\nname = 'Spring'\n{spelled}".encode())
    before = content(folder)
    done = write(folder, name)
    after = content(folder)
    assert "# mine" in toml(folder)
    assert toml(folder).startswith("# top")
    assert holds(after, before)
    if name == "members.csv":
        assert after["sources"]["people"]["email"] == "Correo"
        PeopleSpec.model_validate(after["sources"]["people"])
    else:
        assert after["sources"]["lists"]["donors"]["person"] == "donor id"
    assert done.written


def holds(after, before) -> bool:
    """All that was said before is said after."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(key in after and holds(after[key], before[key]) for key in before)
    return after == before


def test_lines_end_as_they_did(folder):
    (folder / "campaign.toml").write_bytes(CAMPAIGN.replace("\n", "\r\n").encode())
    write(folder)
    written = (folder / "campaign.toml").read_bytes()
    assert written.count(b"\n") == written.count(b"\r\n") > CAMPAIGN.count("\n")


def test_a_file_that_is_no_toml_is_left_alone(folder):
    (folder / "campaign.toml").write_text("name = \n")
    with pytest.raises(SettingsError, match="cannot be read as TOML"):
        write(folder, purpose="voters")
    assert toml(folder) == "name = \n"


@settings(max_examples=12, deadline=None)
@given(
    some.lists(
        some.text(some.characters(exclude_categories=("Cs", "Cc"))), min_size=1, max_size=4, unique_by=str.casefold
    )
)
def test_whatever_columns_are_called_what_is_written_is_read_again(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("odd")
    header = ["person id", *(f"{name}x".replace('"', "'").strip() for name in names), "e-mail"]
    if len({name.casefold() for name in header}) < len(header):
        return
    rows = [",".join([str(n), *["2026-01-02"] * len(names), f"p{n}@x.org"]) for n in range(3)]
    (folder / "odd.csv").write_text(",".join(f'"{name}"' for name in header) + "\n" + "\n".join(rows), "utf-8")
    write(folder, "odd.csv", purpose="voters")
    people = content(folder)["sources"]["people"]
    assert people["email"] == "e-mail"
    columns = {people[key] for key in people if key not in {"path", "types"}} | set(people.get("types", {}))
    assert columns <= set(header)


# Events and outcomes


def test_what_people_did_becomes_events(folder):
    (folder / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    lines = [f"M00{n % 2 + 1},2026-03-{n + 1:02d},call" for n in range(20)]
    (folder / "did.csv").write_text("member id,date,event\n" + "\n".join(lines))
    assert write(folder, "did.csv").section == "sources.events"
    assert content(folder)["sources"]["events"] == {
        "path": "did.csv",
        "person": "member id",
        "at": "date",
        "event": "event",
    }


def test_orders_say_which_column_is_still_needed(folder):
    (folder / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    lines = [f"{n},M00{n % 2 + 1},2026-03-{n + 1:02d},{n}.50" for n in range(20)]
    (folder / "orders.csv").write_text("Order ID,Customer ID,Order Date,Order Total\n" + "\n".join(lines))
    plan = mapping(folder / "orders.csv", folder=folder)
    assert plan.needs == ("action",)
    assert any("--role action=COLUMN" in line for line in plan.lines("orders.csv"))
    with pytest.raises(DataError, match="cannot be written"):
        write(folder, "orders.csv")
    assert toml(folder) == CAMPAIGN


# The first people


def test_the_first_people_are_shown_role_by_role(folder):
    shown = preview_file(map_file(folder / "members.csv"), "ES")
    assert shown[1] == {
        "person": "M002",
        "first_name": "Luis",
        "last_name": "Pérez",
        "phone": "600 333 444 -> +34600333444",
        "email": "luis@x.org",
        "address": "Calle Sol 8 -> CALLE SOL 8",
        "stop": "sí",
    }
