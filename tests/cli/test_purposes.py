"""``groundswell purposes``: what holds for whom and where, in lines and as JSON."""

from __future__ import annotations

import json

from groundswell.purposes import PURPOSES


def test_without_a_word_it_tells_what_holds_everywhere_for_all_three(shell, tmp_path):
    done = shell("purposes", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("Voters", "Workforce", "Customers"):
        assert f"{name}, no place named" in done.stdout
    assert done.stdout.count("no legal advice") == len(PURPOSES)


def test_it_tells_one_purpose_at_one_place(shell, tmp_path):
    done = shell("purposes", "--purpose", "voters", "--place", "US-MI", cwd=tmp_path)
    assert done.stdout.startswith("Voters in US-MI: the rules of US, then those that hold everywhere.\n")
    assert "Paid for by" in done.stdout
    assert "Workforce" not in done.stdout


def test_it_speaks_spanish(shell, tmp_path):
    done = shell("purposes", "--purpose", "voters", "--place", "ES-MD", "--language", "es", cwd=tmp_path)
    assert done.stdout.startswith("Votantes en ES-MD: las reglas de ES, EU")


def test_as_json_everything_has_its_rule(shell, tmp_path):
    found = json.loads(shell("purposes", "--purpose", "customers", "--place", "FR", "--json", cwd=tmp_path).stdout)
    assert found["format"] == 1
    [purpose] = found["purposes"]
    assert (purpose["purpose"], purpose["place"], purpose["within"]) == ("customers", "FR", ["FR", "EU", "everywhere"])
    assert purpose["hours"]["phone"]["open"] == [
        {"days": [1, 5], "from": "10:00", "to": "13:00"},
        {"days": [1, 5], "from": "14:00", "to": "20:00"},
    ]
    assert purpose["consent"]["phone"] == "customers/fr-calls"
    assert purpose["allowed"]["segment"] == ["public", "personal"]
    ids = {rule["id"] for rule in purpose["rules"]}
    assert {one["rule"] for one in purpose["forbidden"]} <= ids
    assert all(rule["source"] and rule["says"] for rule in purpose["rules"])


def test_a_campaign_says_what_is_left_out(shell, village):
    village_file = village / "campaign.toml"
    purpose = next(line.split('"')[1] for line in village_file.read_text().splitlines() if line.startswith("purpose"))
    village_file.write_text(village_file.read_text().replace('place = "US"', 'place = "GB"'))
    [found] = json.loads(shell("-C", village, "purposes", "--json").stdout)["purposes"]
    assert (found["purpose"], found["place"]) == (purpose, "GB")
    assert json.loads(shell("purposes", "--json", cwd=village).stdout)["purposes"] == [found]
    [other] = json.loads(shell("-C", village, "purposes", "--place", "DE", "--json").stdout)["purposes"]
    assert (other["purpose"], other["place"]) == (purpose, "DE")


def test_what_there_is_not_is_refused(shell, tmp_path):
    done = shell("purposes", "--purpose", "buyers", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["expected"] == "voters, workforce, customers"
    assert 'Write "GB".' in shell("purposes", "--place", "UK", cwd=tmp_path).stderr
    assert shell("-C", tmp_path, "purposes", cwd=tmp_path).returncode == 1
