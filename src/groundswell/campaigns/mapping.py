"""``groundswell map``: a strange file in, which column is what out, and on request a section of ``campaign.toml``.

Nobody's line is ever changed: what is there stays, comments and order too, and what is not there is added.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable

from groundswell.campaigns.settings import FILE, find_folder, load_settings
from groundswell.people import as_stored
from groundswell.sources import EventsSpec, ListSpec, OutcomesSpec, PeopleSpec, Proposal, columns_of, head_of, propose
from groundswell.sources.guessing import ROLES_OF, proposal_as_json
from groundswell.sources.presetting import plain_name
from groundswell.tables import write_text
from groundswell.trust.mapping import mapping_lines, why_in_words
from groundswell.vocabulary import (
    ID_PATTERN,
    CampaignError,
    DataError,
    GroundswellError,
    SettingsError,
    Words,
    nearest,
    words,
)

PURPOSES = ("voters", "workforce", "customers")
_PEOPLE = "sources.people"
_NEEDED = ("name", "purpose", "actions", "channels")
_PREVIEWED = 5


@dataclass(frozen=True)
class Kept:
    """A line of the user's that stays, though the file looks otherwise."""

    key: str
    theirs: str
    proposed: str


@dataclass(frozen=True)
class Mapped:
    """What a file says of a campaign.

    Attributes:
        proposal: which column is what.
        file: the campaign's ``campaign.toml``.
        section: where it belongs, such as ``sources.people``.
        added: the lines that are new, as TOML; blank where all of it is there already.
        whole: the file as it is, or would be, then.
        kept: lines of the user's that stay, though the file looks otherwise.
        lacking: roles of a list that ``[sources.people]`` does not have, and which are not written therefore.
        needs: roles that must be said before anything can be written.
        missing: sections without which the campaign cannot run.
        written: it was written.
        preview: the first people, role by role, where they were asked for.
        language: of the lines.
    """

    proposal: Proposal
    file: Path
    section: str
    added: str
    whole: str
    kept: tuple[Kept, ...] = ()
    lacking: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    written: bool = False
    preview: tuple[Mapping[str, str | None], ...] = ()
    language: str = "en"

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        found = proposal_as_json(self.proposal)
        say = words(self.language)
        for one in found["columns"]:
            one["because"] = why_in_words(one["why"], say)
        return {
            "format": 1,
            **found,
            "notes": [note.told(self.language) for note in self.proposal.notes],
            "writes": {
                "file": str(self.file),
                "section": self.section,
                "text": self.added,
                "kept": [vars(one) for one in self.kept],
                "lacking": list(self.lacking),
                "needs": list(self.needs),
                "missing": list(self.missing),
                "written": self.written,
            },
            "preview": [dict(person) for person in self.preview],
        }

    def lines(self, file: str) -> list[str]:
        """In lines, for a terminal."""
        return mapping_lines(self.as_json(), file=file, language=self.language)


def map_file(file: str | Path, roles: Mapping[str, str] | None = None) -> Proposal:
    r"""Look at a file and say which column is what.

    Args:
        file: any file that can be read.
        roles: role -> column, where a person knows better; ``-`` for a role that no column has.

    Raises:
        DataError: when the file cannot be read, or there is no such role or column.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "members.csv"
    >>> _ = place.write_text("id,mail\n1,ada@x.org\n2,ben@x.org\n")
    >>> map_file(place).roles
    {'person': 'id', 'email': 'mail'}
    """
    return propose(Path(file)).given(roles or {})


def mapping(
    file: str | Path,
    *,
    folder: Path | None = None,
    roles: Mapping[str, str] | None = None,
    name: str | None = None,
    purpose: str | None = None,
    place: str | None = None,
    language: str | None = None,
    write: bool = False,
    preview: bool = False,
) -> Mapped:
    """All of it in one call, as the command does it: look, say what would be written, and on request write it.

    Args:
        file: any file that can be read.
        folder: the campaign's folder; None: the nearest one with a ``campaign.toml``, else this one.
        roles: role -> column, where a person knows better.
        name: the name of a list beside the file of people.
        purpose: of a new campaign.
        place: of a new campaign.
        language: of lines and comments; None: the campaign's first.
        write: write it.
        preview: show the first people.

    Raises:
        GroundswellError: when the file or the campaign cannot be used; nothing is half written.
    """
    chosen, path = folder or find_folder(Path.cwd()), Path(file)
    proposal = map_file(path, roles)
    act = write_mapping if write else plan_mapping
    found = act(chosen, path, proposal, name, purpose=purpose, place=place, language=language)
    country = (place or _place_of(chosen) or "US").split("-")[0].upper()
    return replace(found, preview=preview_file(proposal, country)) if preview else found


