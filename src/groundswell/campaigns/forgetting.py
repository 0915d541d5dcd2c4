"""``groundswell forget``: somebody goes from every file and table of the campaign, and a keyed hash stays.

What must go is written down first, in ``.groundswell/forgetting.json``; so whatever is killed when, the next command that
changes the folder finishes it. The note itself goes last. From the first step on nobody brings the person back: the hashes
are in the ledger before anything is taken out.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from groundswell.campaigns.blocking import forgotten_hashes, secret_for
from groundswell.campaigns.folder import BY_MESSENGER, HIDDEN, alone, read_card, round_path, rounds_of
from groundswell.campaigns.importing import GIVEN, imports_of, layers_of
from groundswell.campaigns.keeping import SUFFIX
from groundswell.campaigns.linked import forget_links, ids_of_person
from groundswell.campaigns.played import round_key
from groundswell.campaigns.settings import Settings, load_settings
from groundswell.campaigns.standing import ledger_of, revision
from groundswell.ledger import keyed_hash
from groundswell.people import with_made
from groundswell.people.forgetting import ids_of, known_by, units_of
from groundswell.people.layers import PERSON
from groundswell.people.taking_out import Standing, edit_file, edit_lists, edit_rejected, table_edit
from groundswell.people.traces import Trace
from groundswell.sources import read_rows, split_path
from groundswell.tables import Table, read, read_json, read_where, write_json, write_text
from groundswell.tables.csv import as_csv
from groundswell.tables.files import written
from groundswell.tables.scrubbing import edit_table, edit_text, holds, shred, table_values
from groundswell.vocabulary import CampaignError, nearest, words

NOTE = "forgetting.json"
_ASKED = "standing.json"
_MANY = 20_000


@dataclass(frozen=True)
class Forgotten:
    """What became of somebody who asked to be forgotten.

    Attributes:
        person: the id they had.
        rows: rows and lines about them that went.
        files: files that were changed, as they are called in the folder.
        left: files in the folder that tell of them still, and are not ours to change; and backups, which may.
        alike: ids of others who have the same name and the same telephone, e-mail address or home.
        already: they had been forgotten before.
    """

    person: str
    rows: int = 0
    files: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    already: bool = False

    def as_json(self) -> dict[str, Any]:
        """As one JSON object."""
        return {"format": 1, **asdict(self)}


def forget(folder: Path, person: str) -> Forgotten:
    """Forget somebody: they go from every file of the campaign, and no import brings them back.

    Nothing outside the folder is touched. What others get stays as it was planned.

    Args:
        folder: the campaign's.
        person: the id, or the full name where only one has it.

    Raises:
        CampaignError: when there is no such person, or more than one.
        DataError: when they stand in a workbook or a zip file; then nothing was changed.
    """
    with alone(folder):
        before = finish_forgetting(folder)
        if before and before.person == person:
            return before
        settings = load_settings(folder)
        own, who = _who(settings, person)
        if who is None:
            return Forgotten(person, already=True)
        ids = [who, *(one for one in ids_of_person(folder, who) if one != who)]
        note = _plan(settings, own, who) | {"rest": ids[1:]}
        _note(folder, note)
        return _finish(settings, note)


def whom(folder: Path, person: str) -> str:
    """The id of whom a text means, so that somebody can be asked before it is done; nothing is changed.

    Args:
        folder: the campaign's.
        person: the id, or the full name where only one has it.

    Raises:
        CampaignError: when there is no such person, or more than one.
    """
    if (
        folder / HIDDEN / NOTE
    ).exists():  # killed before it was done: whoever is meant there is gone from some files already
        note = read_json(folder / HIDDEN / NOTE)
        if person == note["person"] or person in note["own"]:
            return str(note["person"])
    return _who(load_settings(folder), person)[1] or person


def finish_forgetting(folder: Path) -> Forgotten | None:
    """Finish what was begun; None where nothing was. Whoever calls it keeps everybody else out of the folder.

    Args:
        folder: the campaign's.
    """
    note = _noted(folder)
    return None if note is None else _finish(load_settings(folder), note)


def _noted(folder: Path) -> dict[str, Any] | None:
    """What was begun; a note that was overwritten already is of something that is done."""
    place = folder / HIDDEN / NOTE
    if not place.exists():
        return None
    if place.read_bytes()[:1] in {b"", b"\0"}:
        shred(place)
        return None
    found: dict[str, Any] = read_json(place)
    return found


def _finish(settings: Settings, note: Mapping[str, Any]) -> Forgotten:
    trace = _trace(note)
    with ledger_of(settings) as ledger:  # first of all: from now on nobody brings them back
        ledger.forget([(kind, subject) for kind, subject in note["subjects"]], note["hashes"])
    changed = dict(_own_files(settings, note, trace))
    changed |= dict(_imports(settings, note, trace))
    changed |= dict(_rounds(settings, note, trace))
    changed |= dict(forget_links(settings.folder, note["person"]))
    _seal(settings, note)
    files = tuple(sorted(name for name, rows in changed.items() if rows))
    done = Forgotten(
        note["person"], sum(changed.values()), files, tuple(_left(settings.folder, trace)), tuple(note["alike"])
    )
    rest = note.get("rest", [])
    if rest:  # the same person's other ids: their note takes this one's place
        following = _plan(settings, own_rows(settings), rest[0]) | {"rest": rest[1:]}
        _note(settings.folder, following)
        also = _finish(settings, following)
        names = tuple(sorted({*done.files, *also.files}))
        return replace(done, rows=done.rows + also.rows, files=names, left=also.left, alike=also.alike)
    shred(settings.folder / HIDDEN / NOTE)
    return done


def _note(folder: Path, note: Mapping[str, Any]) -> None:
    with written(folder / HIDDEN / NOTE) as draft:
        draft.touch(0o600)
        draft.write_text(json.dumps(note), "utf-8")


def own_rows(settings: Settings) -> Table:
    """The campaign's own file of people as text, with what is made of it: every row, whatever is wrong with it."""
    source = settings.spec.sources.people
    if source.person == "#row":
        raise CampaignError(
            "In a file without ids nobody can be told from the others once a row is gone.",
            file=settings.file,
            key="sources.people.person",
            found='person = "#row"',
            expected="a column with the person's id",
            hint="Give the file a column of ids and name it in campaign.toml.",
        )
    found = read_rows(
        settings.source(source.path), {}, key="sources.people", delimiter=source.delimiter, header_only=True
    )
    return with_made(found.table, source.roles(), country=settings.country)


