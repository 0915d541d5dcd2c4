"""What was found about a file and dealt with: no error, but a person should hear of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from groundswell.vocabulary import words


@dataclass(frozen=True)
class Note:
    """One remark about how a file was read.

    Attributes:
        kind: what it is about, the last part of ``note.<kind>`` in the catalogues.
        values: what the sentence is filled with.

    >>> print(Note("wide", {"file": "people.csv", "encoding": "UTF-16"}))
    people.csv is in UTF-16; it was read as that.
    """

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)

    def told(self, language: str = "en") -> str:
        """The remark as a sentence.

        >>> Note("wide", {"file": "people.csv", "encoding": "UTF-16"}).told("es")
        'people.csv está en UTF-16; se ha leído así.'
        """
        return words(language)(f"note.{self.kind}", **self.values)

    def __str__(self) -> str:
        return self.told()
