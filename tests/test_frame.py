"""The frame around the code: the lock, the commands, and a wheel that works far from this folder."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
OURS = ("src", "tests", "benchmarks", "examples")


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a stranger would: without this process's Python path."""
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    env["COLUMNS"] = "500"  # a terminal wide enough for long paths
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)


# The lock


@pytest.fixture(scope="module")
def lock() -> str:
    return (ROOT / "requirements.lock").read_text("utf-8")


@pytest.fixture(scope="module")
def locked(lock: str) -> list[str]:
    """One text for each locked requirement, hashes included."""
    lines = (line for line in lock.splitlines() if not line.lstrip().startswith("#"))
    return re.split(r"\n(?=\S)", "\n".join(lines))


def test_the_lock_names_no_index_host_or_path(lock, dev):
    assert dev.NAMES_A_PLACE.search(lock) is None


@pytest.mark.parametrize(
    "line",
    [
        "--trusted-host mirror.example",
        "-i mirror.example",
        "# from https" + "://mirror.example/simple",
        "--find-links wheels",
        "numpy @ file" + ":///wheels/numpy.whl",
        "    # via -r /home/someone/requirements.in",
    ],
)
def test_a_lock_that_names_a_place_is_noticed(line, dev):
    assert dev.NAMES_A_PLACE.search(f"altair==6.0\n{line}\nduckdb==2.0\n")


def test_every_locked_requirement_is_exact_and_has_hashes(locked):
    assert len(locked) > 20
    for requirement in locked:
        assert re.match(r"[a-z0-9-]+==\S+", requirement), requirement
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_the_lock_holds_everything_that_pyproject_asks_for(locked):
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    versions: dict[str, set[str]] = {}
    for requirement in locked:
        name, version = re.match(r"([a-z0-9-]+)==(\S+)", requirement).groups()
        versions.setdefault(name, set()).add(version)
    for wanted in map(Requirement, pyproject["project"]["dependencies"] + pyproject["dependency-groups"]["dev"]):
        found = versions.get(canonicalize_name(wanted.name), set())
        assert found, f"{wanted.name} is not in the lock: run `make lock`"
        assert all(wanted.specifier.contains(version) for version in found), f"{wanted}, but the lock has {found}"


# The commands


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_make_and_dev_have_the_same_commands(dev):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = {name for line in re.findall(r"^([a-z][a-z ]*):", makefile, re.MULTILINE) for name in line.split()}
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    assert targets == phony == {*dev.COMMANDS, "help"}


def test_help_explains_every_command(dev, capsys):
    assert dev.main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(re.search(rf"^  {name} +\w", told, re.MULTILINE) for name in dev.COMMANDS)


@pytest.mark.parametrize(("typed", "meant"), [("tset", "test"), ("chek", "check"), ("benhc", "bench")])
def test_a_slip_of_the_finger_is_answered_with_the_nearest_command(typed, meant, dev, capsys):
    assert dev.main([typed]) == 2
    assert f"Did you mean {meant!r}?" in capsys.readouterr().err


def test_an_old_python_gets_a_sentence_rather_than_a_traceback(dev, monkeypatch):
    ast.parse((ROOT / "dev.py").read_text("utf-8"), feature_version=(3, 8))
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(dev.shutil, "which", lambda name: None)
    with pytest.raises(dev.DevError, match=r"needs Python 3\.11 or newer; this is 3\.8"):
        dev.find_python()


