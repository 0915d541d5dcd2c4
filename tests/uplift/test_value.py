"""A policy is worth what the plain formulas say, its interval covers the truth, and nothing odd passes in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from groundswell.uplift import EvidenceWarning, UpliftModel, policy_value, qini
from groundswell.vocabulary import EvidenceError
from truth import simulated

ARMS = np.array(["nothing", "door", "post"])


class Given:
    """Four thousand people, three arms with uneven shares that depend on who they are."""

    def __init__(self, seed: int = 3, count: int = 4_000) -> None:
        rng = np.random.default_rng(seed)
        self.count = count
        self.chance = rng.dirichlet([4, 2, 2], count) * 0.94 + 0.02
        self.index = (rng.random(count)[:, None] > self.chance.cumsum(axis=1)).sum(axis=1).clip(0, 2)
        self.arm = ARMS[[0, 1, 2]][self.index]
        self.outcome = (rng.random(count) < 0.2 + 0.1 * self.index).astype(float)
        self.policy = rng.dirichlet([1, 1, 1], count)
        self.model = rng.random((count, 3))
        self.propensity = self.chance[np.arange(count), self.index]


@pytest.fixture(scope="module")
def given():
    return Given()


def plain(given: Given, method: str) -> float:
    """The four estimators as their papers write them."""
    own = np.arange(given.count), given.index
    weight = given.policy[own] / given.propensity
    expected = (given.policy * given.model).sum(axis=1)
    return {
        "ips": (weight * given.outcome).mean(),
        "snips": (weight * given.outcome).sum() / weight.sum(),
        "dm": expected.mean(),
        "dr": (expected + weight * (given.outcome - given.model[own])).mean(),
    }[method]


@pytest.mark.parametrize("method", ["ips", "snips", "dm", "dr"])
def test_each_estimator_is_the_one_of_its_paper(given, method):
    found = policy_value(
        given.policy, given.arm, given.outcome, propensity=given.chance, outcome_model=given.model, method=method
    )
    assert found.value == pytest.approx(plain(given, method), abs=1e-12)
    assert found.lower < found.value < found.upper


def test_without_a_method_a_model_makes_it_doubly_robust(given):
    told = {"propensity": given.propensity}
    assert policy_value(given.policy, given.arm, given.outcome, **told).value == pytest.approx(plain(given, "ips"))
    told["outcome_model"] = given.model
    assert policy_value(given.policy, given.arm, given.outcome, **told).value == pytest.approx(plain(given, "dr"))


def test_names_and_probabilities_of_one_say_the_same(given):
    chosen = ARMS[np.arange(given.count) % 3]
    rows = (chosen[:, None] == ARMS).astype(float)
    one, other = (policy_value(choice, given.arm, given.outcome, propensity=given.chance) for choice in (chosen, rows))
    assert one == other


def test_a_difference_is_that_of_the_values_and_of_a_policy_to_itself_nothing(given):
    told = {"propensity": given.chance, "outcome_model": given.model}
    everybody = np.full(given.count, "door")
    whole = policy_value(given.policy, given.arm, given.outcome, against=everybody, **told)
    parts = [policy_value(choice, given.arm, given.outcome, **told).value for choice in (given.policy, everybody)]
    assert whole.value == pytest.approx(parts[0] - parts[1])
    assert policy_value(everybody, given.arm, given.outcome, against=everybody, **told) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda rows: pd.DataFrame(rows, columns=["post", "nothing", "door"]),
        lambda rows: pl.DataFrame(rows, schema=["post", "nothing", "door"]),
        lambda rows: pa.table(dict(zip(["post", "nothing", "door"], rows.T, strict=True))),
        lambda rows: dict(zip(["post", "nothing", "door"], rows.T, strict=True)),
    ],
)
def test_a_table_says_itself_which_column_is_which_arm(given, make):
    shuffled = make(given.policy[:, [2, 0, 1]])
    found = policy_value(shuffled, pd.Series(given.arm), pl.Series(given.outcome), propensity=given.chance)
    assert found.value == pytest.approx(plain(given, "ips"))


def test_whole_numbers_name_the_columns_also_of_arms_that_were_never_drawn():
    drawn = np.array([0, 2] * 100)
    choice = np.tile([0.5, 0.0, 0.25, 0.25], (200, 1))
    found = policy_value(choice, drawn, drawn / 2, propensity=np.full(200, 0.5))
    assert found.value == pytest.approx(0.25)


def test_a_value_hangs_on_no_order_of_rows(given):
    order = np.random.default_rng(0).permutation(given.count)
    unit = np.arange(given.count) // 2
    rows = given.policy, given.arm, given.outcome, given.chance, unit
    found = [
        policy_value(choice, arm, outcome, propensity=chance, unit=places)
        for choice, arm, outcome, chance, places in (rows, tuple(column[order] for column in rows))
    ]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


@pytest.mark.parametrize("correlation", [0.0, 0.6])
@pytest.mark.parametrize("method", ["ips", "snips", "dr"])
def test_the_interval_covers_the_truth_when_households_are_alike(correlation, method):
    assert 0.90 <= covered(correlation, method, 200) <= 0.99


@pytest.mark.truth
@pytest.mark.parametrize("correlation", [0.0, 0.6])
@pytest.mark.parametrize("method", ["ips", "snips", "dr"])
def test_the_interval_covers_the_truth_in_93_to_97_of_100(correlation, method):
    assert 0.93 <= covered(correlation, method, 2_000) <= 0.97


def covered(correlation: float, method: str, simulations: int) -> float:
    """How often a person's own policy (the letter for the keen) is worth what the interval says."""
    rng = np.random.default_rng(17)
    truth = (1 - simulated.KEEN) * simulated.CHANCE[0, 0] + simulated.KEEN * simulated.CHANCE[1, 1]
    hits = 0
    for _ in range(simulations):
        drawn = simulated.draw(1_500, correlation, rng)
        found = policy_value(
            drawn.keen,
            drawn.arm,
            drawn.outcome,
            propensity=simulated.ARM_SHARES[drawn.arm],
            unit=drawn.unit,
            outcome_model=simulated.CHANCE[drawn.keen] if method == "dr" else None,
            method=method,
        )
        hits += found.lower <= truth <= found.upper
    return hits / simulations


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"propensity": np.zeros(200)}, "not above 0"),
        ({"propensity": np.tile([0.5, 0.6], (200, 1))}, "do not sum to 1"),
        ({"propensity": np.tile([1.5, -0.5], (200, 1))}, "below 0"),
        ({"propensity": np.full(199, 0.5)}, "another number of rows"),
        ({"propensity": {"letter": 0.5}}, "no propensity for 'nothing'"),
        ({"outcome": np.full(200, np.nan)}, "no finite number in 200 rows"),
        ({"outcome": ["yes"] * 200}, "no number"),
        ({"choice": ["flyer"] * 200}, "never drawn"),
        ({"choice": np.full((200, 3), 1 / 3)}, "3 columns for 2 arms"),
        ({"choice": np.full((200, 2), 0.4)}, "are none in 200 rows"),
        ({"choice": {"letter": [1.0] * 200}}, "no column for 'nothing'"),
        ({"outcome_model": np.full((200, 2), np.inf)}, "no finite number in row 0"),
        ({"method": "magic"}, "no such method"),
        ({"method": "dr"}, "needs a model"),
        ({"arm": [None, *["letter"] * 199]}, "missing in 1 rows"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changed, words):
    told = {
        "choice": ["letter"] * 200,
        "arm": ["letter", "nothing"] * 100,
        "outcome": [0, 1] * 100,
        "propensity": np.full(200, 0.5),
    } | changed
    choice, arm, outcome = (told.pop(name) for name in ("choice", "arm", "outcome"))
    with pytest.raises(EvidenceError, match=words):
        policy_value(choice, arm, outcome, **told)


