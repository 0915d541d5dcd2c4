"""Every person reads their own words, and no template can hang a round."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from groundswell.messages import render, variables_of
from groundswell.messages.files import parse_message
from groundswell.vocabulary import SettingsError

KNOWN = ("person.name", "person.first_name", "person.age", "household.size", "campaign.name")


def letter(body: str, matter: str = ""):
    return parse_message(f"+++\n{matter}\n+++\n# post\nSubject: For {{{{ person.name }}}}\n{body}", Path("letter.md"))


def rendered(body: str, *people, matter: str = "") -> list[str]:
    message = letter(body, matter)
    variables_of(message.texts[0], message, KNOWN)
    return [found.body for found in render(message, message.texts[0], [{"person.name": "Ann"} | one for one in people])]


def test_each_person_reads_their_own_words():
    body = "{{ person.name }}{% if person.age > 60 %}, who was there{% endif %}"
    assert rendered(body, {"person.age": 70}, {"person.name": "Bo", "person.age": 20}) == ["Ann, who was there", "Bo"]


def test_a_blank_is_filled_by_the_fallback_or_left_blank():
    people = ({"person.first_name": None}, {"person.first_name": ""}, {"person.first_name": "Ann"})
    said = rendered("Dear {{ person.first_name }}", *people, matter='fallback = { first_name = "neighbour" }')
    assert said == ["Dear neighbour", "Dear neighbour", "Dear Ann"]
    assert rendered("Dear {{ person.first_name }}!", *people)[0] == "Dear !"


def test_what_stands_in_a_cell_is_never_run_as_a_template():
    assert rendered("{{ person.name }}", {"person.name": "{{ campaign.name }}{% include 'x' %}"}) == [
        "{{ campaign.name }}{% include 'x' %}"
    ]


def test_a_misspelt_variable_gets_the_nearest_one_as_a_suggestion():
    with pytest.raises(SettingsError, match="which there is not") as caught:
        rendered("{{ person.nane }}", {})
    assert (caught.value.key, caught.value.hint) == ("# post", "Did you mean {{ person.name }}?")


DOUBLED = "{% assign x = 'a,' %}{% for i in (1..15) %}{% assign x = x | append: x %}{% endfor %}"

HOSTILE = {
    "an endless loop": "{% for i in (1..1000000000) %}x{% endfor %}",
    "an endless loop without output": "{% for i in (1..1000000000) %}{% endfor %}",
    "loops in loops": "{% for i in (1..9999) %}{% for j in (1..9999) %}{% endfor %}{% endfor %}",
    "an endless table": "{% tablerow i in (1..1000000000) %}x{% endtablerow %}",
    "an include": "{% include 'other' %}",
    "a file": "{% render '/etc/hostname' %}",
    "a number that squares itself": "{% assign x = 10 %}{% for i in (1..60) %}{% assign x = x | times: x %}{% endfor %}",
    "a text that doubles": "{% assign x = 'a' %}{% for i in (1..60) %}{% assign x = x | append: x %}{% endfor %}",
    "a capture": "{% assign x = 'a' %}{% for i in (1..60) %}{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}",
    "a text in place of each letter": DOUBLED + "{{ x | replace: 'a', x | size }}",
    "that twice": DOUBLED + "{{ x | replace: 'a', x | replace: 'a', x | size }}",
    "a long joint": DOUBLED + "{{ x | split: ',' | join: x | size }}",
    "a joined range": "{{ (1..1000000000) | join: ',' }}",
    "a turned range": "{% assign a = (1..1000000000) | reverse %}",
    "a sorted range": "{% assign a = (1..1000000000) | sort %}",
    "an infinite number": "{{ '1e999999999' | ceil }}",
    "a long text": "a" * 300_000,
    "deep blocks": "{% if true %}" * 3_000 + "{% endif %}" * 3_000,
    "an unknown filter": "{{ 'a' | no_such_filter }}",
    "an unknown tag": "{% exec 'a' %}",
    "a division by zero": "{{ 1 | divided_by: 0 }}",
    "an open tag": "{{ person.name",
    "an open block": "{% if true %}",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_template_is_a_clear_error_at_once(body):
    start = time.monotonic()
    with pytest.raises(SettingsError) as caught:
        rendered(body, {})
    assert time.monotonic() - start < 5
    assert (caught.value.file, caught.value.key) == ("letter.md", "# post")
    assert all([caught.value.found, caught.value.expected, caught.value.hint])
    assert len(str(caught.value)) < 1_000
