#!/usr/bin/env python3
"""What a developer types: `python3 dev.py COMMAND`, or `make COMMAND`.

It needs nothing but Python: the first command makes `.venv` from `requirements.lock` (every package pinned by its
hash), and later ones find it up to date in no time. Tools run from `.venv`, in the project's folder, and whatever
follows the command goes on to the tool: `python3 dev.py test -k uplift`.

This file itself keeps to what Python 3.8 can read, so that an old Python gets a sentence, not a traceback.
"""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
STAMP = VENV / "set-up"

OLDEST = (3, 11)
NEWEST = (3, 14)  # of a newer one we do not know that every locked package has a wheel for it

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NAMES_A_PLACE = re.compile(r"://|^\s*(-i|-f|--(?!hash=)\S+)|^[^#]* @ |(^|[\s'\"])/\w", re.MULTILINE)
MADE_HERE = (".venv", "demo", "dist", "build", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache")


class DevError(Exception):
    """Something is missing that this script cannot put right; the sentence says what to do."""


# The commands, in the order of a working day


def setup(_arguments: list[str]) -> int:
    """Make .venv from the lock, or mend it; nothing happens when it is up to date."""
    with one_at_a_time():
        packages = fingerprint(LOCK.read_text("utf-8"), str(ROOT))
        project = fingerprint((ROOT / "pyproject.toml").read_text("utf-8"))
        whole = STAMP.exists() and (VENV / "bin" / "python").exists()  # its Python may have left the machine
        done = STAMP.read_text("utf-8").split() if whole else []
        if done[:1] != [packages]:
            # The stamp goes first and comes back last: a set-up that was interrupted leaves none, and starts afresh.
            STAMP.unlink(missing_ok=True)
            make_venv()
            STAMP.write_text(packages, "utf-8")
        if done != [packages, project]:
            install("--no-deps", "--no-build-isolation", "--editable", ".")
            STAMP.write_text(f"{packages} {project}", "utf-8")
    return 0


def demo(arguments: list[str]) -> int:
    """Run a whole round on a made-up town in ./demo, and say where its report is."""
    setup([])
    return run(tool("python"), "-m", "groundswell", "demo", *arguments)


def test(arguments: list[str]) -> int:
    """Run the tests (all but the long simulations)."""
    setup([])
    chosen, chromium = "not truth", find_chromium()
    if not chromium:
        chosen += " and not browser"
        say("!! BROWSER TESTS ARE SKIPPED: no Chromium here. Install one, or name yours in GROUNDSWELL_CHROMIUM.")
    browser = {"GROUNDSWELL_CHROMIUM": chromium or ""}
    return run(
        tool("python"), "-m", "pytest", "-n", "2", "--dist", "worksteal", "-m", chosen, *arguments, settings=browser
    )


def check(_arguments: list[str]) -> int:
    """Run what reads the code without running it: lint, format, types, imports, dependencies."""
    setup([])
    checks = {
        "lint": ("ruff", "check", "."),
        "format": ("ruff", "format", "--check", "."),
        "types": ("mypy",),
        "imports": ("lint-imports", "--no-logo"),
        "dependencies": ("deptry", "src"),
    }
    failed = []
    for name, (program, *arguments) in checks.items():
        say(f"-- {name}")
        if run(tool(program), *arguments) != 0:
            failed.append(name)
    say(f"-- checks: {len(checks) - len(failed)} of {len(checks)} passed")
    if failed:
        say(f"!! failed: {', '.join(failed)}")
    return 1 if failed else 0


def truth(arguments: list[str]) -> int:
    """Run the long simulations, where the true effect is known."""
    setup([])
    return run(tool("python"), "-m", "pytest", "-n", "2", "-m", "truth", *(arguments or ["tests"]))


def bench(arguments: list[str]) -> int:
    """Run the benchmarks, or those named."""
    benchmarks = ROOT / "benchmarks" / "run.py"
    if not benchmarks.exists():
        raise DevError(f"{benchmarks.relative_to(ROOT)} is not here, so there is nothing to measure.")
    setup([])
    return run(tool("python"), str(benchmarks), *arguments)


def lock(arguments: list[str]) -> int:
    """Choose versions again for requirements.lock; --upgrade takes the newest."""
    setup([])
    draft = LOCK.with_suffix(".draft")
    if LOCK.exists():
        shutil.copy(LOCK, draft)  # uv keeps the versions that it finds in its output file
    try:
        failed = run(
            *(tool("uv"), "pip", "compile", "pyproject.toml", "--group", "dev", "--quiet"),
            *("--universal", "--python-version", "{}.{}".format(*OLDEST), "--generate-hashes"),
            *("--custom-compile-command", "python3 dev.py lock", "--output-file", str(draft), *arguments),
        )
        if failed:
            return failed
        # Where packages come from is the business of whoever installs them, and must not travel with the project.
        named = NAMES_A_PLACE.search(draft.read_text("utf-8"))
        if named:
            raise DevError(f"The new lock names an index, a host or a path ({named[0]!r}); the old one is kept.")
        draft.replace(LOCK)
    finally:
        draft.unlink(missing_ok=True)
    return 0


def clean(_arguments: list[str]) -> int:
    """Remove everything that these commands made: .venv, demo, caches, builds."""
    for name in MADE_HERE:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for cache in list(ROOT.rglob("__pycache__")):
        shutil.rmtree(cache, ignore_errors=True)
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    command.__name__: command for command in (setup, demo, test, check, truth, bench, lock, clean)
}


