"""What can go wrong, in one shape: what was found, what was expected, what to do.

Every error carries its data, so that a command can print it as a sentence or as JSON.
"""

from __future__ import annotations

from typing import ClassVar


class GroundswellError(Exception):
    """The base of all our errors.

    Args:
        message: one sentence saying what is wrong.
        file: the file it is about.
        key: the key (in a settings file) or column (in data).
        found: what was found there.
        expected: what would have been right.
        hint: what to do next.

    >>> error = SettingsError("There is no goal.", file="campaign.toml", key="actions", hint="Add goal = true.")
    >>> print(error)
    There is no goal.
      file: campaign.toml
      key: actions
      hint: Add goal = true.
    >>> error.as_json()["code"]
    'settings'
    """

    code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        file: object = None,
        key: str | None = None,
        found: object = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = None if file is None else str(file)
        self.key = key
        self.found = None if found is None else str(found)
        self.expected = expected
        self.hint = hint

    def _details(self) -> dict[str, str | None]:
        return {
            "file": self.file,
            "key": self.key,
            "found": self.found,
            "expected": self.expected,
            "hint": self.hint,
        }

    def __str__(self) -> str:
        lines = [self.message]
        lines += [f"  {name}: {value}" for name, value in self._details().items() if value is not None]
        return "\n".join(lines)

    def as_json(self) -> dict[str, str | None]:
        """The error as one flat object: ``code``, ``message`` and the details, null where unknown."""
        return {"code": self.code, "message": self.message, **self._details()}


class SettingsError(GroundswellError):
    """``campaign.toml`` or a message file says something that cannot be."""

    code = "settings"

    def __init__(self, message: str, **details: object) -> None:
        self.others: tuple[SettingsError, ...] = ()
        super().__init__(message, **details)  # type: ignore[arg-type]


class ExpressionError(GroundswellError):
    """A campaign's own SQL expression is wrong or not allowed."""

    code = "expression"


class DataError(GroundswellError):
    """A file of people, past treatments or outcomes cannot be used."""

    code = "data"


class EvidenceError(GroundswellError):
    """The past experiment cannot carry the conclusion that was asked of it."""

    code = "evidence"


class NotFittedError(EvidenceError, ValueError, AttributeError):
    """A model was asked before it learnt anything; caught like scikit-learn's error of the same name."""

    code = "not-fitted"


class StorageError(GroundswellError):
    """The disk or the folder did not take what had to be written."""

    code = "storage"


class CampaignError(GroundswellError):
    """What was asked for is not there: no campaign, no round, no such person; or somebody else is at it."""

    code = "campaign"
