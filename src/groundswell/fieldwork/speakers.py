"""Who speaks for the campaign: how long, through what, in which languages, for which team."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclass(frozen=True)
class Speakers:
    """V messengers, by id.

    Attributes:
        ids: theirs.
        names: as people are told them; None where no name is known.
        row: (V,) the place of each among the people; -1: not among them.
        home: (V,) the code of their household; -1 where it is not known.
        hours: (V,) what they give to one round.
        most: (V,) people each speaks to at most.
        channels: what each carries; None: everything.
        languages: what each speaks; None: it is not known, so any.
        teams: the team of each; None: no team's.
    """

    ids: tuple[str, ...]
    names: tuple[str | None, ...]
    row: NDArray[np.int64]
    home: NDArray[np.int64]
    hours: NDArray[np.float64]
    most: NDArray[np.float64]
    channels: tuple[frozenset[str] | None, ...]
    languages: tuple[frozenset[str] | None, ...]
    teams: tuple[str | None, ...]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.ids)

    def may(self, channel: str, language: str | None, team: str | None, *, bound: bool) -> NDArray[np.bool_]:
        """(V,) who may speak to people of a language and a team through a channel.

        Args:
            channel: the channel.
            language: theirs; several with + between them, where all are needed; None: not known.
            team: whose people they are; None: nobody's.
            bound: True where nobody leaves the own team: from door to door.
        """
        asked = {*(language or "").split("+")} - {""}
        fits = [
            (carries is None or channel in carries)
            and (speaks is None or asked <= speaks)
            and (not bound or team is None or own is None or own == team)
            for carries, speaks, own in zip(self.channels, self.languages, self.teams, strict=True)
        ]
        return np.array(fits, dtype=bool)


def speakers_of(volunteers: pa.Table, people: pa.Table, home: NDArray[np.int64]) -> Speakers:
    """The messengers of a table, in the order of their ids.

    Args:
        volunteers: ``messenger``, ``person``, ``hours``; where they are there, ``name``, ``most``, ``channels``,
            ``languages``, ``team``. One whose person is named and not there speaks to nobody, and is left out.
        people: contract ``people.PEOPLE``.
        home: (people,) codes of households.

    >>> table = pa.table({"messenger": ["v1"], "person": ["eve"], "hours": [2.0], "languages": ["en, es"]})
    >>> found = speakers_of(table, pa.table({"person": ["eve"], "name": ["Eve"]}), np.array([0]))
    >>> found.names, sorted(found.languages[0]), found.most.tolist()
    (('Eve',), ['en', 'es'], [inf])
    """
    place = pc.index_in(volunteers["person"], value_set=people["person"].combine_chunks())
    there = pc.or_(pc.is_null(volunteers["person"]), pc.is_valid(place))
    table = volunteers.append_column("_place", pc.fill_null(place, -1)).filter(there).sort_by("messenger")
    row = table["_place"].to_numpy().astype(np.int64)
    own = _texts(table, "name")
    known = people["name"].take(pa.array(np.maximum(row, 0))).to_pylist() if people.num_rows and len(row) else []
    return Speakers(
        tuple(table["messenger"].to_pylist()),
        tuple(said or (name if at >= 0 else None) for said, name, at in zip(own, known, row.tolist(), strict=True)),
        row,
        np.where(row >= 0, home[np.maximum(row, 0)] if len(home) else -1, -1),
        table["hours"].to_numpy().astype(np.float64),
        _most(table),
        tuple(_set(text) for text in _texts(table, "channels")),
        tuple(_languages(text) for text in _texts(table, "languages")),
        tuple(_texts(table, "team")),
    )


def _texts(table: pa.Table, name: str) -> Sequence[str | None]:
    found: list[str | None] = table[name].to_pylist() if name in table.column_names else [None] * table.num_rows
    return found


def _most(table: pa.Table) -> NDArray[np.float64]:
    if "most" not in table.column_names:
        return np.full(table.num_rows, np.inf)
    return np.asarray(pc.fill_null(pc.cast(table["most"], pa.float64()), np.inf).to_numpy(), dtype=np.float64)


_CALLED = {
    "english": "en",
    "inglés": "en",
    "spanish": "es",
    "español": "es",
    "castellano": "es",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "chinese": "zh",
    "mandarin": "zh",
    "cantonese": "zh",
    "vietnamese": "vi",
    "korean": "ko",
    "arabic": "ar",
    "russian": "ru",
    "portuguese": "pt",
    "italian": "it",
    "polish": "pl",
    "tagalog": "tl",
    "hindi": "hi",
}


def language_of(text: str) -> str | None:
    """Two letters of a language, however it is written; None where it is none.

    >>> language_of("en-US"), language_of("Español"), language_of("EN"), language_of("fluent")
    ('en', 'es', 'en', None)
    """
    plain = text.strip().lower()
    short = re.split(r"[-_]", plain)[0]
    return _CALLED.get(plain, short if re.fullmatch(r"[a-z]{2,3}", short) and plain not in _CALLED else None)


def words_of(text: object) -> list[str]:
    """Words with commas, semicolons, strokes or blanks between them."""
    return [part for part in re.split(r"[\s,;/+]+", str(text or "")) if part]


def _set(text: str | None) -> frozenset[str] | None:
    """The words of a text; None where there are none."""
    return frozenset(part.lower() for part in words_of(text)) or None


def _languages(text: str | None) -> frozenset[str] | None:
    return frozenset(found for part in words_of(text) if (found := language_of(part))) or None
