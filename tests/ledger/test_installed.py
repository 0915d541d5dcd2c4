"""An installed wheel has its steps with it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPEN = "import sys, groundswell.ledger as room; print(room.__file__); print(room.open_ledger(sys.argv[1]).revision())"


def test_a_wheel_makes_a_ledger_far_from_this_folder(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, timeout=300, check=True)
    [wheel] = tmp_path.glob("groundswell-*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    env = os.environ | {"PYTHONPATH": str(installed)}
    words = [sys.executable, "-c", OPEN, str(tmp_path / "ledger.sqlite")]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
    file, revision = done.stdout.splitlines() or ["", done.stderr]
    assert file.startswith(str(installed))
    assert revision == "0"