def find_person(settings: Settings, own: Table, person: str) -> str | None:
    """The id of a person, whom any file or round knows by id or by full name; None where nobody does.

    Args:
        settings: the campaign.
        own: of :func:`own_rows`.
        person: the id or the full name.

    Raises:
        CampaignError: when several have that name.
    """
    source, layers = settings.spec.sources.people, layers_of(settings.folder)
    found = ids_of(person, own, layers, column=source.person, roles=settings.people.roles())
    for column in ("person", "name"):
        found = found or sorted(
            {row["person"] for path in _peoples(settings.folder) for row in _with(path, column, person)}
        )
    if len(found) > 1:  # of one person's ids the one they go by
        found = sorted({ids_of_person(settings.folder, one)[0] for one in found})
    if len(found) > 1:
        raise CampaignError(
            f'There are {len(found)} people called "{person}".',
            key="person",
            found=", ".join(found[:10]),
            expected="one person",
            hint="Give the id of one of them.",
        )
    return found[0] if found else None


def nobody(settings: Settings, own: Table, person: str) -> CampaignError:
    """The error for a person whom no file knows."""
    known = own.slice(0, _MANY)
    names = [settings.spec.sources.people.person, settings.people.roles().get("name")]
    near = nearest(
        person, [text for name in names if name in known.column_names for text in known[name].to_pylist() if text]
    )
    return CampaignError(
        f'There is no person "{person}" in this campaign.',
        key="person",
        found=person,
        expected="a person's id or full name",
        hint=f'Did you mean "{near}"?' if near else "Write it as it stands in the file of people.",
    )


def _who(settings: Settings, person: str) -> tuple[Table, str | None]:
    """The rows of the campaign's own file, and the person's id; None where they were forgotten before."""
    own = own_rows(settings)
    found = find_person(settings, own, person)
    if found is None and keyed_hash(secret_for(settings), f"id:{person}") not in forgotten_hashes(settings):
        raise nobody(settings, own, person)
    return own, found


def _plan(settings: Settings, own: Table, person: str) -> dict[str, Any]:
    """What must go, as it is written down; nothing is changed yet, and all files were seen to be such that it can be done."""
    folder, secret = settings.folder, secret_for(settings)
    known = known_by(
        person,
        own,
        layers_of(folder),
        column=settings.spec.sources.people.person,
        roles=settings.people.roles(),
        earlier=[read_where(path, "person", [person]) for path in _peoples(folder)],
    )
    units = {path.parent.name: units_of(path, person) for path in _peoples(folder)}
    gone = frozenset().union(*(alone for _, alone in units.values()))
    kept = frozenset().union(*(all_ - alone for all_, alone in units.values()))
    say = words(settings.spec.languages[0])
    note = {
        "format": 1,
        "token": secrets.token_hex(8),
        "person": person,
        "own": known.own,
        "shared": known.shared,
        "voices": _voices(settings, person),
        "word": say["rights.somebody"],
        "left_out": say["left_out.forgotten"],
        "subjects": known.subjects,
        "hashes": [keyed_hash(secret, text) for text in known.identities],
        "alike": known.alike,
        "units": {name: [sorted(all_), sorted(alone)] for name, (all_, alone) in units.items()},
        "gone": sorted(gone - kept),
        "learnt": [
            path.parent.name for path in _rounds_with(folder, "past.parquet") if person in table_values(path, "person")
        ],
        "sources": [one.as_note() for one in _sources(settings)],
        "sealed": _sealed(settings),
    }
    trace, rows = _trace(note), {}
    for one in _sources(settings):
        rows[one.role] = edit_file(
            settings.source(one.path), trace, _place(one.as_note(), note), delimiter=one.delimiter, dry=True
        )
    return note | {"rows": rows["people"]}