def test_a_policy_outside_what_could_be_drawn_is_refused():
    closed = np.tile([0.5, 0.5, 0.0], (400, 1))
    closed[:40] = [0.25, 0.25, 0.5]
    drawn = ["nothing", "door"] * 200
    drawn[:40:2] = ["post"] * 20
    with pytest.raises(EvidenceError, match=r"90\.0 % of choice"):
        policy_value(["post"] * 400, drawn, [0, 1] * 200, propensity=closed)


@pytest.mark.parametrize("against", [None, "nothing"])
def test_a_value_that_rests_on_few_is_refused(against):
    """METHODS: fewer than 100 effective units are no value; 100 are one."""

    def value(pairs: int):
        drawn, came = ["a", "nothing"] * pairs, [0, 1, 1, 0, 0] * (2 * pairs // 5)
        other = [against] * (2 * pairs) if against else None
        return policy_value(["a"] * (2 * pairs), drawn, came, propensity=np.full(2 * pairs, 0.5), against=other)

    few = 95 if against is None else 45  # of a difference both sides tell
    with pytest.raises(EvidenceError, match="rest on too little"):
        value(few)
    assert value(few + 5).lower < value(few + 5).upper
    with pytest.raises(EvidenceError, match="Nobody was drawn"):
        policy_value(["a", "b"], ["b", "a"], [0, 1], propensity=[0.5, 0.5], method="snips")


def test_what_nobody_was_drawn_for_has_no_value():
    with pytest.raises(EvidenceError, match="Nobody was drawn"):
        policy_value(list("baba"), list("abab"), [1, 0, 1, 1], propensity=[0.5] * 4)


@pytest.mark.parametrize("method", ["ips", "snips"])
def test_where_all_did_the_same_nobody_can_say_how_sure_a_value_is(method):
    outcome = np.full(400, 1.0 if method == "snips" else 0.0)
    with pytest.warns(EvidenceWarning, match="the same in all rows"):
        found = policy_value(["a"] * 400, ["a", "b"] * 200, outcome, propensity=np.full(400, 0.5), method=method)
    assert (found.value, found.lower, found.upper) == (outcome[0], -np.inf, np.inf)


class Drawn:
    """Half are drawn for nothing, a quarter for each of two arms; one of them moves people."""

    def __init__(self) -> None:
        rng = np.random.default_rng(3)
        self.count = 4_000
        self.arm = rng.choice(["nothing", "door", "post"], self.count, p=[0.5, 0.25, 0.25])
        self.acted = (rng.random(self.count) < np.where(self.arm == "door", 0.34, 0.28)).astype(float)


@pytest.mark.parametrize(
    ("propensity", "words"),
    [
        (None, "no propensities"),
        (np.ones(4_000), "far less often"),
        ({"nothing": 0.1, "door": 0.2, "post": 0.7}, "far (more|less) often"),
        (np.tile([0.1, 0.2, 0.7], (4_000, 1)), "far (more|less) often"),
    ],
)
def test_propensities_that_contradict_the_draw_give_no_number(propensity, words):
    drawn = Drawn()
    with pytest.raises(EvidenceError, match=words):
        policy_value(["nothing"] * drawn.count, drawn.arm, drawn.acted, propensity=propensity)
    with pytest.raises(EvidenceError, match=words):
        qini(np.zeros((drawn.count, 2)), drawn.arm, drawn.acted, propensity=propensity)
    if propensity is not None:
        with pytest.raises(EvidenceError, match=words):
            UpliftModel().fit({"x": np.arange(drawn.count) % 7}, drawn.arm, drawn.acted, propensity=propensity)


def test_a_column_of_an_arm_that_was_open_to_some_is_refused_and_one_for_every_arm_is_taken():
    rng = np.random.default_rng(4)
    first = rng.random(4_000) < 0.5
    arm = np.where(rng.random(4_000) < 0.5, "nothing", np.where(first, "door", "post"))
    acted = (rng.random(4_000) < 0.3).astype(float)
    with pytest.raises(EvidenceError, match="if everybody could have got it"):
        policy_value(["post"] * 4_000, arm, acted, propensity=np.full(4_000, 0.5), against=["nothing"] * 4_000)
    every = {"nothing": np.full(4_000, 0.5), "door": 0.5 * first, "post": 0.5 * ~first}
    with pytest.raises(EvidenceError, match="on what could not have been drawn"):
        policy_value(["post"] * 4_000, arm, acted, propensity=every, against=["nothing"] * 4_000)
    fitting = np.where(first, "door", "post")
    found = policy_value(fitting, arm, acted, propensity=every, against=["nothing"] * 4_000)
    assert found.lower < 0 < found.upper


def test_a_rare_arm_that_luck_passed_over_is_no_contradiction():
    for seed in range(300):
        rng = np.random.default_rng(seed)
        arm = np.where(rng.random(2_000) < 0.002, "letter", "nothing")
        arm[0] = "letter"
        column = np.where(arm == "letter", 0.002, 0.998)
        acted = (rng.random(2_000) < 0.3).astype(float)
        for chance in (column, {"letter": 0.002, "nothing": 0.998}):
            policy_value(["nothing"] * 2_000, arm, acted, propensity=chance)
