"""``groundswell backup`` and ``restore``: the whole folder, consistent while others work in it, back whole or not at all."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

import groundswell
from conftest import environment, without_pictures
from groundswell.campaigns import backup as backing
from groundswell.campaigns.archive import Archive
from groundswell.campaigns.backup import Item, backup, walk
from groundswell.campaigns.importing import imports_of
from groundswell.campaigns.restore import restore
from groundswell.campaigns.standing import ledger_of
from groundswell.ledger import open_ledger, secret_of
from groundswell.vocabulary import CampaignError, DataError, SettingsError, StorageError
from ledger.postgres import WANTED, start
from spring import BACK, FIRST, SECOND, answers, sheet, somebody, spring
from tiny import list_of, write_tiny

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
CARD = ".groundswell/rounds/0001/round.json"


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A campaign with a finished round, an import of people, and somebody who said stop."""
    folder = tmp_path_factory.mktemp("template") / "spring"
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        campaign = spring(partial(write_tiny, folder))
        campaign.stop("p7", now=NOON)
        new = sheet(campaign, "new.csv", [somebody(60), somebody(61, stop="yes")])
        campaign.bring_in(new, "people", now=FIRST)
        campaign.run(now=FIRST)
    return folder


@pytest.fixture
def campaign(template, tmp_path, pageless) -> groundswell.Campaign:
    return groundswell.open(shutil.copytree(template, tmp_path / "spring"))


@pytest.fixture
def made(template, tmp_path_factory) -> Path:
    """A backup of that campaign, in a folder of its own."""
    return backup(template, tmp_path_factory.mktemp("made"), now=NOON).path


@pytest.fixture
def hasty(monkeypatch) -> None:
    """What does not hold still is not waited for."""
    monkeypatch.setattr(backing, "_PAUSE", 0)