@dataclass(frozen=True)
class _Source:
    """A file of the campaign's own, and in which columns people stand."""

    role: str
    path: str
    delimiter: str | None
    ids: tuple[str, ...]
    managers: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    def as_note(self) -> dict[str, Any]:
        return asdict(self)


def _sources(settings: Settings) -> list[_Source]:
    """The campaign's own files that are there."""
    sources = settings.spec.sources
    people = sources.people
    manager = settings.people.roles().get("manager")
    found = [_Source("people", people.path, people.delimiter, (people.person,), (manager,) if manager else ())]
    for role in ("past", "outcomes", "events", "remarks", "messengers", "friends"):
        one = getattr(sources, role)
        if one is not None:
            key = getattr(one, "key", None)
            found.append(_Source(role, one.path, one.delimiter, (one.person,), keys=(key,) if key else ()))
    return [one for one in found if split_path(settings.source(one.path))[0].exists()]


def _voices(settings: Settings, person: str) -> list[str]:
    """The ids under which the person speaks for the campaign."""
    source = settings.spec.sources.messengers
    if source is None or not settings.source(source.path).exists():
        return []
    rows = records_of(settings.source(source.path), source.delimiter)
    return sorted({row[source.messenger] for row in rows if row[source.person] == person and row[source.messenger]})


def records_of(path: Path, delimiter: str | None) -> list[dict[str, Any]]:
    """The rows of a file of the campaign's own, as text; none where only a header is left."""
    found: list[dict[str, Any]] = read_rows(
        path, {}, key="sources", delimiter=delimiter, header_only=True
    ).table.to_pylist()
    return found


def _trace(note: Mapping[str, Any]) -> Trace:
    return Trace(note["person"], tuple(note["own"]), tuple(note["shared"]), tuple(note["voices"]), note["word"])


def _place(source: Mapping[str, Any], note: Mapping[str, Any]) -> Standing:
    return Standing(tuple(source["ids"]), tuple(source["managers"]), tuple(source["keys"]), frozenset(note["gone"]))


def _own_files(settings: Settings, note: Mapping[str, Any], trace: Trace) -> Iterator[tuple[str, int]]:
    for source in note["sources"]:
        path = settings.source(source["path"])
        yield source["path"], len(edit_file(path, trace, _place(source, note), delimiter=source["delimiter"]))


def _imports(settings: Settings, note: Mapping[str, Any], trace: Trace) -> Iterator[tuple[str, int]]:
    place, gone = settings.folder / HIDDEN / "imports", frozenset(note["gone"])
    _remove(place.rglob(".*.part"))
    manager = settings.people.roles().get("manager")
    for one in imports_of(settings.folder, undone=True):
        path, people = one["path"], one["kind"] == "people"
        for table in sorted(path.glob("*.parquet")):
            # The columns of a list of people are its own: one called person or unit may be anything.
            standing = (
                Standing((PERSON,), (manager,) if manager else ())
                if people
                else Standing(("person",), (), ("key",), gone)
            )
            yield _named(settings, table), edit_table(table, table_edit(trace, standing))
        yield _named(settings, path / "rejected.csv"), edit_rejected(path / "rejected.csv", trace)
        if (path / GIVEN).exists():
            said = read_json(path / GIVEN)
            kept = [one for one in said if list(one[:2]) not in [list(subject) for subject in note["subjects"]]]
            if kept != said:
                write_json(kept, path / GIVEN)
            yield _named(settings, path / GIVEN), len(said) - len(kept)
        edit_text(path / "import.json", trace.in_json)


