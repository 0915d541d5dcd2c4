"""Lists that were written already: whoever may no longer be contacted is taken off them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from groundswell.channels import Channel, kind_of
from groundswell.delivery.lists import LEFT_OUT, LEFT_OUT_HEADER, closed_to
from groundswell.tables import write_text
from groundswell.tables.csv import lines_as_csv, neutral
from groundswell.vocabulary import words


def take_off(
    folder: Path, *, people: pa.Table, channels: Mapping[str, Channel], barred: pa.Table, language: str
) -> int:
    r"""Take off a round's lists whom the ledger closes a channel to; the others' lines stay as they are.

    Args:
        folder: where the lists are.
        people: the people of that round, contract ``PEOPLE``.
        channels: by id.
        barred: contract ``people.BARRED``, as the ledger has it now.
        language: of the words on the list of those left out.

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
    gone: dict[str, str] = {}
    listed: set[str] = set()
    ids = [neutral(person) for person in people["person"].to_pylist()]  # as they stand on the lists
    unit_of = dict(zip(ids, people["unit"].to_pylist(), strict=True))
    taken = 0
    for name, channel in channels.items():
        path = folder / f"{kind_of(name).list_name}.csv"
        if not path.exists():
            continue
        header, *lines = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        who, chance = header.index("person"), header.index("propensity")
        closed = {person for person, said in zip(ids, closed_to(people, channel, barred), strict=True) if said}
        kept = [line for line in lines if line[who] not in closed]
        listed |= {unit_of[line[who]] for line in kept if line[who] in unit_of}
        gone |= {unit_of[line[who]]: line[chance] for line in lines if line[who] in closed}
        if len(kept) < len(lines):
            taken += len(lines) - len(kept)
            write_text(lines_as_csv(header, kept), path)
    if taken:
        path = folder / LEFT_OUT
        _, *told = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        say = words(language)["left_out.stop"]
        told += [[unit, "stop", say, chance] for unit, chance in gone.items() if unit not in listed]
        write_text(lines_as_csv(LEFT_OUT_HEADER, told), path)
    return taken
