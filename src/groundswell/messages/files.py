"""One message a file: TOML front matter between ``+++``, then one text for each channel (and language)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from groundswell.vocabulary import ID_PATTERN, SettingsError, nearest

_HEADING = re.compile(r"^# +([a-z0-9-]+)(?: +\(([a-z]{2})\))? *$", re.MULTILINE)
_STRAY = re.compile(r"^#(?!#).*$", re.MULTILINE)
_SUBJECT = re.compile(r"\ASubject: *(.*)\n")


class FrontMatter(BaseModel):
    """What a message says about itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: tuple[str, ...] = Field((), description="what it is about: ids of [topics]")
    said_by: tuple[str, ...] = Field(
        (), alias="from", description="who may say it, of those who carry a channel; left out: all of them"
    )
    ask: str | None = Field(None, description="the action it asks for: an id of [actions]; left out: the goal")
    expires: date | None = Field(None, description="the last day it may be sent")
    open_to: Literal["interested", "all"] = Field(
        "interested", description="all: also to people who do not care about its topics"
    )
    stereotype: str | None = Field(
        None, description="an SQL condition over the row: whom it would be sent to by habit; only compared with"
    )
    question: tuple[str, ...] = Field(
        (),
        description="it is a question, and its answer tells these: ids of [topics] and [traits]",
    )
    answered: float = Field(0.25, gt=0, le=1, description="of those asked, the share expected to answer")
    fallback: dict[str, str] = Field({}, description="variable -> what to say where a person's is blank")


@dataclass(frozen=True)
class Text:
    """What is said through one channel in one language; ``subject`` is blank where a channel has none."""

    channel: str
    language: str | None
    subject: str
    body: str


@dataclass(frozen=True)
class Message:
    """A checked message file."""

    id: str
    file: str
    topics: tuple[str, ...]
    ask: str | None
    expires: date | None
    fallback: dict[str, str]
    texts: tuple[Text, ...]
    open_to: str = "interested"
    stereotype: str | None = None
    said_by: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    answered: float = 0.25

    def channels(self) -> tuple[str, ...]:
        """The channels it has a text for, in the order of the file."""
        return tuple(dict.fromkeys(text.channel for text in self.texts))

    def text_for(self, channel: str, language: str | None) -> Text:
        """The text in a person's language, else the one without a language, else the first.

        Raises:
            KeyError: when there is no text for the channel.
        """
        found = [text for text in self.texts if text.channel == channel]
        if not found:
            raise KeyError(channel)
        for wanted in (language, None):
            for text in found:
                if text.language == wanted:
                    return text
        return found[0]


def parse_message(source: str, path: Path) -> Message:
    r"""Read one message file's text.

    Raises:
        SettingsError: naming the file and key.

    >>> found = parse_message('+++\ntopics = ["schools"]\n+++\n# email\nSubject: Hello\nDear all', Path("a.md"))
    >>> found.id, found.texts[0].subject, found.texts[0].body
    ('a', 'Hello', 'Dear all')
    """
    if not ID_PATTERN.match(path.stem) or path.stem == "nothing":
        raise SettingsError(
            f'"{path.stem}" cannot be the id of a message.',
            file=path,
            found=path.stem,
            expected='small letters, digits and single dashes, and not "nothing"',
            hint="Rename the file.",
        )
    matter, body = _front_matter(source, path)
    headings = list(_HEADING.finditer(body))
    _refuse_stray(body, headings, path)
    if not headings:
        raise SettingsError(
            f"{path.name} has no text for any channel.",
            file=path,
            expected="a heading such as  # email  or  # email (es)  with the text below it",
            hint="Add a heading with the channel's id.",
        )
    ends = [heading.start() for heading in headings[1:]] + [len(body)]
    texts = tuple(
        _text(heading[1], heading[2], body[heading.end() : end]) for heading, end in zip(headings, ends, strict=True)
    )
    for text in texts:
        if not text.body:
            place = f"# {text.channel}" + (f" ({text.language})" if text.language else "")
            raise SettingsError(
                f"{path.name} says nothing under {place}.",
                file=path,
                key=place,
                found="a subject without a text" if text.subject else "no text",
                expected="what people are to read, below the heading",
                hint="Write the text, or remove the heading.",
            )
    said = (matter.topics, matter.ask, matter.expires, matter.fallback)
    asked = (matter.said_by, matter.question, matter.answered)
    return Message(path.stem, str(path), *said, texts, matter.open_to, matter.stereotype, *asked)


