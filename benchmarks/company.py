"""One slide deck for all against tailored messages: whom, what, from whom, in made-up companies whose truth is known.

Each company of 5,000 is played for five rounds. ``broadcast`` is one message from one messenger to as many as the working
time allows, drawn by chance: the deck. What each is truly worth is the company's own truth, per 1,000 people. In companies
without any effect nobody should be briefed beyond what chance draws. ``COMPANIES`` says how many.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.stats import t

from benchmarks.measuring import machine, table

COMPANIES = int(os.environ.get("COMPANIES", "20"))
ROUNDS = 5
_DAY = date(2026, 11, 22)


def main() -> str:
    """Play them all; the Markdown text for the results."""
    with ProcessPoolExecutor(2) as pool:
        played = list(pool.map(play, range(COMPANIES)))
        still = list(pool.map(play_still, range(COMPANIES)))
    lines = []
    for number in range(2, ROUNDS + 1):
        truths = [one["truth"][number] for one in played]
        gain = np.array([truth["policy"] - truth["broadcast"] for truth in truths]) * 1_000
        error = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
        means = [
            f"{1_000 * np.mean([truth[name] for truth in truths]):.0f}" for name in ("oracle", "policy", "broadcast")
        ]
        better = f"{int((gain > 0).sum())} of {len(gain)}"
        lines.append(
            [
                str(number),
                *means,
                f"{gain.mean():+.1f} ({gain.mean() - error:.1f} to {gain.mean() + error:.1f})",
                better,
            ]
        )
    voices = np.mean([[len(one["voices"][number]) for number in range(2, ROUNDS + 1)] for one in played], axis=0)
    quiet = sum(not any(one["chosen"].values()) for one in still)
    head = ["round", "the best there could be", "tailored", "one deck", "tailored less deck", "better in"]
    return (
        f"{machine('groundswell', 'numpy')}.\n\n**{COMPANIES} companies, true gain per 1,000 people (95 % interval):**\n\n"
        + table(head, lines)
        + f"\n\nMessengers in use, rounds 2 to {ROUNDS}: {', '.join(f'{one:.1f}' for one in voices)}. "
        + f"Without any effect nobody was chosen in {quiet} of {COMPANIES} companies.\n"
    )


def play(seed: int, truth: str = "listening") -> dict[str, Any]:
    """One company's rounds: what is true, who speaks, how many were chosen."""
    import groundswell
    from groundswell.tables import read_json
    from groundswell.vocabulary import messenger_of
    from groundswell.worlds import write_company

    found: dict[str, Any] = {"truth": {}, "voices": {}, "chosen": {}}
    with TemporaryDirectory() as place:
        folder = Path(place) / "acme"
        write_company(folder, seed=seed, truth=truth)
        rounds = ROUNDS if truth != "none" else 2
        for done in groundswell.open(folder).simulate(rounds, now=_DAY)[1:]:
            chosen = {one: count for one, count in done.summary["chosen"].items() if one != "nothing" and count}
            found["truth"][done.number] = read_json(done.path / "truth.json")
            found["voices"][done.number] = {messenger_of(one) for one in chosen} - {None}
            found["chosen"][done.number] = sum(chosen.values())
    return found


def play_still(seed: int) -> dict[str, Any]:
    """The same in a company where nothing has any effect."""
    return play(seed, "none")
