"""A village that has been learnt from, once for all tests of this room."""

from __future__ import annotations

import pytest

from policy_world import World


@pytest.fixture(scope="session")
def world() -> World:
    return World()