def contents(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Everything that a backup promises to bring back: bytes, times, and what its owner may do."""
    apart = {"lock", "ledger.db", "ledger.db-wal", "ledger.db-shm"}
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode & 0o755)
        for path in folder.rglob("*")
        if path.is_file() and not (path.parent.name == ".groundswell" and path.name in apart)
    }


def facts(folder: Path) -> str:
    """The ledger as text."""
    text = io.StringIO()
    with open_ledger(folder / ".groundswell" / "ledger.db") as ledger:
        ledger.dump(text)
    return text.getvalue()


def names(path: Path) -> list[str]:
    with tarfile.open(path) as tar:
        return tar.getnames()


def manifest(path: Path) -> dict:
    with tarfile.open(path) as tar:
        return json.load(tar.extractfile("manifest.json"))


def on_lists(folder: Path) -> set[str]:
    """Everybody on any list of any round."""
    lists = [path for path in folder.glob(".groundswell/rounds/*/lists/*.csv") if path.name != "left-out.csv"]
    return {row["person"] for path in lists for row in list_of(path)}


@pytest.fixture
def during(monkeypatch):
    """Let something happen just after a file was copied whose name has such an end."""
    calls: list[str] = []

    def when(end: str, act, *, times: int = 1) -> None:
        add = Archive.add

        def added(self, path, name, **more):
            done = add(self, path, name, **more)
            if len(calls) < times and name.endswith(end):
                calls.append(name)
                act()
            return done

        monkeypatch.setattr(Archive, "add", added)

    yield when
    assert calls


# There and back


def test_every_file_comes_back_as_it_was_and_the_ledger_with_the_same_facts(campaign, tmp_path):
    folder = campaign.folder
    (folder / "data" / "empty").mkdir(parents=True)
    (folder / "data" / ("long-" * 30 + "año.csv")).write_text("a\n")
    (folder / "data" / os.fsdecode(b"a\xf1o.csv")).write_text("b\n")
    (folder / "data" / "tool.sh").write_text("exit 0\n")
    (folder / "data" / "tool.sh").chmod(0o750)
    (folder / "data" / "nothing").touch()
    secret_of(folder / ".groundswell" / "secret")
    made = backup(folder, now=NOON)
    assert (made.path, made.rounds, made.imports) == (tmp_path / "spring-2026-11-21T120000.gsbackup.tar.gz", (1,), 1)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.bytes == made.path.stat().st_size
    done = restore(made.path, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(folder)
    assert (tmp_path / "again" / "data" / "empty").is_dir()
    assert facts(tmp_path / "again") == facts(folder)
    assert done.files == made.files == len(contents(folder))
    assert (done.when, done.facts, done.taken_off, done.checked, done.notes) == (NOON, made.facts, 0, True, ())
    assert made.facts == 2
    assert sorted(path.name for path in tmp_path.iterdir() if "part" in path.name) == []


def test_the_restored_campaign_has_its_round_and_plans_the_same_decisions(campaign, made, tmp_path):
    restore(made, tmp_path / "again")
    again = groundswell.open(tmp_path / "again")
    assert again.check() == []
    stages: list[str] = []
    assert again.run(now=FIRST, tell=stages.append).number == 1
    assert stages == []  # nothing it is made of has changed
    both = [one.run(now=FIRST, seed=3).decisions.path.read_bytes() for one in (campaign, again)]
    assert both[0] == both[1]


def test_locks_drafts_databases_and_other_backups_are_left_alone(campaign):
    folder = campaign.folder
    before = names(backup(folder, now=NOON).path)
    (folder / "data").mkdir()
    (folder / "data" / ".people.csv.77.part").write_text("half")
    draft = folder / ".groundswell" / "imports" / ".0002-people.part"
    draft.mkdir()
    (draft / "rows.parquet").write_text("half")
    inside = backup(folder, folder, now=NOON)
    assert inside.path.parent == folder
    assert names(backup(folder, now=LATER).path) == before
    assert not [name for name in before if "ledger.db" in name or name.endswith("lock")]


def test_anybody_can_open_it_without_groundswell(made, tmp_path):
    subprocess.run(["tar", "-xzf", str(made)], cwd=tmp_path, check=True)
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert told["format"] == 1
    assert (told["campaign"], told["rounds"], told["imports"]) == ("spring", [1], ["0001-people"])
    for name, one in told["files"].items():
        content = (tmp_path / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["size"], one["sha256"]), name
    assert '"p7"' in (tmp_path / "ledger.jsonl").read_text()


def test_links_are_followed_but_not_in_circles_and_what_lies_outside_is_told(campaign, tmp_path):
    folder = campaign.folder
    (tmp_path / "elsewhere.csv").write_text("id\n")
    (folder / "linked.csv").symlink_to(tmp_path / "elsewhere.csv")
    (folder / "messages" / "up").symlink_to(folder)
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe")
    toml = folder / "campaign.toml"
    toml.write_text(
        toml.read_text() + '\n[sources.events]\npath = "../events.csv"\nperson = "a"\nat = "b"\nevent = "c"\n'
    )
    made = backup(folder, now=NOON)
    expected = {("messages/up/", "loop"), ("gone", "odd"), ("pipe", "odd"), ("../events.csv", "outside")}
    assert set(made.notes) == expected
    restore(made.path, tmp_path / "again")
    linked = tmp_path / "again" / "linked.csv"
    assert linked.read_text() == "id\n"
    assert not linked.is_symlink()


def test_mistakes_in_the_settings_are_no_reason_to_be_without_a_backup(campaign, tmp_path):
    toml = campaign.folder / "campaign.toml"
    toml.write_text(toml.read_text() + '\nunknown_key = "here"\n')
    done = restore(backup(campaign.folder, now=NOON).path, tmp_path / "again")
    assert not done.checked
    assert any("use none of them" in line for line in done.lines)
    toml.write_text("[actions\n")
    with pytest.raises(SettingsError, match="where the ledger is"):
        backup(campaign.folder, now=LATER)


def test_a_campaign_in_which_nothing_was_run_yet_comes_back_too(tiny, tmp_path):
    made = backup(spring(tiny).folder, now=NOON)
    assert (made.rounds, made.facts) == ((), None)
    restore(made.path, tmp_path / "again")
    assert not (tmp_path / "again" / ".groundswell" / "ledger.db").exists()
    assert groundswell.open(tmp_path / "again").check() == []


# While others work in it


def test_a_round_that_is_begun_anew_meanwhile_is_copied_once_more(campaign, tmp_path, during):
    here = campaign.folder / ".groundswell" / "rounds" / "0001"

    def anew():
        shutil.rmtree(here)
        here.mkdir()
        (here / "round.json").write_text('{"format": 1, "key": "another"}')
        (here / "rows.parquet").write_text("new")

    during("0001/people.parquet", anew)
    made = backup(campaign.folder, now=NOON)
    inside = sorted(name for name in names(made.path) if "rounds/0001" in name)
    assert inside == ["folder/.groundswell/rounds/0001/round.json", "folder/.groundswell/rounds/0001/rows.parquet"]
    assert made.notes == ()
    restore(made.path, tmp_path / "again")
    assert (tmp_path / "again" / CARD).read_text() == '{"format": 1, "key": "another"}'


def test_of_a_round_that_never_holds_still_only_its_beginning_is_kept(campaign, tmp_path, during, hasty):
    card = campaign.folder / CARD

    def anew():
        content = card.read_bytes()
        card.unlink()
        card.write_bytes(content)  # as it was, but another one: its tables may be others, too

    during("0001/rows.parquet", anew, times=99)
    made = backup(campaign.folder, now=NOON)
    assert made.notes == (("1", "again"),)
    assert [name for name in names(made.path) if "rounds/0001" in name] == [f"folder/{CARD}"]
    restore(made.path, tmp_path / "again")
    again = groundswell.open(tmp_path / "again")
    assert again.run(now=FIRST).decisions.path.read_bytes() == campaign.last.decisions.path.read_bytes()


def test_a_round_whose_card_is_gone_stays_a_round_that_was_begun(campaign, tmp_path, hasty):
    following = campaign.folder / ".groundswell" / "rounds" / "0002"
    following.mkdir()
    (following / "rows.parquet").write_text("from a run that was killed")
    done = restore(backup(campaign.folder, now=NOON).path, tmp_path / "again")
    assert done.notes == (("2", "again"),)
    again = groundswell.open(tmp_path / "again")
    assert again.run(now=SECOND).number == 2  # the lists of round 1 were used


def test_a_table_is_never_copied_without_those_before_it(campaign, monkeypatch):
    here = campaign.folder / ".groundswell" / "rounds" / "0001"
    order = sorted(here.glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    kept = {path: path.read_bytes() for path in [*order, here / "summary.json"]}
    for path in kept:
        path.unlink()
    waiting = list(kept)

    def walked(folder, name, above=()):
        """Every look at the round finds two more files of it finished, and has only the later one of them in its listing."""
        found = list(walk(folder, name, above))
        if folder == here:
            for path in waiting[:2]:
                path.write_bytes(kept[path])
            found += [Item(name + path.name, path, "file") for path in waiting[1:2]]
            del waiting[:2]
        return iter(found)

    monkeypatch.setattr(backing, "walk", walked)
    made = backup(campaign.folder, now=NOON)
    inside = {Path(name).name for name in names(made.path) if "/rounds/0001/" in name}
    there = [path.name in inside for path in kept]
    assert there == sorted(there, reverse=True)
    assert there[0]


def test_lists_of_a_round_that_is_not_finished_are_not_copied(campaign, tmp_path):
    (campaign.folder / ".groundswell" / "rounds" / "0001" / "summary.json").unlink()
    restore(backup(campaign.folder, now=NOON).path, tmp_path / "again")
    assert on_lists(campaign.folder)
    assert not on_lists(tmp_path / "again")
    assert groundswell.open(tmp_path / "again").run(now=FIRST).number == 1
    assert on_lists(tmp_path / "again") == on_lists(campaign.folder)


def test_what_a_round_was_made_of_is_never_missing(campaign, tmp_path, during):
    """Outcomes come and round 2 is planned from them while round 1 is copied: the backup has neither, or both."""
    back = sheet(campaign, "back.csv", answers(campaign.last, acted={"p3"}))

    def go_on():
        campaign.bring_in(back, "outcomes", now=BACK)
        campaign.run(now=SECOND)

    during("0001/people.parquet", go_on)
    made = backup(campaign.folder, now=NOON)
    told = manifest(made.path)
    assert (told["rounds"], told["imports"]) == ([1], ["0001-people"])
    restore(backup(campaign.folder, now=LATER).path, tmp_path / "after")
    restore(made.path, tmp_path / "before")
    assert len(imports_of(tmp_path / "after")) == 2
    assert groundswell.open(tmp_path / "after").last.number == 2


@pytest.mark.parametrize("copied", ["import.json", "said.parquet"])
def test_an_import_that_is_undone_meanwhile_is_copied_once_more(copied, campaign, tmp_path, during):
    during(f"0001-people/{copied}", lambda: campaign.undo(1, now=FIRST))
    restore(backup(campaign.folder, now=NOON).path, tmp_path / "again")
    assert [one["undone"] for one in groundswell.open(tmp_path / "again").imports()] == [True]
    assert groundswell.open(tmp_path / "again").run(now=FIRST).summary["people"] == 60


def test_who_says_stop_while_it_is_made_is_on_no_list_that_comes_back(campaign, tmp_path, during):
    person = sorted(on_lists(campaign.folder))[0]
    during("lists/mail-merge.csv", lambda: campaign.stop(person, now=LATER))
    made = backup(campaign.folder, now=NOON)
    done = restore(made.path, tmp_path / "again")
    assert done.taken_off == 1
    assert person not in on_lists(tmp_path / "again")
    assert any("had said stop: 1" in line for line in done.lines)


def test_a_file_that_is_being_written_is_copied_at_a_moment_of_rest_or_told(campaign, tmp_path, monkeypatch, hasty):
    log = campaign.folder / "log.csv"
    log.write_text("a\n")
    pieces, growing = backing.Archive._pack, [2]

    def packing(self, name, content, size, *more):
        if name.endswith("log.csv") and growing[0]:
            growing[0] -= 1
            with log.open("a") as handle:
                handle.write("b\n")
            os.utime(log, ns=(growing[0], growing[0]))
        return pieces(self, name, content, size, *more)

    monkeypatch.setattr(Archive, "_pack", packing)
    assert backup(campaign.folder, tmp_path / "one.tar.gz", now=NOON).notes == ()
    growing[0] = 99
    made = backup(campaign.folder, tmp_path / "two.tar.gz", now=NOON)
    assert made.notes == (("log.csv", "changing"),)
    restore(made.path, tmp_path / "again")
    assert (tmp_path / "again" / "log.csv").read_text().startswith("a\nb\nb\nb\n")


WORKER = """
import sys, random
from datetime import date, datetime, timedelta, UTC
from pathlib import Path
import groundswell, groundswell.trust.report as report
from spring import answers, sheet, somebody
report.render_report = lambda *_, **__: "a page"
campaign = groundswell.open(sys.argv[1])
said = Path(sys.argv[2])
day = date(2026, 11, 1)
print("ready", flush=True)
for turn in range(1000):
    who = f"p{turn % 50 + 8}"
    campaign.stop(who, now=datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=turn))
    said.write_text(said.read_text() + who + "\\n")
    campaign.bring_in(sheet(campaign, f"more{turn}.csv", [somebody(100 + turn)]), "people", now=day)
    done = campaign.run(now=day, seed=turn)
    if turn % 3 == 1:
        back = answers(done, acted={"p3"})
        campaign.bring_in(sheet(campaign, f"back{turn}.csv", back), "outcomes", now=day + timedelta(days=28))
        day += timedelta(days=29)