def _place_of(folder: Path) -> str | None:
    """Where the campaign is, as far as its file can be read."""
    try:
        return load_settings(folder).spec.place
    except GroundswellError:
        return None


def preview_file(proposal: Proposal, country: str) -> tuple[Mapping[str, str | None], ...]:
    """The first people of a file as they would be stored: role by role, and behind an arrow what is made of it."""
    head = head_of(proposal.path, columns_of(proposal.path), rows=_PREVIEWED)
    return tuple(as_stored(head, proposal.roles, country=country))


def plan_mapping(
    folder: Path,
    file: Path,
    proposal: Proposal,
    name: str | None = None,
    *,
    purpose: str | None = None,
    place: str | None = None,
    language: str | None = None,
) -> Mapped:
    """Say what would be written into ``campaign.toml``; nothing is.

    A file of people becomes ``[sources.people]`` where there is none yet or where it is this very file, and else a list
    of ``[sources.lists]``.

    Args:
        folder: the campaign's folder; it need not hold a campaign yet.
        file: the file.
        proposal: what :func:`map_file` says of it.
        name: the list's name; None: from the file's.
        purpose: of a new campaign.
        place: of a new campaign.
        language: of comments and lines; None: the campaign's first.

    Raises:
        CampaignError: when the name cannot be a list's, or a purpose is none.
        SettingsError: when ``campaign.toml`` cannot be read.
    """
    toml = folder / FILE
    text = _read(toml)
    content = _parsed(text, toml)
    _refuse_purpose(purpose)
    language = language or _language(content)
    section = _section(content, folder, file, proposal, name)
    entries, lacking = _entries(content, folder, file, proposal, section)
    needs = tuple(role for role in _required(section) if role not in entries)
    mapped = Mapped(proposal, toml, section, "", text, lacking=lacking, needs=needs, language=language)
    if needs:
        return mapped
    say = words(language)
    if not text:
        title = _title(folder)
        block = _block(section, entries, _comments(proposal, section, say))
        whole = _new(title, purpose, place, block, say)
        return replace(mapped, added=whole, whole=whole, missing=_missing(_parsed(whole, toml), folder))
    existing = _at(content, section)
    kept = tuple(_differences(existing, entries, section))
    new = _lacking_in(existing, entries)
    if not new:
        return replace(mapped, kept=kept, missing=_missing(content, folder))
    added = _block(section, new, _comments(proposal, section, say) if not existing else [])
    whole = _laid_in(text, content, section, new, added, toml)
    return replace(mapped, added=added, whole=whole, kept=kept, missing=_missing(_parsed(whole, toml), folder))


def write_mapping(
    folder: Path,
    file: Path,
    proposal: Proposal,
    name: str | None = None,
    *,
    purpose: str | None = None,
    place: str | None = None,
    language: str | None = None,
) -> Mapped:
    r"""Write what :func:`plan_mapping` says; the file is replaced whole or not at all.

    Raises:
        CampaignError: when there is no campaign yet and no purpose was said.
        DataError: when a role is missing without which nothing can be written.
        StorageError: when the folder cannot be written.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "members.csv").write_text("id,mail\n1,ada@x.org\n2,ben@x.org\n")
    >>> proposal = map_file(folder / "members.csv")
    >>> done = write_mapping(folder, folder / "members.csv", proposal, purpose="voters")
    >>> done.section, tomllib.loads((folder / "campaign.toml").read_text())["sources"]["people"]["email"]
    ('sources.people', 'mail')
    """
    plan = plan_mapping(folder, file, proposal, name, purpose=purpose, place=place, language=language)
    if plan.needs:
        raise DataError(
            f"{file.name} cannot be written into [{plan.section}] yet.",
            file=file,
            key="--role",
            found=", ".join(f"{role}: {column}" for role, column in proposal.roles.items()) or "no role",
            expected="a column for " + ", ".join(plan.needs),
            hint=f"Say which column it is with  --role {plan.needs[0]}=COLUMN",
        )
    if not plan.file.exists() and purpose is None:
        raise CampaignError(
            f"There is no campaign in {folder} yet, and a new one needs a purpose.",
            file=plan.file,
            key="--purpose",
            found="nothing",
            expected="one of: " + ", ".join(PURPOSES),
            hint="Say it, such as  --purpose voters --place US-MI",
        )
    if plan.added:
        write_text(plan.whole, plan.file)
    return replace(plan, written=bool(plan.added))


