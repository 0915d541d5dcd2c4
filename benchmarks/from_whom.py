"""From whom, in made-up towns whose truth is known: is what is said of choosing volunteers true, and does it pay?

Springfield as it is, three rounds each. What the choice of a round's volunteers truly adds is the town's own chance with the
volunteers chosen, less the mean over twenty draws by chance, over all calls and visits, per 1,000 people of the town.
It never hangs on the report's own figures. ``TOWNS`` says how many towns, ``WORKERS`` how many at a time.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import machine, table
from groundswell.worlds import Town

TOWNS = int(os.environ.get("TOWNS", "12"))
WORKERS = int(os.environ.get("WORKERS", "2"))
ROUNDS, DRAWS = 3, 20
_DAY = date(2026, 11, 22)


def main() -> str:
    """Play the towns; the Markdown text for the results."""
    with ProcessPoolExecutor(WORKERS) as pool:
        played = list(pool.map(play, range(TOWNS)))
    lines = []
    for number in range(1, ROUNDS + 1):
        mine = [one[number] for one in played]
        truth = np.array([one["truth"] for one in mine])
        cells = [
            f"{np.mean([one['calls'] for one in mine]):,.0f}",
            f"{truth.mean():+.1f}",
            f"{(truth > 0).sum()} of {TOWNS}",
        ]
        said = [one["said"] for one in mine if one["said"] is not None]
        if said:
            held = sum(one["said"][1] <= one["truth"] <= one["said"][2] for one in mine if one["said"] is not None)
            proven = sum(one[1] > 0 for one in said)
            cells += [f"{np.mean([one[0] for one in said]):+.1f}", f"{held} of {len(said)}", f"{proven} of {len(said)}"]
        else:
            cells += ["nothing yet", "", ""]
        lines.append([str(number), *cells])
    head = ["round", "calls and visits", "true gain over chance", "above 0 in", "said", "interval holds", "proven in"]
    return f"{machine('groundswell', 'numpy')}.\n\n**{TOWNS} towns, per 1,000 people:**\n\n{table(head, lines)}\n"


def play(seed: int) -> dict[int, dict[str, Any]]:
    """One town's rounds: what is said of the choice of volunteers, and what is true."""
    import groundswell
    from groundswell.campaigns.folder import decisions_of
    from groundswell.tables import read
    from groundswell.worlds import contacts_before, read_town, write_town

    found: dict[int, dict[str, Any]] = {}
    with TemporaryDirectory() as place:
        folder = Path(place) / "town"
        write_town(folder, seed=seed)
        rounds = groundswell.open(folder).simulate(ROUNDS, now=_DAY)
        town = read_town(folder)
        for done in rounds:
            spoken = read(done.path / "spoken.parquet").to_pylist()
            today = date.fromisoformat(done.summary["today"])
            recent = contacts_before(decisions_of(folder, before=done.number), town.person_ids, today)
            truth = _truth(town, spoken, recent, np.random.default_rng(seed))
            told = done.summary["from_whom"]["gain"]
            said = None if told is None else [1_000 * told[part] for part in ("value", "lower", "upper")]
            found[done.number] = {"calls": len(spoken), "truth": truth, "said": said}
    return found


def _truth(town: Town, spoken: list[dict[str, Any]], recent: NDArray[Any], rng: np.random.Generator) -> float:
    """What the volunteers chosen add over volunteers drawn by their hours, per 1,000 people."""
    place = {person: at for at, person in enumerate(town.person_ids)}
    rows = np.array([place[row["person"]] for row in spoken])
    options = sorted({row["option"] for row in spoken})
    column = np.array([1 + options.index(row["option"]) for row in spoken])
    chosen: list[str | None] = [None] * len(place)
    for row, at in zip(spoken, rows.tolist(), strict=True):
        chosen[at] = row["messenger"]

    def chance(messengers: list[str | None]) -> float:
        return float(town.chances(options, contacts=recent, messengers=messengers)[rows, column].sum())

    ids, hours = town.volunteers["id"].to_pylist(), town.volunteers["hours"].to_numpy().astype(float)
    doors = np.array([("door" in one) for one in town.volunteers["carries"].to_pylist()])
    by_chance = []
    for _ in range(DRAWS):
        anybody = rng.choice(len(ids), len(rows), p=hours / hours.sum())
        walker = rng.choice(len(ids), len(rows), p=hours * doors / (hours * doors).sum())
        drawn: list[str | None] = [None] * len(place)
        for at, row, one, other in zip(rows.tolist(), spoken, anybody.tolist(), walker.tolist(), strict=True):
            drawn[at] = ids[other if row["option"].endswith("/door") else one]
        by_chance.append(chance(drawn))
    return 1_000 * (chance(chosen) - float(np.mean(by_chance))) / len(place)
