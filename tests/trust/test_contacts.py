"""What contact did, told of groups: of nobody who could be singled out, and no interval from a handful of homes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from groundswell.trust.contacts import names_told, told_contacts
from groundswell.uplift import Evidence


def told(treated, unit, group, *, smallest=0, within=None):
    """Two waves' evidence as contacts tell it: everybody who was to be reached was reached."""
    count = len(treated)
    homes = int(max(unit)) + 1
    ids = tuple(f"p{place}" for place in range(count))
    evidence = Evidence(
        traits=pa.table({"age": np.zeros(count)}),
        options=("nothing", "hello/door"),
        arm=np.asarray(treated, dtype=np.int64),
        outcome=(np.arange(count) % 3 == 0).astype(float),
        propensity=np.full(count, 0.5),
        unit=np.asarray(unit),
        cluster=np.arange(homes),
        cluster_ids=tuple(map(str, range(homes))),
        wave=np.zeros(homes, dtype=np.int64),
        person_ids=ids,
    )
    reached = {(0, person): bool(mine) for person, mine in zip(ids, treated, strict=True)}
    return told_contacts(
        evidence,
        reached,
        within=dict(zip(ids, within if within is not None else [""] * count, strict=True)),
        group=dict(zip(ids, group, strict=True)),
        smallest=smallest,
    )


def test_a_group_is_told_only_where_either_side_is_large_enough():
    treated = [True] * 40 + [False] * 40 + [True] * 2 + [False] * 40 + [True] * 30 + [False] * 30
    group = ["east"] * 80 + ["north"] * 42 + ["west"] * 60
    named = {one["group"] for one in told(treated, range(182), group)[0]["groups"]}
    assert named == {"east", "north", "west"}
    hidden = {one["group"] for one in told(treated, range(182), group, smallest=5)[0]["groups"]}
    assert hidden == {"east"}  # two of north could be reckoned from all less east and west


def test_nothing_can_be_reckoned_of_fewer_than_names_told():
    rng = np.random.default_rng(1)
    for _ in range(200):
        group = rng.choice(list("abcdef"), 60, p=[0.4, 0.3, 0.15, 0.08, 0.05, 0.02])
        treated = rng.random(60) < 0.5
        shown = names_told(treated, group, 5)
        left = ~np.isin(group, shown)
        for side in (treated, ~treated):
            assert all((side & (group == name)).sum() == 0 or (side & (group == name)).sum() >= 5 for name in shown)
            assert (side & left).sum() == 0 or (side & left).sum() >= 5 or not shown


def test_all_are_told_of_nobody_where_too_few_were_to_be_reached():
    assert told([True] * 3 + [False] * 300, range(303), ["a"] * 303, smallest=5) == []


def test_a_handful_of_homes_has_no_interval_however_many_live_there():
    unit = np.repeat(np.arange(20), 20)
    treated = unit % 2 == 0
    one = told(treated, unit, ["a"] * 400)[0]["all"]
    assert one["contact"]["value"] == 1.0
    assert one["effect"] is None
    unit = np.arange(400)
    assert told(unit % 2 == 0, unit, ["a"] * 400)[0]["all"]["effect"] is not None


def test_where_no_block_holds_both_sides_the_share_is_told_and_nothing_else():
    treated = [True] * 50 + [False] * 50
    one = told(treated, range(100), ["a"] * 100, within=["x"] * 50 + ["y"] * 50)[0]["all"]
    assert (one["contact"]["value"], one["contact"]["lower"], one["effect"]) == (1.0, None, None)