"""


def test_backups_made_while_others_run_import_and_stop_all_come_back_to_work(campaign, tmp_path):
    said = tmp_path / "said"
    said.write_text("")
    words = [sys.executable, "-c", WORKER, str(campaign.folder), str(said)]
    tests = str(Path(__file__).resolve().parents[1])
    env = environment()
    worker = subprocess.Popen(
        words, env=env | {"PYTHONPATH": f"{env['PYTHONPATH']}:{tests}"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert worker.stdout.readline() == b"ready\n", worker.stderr.read()
    made: list[tuple[Path, set[str]]] = []
    draw = random.Random(0)
    while len(made) < 14:
        time.sleep(draw.uniform(0, 0.8))
        stopped = set(said.read_text().split())  # noted before this backup begins
        made.append((backup(campaign.folder, tmp_path / f"{len(made)}.tar.gz", now=NOON).path, stopped))
        assert worker.poll() is None, worker.stderr.read().decode()
    worker.kill()
    worker.communicate()
    assert made[-1][1], "nobody had said stop yet"
    last = len(made) - 1
    for place, (path, stopped) in enumerate(made):
        folder = tmp_path / f"again{place}"
        restore(path, folder)
        again = groundswell.open(folder)
        assert again.check() == []
        assert not stopped & on_lists(folder)
        if place in {last // 2, last}:
            cards = {f"{one['number']:04d}-{one['kind']}" for one in again.imports()}
            assert cards == set(manifest(path)["imports"])
            done = again.run(now=SECOND)
            assert not stopped & on_lists(folder)
            assert (
                done.number == max([1, *manifest(path)["rounds"]]) or done.number == max(manifest(path)["rounds"]) + 1
            )
        shutil.rmtree(folder)


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from groundswell.campaigns.backup import backup
from groundswell.campaigns.restore import restore
folder, made, out = map(Path, sys.argv[1:])
draw = random.Random(0)
for work in ("backup", "restore"):
    took, halfway = 0.0, 0
    begun = lambda turn: any(out.glob(f".{turn}.gs*" if work == "backup" else f".again{turn}.*"))
    for turn in range(10):
        began = time.monotonic()
        child = os.fork()
        if not child:
            backup(folder, out / f"{turn}.gsbackup.tar.gz") if work == "backup" else restore(made, out / f"again{turn}")
            os._exit(0)
        if turn % 2:  # killed as soon as something of it can be seen, however loaded the machine is ...
            while not begun(turn) and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                time.sleep(0.0005)
        elif turn:  # ... or anywhere
            time.sleep(took * draw.random())
        if turn:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        halfway += os.WIFSIGNALED(status) and begun(turn)
        if not turn:
            took = time.monotonic() - began  # the first one is let go on to its end
            assert status == 0
    print(work, halfway)
"""