def _read(toml: Path) -> str:
    try:
        return toml.read_bytes().decode("utf-8-sig") if toml.exists() else ""  # line ends stay as they are
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(toml, str(error)) from error


def _parsed(text: str, toml: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unreadable(toml, str(error)) from error


def _unreadable(toml: Path, found: str) -> SettingsError:
    return SettingsError(
        f"{FILE} cannot be read as TOML.", file=toml, found=found, expected="TOML in UTF-8", hint="Correct that line."
    )


def _language(content: Mapping[str, Any]) -> str:
    said = content.get("languages")
    return str(said[0]) if isinstance(said, list) and said else "en"


def _refuse_purpose(purpose: str | None) -> None:
    if purpose is not None and purpose not in PURPOSES:
        near = nearest(purpose, PURPOSES)
        raise CampaignError(
            f'There is no purpose "{purpose}".',
            key="--purpose",
            found=purpose,
            expected="one of: " + ", ".join(PURPOSES),
            hint=f'Did you mean "{near}"?' if near else "Name one of them.",
        )


def _at(content: Mapping[str, Any], section: str) -> dict[str, Any]:
    place: Any = content
    for part in section.split("."):
        place = place.get(part, {}) if isinstance(place, dict) else {}
    return place if isinstance(place, dict) else {}


def _section(content: Mapping[str, Any], folder: Path, file: Path, proposal: Proposal, name: str | None) -> str:
    """Where a file belongs."""
    if proposal.kind != "people":
        return f"sources.{proposal.kind}"
    people, lists = _at(content, _PEOPLE), _at(content, "sources.lists")
    if name is None and (not people or _is_same(folder, people.get("path"), file)):
        return _PEOPLE
    if not people:
        raise CampaignError(
            f"There is no file of people yet that {name} could be beside.",
            file=folder / FILE,
            key="--as",
            found=name,
            expected="[sources.people] first",
            hint="Map the file of people first, without --as.",
        )
    fits = [
        known for known, one in lists.items() if isinstance(one, dict) and fnmatch(file.name, str(one.get("path", "")))
    ]
    chosen = name or (fits[0] if fits else _id(_stem(file)))
    if not ID_PATTERN.match(chosen):
        raise CampaignError(
            f'"{chosen}" cannot be the name of a list.',
            key="--as",
            found=chosen,
            expected="small letters, digits and single dashes",
            hint=f"Call it {_id(chosen)}.",
        )
    return f"sources.lists.{chosen}"


def _is_same(folder: Path, path: object, file: Path) -> bool:
    return isinstance(path, str) and (folder / path).resolve() == file.resolve()


def _stem(file: Path) -> str:
    name = file.name
    for suffix in (".gz", ".zip", file.suffix):
        name = name.removesuffix(suffix)
    return re.sub(r"\.[a-zA-Z]{2,7}$", "", name)


def _id(text: str) -> str:
    """Letters and dashes out of a name, without the date in it."""
    plain = re.sub(r"[0-9]{4,}([-_.]?[0-9]{1,4})*", "", plain_name(text).replace(" ", "-"))
    return re.sub("[^a-z0-9]+", "-", plain).strip("-") or "list"


def _pattern(file: Path) -> str:
    """The file's name; a date in it may be another next time."""
    return re.sub(r"[0-9]{4}[-_.]?[0-9]{2}([-_.]?[0-9]{2})?", "*", file.name)


def _required(section: str) -> tuple[str, ...]:
    return tuple(name for name, entry in _spec_of(section).model_fields.items() if entry.is_required())


def _spec_of(section: str) -> type[PeopleSpec] | type[ListSpec] | type[EventsSpec] | type[OutcomesSpec]:
    if section == _PEOPLE:
        return PeopleSpec
    if section == "sources.events":
        return EventsSpec
    return OutcomesSpec if section == "sources.outcomes" else ListSpec


def _entries(
    content: Mapping[str, Any], folder: Path, file: Path, proposal: Proposal, section: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a section would say, and the roles it cannot."""
    relative = Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
    roles = proposal.roles
    if section == _PEOPLE:
        found: dict[str, Any] = {"path": relative, "person": roles.get("person", "#row"), **roles}
        return found | ({"types": proposal.types} if proposal.types else {}), ()
    if proposal.kind != "people":
        return {"path": relative, **roles}, ()
    own = _at(content, _PEOPLE)
    lacking = tuple(role for role in roles if role != "person" and role not in own)
    found = {"path": _pattern(file), **{role: column for role, column in roles.items() if role not in lacking}}
    columns = _renamed(own, folder, proposal)
    return found | ({"columns": columns} if columns else {}), lacking


def _renamed(own: Mapping[str, Any], folder: Path, proposal: Proposal) -> dict[str, str]:
    """Columns of a list that the campaign's own file has under another spelling."""
    try:
        known = columns_of(folder / str(own.get("path")), own.get("delimiter"))
    except GroundswellError:
        return {}  # nothing to compare with: the list is written without them
    spelled = {plain_name(name): name for name in known}
    free = [found.column for found in proposal.columns if found.role is None]
    return {
        name: spelled[plain_name(name)]
        for name in free
        if plain_name(name) in spelled and spelled[plain_name(name)] != name and name not in known
    }


def _differences(existing: Mapping[str, Any], entries: Mapping[str, Any], section: str) -> list[Kept]:
    found = []
    for key, value in entries.items():
        theirs = existing.get(key)
        if isinstance(value, dict) and isinstance(theirs, dict):
            found += _differences(theirs, value, f"{section}.{key}")
        elif key in existing and theirs != value and not (key == "path" and fnmatch(str(value), str(theirs))):
            found.append(Kept(f"{section}.{key}", _toml(theirs), _toml(value)))
    return found


def _lacking_in(existing: Mapping[str, Any], entries: Mapping[str, Any]) -> dict[str, Any]:
    """What is new: keys that are not there, and within a table the entries that are not."""
    new: dict[str, Any] = {}
    taken = set(existing.values()) if all(isinstance(one, str) for one in existing.values()) else _columns_in(existing)
    for key, value in entries.items():
        if key not in existing:
            if key in ROLES_OF["people"] and value in taken:
                continue  # this column plays another role, as the user has it
            new[key] = value
        elif isinstance(value, dict) and isinstance(existing[key], dict):
            more = {one: said for one, said in value.items() if one not in existing[key]}
            new |= {key: more} if more else {}
    return new


def _columns_in(existing: Mapping[str, Any]) -> set[str]:
    return {one for key, one in existing.items() if isinstance(one, str) and key in ROLES_OF["people"]}


def _toml(value: object) -> str:
    return str(tomlkit.item(value).as_string())


def _inline(value: Mapping[str, Any]) -> InlineTable:
    table = tomlkit.inline_table()
    table.update(value)
    return table


def _line(key: str, value: Any) -> str:  # noqa: ANN401 - any TOML value
    return tomlkit.dumps({key: _inline(value) if isinstance(value, dict) else value}).rstrip("\n")


def _comments(proposal: Proposal, section: str, say: Words) -> list[str]:
    roles = proposal.roles
    found = []
    if section == _PEOPLE and "household" not in roles and "address" in roles:
        found.append(say["map.new.household"])
    if proposal.special:
        found.append(" ".join(say("map.new.special", columns=", ".join(proposal.special)).split()))
    return found


def _block(section: str, entries: Mapping[str, Any], comments: Sequence[str]) -> str:
    lines = [f"[{section}]", *(_line(key, value) for key, value in entries.items()), *comments]
    return "\n".join(lines) + "\n"


def _title(folder: Path) -> str:
    name = re.sub(r"[-_]+", " ", folder.resolve().name).strip()
    return name[:1].upper() + name[1:] if name else "Campaign"


def _new(title: str, purpose: str | None, place: str | None, block: str, say: Words) -> str:
    """A campaign's first file, with what is missing as comments."""
    placed = _line("place", place) if place else '# place = "US-MI"'
    lines = [
        say("map.new.top", name=title.replace("\n", " ")).strip(),
        "format = 1",
        _line("name", title),
        f"{_line('purpose', purpose or '...')}   {say['map.new.purpose']}",
        f"{placed}   {say['map.new.place']}",
        "",
        say["map.new.people"],
        block,
    ]
    return "\n".join(lines) + "\n" + say("map.new.more")


def _missing(content: Mapping[str, Any], folder: Path) -> tuple[str, ...]:
    found = [name for name in ("format", *_NEEDED) if not content.get(name)]
    found += [] if _at(content, _PEOPLE) else ["people"]
    return (*found, *(() if any((folder / "messages").glob("*.md")) else ("messages",)))


def _laid_in(text: str, content: dict[str, Any], section: str, new: Mapping[str, Any], added: str, toml: Path) -> str:
    """The file with the new lines, every other line of it as it was.

    Raises:
        SettingsError: when it is written in a way in which that cannot be done for sure.
    """
    wanted = _merged(content, section.split("."), new)
    ways: list[Callable[[], str]] = [lambda: _edited(text, section, new)]
    if not _at(content, section):
        ways.insert(0, lambda: text.rstrip("\n") + "\n\n" + added)
    for way in ways:
        try:
            whole = way()
            if tomllib.loads(whole) == wanted and _comments_of(text) <= _comments_of(whole):
                _check(wanted, section)
                return re.sub("\r?\n", "\r\n", whole) if "\r\n" in text else whole
        except (tomllib.TOMLDecodeError, TOMLKitError, TypeError, KeyError, ValueError):
            continue  # written in another way: try the next
    raise SettingsError(
        f"{FILE} is written in a way that cannot be added to safely.",
        file=toml,
        key=section,
        found="tables within tables",
        expected=f"a section [{section}]",
        hint="Write these lines yourself:  " + "  ".join(added.splitlines()),
    )


def _check(content: Mapping[str, Any], section: str) -> None:
    """What we write must be what we read; a mistake of the user's beside it is told when the campaign is checked."""
    try:
        _spec_of(section).model_validate(_at(content, section))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join([section, *map(str, first["loc"])])
        raise SettingsError(
            f'"{key}" is wrong: {first["msg"]}.', file=FILE, key=key, found=first["input"], hint="Correct it first."
        ) from error


def _merged(content: Mapping[str, Any], path: Sequence[str], new: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(content)
    if path:
        inner = found.get(path[0], {})
        found[path[0]] = _merged(inner if isinstance(inner, dict) else {}, path[1:], new)
        return found
    for key, value in new.items():
        found[key] = {**found.get(key, {}), **value} if isinstance(value, dict) else value
    return found


def _edited(text: str, section: str, new: Mapping[str, Any]) -> str:
    """The keys put into the table where it stands, be it a section or within braces."""
    document = tomlkit.parse(text)
    place: Any = document
    for part in section.split("."):
        if part not in place:
            place[part] = tomlkit.inline_table() if isinstance(place, InlineTable) else tomlkit.table()
        place = place[part]
    for key, value in new.items():
        if isinstance(value, dict):
            if key not in place:
                place[key] = tomlkit.inline_table()
            for one, said in value.items():
                place[key][one] = said
        else:
            place[key] = value
    return tomlkit.dumps(document)


def _comments_of(text: str) -> set[str]:
    return {line.partition("#")[2].strip() for line in text.splitlines() if "#" in line}
