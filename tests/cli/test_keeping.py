"""``groundswell backup`` and ``groundswell restore``: a campaign's folder in one file and back, in words and as JSON."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from spring import spring


@pytest.fixture
def folder(tiny, shell) -> Path:
    """A campaign in which somebody said stop."""
    found = spring(tiny).folder
    assert shell("stop", "p7", "-C", found).returncode == 0
    return found


def test_it_says_what_is_in_the_file_and_how_to_bring_it_back(folder, shell, tmp_path):
    done = shell("backup", folder, "--to", tmp_path / "safe.tar.gz")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{tmp_path / 'safe.tar.gz'}: ")
    assert lines[1] == "It holds files: 3, rounds: 0, imports: 0."
    assert lines[2] == "Facts of the ledger (who consented, who said stop): 1."
    assert f"groundswell restore {tmp_path / 'safe.tar.gz'} NEW_FOLDER" in lines[-1]
    done = shell("restore", tmp_path / "safe.tar.gz", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{tmp_path / 'again'}: the campaign as it was on 20")
    assert "Note every one of them (groundswell stop) before a list is used" in done.stdout
    assert shell("check", tmp_path / "again").returncode == 0
    assert (tmp_path / "again" / "people.csv").read_bytes() == (folder / "people.csv").read_bytes()


def test_both_work_in_the_folder_before_the_command(folder, shell, tmp_path):
    found = json.loads(shell("-C", folder, "backup", "--json").stdout)
    path = Path(found["backup"])
    assert path.parent == folder.parent
    assert path.name.startswith("tiny-")
    done = json.loads(shell("-C", tmp_path / "again", "restore", path, "--json").stdout)
    assert done["folder"] == str(tmp_path / "again")
    assert done.keys() == {
        *("format", "folder", "when", "files", "rounds", "imports", "facts"),
        *("kept", "taken_off", "checked", "notes"),
    }
    assert (done["format"], done["files"], done["facts"], done["checked"]) == (1, found["files"], 1, True)


def test_as_json_a_backup_tells_what_is_not_in_it(folder, shell, tmp_path):
    (folder / "gone").symlink_to(folder / "nowhere")
    found = json.loads(shell("backup", folder, "--to", tmp_path, "--json").stdout)
    assert found.keys() == {"format", "backup", "files", "bytes", "rounds", "imports", "facts", "notes"}
    assert found["notes"] == [{"what": "gone", "why": "odd"}]
    assert Path(found["backup"]).stat().st_size == found["bytes"]
    with tarfile.open(found["backup"]) as tar:
        assert tar.getnames()[0] == "backup.json"
        assert tar.getnames()[-1] == "manifest.json"


def test_it_speaks_spanish(folder, shell, tmp_path):
    toml = folder / "campaign.toml"
    toml.write_text(toml.read_text().replace('decide = "person"', 'decide = "person"\nlanguages = ["es"]'))
    assert "Contiene ficheros: 3" in shell("backup", folder, "--to", tmp_path / "safe.tar.gz").stdout
    assert "la campaña como estaba el" in shell("restore", tmp_path / "safe.tar.gz", tmp_path / "again").stdout


def test_what_is_refused_says_why_and_what_to_do(folder, shell, tmp_path):
    bad = tmp_path / "bad.tar.gz"
    bad.write_text("no backup")
    for words, code in (
        (("restore", bad, tmp_path / "again"), "data"),
        (("restore", bad, folder), "campaign"),
        (("restore", tmp_path / "nothing", tmp_path / "again"), "campaign"),
        (("restore", bad, tmp_path / "again", "--keep-ledger"), "data"),
        (("backup", tmp_path / "nothing"), "campaign"),
        (("backup", folder, "--to", bad), "campaign"),
    ):
        done = shell(*words, "--json")
        assert done.returncode == 1, words
        error = json.loads(done.stdout)["error"]
        assert error["code"] == code, words
        assert error["found"]
        assert error["expected"]
        assert error["hint"]
    assert not (tmp_path / "again").exists()


def test_without_a_place_to_restore_to_the_usage_is_told(shell, tmp_path):
    assert shell("restore", tmp_path / "a.gsbackup.tar.gz").returncode == 2
    assert shell("restore").returncode == 2