def _rounds(settings: Settings, note: Mapping[str, Any], trace: Trace) -> Iterator[tuple[str, int]]:
    rounds = settings.folder / HIDDEN / "rounds"
    unfinished = [path for path in _folders(rounds) if path.name != "0000" and not (path / "summary.json").exists()]
    _remove([*unfinished, *rounds.rglob(".*.part")])
    for path in _folders(rounds):
        units, gone = note["units"].get(path.name, ([], note["gone"]))
        shutil.rmtree(path / "lists" / BY_MESSENGER, ignore_errors=True)  # written again by whoever asks for them
        if (path / "lists").is_dir():
            yield _named(settings, path / "lists"), edit_lists(path / "lists", trace, units, gone, say=note["left_out"])
        if path.name in note["learnt"]:  # a number for each unit stands in it; whoever needs it learns it again
            (path / "learnt.gsw").unlink(missing_ok=True)
        sealed = note["sealed"] is not None and path == round_path(settings.folder, note["sealed"]["round"])
        # The people last: by them the others are found.
        for table in sorted(path.glob("*.parquet"), key=lambda one: (one.name == "people.parquet", one.name)):
            standing = _standing(settings, table.stem, gone, note["rows"] if sealed else ())
            yield _named(settings, table), edit_table(table, table_edit(trace, standing), mark=note["token"])
        _texts(path, trace)


def _standing(settings: Settings, stage: str, gone: Iterable[str], rows: Iterable[int]) -> Standing:
    """Where somebody stands in a table of a round."""
    own, roles = settings.spec.sources.people, settings.people.roles()
    if stage == "rows":
        manager = roles.get("manager")
        return Standing((own.person,), (manager,) if manager else (), (), frozenset(), tuple(rows), "_row")
    file = settings.source(own.path).name if stage.endswith("rejected") else None
    return Standing(units=frozenset(gone), gone=tuple(rows), numbers="row", file=file)


def _texts(path: Path, trace: Trace) -> None:
    """What was written for people to read."""
    if (path / "rejected.parquet").exists() and (path / "rejected.csv").exists():
        text = as_csv(read(path / "rejected.parquet"))
        if text.encode() != (path / "rejected.csv").read_bytes():
            write_text(text, path / "rejected.csv")
    for one in sorted(path.glob("*.json")):
        edit_text(one, trace.in_json)
    for one in sorted(path.glob("*.html")):
        edit_text(one, trace.in_page)


def _sealed(settings: Settings) -> dict[str, Any] | None:
    """The last round, where it is as the campaign stands: it then stays so, and the others get what they had."""
    numbers = rounds_of(settings.folder)
    path = round_path(settings.folder, numbers[-1]) if numbers else settings.folder
    card = read_card(path) if numbers and (path / "summary.json").exists() else None
    if card is None:
        return None
    as_run = load_settings(settings.folder, tuple(card.get("sets", ())))
    asked = read_json(path / _ASKED)["revision"] if (path / _ASKED).exists() else None
    if card["key"] != round_key(as_run, card["seed"], card["round"]) or asked not in {None, revision(settings)}:
        return None
    return {"round": numbers[-1], "settings": as_run.key}


def _seal(settings: Settings, note: Mapping[str, Any]) -> None:
    """Say of that round that it is up to date still: that somebody is gone changes nothing for the others."""
    if note["sealed"] is None:
        return
    path = round_path(settings.folder, note["sealed"]["round"])
    card = read_card(path)
    if card is None or not (path / "summary.json").exists():
        return
    as_run = load_settings(settings.folder, tuple(card.get("sets", ())))
    if as_run.key == note["sealed"]["settings"]:
        if (path / _ASKED).exists():
            write_json(read_json(path / _ASKED) | {"revision": revision(settings)}, path / _ASKED)
        write_json(card | {"key": round_key(as_run, card["seed"], card["round"])}, path / "round.json")


def _left(folder: Path, trace: Trace) -> Iterator[str]:
    """Files that tell of the person still, and backups of ours: they are the user's to change or remove."""
    ours = (folder / HIDDEN / "rounds", folder / HIDDEN / "imports")
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name == NOTE or any(part in path.parents for part in ours):
            continue
        if path.name.endswith(SUFFIX) or holds(path, trace.texts):
            yield path.relative_to(folder).as_posix()


def _peoples(folder: Path) -> list[Path]:
    """The tables of people of all finished rounds, the last first."""
    return [
        path for path in reversed(_rounds_with(folder, "people.parquet")) if (path.parent / "summary.json").exists()
    ]


def _rounds_with(folder: Path, name: str) -> list[Path]:
    return [path / name for path in _folders(folder / HIDDEN / "rounds") if (path / name).exists()]


def _folders(rounds: Path) -> list[Path]:
    return sorted(path for path in rounds.glob("[0-9][0-9][0-9][0-9]") if path.is_dir()) if rounds.is_dir() else []


def _with(path: Path, column: str, text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_where(path, column, [text]).to_pylist()
    return found


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _named(settings: Settings, path: Path) -> str:
    return path.relative_to(settings.folder).as_posix()
