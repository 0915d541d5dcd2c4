"""What whole rounds on the 344,084 voters of Gerber, Green & Larimer (2008) say, seed by seed.

Goals: rates within 0.01 points of the published ones; flat costs: policy - nothing >= +20 per thousand on average, policy -
broadcast >= +4 with its lower bound above 0 in 8 of 10 seeds, policy - single >= -0.5 and never proven worse; four prices:
policy - mixture >= +2.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measuring import DATA, ROOT, groundswell, machine, table

FILE = DATA / "gerber_green_larimer_2008.csv.gz"
PUBLISHED = {
    "nothing": 29.66,
    "civic-duty/post": 31.45,
    "hawthorne/post": 32.24,
    "self/post": 34.52,
    "neighbors/post": 37.79,
}
SEEDS = range(10)
FLAT = ("policy-nothing", "policy-broadcast", "policy-single", "single-broadcast")
PRICED = ("policy-nothing", "policy-mixture", "policy-broadcast", "policy-single")


def main() -> str:
    """Run everything; the Markdown text for the results."""
    if not FILE.exists():
        return "skipped: the voter mailing is not beside this checkout (shared/data)\n"
    parts = [machine("groundswell", "duckdb", "lightgbm", "numpy", "highspy")]
    with TemporaryDirectory() as place:
        flat = copy_of("turnout-mail", Path(place))
        summaries = {seed: _seed(flat, seed) for seed in SEEDS}
        parts.append(_rates(summaries[0]))
        parts.append("**Flat costs (a letter for a quarter of the households), per 1,000 people:**\n")
        parts.append(_seeds(summaries, FLAT))
        priced = copy_of("turnout-mail-costs", Path(place))
        parts.append("**Letters at 1, 15, 30 and 45, with 25 % of 45 a household, per 1,000 people:**\n")
        parts.append(_seeds({seed: _seed(priced, seed) for seed in SEEDS}, PRICED))
    return "\n\n".join(parts) + "\n"


def copy_of(example: str, place: Path) -> Path:
    """A copy of an example, without what a run left in it."""
    source = ROOT / "examples" / example
    return Path(shutil.copytree(source, place / example, ignore=shutil.ignore_patterns(".groundswell")))


def _seed(folder: Path, seed: int) -> dict[str, Any]:
    return groundswell("run", str(folder), "--set", f"sources.people.path={FILE}", "--seed", str(seed))[1]


def _rates(summary: dict[str, Any]) -> str:
    rows = []
    for arm in summary["arms"]:
        rate, uplift = 100 * arm["rate"], [1000 * arm["uplift"][key] for key in ("value", "lower", "upper")]
        rows.append(
            [
                arm["option"],
                f"{arm['people']:,}",
                f"{rate:.2f}",
                f"{PUBLISHED[arm['option']]:.2f}",
                f"{uplift[0]:.1f} ({uplift[1]:.1f} to {uplift[2]:.1f})",
            ]
        )
    return table(["option", "people", "turnout %", "published %", "uplift per 1,000, household-clustered"], rows)


def _seeds(summaries: dict[int, dict[str, Any]], names: tuple[str, ...]) -> str:
    rows: list[list[str]] = []
    for seed, summary in summaries.items():
        cells = [_interval(summary["differences"][name]) for name in names]
        rows.append([str(seed), *cells, f"{summary['spent']:,.2f}", f"{summary['gap']:.1e}"])
    means = [f"{1000 * mean(s['differences'][name]['value'] for s in summaries.values()):+.2f}" for name in names]
    above = [
        f"{sum(s['differences'][name]['lower'] > 0 for s in summaries.values())} of {len(summaries)}" for name in names
    ]
    below = [
        f"{sum(s['differences'][name]['upper'] < 0 for s in summaries.values())} of {len(summaries)}" for name in names
    ]
    rows += [["mean", *means, "", ""], ["lower bound above 0", *above, "", ""], ["upper bound below 0", *below, "", ""]]
    return table(["seed", *names, "spent", "gap"], rows)


def _interval(found: dict[str, float]) -> str:
    return f"{1000 * found['value']:+.2f} ({1000 * found['lower']:+.2f} to {1000 * found['upper']:+.2f})"


if __name__ == "__main__":
    print(main())
