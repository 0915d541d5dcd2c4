"""The rules that come with groundswell are whole; a mistake in them is told with its file and key."""

from __future__ import annotations

import re
import shutil
import tomllib
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from groundswell.purposes import PURPOSES, known_rules, purpose_for
from groundswell.purposes.finding import find_purpose
from groundswell.purposes.reading import EVERYWHERE, book, read_book
from groundswell.vocabulary import SettingsError, languages

DATA = Path(str(files("groundswell.purposes") / "data"))
PLACES = sorted({place for tables in book().tables.values() for place in tables} - {EVERYWHERE})


@pytest.fixture
def change(tmp_path):
    """Copy the rules, replace a text in one file, and read them."""

    def changed(name: str, old: str, new: str):
        folder = Path(shutil.copytree(DATA, tmp_path / "data"))
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")
        return read_book(folder)

    return changed


def refused(change, *arguments: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        change(*arguments)
    assert caught.value.file == arguments[0]
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("rule", known_rules(), ids=lambda rule: rule.id)
def test_every_rule_has_a_sentence_in_each_language_and_a_source(rule):
    for language in languages():
        assert rule.says[language].endswith("."), rule.says
        assert len(rule.source(language)) > 8
        assert not rule.source(language).endswith(".")
    assert len(set(rule.says.values())) == len(languages()), "one language stands in the place of another"


@pytest.mark.parametrize("rule", known_rules(), ids=lambda rule: rule.id)
def test_every_rule_is_used_by_a_purpose(rule):
    held = {one for name in PURPOSES for place in (None, *PLACES) for one in purpose_for(name, place).rules}
    assert rule in held


@pytest.mark.parametrize("rule", [rule for rule in known_rules() if rule.basis == "law"], ids=lambda rule: rule.id)
def test_every_rule_of_law_cites_a_paragraph_that_can_be_looked_up(rule):
    assert re.search(r"(art\.|arts\.|§|CFR|regs?\.|s\.) (L\. )?\S*\d", rule.source()), rule.source()


@pytest.mark.parametrize("rule", known_rules(), ids=lambda rule: rule.id)
def test_a_rule_named_after_a_purpose_or_a_place_holds_only_there(rule):
    scope, name = rule.id.split("/")
    held = {(one, place) for one in PURPOSES for place in PLACES if rule in purpose_for(one, place).rules}
    if scope in PURPOSES:
        assert {one for one, _ in held} == {scope}
    own = scope.upper() if scope in {"us", "gb"} else name.split("-")[0].upper()
    if own in {"US", "GB", "EU", "DE", "ES", "FR"}:
        widened = {"GB"} if rule.id == "workforce/eu-special-traits" else set()  # the United Kingdom kept the text
        inside = {place for place in PLACES if own in {place, place.split("-")[0], book().inside.get(place)}}
        assert {place for _, place in held} <= inside | widened


def test_the_european_union_has_its_27_countries():
    union = {place for place, wider in book().inside.items() if wider == "EU"}
    assert len(union) == 27
    assert not union & {"GB", "CH", "NO", "US"}


def test_the_head_of_the_rules_says_that_it_is_no_legal_advice():
    for name in ("rules", *PURPOSES):
        assert "no legal advice" in (DATA / f"{name}.toml").read_text("utf-8").split("\n[")[0]


def test_each_sentence_around_the_rules_has_each_language_and_the_same_placeholders():
    def leaves(tree, path=""):
        if all(isinstance(part, str) for part in tree.values()):
            yield path, tree
        else:
            for name, part in tree.items():
                yield from leaves(part, f"{path}.{name}")

    found = dict(leaves(tomllib.loads((DATA / "words.toml").read_text("utf-8"))))
    assert len(found) > 40
    for path, said in found.items():
        assert sorted(said) == sorted(languages()), path
        assert (
            len({frozenset(name for _, name, _, _ in Formatter().parse(text) if name) for text in said.values()}) == 1
        )


# What is wrong is told


def test_an_unknown_key_is_told(change):
    error = refused(change, "voters.toml", "[US.consent]", "[US.consents]")
    assert error.key.startswith("US.consents")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('sms = "us/automated-texts"', 'smss = "us/automated-texts"', "US.consent"),
        ("[US.consent]", "[Michigan.consent]", "Michigan"),
        ("mon-sun 09:00-20:00", "mon-sun 20:00-09:00", "everywhere.hours.phone"),
        ("mon-sun 09:00-20:00", "mon-sun 09:00-24:00", "everywhere.hours.phone"),
        ("mon-sun 09:00-20:00", "weekdays", "everywhere.hours.phone"),
        ('["mon-sun 09:00-20:00"]', "[]", "everywhere.hours.phone"),
        ('["mon-sun 09:00-20:00"]', "[9]", "everywhere.hours.phone"),
        ("people = 5", "people = 0", "everywhere.minimum_group.people"),
        ("[everywhere.forbids.special]", "[everywhere.forbids.secret]", "everywhere.forbids"),
        ('learn = "all/special-traits"', 'train = "all/special-traits"', "everywhere.forbids.special"),
        ("email = false", "email = true", "US.consent.email"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_key(change, old, new, key):
    assert refused(change, "voters.toml", old, new).key.startswith(key)


def test_a_rule_that_there_is_not_is_told_with_the_nearest(change):
    error = refused(change, "voters.toml", 'email = "all/ask-first"', 'email = "all/ask-frist"')
    assert (error.key, error.found) == ("everywhere.consent.email", "all/ask-frist")
    assert error.hint == 'Did you mean "all/ask-first"?'


def test_a_rule_without_a_language_is_told(change):
    error = refused(change, "rules.toml", 'says.es = "Sin llamadas ni SMS', 'says.fr = "Sin llamadas ni SMS')
    assert error.key == "customers/us-calling-hours.says"
    assert "en, es" in error.expected


def test_a_blank_sentence_is_told(change):
    assert (
        refused(change, "rules.toml", 'source = "PECR 2003, reg. 21"', 'source = " "').key == "gb/call-lists.source.en"
    )


def test_a_label_without_a_wording_is_told(change):
    error = refused(change, "voters.toml", 'sms = ["all/stop-line"]', 'sms = ["all/ask-first"]')
    assert error.key == "everywhere.labels.sms"
    assert "wording" in error.message


def test_a_file_without_what_holds_everywhere_is_told(change):
    error = refused(
        change, "workforce.toml", 'minimum_group = { people = 5, remarks = 10, rule = "all/small-groups" }', ""
    )
    assert error.key == EVERYWHERE


def test_a_file_that_is_no_toml_or_is_missing_is_told(change, tmp_path):
    assert "cannot be read" in refused(change, "places.toml", "[inside]", "[inside").message
    (tmp_path / "data" / "places.toml").unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        read_book(tmp_path / "data")


# A place takes over from the wider one


def test_a_part_of_a_country_may_say_more_than_its_country(change):
    changed = change("voters.toml", "[US.consent]", '["US-MI".consent]\nemail = "all/ask-first"\n\n[US.consent]')
    assert find_purpose(changed, "voters", "US-MI").within == ("US-MI", "US", EVERYWHERE)
    assert find_purpose(changed, "voters", "US-MI").consent_rule("email").id == "all/ask-first"
    assert find_purpose(changed, "voters", "US-MI").consent_rule("sms").id == "us/automated-texts"
    assert find_purpose(changed, "voters", "US-OH").consent_rule("email") is None


def test_the_fewest_people_of_a_narrower_place_count(change):
    changed = change(
        "workforce.toml",
        "[DE]\n",
        '[DE]\nminimum_group = { people = 10, rule = "all/small-groups" }\n',
    )
    assert find_purpose(changed, "workforce", "DE-BE").minimum_group == 10
    assert find_purpose(changed, "workforce", "AT").minimum_group == 5
