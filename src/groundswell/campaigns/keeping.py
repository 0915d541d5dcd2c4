"""What ``backup`` and ``restore`` both need to know of a campaign's folder, whatever else is wrong in its settings."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from groundswell.campaigns.folder import HIDDEN
from groundswell.campaigns.settings import FILE
from groundswell.campaigns.spec import LedgerSpec
from groundswell.vocabulary import CampaignError, SettingsError, languages

SUFFIX = ".gsbackup.tar.gz"

_DRAFT = re.compile(r"\..*\.part(-wal|-shm|-journal)?")
_OURS = {f"{HIDDEN}/{name}" for name in ("lock", "ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db-journal")}


def left_alone(name: str) -> bool:
    """Is this no part of a backup: a lock, a draft, another backup, or the database whose facts go by themselves?

    Args:
        name: of a file or folder within the campaign's, with slashes.

    >>> [left_alone(name) for name in (".groundswell/ledger.db", "data/.people.csv.17.part", "data/people.csv")]
    [True, True, False]
    """
    name = name.lower()  # on some disks LOCK and lock are one file
    last = name.rsplit("/", 1)[-1]
    return name in _OURS or last.endswith(SUFFIX) or _DRAFT.fullmatch(last) is not None


@dataclass(frozen=True)
class Said:
    """What ``campaign.toml`` says that a backup depends on.

    Attributes:
        language: the campaign's first.
        env: the variable with the URL of the ledger's database; None: the ledger is a file in the folder.
        paths: the files that it names.
    """

    language: str
    env: str | None
    paths: tuple[str, ...]


def said_in(content: bytes, file: Path) -> Said:
    """Read what matters here; mistakes elsewhere in it are no reason to be without a backup.

    Args:
        content: of ``campaign.toml``.
        file: where that stands.

    Raises:
        SettingsError: when it is no TOML, or it cannot be told where the ledger is.

    >>> said_in(b'languages = ["es"]', Path("campaign.toml"))
    Said(language='es', env=None, paths=())
    """
    try:
        told = tomllib.loads(content.decode("utf-8-sig"))
        ledger = LedgerSpec.model_validate(told.get("ledger", {}))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValidationError) as error:
        raise SettingsError(
            f"It cannot be read from {FILE} where the ledger is.",
            file=file,
            found=str(error).splitlines()[0],
            expected="TOML in UTF-8; in [ledger] nothing, or the url of a database",
            hint="Correct that line: without the ledger nobody's stop would be kept.",
        ) from error
    known = told.get("languages")
    first = known[0] if isinstance(known, list) and known else None
    return Said(
        first if first in languages() else "en",
        ledger.url.env if ledger.url else None,
        tuple(_paths(told.get("sources"))),
    )


def _paths(sources: Any) -> list[str]:  # noqa: ANN401 - whatever was written there
    parts = sources.values() if isinstance(sources, dict) else ()
    return [part["path"] for part in parts if isinstance(part, dict) and isinstance(part.get("path"), str)]


def ledger_place(said: Said, folder: Path) -> Path | str:
    """Where the ledger of a campaign in this folder is: a file, or the URL of a database.

    Raises:
        CampaignError: when the variable with the URL is not set.
    """
    if said.env is None:
        return folder / HIDDEN / "ledger.db"
    url = os.environ.get(said.env)
    if not url:
        raise CampaignError(
            f"The ledger's database is not known: {said.env} is not set.",
            file=folder / FILE,
            key="ledger.url",
            found=f"no environment variable {said.env}",
            expected="a URL such as postgresql://user@host/database",
            hint="Set it: without the ledger nobody's stop would be kept.",
        )
    return url