def load_messages(folder: Path) -> dict[str, Message]:
    """Read all ``*.md`` of a folder, in the order of their names.

    Raises:
        SettingsError: for the first file that is wrong.

    >>> load_messages(Path("no-such-folder"))
    {}
    """
    found = {}
    for path in sorted(folder.glob("*.md")) if folder.is_dir() else []:
        try:
            found[path.stem] = parse_message(path.read_text(encoding="utf-8-sig"), path)
        except UnicodeDecodeError as error:
            raise SettingsError(
                f"{path.name} is not UTF-8 text.",
                file=path,
                found=f"{error.reason} at place {error.start + 1}",
                expected="text in UTF-8",
                hint="Save it as UTF-8.",
            ) from error
        except OSError as error:
            raise SettingsError(
                f"{path.name} cannot be read.",
                file=path,
                found=error.strerror or str(error),
                expected="a file you may read",
                hint="Give yourself read access to it.",
            ) from error
    return found


def _refuse_stray(body: str, headings: list[re.Match[str]], path: Path) -> None:
    """Refuse what would be lost or taken for something else: text above the first heading, other headings, doubles."""
    known = {heading.start() for heading in headings}
    stray = next((line for line in _STRAY.finditer(body) if line.start() not in known), None)
    above = body[: headings[0].start()].strip() if headings else ""
    said = [(heading[1], heading[2]) for heading in headings]
    twice = next((heading for heading in headings if said.count((heading[1], heading[2])) > 1), None)
    if stray is None and not above and twice is None:
        return
    if stray is not None:
        message = f'"{stray[0]}" in {path.name} is no heading of a channel.'
    elif twice is not None:
        message = f'{path.name} has two texts under "{twice[0].strip()}".'
    else:
        message = f"{path.name} has text above its first heading."
    raise SettingsError(
        message,
        file=path,
        key=(stray or twice or headings[0])[0].strip(),
        found=(stray[0] if stray else above.splitlines()[0] if above else "the same heading twice")[:100],
        expected="a heading such as  # email  or  # email (es)  above each text, once",
        hint="Write the channel's id in small letters; headings inside a text start with ##.",
    )


def _front_matter(source: str, path: Path) -> tuple[FrontMatter, str]:
    if not source.startswith("+++"):
        return FrontMatter(), source
    if source.count("+++") < 2:
        raise SettingsError(
            f"The front matter of {path.name} has no end.",
            file=path,
            found="one line  +++",
            expected="two lines  +++  with the front matter between them",
            hint="Add the second one.",
        )
    _, head, body = source.split("+++", 2)
    try:
        return FrontMatter.model_validate(tomllib.loads(head)), body
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"The front matter of {path.name} is not TOML.",
            file=path,
            found=str(error),
            expected='lines such as  ask = "vote"',
            hint="Correct that line.",
        ) from error
    except ValidationError as error:
        wrong = error.errors()[0]
        key = ".".join(map(str, wrong["loc"]))
        near = nearest(key, _keys()) if wrong["type"] == "extra_forbidden" else None
        raise SettingsError(
            f'{path.name}: "{key}" {"is not known" if wrong["type"] == "extra_forbidden" else "is wrong"}.',
            file=path,
            key=key,
            found=str(wrong["input"]),
            expected=", ".join(_keys()) if wrong["type"] == "extra_forbidden" else wrong["msg"],
            hint=f'Did you mean "{near}"?' if near else "Correct it or leave it out.",
        ) from error


def _keys() -> list[str]:
    """The keys of the front matter, as they are written."""
    return [field.alias or name for name, field in FrontMatter.model_fields.items()]


def _text(channel: str, language: str | None, body: str) -> Text:
    body = body.strip("\n") + "\n"
    subject = _SUBJECT.match(body)
    if subject:
        return Text(channel, language, subject[1].strip(), body[subject.end() :].strip())
    return Text(channel, language, "", body.strip())
