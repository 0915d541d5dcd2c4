"""Doors into turfs, and the way through each: ``cut_turfs`` beside OR-Tools' routing, the same turfs in one run.

A made-up city: streets of many lengths, houses on both sides, some quarters denser than others; and doors strewn evenly. All
doors are cut into turfs of sixty; of fifty of them OR-Tools looks for the shortest open way, five seconds each (guided local
search). Goals: a million doors in at most 3 CPU-seconds; the mean walk at most 1.15 times OR-Tools'. ``TURFS_DOORS`` says how
many doors.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import ROOT, environment, machine, table, versions_of

DOORS = int(os.environ.get("TURFS_DOORS", "1000000"))
PACKAGES = ("ortools", "scipy")
EACH, SAMPLED, SECONDS = 60, 50, 5.0
Places = tuple[NDArray[np.float64], NDArray[np.float64]]


def main() -> str:
    """Cut, sample and compare; the Markdown text for the results."""
    from groundswell.fieldwork.turfs import cut_turfs

    python = environment("allocate-ortools", PACKAGES)
    lines = []
    for name, (east, north) in (("city", city(DOORS)), ("strewn evenly", strewn(DOORS))):
        cut_turfs(east[:1_000], north[:1_000], doors=EACH)  # compiled loops are read from the disk
        before = resource.getrusage(resource.RUSAGE_SELF)
        found = cut_turfs(east, north, doors=EACH)
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        sampled = np.random.default_rng(7).choice(len(found.metres), SAMPLED, replace=False)
        theirs = _rival(python, [np.column_stack([east, north])[found.turf == turf] for turf in sampled])
        ratio = found.metres[sampled].sum() / sum(theirs)
        worst = float(np.max(found.metres[sampled] / np.array(theirs)))
        cells = [f"{len(found.metres):,}", f"{cpu:.1f}", f"{found.metres.mean():,.0f}"]
        lines.append([name, *cells, f"{np.mean(theirs):,.0f}", f"{ratio:.3f}", f"{worst:.3f}"])
    head = f"{DOORS:,} doors, {EACH} to a turf; {SAMPLED} turfs sampled, {SECONDS:g} s of OR-Tools each"
    names = [
        "doors",
        "turfs",
        "CPU of all, s",
        "mean walk, m",
        "OR-Tools' of those sampled, m",
        "ours / theirs",
        "worst turf",
    ]
    return (
        f"{machine('groundswell', 'numpy', 'numba')}; {versions_of(python, 'ortools')}.\n\n**{head}:**\n\n"
        + table(names, lines)
        + "\n"
    )


def city(doors: int) -> Places:
    """Doors along streets, on both sides, denser in some quarters than in others."""
    rng = np.random.default_rng(3)
    side = np.sqrt(doors) * 14.0
    quarters, dense = rng.uniform(0, side, (40, 2)), rng.dirichlet(np.full(40, 0.6))
    pieces, found = [], 0
    while found < doors:
        middle = quarters[rng.choice(40, p=dense)] + rng.normal(0, side / 18, 2)
        houses = int(rng.integers(6, 60))
        along = (np.arange(houses) // 2) * rng.uniform(9, 22)
        across = np.where(np.arange(houses) % 2, 9.0, -9.0) + rng.normal(0, 1.5, houses)
        turned = rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.08)
        east = middle[0] + along * np.cos(turned) - across * np.sin(turned)
        north = middle[1] + along * np.sin(turned) + across * np.cos(turned)
        pieces.append(np.column_stack([east, north]))
        found += houses
    every = np.vstack(pieces)[:doors]
    every = every[rng.permutation(doors)]
    return every[:, 0], every[:, 1]


def strewn(doors: int) -> Places:
    """Doors anywhere."""
    places = np.random.default_rng(4).uniform(0, np.sqrt(doors) * 25.0, (2, doors))
    return places[0], places[1]


def _rival(python: Path, turfs: list[NDArray[np.float64]]) -> list[float]:
    with TemporaryDirectory() as place:
        file = Path(place) / "turfs.npz"
        np.savez(file, *turfs)
        command = [str(python), str(ROOT / "benchmarks" / "turfs_rival.py"), str(file), str(SECONDS)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    found: list[float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