# Python and its packages


def find_python() -> str:
    """The Python to make .venv from: this one, or the newest on the PATH that the lock is known to suit."""
    this = str(getattr(sys, "_base_executable", sys.executable))  # not .venv's own, which is about to be remade
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return this
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other and answers(other, "--version"):
            return other
    if sys.version_info[:2] > NEWEST:
        return this
    raise DevError(
        "groundswell needs Python {}.{} or newer; this is {}.{}, and no newer one is on the PATH.\n"
        "Install one (Debian, Ubuntu: apt-get install python3.12-venv), then type this again.".format(
            *OLDEST, *sys.version_info[:2]
        )
    )


def make_venv() -> None:
    """Make .venv anew, with exactly what the lock holds."""
    python = find_python()
    ensure_venv_module(python)
    count = len(re.findall(r"^\w", LOCK.read_text("utf-8"), re.MULTILINE))
    say(f"Setting up .venv: {count} pinned packages, a minute or two, only this once ...")
    started = time.monotonic()
    if run(python, "-m", "venv", "--clear", str(VENV)) != 0:
        raise DevError(f"{python} could not make a virtual environment in .venv; what it said is above.")
    install("--require-hashes", "--requirement", LOCK.name)
    say(f"... done in {time.monotonic() - started:.0f} seconds.")


def ensure_venv_module(python: str) -> None:
    """Debian and Ubuntu ship Python without the part that makes virtual environments: see that it is there."""
    if answers(python, "-c", "import ensurepip, venv"):
        return
    version = "import sys; print('{}.{}'.format(*sys.version_info))"
    name = subprocess.run([python, "-c", version], capture_output=True, text=True, check=True).stdout.strip()
    package = f"python{name}-venv"
    if not (apt_install(package) and answers(python, "-c", "import ensurepip, venv")):
        raise DevError(
            f"{python} cannot make virtual environments. Type this, then try again:\n    sudo apt-get install {package}"
        )


def install(*arguments: str) -> None:
    """Install into .venv. Pip, because it follows the settings (mirror, proxy) that a machine already has."""
    if run(tool("python"), "-m", "pip", "--disable-pip-version-check", "-qq", "install", *arguments) != 0:
        raise DevError("pip could not install what .venv needs; what it said is above.")


# The browser


def find_chromium() -> str | None:
    """A Chromium that starts: the one GROUNDSWELL_CHROMIUM names, one on the PATH, or Debian's, installed if we may."""
    if "GROUNDSWELL_CHROMIUM" in os.environ:
        named = os.environ["GROUNDSWELL_CHROMIUM"]  # empty means: no browser, and do not install one
        return named if named and answers(named, "--version") else None
    return chromium_on_path() or (chromium_on_path() if apt_install("chromium") else None)


def chromium_on_path() -> str | None:
    """The first browser on the PATH that starts: Ubuntu's `chromium-browser` may be a mere signpost to a shop."""
    found = (shutil.which(name) for name in BROWSERS)
    return next((path for path in found if path and answers(path, "--version")), None)


# Small things


def apt_install(package: str) -> bool:
    """Install a Debian package where that is possible without asking anybody; says whether it worked."""
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        return False
    say(f"Installing Debian's {package} ...")
    wait = ("-o", "DPkg::Lock::Timeout=120")  # a fresh machine is often busy updating itself
    for command in ("update", *wait), ("install", "--yes", "--no-install-recommends", *wait, package):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run([apt, "-qq", *command], env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        say(done.stderr)
    return done.returncode == 0


def run(*command: str, settings: dict[str, str] | None = None) -> int:
    """Run a command in the project's folder, its output for everybody to see; the exit code."""
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **(settings or {})}, check=False).returncode


def answers(*command: str) -> bool:
    """Whether a command can be run at all and is content."""
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second `make` in the same folder wait until the first has set up; the system lifts it if we die."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def tool(name: str) -> str:
    """The program of that name in .venv."""
    return str(VENV / "bin" / name)


def fingerprint(*texts: str) -> str:
    """A short name for exactly these texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def say(sentence: str) -> None:
    """Print at once: the output of tools comes in between."""
    print(sentence, flush=True)


def usage() -> str:
    """What `--help` prints."""
    lines = [f"  {name:<7}{(command.__doc__ or '').splitlines()[0]}" for name, command in COMMANDS.items()]
    return "\n".join(["python3 dev.py COMMAND [...], or make COMMAND [ARGS=...]:", "", *lines])


def main(arguments: list[str]) -> int:
    """Run one command. Exit codes: the tool's own, 2 for what was typed or is missing."""
    name, *rest = arguments or ["--help"]
    if name in ("-h", "--help", "help"):
        say(usage())
        return 0
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(COMMANDS)}."
        print(f"dev.py: no command {name!r}. {hint}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[name](rest)
    except DevError as refusal:
        print(f"dev.py: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