def test_an_old_python_looks_for_a_newer_one(dev, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(dev.shutil, "which", lambda name: name if name in {"python3.11", "python3.12"} else None)
    monkeypatch.setattr(dev, "answers", lambda *command: True)
    assert dev.find_python() == "python3.12"


def test_a_python_without_venv_gets_the_one_command_to_type(dev, monkeypatch):
    monkeypatch.setattr(dev, "answers", lambda *command: False)
    monkeypatch.setattr(dev, "apt_install", lambda package: False)
    with pytest.raises(dev.DevError, match=r"sudo apt-get install python3\.\d+-venv"):
        dev.ensure_venv_module(sys.executable)


def test_without_a_browser_its_tests_are_left_out_and_that_is_said(dev, monkeypatch, capsys):
    ran = []
    monkeypatch.setattr(dev, "setup", lambda arguments: 0)
    monkeypatch.setattr(dev, "run", lambda *command, settings: ran.append((command, settings)) or 0)
    monkeypatch.setenv("GROUNDSWELL_CHROMIUM", "")
    assert dev.test(["-k", "frame"]) == 0
    [(command, settings)] = ran
    assert "not truth and not browser" in command
    assert settings == {"GROUNDSWELL_CHROMIUM": ""}
    assert "BROWSER TESTS ARE SKIPPED" in capsys.readouterr().out


@pytest.fixture
def fresh(dev, tmp_path, monkeypatch):
    """dev.py in a folder of its own, with an installation that only notes what it did."""
    done = []
    for name, path in {"ROOT": "", "LOCK": "requirements.lock", "VENV": ".venv", "STAMP": ".venv/set-up"}.items():
        monkeypatch.setattr(dev, name, tmp_path / path)
    (tmp_path / "requirements.lock").write_text("numpy==2.1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")

    def make_venv() -> None:
        done.append("venv")
        (tmp_path / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
        (tmp_path / ".venv" / "bin" / "python").touch()

    monkeypatch.setattr(dev, "make_venv", make_venv)
    monkeypatch.setattr(dev, "install", lambda *arguments: done.append("project"))
    return done


def test_setting_up_twice_does_the_work_once(dev, fresh):
    dev.setup([])
    dev.setup([])
    assert fresh == ["venv", "project"]


def test_a_new_lock_makes_the_environment_anew(dev, fresh):
    dev.setup([])
    dev.LOCK.write_text("numpy==2.2\n")
    dev.setup([])
    assert fresh == ["venv", "project"] * 2


def test_a_new_pyproject_installs_only_the_project_again(dev, fresh):
    dev.setup([])
    (dev.ROOT / "pyproject.toml").write_text('[project]\nname = "x"\n')
    dev.setup([])
    assert fresh == ["venv", "project", "project"]


def test_an_interrupted_set_up_heals(dev, fresh, monkeypatch):
    whole = dev.make_venv

    def interrupted() -> None:
        whole()
        raise KeyboardInterrupt

    dev.setup([])
    dev.LOCK.write_text("numpy==2.2\n")
    monkeypatch.setattr(dev, "make_venv", interrupted)
    assert dev.main(["setup"]) == 130
    dev.LOCK.write_text("numpy==2.1\n")  # the lock of the last whole set-up: its stamp must not count any more
    monkeypatch.setattr(dev, "make_venv", whole)
    dev.setup([])
    assert fresh == ["venv", "project", "venv", "venv", "project"]


# The files


def test_no_source_file_has_over_a_thousand_lines():
    kinds = {".py", ".js", ".css", ".html", ".toml", ".md"}
    files = [ROOT / "dev.py", *(path for folder in OURS for path in (ROOT / folder).rglob("*") if path.suffix in kinds)]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in files
        if not {"vendor", ".envs", ".groundswell"} & set(path.parts)
        and (lines := len(path.read_text("utf-8").splitlines())) > 1000
    }
    assert long == {}


# The wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    assert built.returncode == 0, built.stderr
    [wheel] = folder.glob("groundswell-*.whl")
    return wheel


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory) -> Path:
    """A new environment that has the wheel, and borrows from this one all packages but groundswell."""
    venv = tmp_path_factory.mktemp("elsewhere") / "venv"
    made = run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv.parent)
    assert made.returncode == 0, made.stderr
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", venv / "bin" / "python")
    installed = run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=venv.parent)
    assert installed.returncode == 0, installed.stderr
    # Only now, or pip would take this environment's groundswell for the new one's. A folder that a .pth file adds
    # does not have its own .pth files read, and so the editable install of the working tree stays out.
    borrowed = Path(pytest.__file__).resolve().parents[1]
    [packages] = venv.glob("lib/python3.*/site-packages")
    (packages / "borrowed.pth").write_text(f"{borrowed}\n", "utf-8")
    return venv


def test_the_wheel_asks_for_lower_bounds_only(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        wanted = message_from_string(archive.read(metadata).decode()).get_all("Requires-Dist")
    assert wanted
    for requirement in map(Requirement, wanted):
        assert {bound.operator for bound in requirement.specifier} == {">="}, str(requirement)


def test_the_wheel_carries_its_license_its_types_and_nothing_but_groundswell(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"groundswell"}
    assert "groundswell/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_runs_the_demo_in_an_empty_environment_far_from_this_folder(elsewhere, tmp_path):
    where = run(elsewhere / "bin" / "python", "-c", "import groundswell; print(groundswell.__file__)", cwd=tmp_path)
    assert where.stdout.startswith(str(elsewhere)), where.stdout + where.stderr

    demo = run(elsewhere / "bin" / "groundswell", "demo", "--people", "2000", cwd=tmp_path)

    assert demo.returncode == 0, demo.stdout + demo.stderr
    report = tmp_path / "demo" / ".groundswell" / "rounds" / "0001" / "report.html"
    assert report.stat().st_size > 0
    assert "report.html" in demo.stdout
