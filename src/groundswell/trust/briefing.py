"""One page a team: the two or three messages that its briefing should bring, and who says each.

A page names groups and never a person's own message: a message stands on it when it is for as many of the team as a result
may be told of, and how many is not told, because what is left would be told as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from groundswell.trust.pages import page_of
from groundswell.trust.teller import option_words
from groundswell.vocabulary import split_option, words

MOST = 3
"""Messages a page: more are not remembered."""
FEWEST = 2


class Said(NamedTuple):
    """One message of a briefing.

    Attributes:
        message: its id.
        who: the part that whoever says it plays: peer, manager, top.
        name: theirs; blank where it is nobody's in particular.
        text: the words.
    """

    message: str
    who: str
    name: str
    text: str


@dataclass(frozen=True)
class Briefing:
    """A team's page.

    Attributes:
        campaign: its name.
        when: the round and its day.
        team: what the team is called: by its manager's name.
        manager: the manager's id.
        people: in the team.
        site: theirs, or blank.
        said: the messages, the one for most people first.
    """

    campaign: str
    when: str
    team: str
    manager: str
    people: int
    site: str
    said: tuple[Said, ...]

    def page(self, language: str) -> str:
        """The page as HTML, complete in itself.

        Args:
            language: of the words.
        """
        say = words(language)
        shown = [(option_words(one.message.replace("-", " ")), _voice(one, language), one.text) for one in self.said]
        styles = ("style.css", "sheet.css")
        return page_of("brief.html", words="brief_page", say=say, briefing=self, said=shown, styles=styles)


def _voice(one: Said, language: str) -> str:
    say = words(language)
    return say(f"brief_page.by_{one.who}{'_named' if one.name else ''}", name=one.name)


def choose_messages(
    options: Mapping[str, str],
    team: Mapping[str, str],
    site: Mapping[str, str],
    *,
    smallest: int,
) -> dict[str, list[str]]:
    """Team -> the options that its briefing brings, the one for most people first, each message once.

    Args:
        options: person -> what is said to them in a briefing.
        team: person -> their team.
        site: person -> their place of work; where a team has too few people for any message, what is said to most there is
        said.
        smallest: fewer people of a team than this decide nothing.

    >>> options = {"a": "x/briefing/peer", "b": "x/briefing/peer", "c": "y/briefing/top"}
    >>> choose_messages(options, dict.fromkeys("abc", "t"), dict.fromkeys("abc", "s"), smallest=2)
    {'t': ['x/briefing/peer']}
    """
    members: dict[str, list[str]] = {}
    for person, of in team.items():
        members.setdefault(of, []).append(person)
    places: dict[str, list[str]] = {}
    for person, option in options.items():
        places.setdefault(site.get(person, ""), []).append(option)
    found: dict[str, list[str]] = {}
    for name, people in sorted(members.items()):
        place = Counter(site.get(person, "") for person in people).most_common(1)[0][0]
        chosen = _enough([options[person] for person in people if person in options], smallest)
        have = {split_option(one)[0] for one in chosen}
        around = [one for one in _enough(places.get(place, []), smallest) if split_option(one)[0] not in have]
        found[name] = [*chosen, *around[: max(FEWEST - len(chosen), 0)]][:MOST]
    return found


def _enough(options: Sequence[str], smallest: int) -> list[str]:
    """Of messages that are said to enough people, each once, those said to most first."""
    counted = Counter(split_option(one)[0] for one in options)
    return [one for one in _ranked(options) if counted[split_option(one)[0]] >= smallest]


def _ranked(options: Iterable[str]) -> list[str]:
    """Each message once, from whom most are to hear it, by how many people."""
    counted = Counter(options)
    whole: Counter[str] = Counter()
    for option, count in counted.items():
        whole[split_option(option)[0]] += count
    best: dict[str, str] = {}
    for option in sorted(counted, key=lambda one: (-counted[one], one)):
        best.setdefault(split_option(option)[0], option)
    return [best[message] for message, _ in sorted(whole.items(), key=lambda entry: (-entry[1], entry[0]))]