def test_whatever_is_killed_when_a_backup_or_a_restored_folder_is_whole_or_not_there(campaign, made, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    words = [sys.executable, "-c", KILLED, str(campaign.folder), str(made), str(out)]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    halfway = dict(line.split() for line in done.stdout.splitlines())
    assert halfway.keys() == {"backup", "restore"}
    assert "0" not in halfway.values(), "none was killed in the middle"
    for path in out.glob("[0-9]*.gsbackup.tar.gz"):
        assert manifest(path)["rounds"] == [1]
    whole = contents(campaign.folder)
    folders = list(out.glob("again*"))
    assert folders
    for folder in folders:
        assert contents(folder) == whole
        assert facts(folder) == facts(campaign.folder)
    # Who comes after clears away what is left: it holds what is known of people.
    backup(campaign.folder, out, now=NOON)
    for turn in range(1, 10):
        if not (out / f"again{turn}").exists():
            restore(made, out / f"again{turn}")
            assert contents(out / f"again{turn}") == whole
    assert not list(out.glob(".*"))


# What is refused


def test_nothing_is_ever_restored_over_something_else(campaign, made, tmp_path):
    with pytest.raises(CampaignError, match="is not empty") as caught:
        restore(made, campaign.folder)
    assert caught.value.hint
    with pytest.raises(CampaignError, match="is a file"):
        restore(made, campaign.folder / "campaign.toml")
    with pytest.raises(CampaignError, match="There is no backup"):
        restore(tmp_path / "nowhere.gsbackup.tar.gz", tmp_path / "again")
    (tmp_path / "empty").mkdir()
    assert restore(made, tmp_path / "empty").files == len(contents(campaign.folder))


def test_no_backup_is_written_over_another_or_becomes_a_part_of_the_campaign(campaign, tmp_path):
    backup(campaign.folder, now=NOON)
    with pytest.raises(CampaignError, match="is there already"):
        backup(campaign.folder, now=NOON)
    with pytest.raises(CampaignError, match="would become a part of the campaign"):
        backup(campaign.folder, campaign.folder / "data" / "copy.tar.gz", now=NOON)
    with pytest.raises(CampaignError, match="There is no campaign"):
        backup(tmp_path / "nowhere", now=NOON)


def test_a_file_that_may_not_be_read_is_told_and_no_backup_is_left(campaign, tmp_path, monkeypatch):
    def shut(self, mode="r", **more):
        if self.name == "people.csv":
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(self, mode, **more)

    opened = Path.open
    monkeypatch.setattr(Path, "open", shut)  # whoever runs the tests may read everything
    with pytest.raises(StorageError, match=r"people\.csv cannot be read"):
        backup(campaign.folder, now=NOON)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spring"]


FULL = """
import resource, signal, sys
from pathlib import Path
from groundswell.campaigns.backup import backup
from groundswell.campaigns.restore import restore
from groundswell.vocabulary import StorageError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for act in (lambda: backup(Path(sys.argv[1])), lambda: restore(Path(sys.argv[2]), Path(sys.argv[3]))):
    try:
        act()
    except StorageError as error:
        print(error.message)
"""


def test_a_full_disk_is_told_and_leaves_nothing(campaign, tmp_path_factory, tmp_path):
    (campaign.folder / "large").write_bytes(random.Random(0).randbytes(300_000))
    made = backup(campaign.folder, tmp_path_factory.mktemp("made"), now=NOON).path
    words = [sys.executable, "-c", FULL, str(campaign.folder), str(made), str(tmp_path / "again")]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert [line.split(" to write ")[0] for line in done.stdout.splitlines()] == ["There is no room left"] * 2, (
        done.stderr
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spring"]


def repacked(made: Path, path: Path, change) -> Path:
    """The same backup after ``change(entries)``: a list of (TarInfo, content) that it may change at will."""
    with tarfile.open(made) as tar:
        entries = [(member, tar.extractfile(member).read() if member.isreg() else b"") for member in tar]
    entries = change(entries) or entries
    with gzip.open(path, "wb", 1) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        for info, content in entries:
            info.size = len(content) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return path


def entry(name: str, content: bytes = b"hostile", **more) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    for key, value in more.items():
        setattr(info, key, value)
    return info, content


def with_told(entries, change):
    """The entries with another manifest."""
    info, content = entries[-1]
    told = json.loads(content)
    change(told)
    return [*entries[:-1], (info, json.dumps(told).encode())]


def told_too(name: str, content: bytes = b"hostile"):
    """A change that adds an entry, and the manifest knows of it."""
    packed = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "mtime": 0, "mode": 0o600}

    def change(entries):
        entries = [*entries[:-1], entry(name, content), entries[-1]]
        return with_told(entries, lambda told: told["files"].update({name: packed}))

    return change


def instead(name: str, content: bytes):
    return lambda entries: [(info, content if info.name == name else old) for info, old in entries]


HOSTILE = {
    "a way out": told_too("folder/../../evil"),
    "a way out from the beginning": told_too("../evil"),
    "an absolute name": told_too("/tmp/groundswell-evil"),
    "an absolute name inside": told_too("folder//tmp/groundswell-evil"),
    "a place outside of the folder": told_too("evil"),
    "a dot": told_too("folder/./evil"),
    "a raw ledger": told_too("folder/.groundswell/ledger.db"),
    "a raw ledger in capitals": told_too("folder/.groundswell/LEDGER.DB-wal"),
    "a lock": told_too("folder/.groundswell/lock"),
    "a draft": told_too("folder/.groundswell/.ledger.jsonl.part"),
    "inside of another backup": told_too("folder/x.gsbackup.tar.gz/evil"),
    "a file as a folder": told_too("folder/campaign.toml/evil"),
    "a folder as a file": told_too("folder/messages"),
    "a link": lambda entries: entries.insert(2, entry("folder/evil", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
    "a hard link": lambda entries: entries.insert(
        2, entry("folder/evil", type=tarfile.LNKTYPE, linkname="backup.json")
    ),
    "a device": lambda entries: entries.insert(2, entry("folder/evil", type=tarfile.CHRTYPE)),
    "a pipe": lambda entries: entries.insert(2, entry("folder/evil", type=tarfile.FIFOTYPE)),
    "a file nobody told of": lambda entries: entries.insert(2, entry("folder/evil")),
    "a folder nobody told of": lambda entries: entries.insert(2, entry("folder/evil/", type=tarfile.DIRTYPE)),
    "a folder that leads out": lambda entries: entries.insert(2, entry("folder/../../evil/", type=tarfile.DIRTYPE)),
    "a file that is missing": lambda entries: entries[:3] + entries[4:],
    "a file twice": lambda entries: entries.insert(3, entries[2]),
    "other content": instead("folder/campaign.toml", b"format = 1"),
    "another ledger": instead("ledger.jsonl", b'{"ledger": 1, "revision": 5}\n{"end": 0}\n'),
    "something after the manifest": lambda entries: entries.append(entry("folder/evil")),
    "two manifests": lambda entries: entries.append(entries[-1]),
    "another beginning": lambda entries: entries.insert(0, entry("folder/evil")),
    "a beginning that says nothing": instead("backup.json", b"[]"),
    "no manifest": lambda entries: entries[:-1],
    "a manifest that is none": instead("manifest.json", b"[" * 100_000),
    "a manifest of another format": lambda entries: with_told(entries, lambda told: told.update(format=2)),
    "a time before all time": lambda entries: with_told(
        entries, lambda told: told["files"]["folder/campaign.toml"].update(mtime=10**30)
    ),
    "no settings": lambda entries: with_told(
        [one for one in entries if one[0].name != "folder/campaign.toml"],
        lambda told: told["files"].pop("folder/campaign.toml"),
    ),
    "a header that wants much memory": lambda entries: entries.insert(
        2, entry("folder/x", b"x", pax_headers={"comment": "x" * (5 << 20)})
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_backup_is_refused_and_leaves_nothing(kind, made, tmp_path):
    (tmp_path / "in").mkdir()
    bad = repacked(made, tmp_path / "in" / "bad.tar.gz", HOSTILE[kind])
    with pytest.raises(DataError) as caught:
        restore(bad, tmp_path / "in" / "again")
    assert caught.value.expected
    assert caught.value.hint
    assert caught.value.file == str(bad)
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "bad.tar.gz"]
    assert not Path("/tmp/groundswell-evil").exists()


def test_a_backup_of_a_newer_version_says_so(made, tmp_path):
    newer = repacked(made, tmp_path / "newer.tar.gz", instead("backup.json", b'{"backup": 2, "version": "9.1"}'))
    with pytest.raises(DataError, match="newer version") as caught:
        restore(newer, tmp_path / "again")
    assert caught.value.hint == "Update groundswell, then restore it."
    assert caught.value.found == "format 2, by version 9.1"


def test_a_backup_that_was_packed_again_as_it_is_comes_back(made, campaign, tmp_path):
    again = repacked(made, tmp_path / "again.tar.gz", lambda entries: None)
    restore(again, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(campaign.folder)


def test_a_damaged_or_cut_backup_is_refused_and_leaves_nothing(made, tmp_path):
    whole, draw = made.read_bytes(), random.Random(1)
    cuts = [whole[: draw.randrange(len(whole))] for _ in range(12)] + [b"", whole[:-1100], b"not packed at all" * 100]
    flips = []
    for _ in range(25):
        place = draw.randrange(len(whole))
        flips.append(whole[:place] + bytes([whole[place] ^ 1 << draw.randrange(8)]) + whole[place + 1 :])
    refused = 0
    for content in [*cuts, *flips]:
        bad = tmp_path / "bad.tar.gz"
        bad.write_bytes(content)
        try:
            restore(bad, tmp_path / "again")
        except DataError as error:
            refused += 1
            assert error.file == str(bad)
            assert [path.name for path in tmp_path.iterdir()] == ["bad.tar.gz"]
        else:  # a bit that means nothing, such as the name of a system in a header of gzip: all is as it was
            shutil.rmtree(tmp_path / "again")
    assert refused >= len(cuts) + 15


def test_the_time_of_a_file_and_what_others_may_do_is_no_way_to_more_than_that(made, tmp_path):
    def open_to_all(told):
        told["files"]["folder/campaign.toml"]["mode"] = 0o777

    path = repacked(made, tmp_path / "open.tar.gz", lambda entries: with_told(entries, open_to_all))
    restore(path, tmp_path / "again")
    assert (tmp_path / "again" / "campaign.toml").stat().st_mode & 0o7777 == 0o755
    assert (tmp_path / "again").stat().st_mode & 0o777 == 0o700


def test_two_restores_into_one_place_do_not_meet(made, tmp_path, monkeypatch):
    met: list[CampaignError] = []

    def meanwhile(*_):
        with pytest.raises(CampaignError, match="Another run is at work") as caught:
            restore(made, tmp_path / "again")
        met.append(caught.value)
        return 0

    monkeypatch.setattr("groundswell.campaigns.restore.put_lists_right", meanwhile)
    restore(made, tmp_path / "again")
    assert len(met) == 1
    assert groundswell.open(tmp_path / "again").check() == []


# A ledger in a database


@pytest.fixture(scope="module")
def server():
    found = start()
    if found is None:
        pytest.skip(WANTED)
    yield found
    found.stop()


@pytest.fixture
def shared(tiny, server, monkeypatch) -> groundswell.Campaign:
    """A campaign whose ledger is in a database."""
    monkeypatch.setenv("SPRING_LEDGER", server.database())
    campaign = spring(
        tiny, replace={'purpose = "voters"': 'purpose = "voters"\nledger.url = { env = "SPRING_LEDGER" }'}
    )
    campaign.stop("p7", now=NOON)
    return campaign


def standing(campaign) -> list[dict]:
    with ledger_of(campaign.settings) as ledger:
        return ledger.standing("voters").to_pylist()


def test_a_ledger_in_a_database_goes_to_an_empty_one(shared, server, tmp_path, monkeypatch):
    made = backup(shared.folder, now=NOON)
    assert made.facts == 1
    before = standing(shared)
    monkeypatch.setenv("SPRING_LEDGER", server.database())
    assert restore(made.path, tmp_path / "again").facts == 1
    assert standing(groundswell.open(tmp_path / "again")) == before
    # A restore that was killed after the ledger was loaded is made once more: what it loaded is the same.
    shutil.rmtree(tmp_path / "again")
    assert restore(made.path, tmp_path / "again").facts == 1
    assert standing(groundswell.open(tmp_path / "again")) == before


def test_a_ledger_in_a_database_is_never_mixed_with_another_but_may_be_kept(shared, server, tmp_path, monkeypatch):
    made = backup(shared.folder, now=NOON)
    shared.stop("p8", now=LATER)
    newer = standing(shared)
    with pytest.raises(CampaignError, match="has a ledger in it already") as caught:
        restore(made.path, tmp_path / "again")
    assert "--keep-ledger" in caught.value.hint
    assert not (tmp_path / "again").exists()
    assert standing(shared) == newer
    done = restore(made.path, tmp_path / "again", keep_ledger=True)
    assert (done.facts, done.kept) == (None, True)
    assert standing(groundswell.open(tmp_path / "again")) == newer
    monkeypatch.setenv("SPRING_LEDGER", server.database())
    with pytest.raises(CampaignError, match="no ledger to keep"):
        restore(made.path, tmp_path / "once more", keep_ledger=True)


def test_without_the_databases_url_nothing_is_backed_up_or_restored(shared, tmp_path, monkeypatch):
    made = backup(shared.folder, now=NOON)
    monkeypatch.delenv("SPRING_LEDGER")
    for act in (lambda: backup(shared.folder, now=LATER), lambda: restore(made.path, tmp_path / "again")):
        with pytest.raises(CampaignError, match="SPRING_LEDGER is not set"):
            act()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny", made.path.name]


def test_a_ledger_in_a_file_cannot_be_kept(made, tmp_path):
    with pytest.raises(CampaignError, match="no ledger to keep"):
        restore(made, tmp_path / "again", keep_ledger=True)
    assert not list(tmp_path.iterdir())
