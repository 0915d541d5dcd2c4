"""Lists that were written already: whoever may no longer be contacted is taken off them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from groundswell.channels import Channel, kind_of
from groundswell.delivery.lists import LEFT_OUT, LEFT_OUT_HEADER, closed_to
from groundswell.delivery.voices import Voices
from groundswell.tables import write_text
from groundswell.tables.csv import lines_as_csv, neutral
from groundswell.vocabulary import words


def take_off(
    folder: Path,
    *,
    people: pa.Table,
    channels: Mapping[str, Channel],
    barred: pa.Table,
    language: str,
    campaign: str = "",
) -> int:
    r"""Take off a round's lists whom the ledger closes a channel to; the others' lines stay as they are.

    Whoever said stop speaks to nobody any more, either: another colleague says it, and what only they could say goes.

    Args:
        folder: where the lists are.
        people: the people of that round, contract ``PEOPLE``.
        channels: by id.
        barred: contract ``people.BARRED``, as the ledger has it now.
        language: of the words on the list of those left out.
        campaign: the campaign's name.

    Returns:
        How many lines were taken off.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "call-list.csv").write_text("person,propensity\nada,0.5\nben,0.5\n")
    >>> _ = (folder / LEFT_OUT).write_text("unit,reason,in words,propensity\n")
    >>> people = pa.table({"person": ["ada", "ben"], "unit": ["ada", "ben"], "stop": [False, False]})
    >>> stopped = {"person": ["ada"], "channel": ["phone"], "rule": ["stop"], "source": ["said so"]}
    >>> phone = {"phone": Channel("phone", "person", {})}
    >>> take_off(folder, people=people, channels=phone, barred=pa.table(stopped), language="en")
    1
    """
    gone: dict[str, tuple[str, str]] = {}  # unit -> why, and the propensity it was decided with
    listed: set[str] = set()
    ids = [neutral(person) for person in people["person"].to_pylist()]  # as they stand on the lists
    unit_of = dict(zip(ids, people["unit"].to_pylist(), strict=True))
    taken = 0
    voices = Voices(people, barred, campaign) if any(one.by and not one.matched for one in channels.values()) else None
    for name, channel in channels.items():
        path = folder / f"{kind_of(name).list_name}.csv"
        if not path.exists():
            continue
        header, *lines = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        who, chance = header.index("person"), header.index("propensity")
        closed = {person for person, said in zip(ids, closed_to(people, channel, barred), strict=True) if said}
        kept = [line for line in lines if line[who] not in closed]
        changed = False
        if voices is not None and channel.by and not channel.matched:
            kept, changed = _spoken_by(kept, header, voices, dict(zip(ids, people["person"].to_pylist(), strict=True)))
        listed |= {unit_of[line[who]] for line in kept if line[who] in unit_of}
        there = {line[who] for line in kept}
        gone |= {
            unit_of[line[who]]: ("stop" if line[who] in closed else "no-endpoint", line[chance])
            for line in lines
            if line[who] not in there and line[who] in unit_of
        }
        if changed or len(kept) < len(lines):
            taken += len(lines) - len(kept)
            write_text(lines_as_csv(header, kept), path)
    if taken:
        path = folder / LEFT_OUT
        _, *told = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        say = words(language)
        told += [
            [unit, why, say[f"left_out.{why}"], chance] for unit, (why, chance) in gone.items() if unit not in listed
        ]
        write_text(lines_as_csv(LEFT_OUT_HEADER, told), path)
    return taken


def _spoken_by(
    lines: list[list[str]], header: list[str], voices: Voices, person_of: Mapping[str, str]
) -> tuple[list[list[str]], bool]:
    """The lines with who says each now, without those that nobody can say; and whether any has another voice."""
    who, option, name = (header.index(column) for column in ("person", "option", "messenger_name"))
    kept, changed = [], False
    for line in lines:
        said = voices.of(line[option], person_of[line[who]])
        if said is None:
            continue
        told = neutral(said)
        changed |= told != line[name]
        kept.append([*line[:name], told, *line[name + 1 :]])
    return kept, changed
