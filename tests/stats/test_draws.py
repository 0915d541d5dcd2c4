"""Draws hang on an id and a key and on nothing else."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.stats import draw, folds, pick

ids = st.lists(st.text(min_size=1), min_size=1, max_size=30, unique=True)


@given(ids, st.text())
def test_neither_the_order_nor_the_company_changes_a_draw(names, key):
    together = dict(zip(names, draw(names, key=key), strict=True))
    backwards = dict(zip(reversed(names), draw(reversed(names), key=key), strict=True))
    assert together == backwards
    assert all(draw([name], key=key)[0] == together[name] for name in names)


def test_anybody_can_check_a_draw_by_hand():
    digest = sha256(b"village|holdout|h17").hexdigest()
    assert draw(["h17"], key="village|holdout")[0] == (int(digest[:16], 16) >> 12) / 2**52


def test_draws_are_even_and_keys_are_independent():
    names = [f"h{place}" for place in range(20_000)]
    one, other = draw(names, key="a"), draw(names, key="b")
    counts = np.bincount((one * 20).astype(int), minlength=20)
    assert ((counts - 1_000) ** 2 / 1_000).sum() < 50
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    assert np.bincount(folds(names, count=5)).min() > 3_700


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda shares: sum(shares) > 0.1),
    st.floats(0, 1, exclude_max=True),
)
def test_what_has_no_share_is_never_picked(shares, drawn):
    even = np.array(shares) / sum(shares)
    assert even[pick(np.array([drawn]), even)[0]] > 0


def test_shares_are_kept_in_the_long_run():
    shares = np.array([0.2, 0.0, 0.5, 0.3])
    found = np.bincount(pick(draw(map(str, range(20_000)), key="x"), shares), minlength=4) / 20_000
    assert found == pytest.approx(shares, abs=0.015)
