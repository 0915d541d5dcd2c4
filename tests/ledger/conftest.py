"""A ledger in either place: the same tests hold both."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from groundswell.ledger import Ledger, open_ledger
from ledger.postgres import WANTED, Server, start


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    found = start()
    if found is None:
        pytest.skip(WANTED)
    yield found
    found.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path):
    """Where a ledger may be made: a path, or a database's URL."""
    return tmp_path / "ledger.sqlite" if request.param == "sqlite" else request.getfixturevalue("server").corner()


@pytest.fixture
def ledger(where) -> Iterator[Ledger]:
    with open_ledger(where) as found:
        yield found


@pytest.fixture
def another(tmp_path, request) -> Iterator[Callable[[], Ledger]]:
    """Makes further ledgers, of the other kind and of the same by turns."""
    opened: list[Ledger] = []

    def make() -> Ledger:
        on_file = len(opened) % 2 == 0
        opened.append(
            open_ledger(
                tmp_path / f"other{len(opened)}.sqlite" if on_file else request.getfixturevalue("server").corner()
            )
        )
        return opened[-1]

    yield make
    for one in opened:
        one.close()
