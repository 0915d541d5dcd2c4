import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from allocate.instances import FAMILIES, family
from groundswell.allocate import ContradictionError, solve, solve_parquet

OPTIONS = [f"o{number}" for number in range(10)]


def write(path, value, **others):
    columns = {name: pa.array(column) for name, column in zip(OPTIONS, value.T, strict=False)}
    pq.write_table(pa.table({**columns, **others}), path, row_group_size=20_000)
    return path


@pytest.mark.parametrize("kind", FAMILIES)
def test_a_file_is_solved_as_well_as_arrays(kind, tmp_path):
    value, use, limits = family(kind, 400_000)
    found = solve_parquet(write(tmp_path / "units.parquet", value), OPTIONS, use, limits)
    arrays = solve(value, use, limits)
    assert found.bound == pytest.approx(arrays.bound, rel=1e-8)
    assert 0 <= found.gap <= 1e-4
    assert found.prices == pytest.approx(arrays.prices, rel=1e-4, abs=1e-6)
    taken = np.bincount(found.option[found.option >= 0], minlength=10)
    assert (found.used <= limits).all()
    assert found.used == pytest.approx(taken @ use, rel=1e-12)
    assert found.value == pytest.approx(
        value[found.option >= 0, found.option[found.option >= 0]].sum(dtype=float), rel=1e-9
    )


def test_sizes_groups_floors_and_closed_options_count_as_in_arrays(tmp_path):
    rng = np.random.default_rng(3)
    value, use, limits = family("independent", 300_000)
    size, group, allowed = (
        rng.integers(1, 5, len(value)),
        rng.choice(["en", "es"], len(value)),
        rng.random(value.shape) < 0.7,
    )
    key = np.array([f"u{number}" for number in rng.permutation(len(value))])
    floors = [{"group": "es", "options": [0, 1], "minimum": 30_000}]
    path = write(tmp_path / "units.parquet", value, size=size, group=group, key=key)
    empty = pq.read_table(path)
    for option, name in enumerate(OPTIONS):
        column = pa.array(value[:, option], mask=~allowed[:, option])
        empty = empty.set_column(empty.schema.get_field_index(name), name, column)
    pq.write_table(empty, path)
    asked = {"at_least": floors, "size": "size", "group": "group", "key": "key"}
    found = solve_parquet(path, OPTIONS, use, limits, **asked, to=tmp_path / "chosen.parquet")
    arrays = solve(value, use, limits, at_least=floors, size=size, group=group, key=key, allowed=allowed)
    assert found.bound == pytest.approx(arrays.bound, rel=1e-8)
    assert found.gap <= 1e-4
    chosen = found.option >= 0
    assert allowed[chosen, found.option[chosen]].all()
    assert found.met[0] >= 30_000
    assert found.met[0] == np.isin(found.option[group == "es"], [0, 1]).sum()
    assert found.floored.sum() == pytest.approx(arrays.floored.sum(), rel=0.01)
    assert found.used == pytest.approx((use[found.option[chosen]] * size[chosen][:, None]).sum(axis=0), rel=1e-12)
    written = pq.read_table(tmp_path / "chosen.parquet")
    assert written["key"].to_pylist() == key.tolist()
    names = [None if option < 0 else OPTIONS[option] for option in found.option.tolist()]
    assert written["option"].to_pylist() == names


def test_prices_outside_the_box_are_looked_for_farther_away(tmp_path, monkeypatch):
    import groundswell.allocate.streaming as streaming

    value, use, limits = family("independent", 300_000)
    looks = []

    def too_sure(*args):
        place = honest(*args)
        looks.append(place)
        return place._replace(middle=place.middle * 1.05, off=0.02 * place.off)

    honest = streaming.look
    monkeypatch.setattr(streaming, "look", too_sure)
    found = solve_parquet(write(tmp_path / "units.parquet", value), OPTIONS, use, limits)
    assert len(looks) == 1
    assert found.bound == pytest.approx(solve(value, use, limits).bound, rel=1e-8)


def test_a_small_file_and_an_empty_one_have_an_answer(tmp_path):
    value = np.array([[5.0], [3.0], [2.0]])
    path = write(tmp_path / "units.parquet", value)
    assert solve_parquet(path, ["o0"], [[1.0]], [2.0]).option.tolist() == [0, 0, -1]
    nothing = write(tmp_path / "none.parquet", value[:0])
    assert solve_parquet(nothing, ["o0"], [[1.0]], [2.0]).option.tolist() == []
    assert solve_parquet(path, ["o0"], [[1.0]], [0.0]).option.tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    ("columns", "asked", "message"),
    [
        ({}, {"options": ["o1"]}, "there is no column 'o1'; expected one of o0"),
        ({"o1": ["a", "b", "c"]}, {"options": ["o1"]}, "column 'o1' has type string; expected numbers"),
        ({"o1": [1.0, 2.0, np.nan]}, {"options": ["o1"]}, "row 2: column 'o1' is nan"),
        ({"size": [1.0, 0.0, 1.0]}, {"size": "size"}, "row 1: column 'size' is 0.0; expected a number above 0"),
        ({"size": [1.0, None, 1.0]}, {"size": "size"}, "row 1: column 'size' is empty"),
        ({"id": ["a", None, "c"]}, {"key": "id"}, "row 1: column 'id' is empty; expected an id"),
        ({"option": ["a", "b", "c"]}, {"key": "option"}, "rename it"),
        ({}, {"options": []}, "options is empty"),
        ({}, {"use": np.ones((3, 1, 1))}, "use has 3 dimensions"),
    ],
)
def test_what_cannot_be_meant_is_named_with_column_and_row(tmp_path, columns, asked, message):
    others = {name: pa.array(column) for name, column in columns.items()}
    path = write(tmp_path / "units.parquet", np.ones((3, 1)), **others)
    with pytest.raises(ValueError, match=message):
        solve_parquet(path, **{"options": ["o0"], "use": [[1.0]], "limits": [2.0], **asked})


def test_empty_groups_and_files_are_written_and_counted(tmp_path):
    path = write(tmp_path / "units.parquet", np.ones((2, 1)), g=pa.array(["x", None]))
    floor = [{"group": "x", "minimum": 1}]
    assert solve_parquet(path, ["o0"], [[1.0]], [1.0], group="g", at_least=floor).option.tolist() == [0, -1]
    none = write(tmp_path / "none.parquet", np.ones((0, 1)))
    solve_parquet(none, ["o0"], [[1.0]], [1.0], to=tmp_path / "chosen.parquet")
    assert pq.read_table(tmp_path / "chosen.parquet").num_rows == 0


def test_floors_a_file_cannot_meet_are_named(tmp_path):
    path = write(tmp_path / "units.parquet", np.random.default_rng(0).random((1000, 2)))
    with pytest.raises(ContradictionError, match=r"limits\[0\] \(at most 250\) and at_least\[0\] \(minimum 300\)"):
        solve_parquet(path, OPTIONS[:2], [[1.0], [1.0]], [250.0], at_least=[{"minimum": 300}])
