"""``groundswell demo`` and ``groundswell new``: folders of made-up places."""

from __future__ import annotations

from pathlib import Path

from groundswell.vocabulary import CampaignError
from groundswell.worlds import TOWN_NAMED, write_company, write_town, write_village


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
    _refuse_full(folder, "files that are no campaign", "groundswell demo ANOTHER")
    write_village(folder, people=people, seed=seed)


def make_example(folder: Path, *, example: str, people: int, seed: int, truth: str) -> list[str]:
    """Write a made-up place as a campaign's folder.

    Args:
        folder: a new or an empty folder.
        example: ``town``, ``village`` or ``company``.
        people: how many live, or work, there.
        seed: another seed, another place.
        truth: what is true of a town or a company; ``smooth``: what is usual.

    Returns:
        What to do next, line by line.

    Raises:
        CampaignError: when the folder holds something already.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "springfield"
    >>> make_example(place, example="town", people=1_000, seed=0, truth="smooth")[0].endswith("1,000 people.")
    True
    """
    _refuse_full(folder, "a campaign, or other files", f"groundswell new ANOTHER --example {example}")
    if example == "village":
        write_village(folder, people=people, seed=seed)
        return [f"{folder}: a made-up village of about {people:,} people.", f"Plan a round:  groundswell run {folder}"]
    if example == "company":
        write_company(folder, people=people, seed=seed, truth="listening" if truth == "smooth" else truth)
        return [
            f"{folder}: a made-up company of {people:,} people.",
            f"Plan its first round, a pilot:  groundswell run {folder}",
            f"One page for each team's briefing:  groundswell lists {folder}",
            f"Play five rounds against its truth:  groundswell rounds {folder} --simulate 5",
        ]
    write_town(folder, people=people, seed=seed, truth=truth)
    names = ", ".join(TOWN_NAMED)
    return [
        f"{folder}: a made-up town of {people:,} people.",
        f"Some you can follow by name: {names}.",
        f"Plan its first round, a pilot:  groundswell run {folder}",
        f"Play five rounds against its truth:  groundswell rounds {folder} --simulate 5",
    ]


def _refuse_full(folder: Path, found: str, instead: str) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CampaignError(
            f"{folder} is not empty." if folder.is_dir() else f"{folder} is a file.",
            file=folder,
            found=found if folder.is_dir() else "a file",
            expected="an empty or a new folder",
            hint=f"Give another folder:  {instead}.",
        )
