"""What the rules ask for is what the product does."""

from __future__ import annotations

import pytest

from groundswell.purposes import PURPOSES, purpose_for
from groundswell.segments.describe import _FEWEST


@pytest.mark.parametrize("place", [None, "US", "DE", "GB"])
@pytest.mark.parametrize("name", PURPOSES)
def test_no_group_of_a_report_is_smaller_than_the_purpose_allows(name, place):
    assert purpose_for(name, place).minimum_group <= _FEWEST
