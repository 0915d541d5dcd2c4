"""What answers truly bring: a company whose payroll tells nothing of what its people care about asks them, and decides anew.

Companies of 20,000, three rounds. The second foretells what the answers of those whom it asks will be worth in the next one.
There, those who answered are decided for twice, by the same policy: with their answers, and as they were known before.
The difference is valued by the company's truth, less what is scarce at the round's prices.
``QUESTIONS`` says how many companies.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import t

from benchmarks.measuring import machine, table

QUESTIONS = int(os.environ.get("QUESTIONS", "8"))
PEOPLE = 20_000
_DAY = date(2026, 11, 22)


def main() -> str:
    """Play them all; the Markdown text for the results."""
    with ProcessPoolExecutor(2) as pool:
        played = [found for found in pool.map(play, range(QUESTIONS)) if found["answers"]]
    lines = [
        [
            str(place),
            f"{found['asked']:,.0f}",
            f"{found['answers']:,.0f}",
            f"{found['foretold']:,.0f}",
            f"{found['came']:,.0f}",
        ]
        for place, found in enumerate(played)
    ]
    came, foretold = (np.array([found[name] for found in played]) for name in ("came", "foretold"))
    reach = t.ppf(0.975, len(came) - 1) * came.std(ddof=1) / np.sqrt(len(came))
    head = ["company", "asked", "answered", "foretold, GBP", "came true, GBP"]
    return (
        f"{machine('groundswell', 'numpy')}.\n\n"
        + table(head, lines)
        + f"\n\nMean of {len(came)} companies: foretold {foretold.mean():,.0f}, came true {came.mean():,.0f}"
        + f" ({came.mean() - reach:,.0f} to {came.mean() + reach:,.0f}) GBP in one round; one act is worth 30.\n"
    )


def play(seed: int) -> dict[str, float]:
    """One company: how many were asked and answered, what an answer was said to be worth, and what it truly brought."""
    import groundswell
    from groundswell.campaigns.folder import Shelf
    from groundswell.campaigns.inputs import bars_of, opened, see
    from groundswell.policy import decide, read_policy
    from groundswell.tables import read
    from groundswell.worlds import read_company, write_company

    with TemporaryDirectory() as place:
        folder = Path(place) / "acme"
        write_company(folder, seed=seed, people=PEOPLE, truth="hidden")
        campaign = groundswell.open(folder)
        _, second, third = campaign.simulate(3, now=_DAY)
        file = folder / "data" / "answers_0002.csv"
        if not file.exists():
            return {"asked": 0.0, "answers": 0.0, "foretold": 0.0, "came": 0.0}
        answered = pa.array(sorted({line.split(",")[0] for line in file.read_text("utf-8").splitlines()[1:]}))
        settings, company = campaign.settings, read_company(folder)
        today, shelf = date.fromisoformat(third.summary["today"]), Shelf(third.path, lambda _: None)
        seen = see(settings, shelf, number=3, today=today)
        people, rows, known = seen.arrived.people, seen.arrived.rows, seen.known
        policy = read_policy(third.path / "policy.gsw")
        before = read(second.path / "traits.parquet")
        mine = pc.is_in(known.traits["person"], value_set=answered).to_numpy(zero_copy_only=False).astype(bool)

        def value(traits: pa.Table) -> np.ndarray:
            openness = opened(
                settings,
                people,
                rows,
                known=replace(known, traits=traits),
                decisions=seen.heard.decisions,
                number=3,
                today=today,
                barred=bars_of(settings, shelf, people, today=today),
            )
            found = decide(openness.batch(traits), policy, today)
            true = np.column_stack([company.effect(option) for option in policy.options])[where]
            return np.asarray((found.propensities[:, 1:] * (policy.worth * true - found.scores.priced)).sum(axis=1))

        order = {person: at for at, person in enumerate(company.person_ids)}
        where = np.array([order[person] for person in known.traits["person"].to_pylist()])
        gain = (value(known.traits) - value(_as_before(known.traits, before, mine)))[mine]
        asked = second.summary["questions"]
        return {
            "asked": float(asked["asked"]),
            "answers": float(len(gain)),
            "foretold": float(asked["worth"]),
            "came": float(gain.sum()),
        }


def _as_before(traits: pa.Table, before: pa.Table, mine: np.ndarray) -> pa.Table:
    """What is known of those who answered, as it was before they did."""
    place = pc.index_in(traits["person"], value_set=before["person"].combine_chunks())
    for name in [column for column in traits.column_names if column.startswith("interest_")]:
        was = before[name].take(place).combine_chunks()
        told = pc.if_else(pa.array(mine), was, traits[name].combine_chunks())
        traits = traits.set_column(traits.column_names.index(name), name, told)
    return traits
