"""Run the benchmarks and write RESULTS.md: ``python3 dev.py bench [NAME ...]``."""

from __future__ import annotations

import sys
from datetime import datetime
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

NAMES = (
    "voter_mailing",
    "town",
    "from_whom",
    "company",
    "questions",
    "whole_round",
    "people_import",
    "linkage",
    "uplift",
    "off_policy",
    "match",
    "turfs",
    "scores",
    "segments",
    "allocate",
    "pacing",
    "tsunami",
    "start",
)
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
_HEAD = """# Results

Written by `python3 dev.py bench`; every section is one run, with its date and versions. Times on shared machines mean little
alone: look at the ratios. A section is of the code of its date; what it says of effects before 27 November 2026 is of an
earlier learner.
"""


def main(wanted: list[str]) -> int:
    """Run the named benchmarks, or all; sections that were not run keep their last result."""
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"There is no benchmark {unknown[0]}. There are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    for name in wanted or NAMES:
        module = import_module(f"benchmarks.{name}")
        print(f"{name} ...", file=sys.stderr)
        text = f"{(module.__doc__ or '').strip()}\n\n{datetime.now().astimezone():%Y-%m-%d}. {module.main()}"
        print(text)
        sections = _sections() | {name: text.strip()}  # read again: another run may have written its own by now
        body = "\n\n".join(f"## {name}\n\n{sections[name]}" for name in NAMES if name in sections)
        RESULTS.write_text(f"{_HEAD}\n{body}\n", encoding="utf-8")
    return 0


def _sections() -> dict[str, str]:
    if not RESULTS.exists():
        return {}
    parts = RESULTS.read_text(encoding="utf-8").split("\n## ")[1:]
    return {part.split("\n", 1)[0].strip(): part.split("\n", 1)[1].strip() for part in parts}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
