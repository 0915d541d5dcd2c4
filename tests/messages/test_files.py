"""A message file says what it means, or an error says what it does not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from groundswell.messages import load_messages
from groundswell.messages.files import parse_message
from groundswell.vocabulary import SettingsError


def parse(source: str, name: str = "letter.md"):
    return parse_message(source, Path(name))


def test_each_heading_begins_the_text_of_a_channel_and_a_language():
    found = parse(
        '+++\ntopics = ["t"]\nask = "vote"\nexpires = 2026-11-30\nfallback = { name = "friend" }\n+++\n'
        "# email\nSubject: Hello\n\nDear all\n\n## Why\nBecause\n# email (es)\nSubject: Hola\nQueridos\n# sms\nHi\n"
    )
    assert (found.id, found.ask, found.expires, found.channels()) == (
        "letter",
        "vote",
        date(2026, 11, 30),
        ("email", "sms"),
    )
    assert [(text.channel, text.language, text.subject) for text in found.texts] == [
        ("email", None, "Hello"),
        ("email", "es", "Hola"),
        ("sms", None, ""),
    ]
    assert found.texts[0].body == "Dear all\n\n## Why\nBecause"


def test_a_person_reads_their_language_else_the_one_without_else_the_first():
    both = parse("# email\nplain\n# email (es)\nhola\n")
    assert [both.text_for("email", language).body for language in ("es", "en", None)] == ["hola", "plain", "plain"]
    foreign = parse("# email (fr)\nbonjour\n# email (es)\nhola\n")
    assert [foreign.text_for("email", language).body for language in ("es", "en", None)] == [
        "hola",
        "bonjour",
        "bonjour",
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Dear all", "no text for any channel"),
        ("", "no text for any channel"),
        ("# Email\nDear all", '"# Email" in letter.md is no heading of a channel'),
        ("# email\nDear all\n# SMS\nHi", '"# SMS" in letter.md is no heading of a channel'),
        ("# email (es-MX)\nHola", "is no heading of a channel"),
        ("#email\nDear all", "is no heading of a channel"),
        ("Dear all\n# email\nHello", "has text above its first heading"),
        ("# email\nOne\n# email\nTwo", 'has two texts under "# email"'),
        ("+++\nask = 'vote'\n# email\nHello", "front matter of letter.md has no end"),
        ("+++\nask =\n+++\n# email\nHello", "front matter of letter.md is not TOML"),
        ("+++\ntopic = ['a']\n+++\n# email\nHello", '"topic" is not known'),
        ("+++\nexpires = 'soon'\n+++\n# email\nHello", '"expires" is wrong'),
    ],
)
def test_a_slip_in_a_message_file_is_a_clear_error(source, message):
    with pytest.raises(SettingsError) as caught:
        parse(source)
    assert message in caught.value.message
    assert all([caught.value.file, caught.value.expected, caught.value.hint])


def test_an_unknown_key_gets_the_nearest_one_as_a_suggestion():
    with pytest.raises(SettingsError) as caught:
        parse("+++\nexpire = 2026-11-30\n+++\n# email\nHello")
    assert (caught.value.key, caught.value.hint) == ("expire", 'Did you mean "expires"?')


@pytest.mark.parametrize("name", ["nothing.md", "Letter.md", "a b.md", "a--b.md", "-a.md", "é.md"])
def test_the_name_of_the_file_must_be_an_id(name):
    with pytest.raises(SettingsError, match="cannot be the id"):
        parse("# email\nHello", name)


def test_what_windows_writes_is_read_too(tmp_path):
    (tmp_path / "letter.md").write_bytes(
        b'\xef\xbb\xbf+++\r\nask = "vote"\r\n+++\r\n# email\r\nSubject: Hi\r\nHello\r\n'
    )
    found = load_messages(tmp_path)["letter"]
    assert (found.ask, found.texts[0].subject, found.texts[0].body) == ("vote", "Hi", "Hello")


def test_a_file_that_is_not_text_is_a_clear_error(tmp_path):
    (tmp_path / "letter.md").write_bytes(b"# email\n\xff")
    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        load_messages(tmp_path)


@pytest.mark.parametrize("text", ["# post\n", "# email\nSubject: only that\n", "# post\nHello\n# post (es)\n\n"])
def test_a_heading_without_a_text_below_it_is_refused(text):
    with pytest.raises(SettingsError, match="says nothing under"):
        parse_message(text, Path("a.md"))
