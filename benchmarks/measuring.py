"""Run a command and say what it cost; write a table that people can read."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"


CACHE = Path(os.environ.get("BENCH_CACHE", Path.home() / ".cache" / "groundswell-bench"))
"""Where the rivals' environments are."""


def environment(name: str, packages: Sequence[str], *, alone: bool = False) -> Path:
    """The Python of a rival's own environment, which is made where there is none yet; ``alone``: nothing else comes along."""
    folder = CACHE / name
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    ready, wanted = folder / "ready", "\n".join(packages)
    if not ready.exists() or ready.read_text("utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        first, others = (packages[:1], packages[1:]) if alone else ((), packages)  # its pins would be in the way
        subprocess.run([str(python), "-m", "pip", "install", "-qq", *others], check=True)
        if first:
            bare = ("--no-deps", "--ignore-requires-python")
            subprocess.run([str(python), "-m", "pip", "install", "-qq", *bare, *first], check=True)
        ready.write_text(wanted, "utf-8")
    return python


def versions_of(python: Path, *packages: str) -> str:
    """What is installed in a rival's environment, in words."""
    asked = f"import importlib.metadata as m; print(*(n + ' ' + m.version(n) for n in {packages}), sep=', ')"
    return subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=True).stdout.strip()


class Cost(NamedTuple):
    """What a command cost: wall and CPU seconds, and the most memory it held, in megabytes."""

    wall: float
    cpu: float
    megabytes: float
    out: str


def run(arguments: Sequence[str], **environment: str) -> Cost:
    """Run Python with arguments; its standard output comes back.

    Raises:
        RuntimeError: with what it said, when it fails.
    """
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        cwd=ROOT,
    )
    out, err = process.communicate()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: exit {process.returncode}\n{err}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # The peak of all children so far: run what is measured for memory before anything larger.
    return Cost(wall, cpu, after.ru_maxrss / 1024, out)


def groundswell(*arguments: str) -> tuple[Cost, dict[str, Any]]:
    """Run the command with ``--json``; its cost and its summary."""
    cost = run(["-m", "groundswell", *arguments, "--json"])
    summary: dict[str, Any] = json.loads(cost.out)
    return cost, summary


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [list(map(str, header)), ["---"] * len(header), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine(*packages: str) -> str:
    """Versions and machine in one line, without its name."""
    found = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}; {found}"
