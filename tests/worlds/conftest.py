"""The made-up town, once for all tests."""

from __future__ import annotations

import pytest

from groundswell.worlds import TOWN_TRUTHS, make_town


@pytest.fixture(scope="session")
def towns():
    """Truth -> the town."""
    return {truth: make_town(truth=truth) for truth in TOWN_TRUTHS}


@pytest.fixture(scope="session", params=["smooth", "steps"])
def town(towns, request):
    """The town, under either truth."""
    return towns[request.param]


@pytest.fixture(scope="session")
def people(towns):
    """What the file of people shows."""
    return towns["smooth"].table.to_pandas()
