"""Traits become columns the same way for one person as for a million."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.uplift import Design

numbers = st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))
towns = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "ñ"]))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(numbers, towns), min_size=2, max_size=60))
def test_every_row_alone_gives_the_bits_it_gives_among_others(rows):
    table = pa.table({"x": pa.array([row[0] for row in rows], pa.float64()), "town": [row[1] for row in rows]})
    table = table.cast(pa.schema({"x": pa.float64(), "town": pa.string()}))
    design = Design.learn(table)
    basis = design.basis(table)
    assert np.isfinite(basis).all()
    for place in range(table.num_rows):
        assert (design.basis(table.slice(place, 1))[0] == basis[place]).all()


def test_a_design_survives_json():
    table = pa.table({"age": [20.0, 30.0, float("nan"), 70.0], "town": ["a", None, "b", "a"]})
    design = Design.learn(table)
    again = Design.from_json(json.loads(json.dumps(design.as_json())))
    assert again == design
    assert (again.basis(table) == design.basis(table)).all()


def test_a_column_that_says_nothing_is_left_out():
    table = pa.table({"same": [1.0, 1.0], "blank": [float("nan")] * 2, "town": ["a", "a"]})
    assert Design.learn(table).width == 1


def test_ten_thousand_categories_become_a_few_columns():
    table = pa.table({"town": [f"t{place}" for place in range(10_000)]})
    assert Design.learn(table).width == 1
