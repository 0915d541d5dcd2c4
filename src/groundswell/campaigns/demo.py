"""``groundswell demo``: a made-up village, and a round in it."""

from __future__ import annotations

from pathlib import Path

from groundswell.vocabulary import CampaignError
from groundswell.worlds import write_village


def make_demo(folder: Path, *, people: int, seed: int) -> None:
    """Write the demo's campaign folder; one that is there already stays as it is.

    Raises:
        CampaignError: when the folder holds something else.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "demo"
    >>> make_demo(place, people=200, seed=0)
    >>> (place / "campaign.toml").exists()
    True
    """
    if (folder / "campaign.toml").exists():
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CampaignError(
            f"{folder} is not empty." if folder.is_dir() else f"{folder} is a file.",
            file=folder,
            found="files that are no campaign" if folder.is_dir() else "a file",
            expected="an empty or a new folder",
            hint="Give another folder:  groundswell demo ANOTHER.",
        )
    write_village(folder, people=people, seed=seed)
