"""A ledger is opened, made, or refused in words; never replaced by an empty one, and no password is ever said."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from groundswell.ledger import open_ledger
from groundswell.ledger.layout import METADATA
from groundswell.ledger.migrating import SCRIPTS, STEPS, bring_up
from groundswell.vocabulary import StorageError
from ledger.said import NOW, crowd, gave, shut


def refused(where) -> StorageError:
    with pytest.raises(StorageError) as caught:
        open_ledger(where)
    return caught.value


# The tables


def test_what_was_noted_is_there_when_it_is_opened_again(where):
    with open_ledger(where) as ledger:
        ledger.note_consents([gave(1)], now=NOW)
        revision = ledger.revision()
    with open_ledger(where) as ledger:
        assert ledger.standing("voters").num_rows == 1
        assert ledger.revision() == revision


def test_a_whole_database_without_a_search_path_does_as_well(server):
    url = server.database()
    with open_ledger(url) as ledger:
        assert ledger.note_consents([gave(1)], now=NOW) == 1
    with open_ledger(url.replace("postgresql://", "postgresql+psycopg://")) as ledger:
        assert ledger.standing("voters").num_rows == 1


def test_the_steps_make_the_tables_that_the_code_knows(ledger):
    with ledger._place.reading() as connection:
        found = MigrationContext.configure(connection, opts={"version_table": "ledger_version", "compare_type": True})
        assert compare_metadata(found, METADATA) == []


def test_the_code_knows_every_step_there_is():
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    steps = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(steps)) == STEPS


@pytest.fixture
def scripts(tmp_path) -> str:
    """The steps there are, and one more that a later version might bring."""
    packaged = Path(sys.modules["groundswell.ledger"].__file__).parent / "migrations"
    folder = Path(shutil.copytree(packaged, tmp_path / "100% later"))
    (folder / "versions" / "0002_more.py").write_text(
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        "revision, down_revision = '0002', '0001'\n"
        "def upgrade():\n"
        "    op.add_column('consents', sa.Column('language', sa.Text, nullable=False, server_default='en'))\n"
    )
    return str(folder)


def test_a_ledger_of_an_older_version_is_brought_up_and_loses_nothing(ledger, scripts):
    ledger.note_consents([gave(1), gave(2)], now=NOW)
    before = ledger.standing("voters")
    bring_up(ledger._place, steps=("0001", "0002"), scripts=scripts)
    assert ledger.standing("voters").equals(before)
    with ledger._place.reading() as connection:
        assert connection.execute(text("select distinct language from consents")).scalars().all() == ["en"]


def test_a_ledger_of_a_newer_version_is_refused_and_left_alone(where, scripts):
    with open_ledger(where) as ledger:
        bring_up(ledger._place, steps=("0001", "0002"), scripts=scripts)
    error = refused(where)
    assert "newer version" in error.message
    assert (error.found, error.expected) == ("version 0002", "version 0001 or older")
    assert "Update groundswell" in error.hint


def test_a_step_that_fails_leaves_the_ledger_as_it_was(ledger, scripts):
    step = Path(scripts) / "versions" / "0002_more.py"
    step.write_text(step.read_text() + "    raise RuntimeError('half way')\n")
    ledger.note_consents([gave(1)], now=NOW)
    with pytest.raises(RuntimeError, match="half way"):
        bring_up(ledger._place, steps=("0001", "0002"), scripts=scripts)
    bring_up(ledger._place)
    assert ledger.standing("voters").num_rows == 1
    with ledger._place.reading() as connection:
        assert "language" not in connection.execute(text("select * from consents")).mappings().one()


def test_many_who_make_ledgers_at_once_in_one_process_all_have_one(where, tmp_path):
    places = [where] * 6 + [tmp_path / f"{number}.sqlite" for number in range(6)]

    def note(pair):
        number, place = pair
        with open_ledger(place) as ledger:
            return ledger.note_consents(crowd(10, start=number * 10), now=NOW)

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(note, enumerate(places))) == [10] * 12
    with open_ledger(where) as ledger:
        assert ledger.standing("voters").num_rows == 60


# A file


def test_a_new_file_and_its_journal_are_for_their_owner_only(tmp_path):
    path = tmp_path / "new folder" / "a?b#c.sqlite"
    with open_ledger(path) as ledger:
        ledger.note_consents([gave(1)], now=NOW)
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(["a?b#c.sqlite", "a?b#c.sqlite-shm", "a?b#c.sqlite-wal"], 0o600)
    assert [file.name for file in path.parent.iterdir()] == ["a?b#c.sqlite"]


def test_a_path_may_be_a_text_or_a_url_and_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for where in (
        Path("ledger.sqlite"),
        "ledger.sqlite",
        "sqlite:///ledger.sqlite",
        f"sqlite:///{tmp_path}/ledger.sqlite",
    ):
        with open_ledger(where) as ledger:
            ledger.note_consents([gave(1)], now=NOW)
            assert ledger.standing("voters").num_rows == 1
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.sqlite"]


def test_a_power_cut_takes_nothing_back_and_nothing_deleted_stays(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite") as ledger, ledger._place.reading() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete", "trusted_schema")
        found = [connection.exec_driver_sql(f"pragma {name}").scalar_one() for name in names]
    assert found == ["wal", 2, 1, 30_000, 1, 0]


def other_program(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table consents (a)")
    connection.close()


@pytest.mark.parametrize(
    "fill",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("id,stop\nada,yes\n" * 100),
        lambda path: path.write_bytes(os.urandom(8_192)),
        other_program,
    ],
    ids=["empty", "a text", "noise", "another program's"],
)
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(fill, tmp_path):
    path = tmp_path / "ledger.sqlite"
    fill(path)
    before = path.read_bytes()
    error = refused(path)
    assert "not a ledger, or is damaged" in error.message
    assert "backup" in error.hint
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.sqlite"]


def test_a_ledger_cut_short_or_overwritten_is_damaged_never_empty(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as ledger:
        ledger.note_consents(crowd(2_000), now=NOW)
    whole = path.read_bytes()
    for content in (whole[:100], whole[:4096], whole[: len(whole) // 2], whole[:8192] + b"\x5a" * (len(whole) - 8192)):
        path.write_bytes(content)
        with pytest.raises(StorageError, match="damaged") as caught, open_ledger(path) as ledger:
            ledger.standing("voters")
        assert str(path) in str(caught.value)


def test_a_folder_in_the_place_of_the_file_is_a_clear_error(tmp_path):
    assert "cannot be read" in refused(tmp_path).message


def test_a_file_in_the_place_of_the_folder_is_a_clear_error(tmp_path):
    (tmp_path / "state").write_text("")
    error = refused(tmp_path / "state" / "ledger.sqlite")
    assert "cannot be written" in error.message
    assert "write access" in error.hint


@contextmanager
def someone_without_rights():
    """Root may write everywhere; so be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def locked():
    """A folder that everybody may look into; nobody may write once ``locked()`` was called."""
    folder = Path(tempfile.mkdtemp(prefix="groundswell-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written_is_a_clear_error(locked):
    locked.chmod(0o555)
    with someone_without_rights():
        error = refused(locked / "ledger.sqlite")
    assert "cannot be written" in error.message
    assert error.found == "Permission denied"
    assert str(locked) in error.hint
    assert list(locked.iterdir()) == []


def test_a_ledger_in_a_folder_that_cannot_be_written_is_a_clear_error(locked):
    path = locked / "ledger.sqlite"
    with open_ledger(path) as ledger:
        ledger.note_consents([gave(1)], now=NOW)
    path.chmod(0o444)
    locked.chmod(0o555)
    with someone_without_rights(), pytest.raises(StorageError, match="cannot be written") as caught:
        open_ledger(path)
    assert "write access" in caught.value.hint


def test_a_ledger_that_may_not_be_read_is_a_clear_error(locked):
    path = locked / "ledger.sqlite"
    open_ledger(path).close()
    path.chmod(0o000)
    with someone_without_rights():
        assert "cannot be read" in refused(path).message


def test_a_full_disk_is_a_clear_error_and_nothing_is_half_noted(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        with ledger._place.bare() as connection:
            pages = connection.exec_driver_sql("pragma page_count").scalar_one()
            connection.exec_driver_sql(f"pragma max_page_count = {pages + 20}")  # as if the disk ended there
        with pytest.raises(StorageError, match="no room left to write") as caught:
            ledger.note_consents(crowd(5_000), now=NOW)
        assert "room on the disk" in caught.value.expected
        assert ledger.standing("voters").num_rows == 0
        assert ledger.note_consents([gave(1)], now=NOW) == 1


# A server

HIDDEN = "s3cr3t"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ada:{HIDDEN}@127.0.0.1:1/campaign",
        f"postgresql://ada@127.0.0.1:1/campaign?password={HIDDEN}",
        f"postgresql://ada:{HIDDEN}@/campaign?host=/nowhere",
        f"postgresql://ada:x@{HIDDEN}@127.0.0.1:1/campaign",
        f"postgresql://ada:x@{HIDDEN}:y@127.0.0.1:1/campaign",
        f"postgresql://ada:{HIDDEN}@127.0.0.1:port/campaign",
        f"postgresql://ada:{HIDDEN}@127.0.0.1:1/campaign?sslmode=maybe",
        f"mysql://ada:{HIDDEN}@127.0.0.1/campaign",
        f"://ada:{HIDDEN}@127.0.0.1/campaign",
    ],
)
def test_a_server_that_cannot_be_reached_is_a_clear_error_without_the_password(url):
    error = refused(url)
    assert error.expected
    assert HIDDEN not in str(error)
    assert HIDDEN not in "".join(traceback.format_exception(error))


def test_an_unreachable_server_is_named(tmp_path):
    error = refused("postgresql://ada:secret@127.0.0.1:1/campaign")
    assert error.message == "PostgreSQL database campaign at 127.0.0.1:1 cannot be reached."
    assert "running" in error.hint


def test_without_psycopg_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "groundswell[postgresql]" in refused("postgresql://ada@127.0.0.1:1/campaign").hint


def test_tables_of_another_program_are_left_alone(server):
    import psycopg

    url = server.corner()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table consents (a int)")
        error = refused(url)
        assert error.found == "consents"
        assert connection.execute("select count(*) from consents").fetchone() == (0,)


def test_a_database_that_does_not_take_every_letter_is_refused(server):
    import psycopg

    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("create database latin encoding 'LATIN1' template template0 locale 'C'")
    error = refused(server.url("latin"))
    assert (error.found, error.expected) == ("LATIN1", "UTF8")


def test_a_server_that_went_away_for_a_moment_is_reached_again(server):
    import psycopg

    with open_ledger(server.corner()) as ledger:
        ledger.note_consents([gave(1)], now=NOW)
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
        assert ledger.standing("voters").num_rows == 1


# Somebody else is at it


def test_somebody_who_writes_for_too_long_is_a_clear_error_and_nobody_who_reads_waits(where, monkeypatch):
    for room in ("sqlite", "postgresql"):
        monkeypatch.setattr(f"groundswell.ledger.{room}.PATIENCE", 1)
    with open_ledger(where) as one, open_ledger(where) as other:
        one.note_consents([gave(1)], now=NOW)

        def slow():
            yield gave(2)
            assert other.standing("voters").num_rows == 1
            with pytest.raises(StorageError, match="Somebody else") as caught:
                other.suppress([shut(1)], now=NOW)
            assert "run again" in caught.value.hint
            yield gave(3)

        assert one.note_consents(slow(), now=NOW) == 2
        assert other.suppress([shut(1)], now=NOW) == 1
