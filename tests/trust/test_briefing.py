"""A briefing's page: two or three messages of a team, and nobody's own."""

from __future__ import annotations

from groundswell.trust.briefing import Briefing, Said, choose_messages

SITE = dict.fromkeys("abcdefghij", "north")


def options(text: str) -> dict[str, str]:
    """``a5 b2``: five people hear a from a peer, two b."""
    found, people = {}, iter("abcdefghij")
    for part in text.split():
        for _ in range(int(part[1:])):
            found[next(people)] = f"{part[0]}/briefing/peer"
    return found


def test_a_message_for_fewer_than_may_be_told_of_stands_on_no_page():
    team = dict.fromkeys("abcdefg", "boss")
    assert choose_messages(options("x5 y2"), team, {}, smallest=5) == {"boss": ["x/briefing/peer"]}
    assert choose_messages(options("x4 y3"), team, {}, smallest=5) == {"boss": []}


def test_a_team_with_too_few_hears_what_is_said_to_most_where_it_works():
    team = {person: "boss" if person in "ab" else "other" for person in "abcdefghij"}
    found = choose_messages(options("x2 y8"), team, SITE, smallest=5)
    assert found["boss"] == ["y/briefing/peer"]
    assert found["other"] == ["y/briefing/peer"]


def test_at_most_three_each_once_said_by_whom_most_of_the_team_listen_to():
    said = {
        person: f"{'wxyz'[place % 4]}/briefing/{'peer' if place < 8 else 'top'}"
        for place, person in enumerate("abcdefghij")
    }
    found = choose_messages(said, dict.fromkeys("abcdefghij", "boss"), {}, smallest=2)["boss"]
    assert len(found) == 3
    assert len({one.split("/")[0] for one in found}) == 3
    assert all(one.endswith("/peer") for one in found)


def test_a_page_tells_the_words_and_the_voice_and_no_number_but_the_teams():
    said = (Said("near-miss", "peer", "Ana Ruiz", "Fill in a card."), Said("benefits", "top", "", "Choose by Friday."))
    page = Briefing("Acme", "round 2", "Julia & Co", "e1", 12, "Harwick", said).page("en")
    assert "Said by Ana Ruiz, one of you" in page
    assert "Said by whoever leads the site" in page
    assert "Julia &amp; Co" in page
    assert "12 people" in page
    assert "<script" not in page
    spanish = Briefing("Acme", "ronda 2", "Julia", "e1", 12, "", said).page("es")
    assert "Lo dice Ana Ruiz" in spanish
