"""A PostgreSQL server to throw away: its own folder, a socket in it and no port, gone with the tests.

``python tests/ledger/postgres.py`` starts one, says its URL, and stops it at the next Enter.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

WANTED = "the PostgreSQL half of these tests does not run: install a server (apt-get install postgresql) and psycopg 3"

# The server ends when nobody holds the other end of its pipe any more, however that came about. It ends at once: nobody will
# ever read what it would still write.
WATCH = '"$@" & server=$!; read -r _; kill -QUIT $server; wait $server; rm -rf "$0"'


def binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres``, the newest where there are several."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(on_path).resolve().parent if on_path else found[-1].parent if found else None


def someone() -> dict[str, object]:
    """Whom to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Server:
    """A running server; ``corner()`` gives the URL of a new, empty place in it, ``database()`` of a whole new database."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="groundswell-pg-"))  # a socket's path must be short
        self._who = someone()
        self._numbers = count(1)
        if self._who:
            os.chown(self.folder, self._who["user"], self._who["group"])
        data, log = self.folder / "data", (self.folder / "log").open("wb")
        try:
            made = [programs / "initdb", "-D", data, "-A", "trust", "-U", "tester", "-E", "UTF8", "--no-locale", "-N"]
            subprocess.run(made, cwd="/", stdout=log, stderr=log, timeout=120, check=True, **self._who)
            settings = ["listen_addresses=", "fsync=off", "full_page_writes=off", "shared_buffers=32MB"]
            words = [word for setting in settings for word in ("-c", setting)]
            started = [programs / "postgres", "-D", data, "-k", self.folder, *words]
            watched = ["sh", "-c", WATCH, self.folder, *started]
            self._process = subprocess.Popen(
                watched, cwd="/", stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True, **self._who
            )
        finally:
            log.close()
        self._wait()
        self._common = self._make_common()

    def database(self) -> str:
        """Make a database; its URL."""
        name = f"test{next(self._numbers)}"
        with self._connect() as connection:
            connection.execute(f"create database {name}")
        return self.url(name)

    def corner(self) -> str:
        """Make a corner of the common database, which takes a moment where a database takes many; its URL."""
        name = f"corner{next(self._numbers)}"
        with self._connect(self._common) as connection:
            connection.execute(f"create schema {name}")
        return self.url(self._common) + f"&options=-csearch_path%3D{name}"

    def url(self, name: str) -> str:
        return f"postgresql://tester@/{name}?host={self.folder}"

    def stop(self) -> None:
        """Stop it and remove its folder."""
        self._process.stdin.close()
        self._process.wait(60)

    def _connect(self, name: str = "postgres"):
        import psycopg

        return psycopg.connect(self.url(name), autocommit=True)

    def _make_common(self) -> str:
        """A database that orders letters as people do, where the server can: a ledger must not follow it there."""
        import psycopg

        with self._connect() as connection:
            try:
                connection.execute("create database common template template0 locale_provider icu icu_locale 'en-US'")
            except (psycopg.errors.FeatureNotSupported, psycopg.errors.SyntaxError):  # before 15, or built without it
                connection.execute("create database common")
        return "common"

    def _wait(self) -> None:
        import psycopg

        until = time.monotonic() + 60
        while True:
            try:
                return self._connect().close()
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text("utf-8", "replace")) from None
                time.sleep(0.05)


def start() -> Server | None:
    """A server, or None where there is nothing to start one with."""
    try:
        import psycopg  # noqa: F401 - only whether it is there
    except ModuleNotFoundError:
        return None
    programs = binaries()
    return Server(programs) if programs else None


if __name__ == "__main__":
    server = start()
    if server is None:
        raise SystemExit(WANTED)
    try:
        input(f"{server.database()}\nEnter stops it. ")
    finally:
        server.stop()
