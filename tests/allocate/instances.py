"""Made-up allocations, and slow ways to solve them that are plainly right."""

from itertools import product
from math import fsum
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

KINDS = ("continuous", "discrete", "types", "correlated", "negative")
GAP_DATA = Path(__file__).parents[2].parent / "shared" / "data" / "gap"


def make(kind, n, k=10, m=5, *, seed=0, tight=0.2):
    """Value, use and limits; the last limits never bind."""
    rng = np.random.default_rng(seed)
    use = rng.random((n, k, m))
    if kind == "continuous":
        value = rng.random((n, k))
    elif kind == "discrete":
        value = rng.integers(1, 6, (n, k)) / 10.0
        use = rng.choice([0.0, 0.05, 0.6, 4.5], (k, m)) * rng.choice([1, 1, 2], (n, 1, 1))
    elif kind == "types":
        of = rng.integers(0, 40, n)
        value, use = rng.random((40, k))[of], (rng.integers(0, 4, (40, k, m)) * 0.05)[of]
    elif kind == "correlated":
        value = use.mean(axis=2) + 0.05 * rng.standard_normal((n, k))
    else:
        value, use = rng.standard_normal((n, k)), use * (rng.random((n, k, m)) < 0.3)
    at_most = tight * n * use.mean(axis=(0, 1)) * np.array([1, 1, 0.5, 2, 10])[:m]
    return value, use, at_most


def draw(probabilities, seed=1):
    """What a policy does: one option per unit, by a hash in [0, 1)."""
    order = np.random.default_rng(seed).random(len(probabilities))
    drawn = (probabilities.cumsum(axis=1) <= order[:, None]).sum(axis=1)
    return np.minimum(drawn, probabilities.shape[1] - 1) - 1, order


def expected_use(probabilities, use):
    return np.einsum("nk,nkm->m", probabilities[:, 1:], use)


def exact_sums(choice, use):
    taken = [use[unit, option] for unit, option in enumerate(choice) if option >= 0]
    return np.array([fsum(row[limit] for row in taken) for limit in range(use.shape[2])])


def brute_force(value, use, at_most, is_open):
    """The value of the best whole plan, by trying all."""
    n, k = value.shape
    best = 0.0
    for plan in product(range(-1, k), repeat=n):
        if all(option < 0 or is_open[unit, option] for unit, option in enumerate(plan)):
            worth = fsum(value[unit, option] for unit, option in enumerate(plan) if option >= 0)
            if worth > best and (exact_sums(plan, use) <= at_most).all():
                best = worth
    return best


def relaxed_optimum(value, use, at_most, is_open=None):
    """The optimum of the linear relaxation, by SciPy."""
    n, k, m = use.shape
    column = np.arange(n * k)
    rows = np.concatenate([np.repeat(np.arange(n), k), *[np.full(n * k, n + limit) for limit in range(m)]])
    entries = np.concatenate([np.ones(n * k), use.reshape(n * k, m).T.ravel()])
    upper = np.ones(n * k) if is_open is None else is_open.ravel().astype(float)
    solved = linprog(
        -value.ravel(),
        A_ub=coo_array((entries, (rows, np.tile(column, m + 1))), shape=(n + m, n * k)).tocsr(),
        b_ub=np.concatenate([np.ones(n), at_most]),
        bounds=np.column_stack([np.zeros(n * k), upper]),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return -solved.fun


def assignment_problems(name):
    """The generalised assignment problems of a file: (profit (jobs, agents), resource, capacity) each."""
    numbers = iter((GAP_DATA / f"{name}.txt").read_text().split())
    for _ in range(int(next(numbers))):
        agents, jobs = int(next(numbers)), int(next(numbers))
        profit, resource = (
            np.array([[float(next(numbers)) for _ in range(jobs)] for _ in range(agents)]).T for _ in range(2)
        )
        yield profit, resource, np.array([float(next(numbers)) for _ in range(agents)])


def published_optima():
    """`c515-1  336` and so on, by file name, in the order of the files' problems."""
    words = (GAP_DATA / "ORLIB_README_optima.txt").read_text().split("maximisation problems.")[1].split()
    found, names = {}, []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("gap") and word[3:].isdigit():
            names = [*names, word] if names and len(found.get(names[0], [])) == 0 else [word]
        elif word.startswith("c") and "-" in word and following.isdigit():
            per_row = names[(sum(len(found.get(name, [])) for name in names)) % len(names)]
            found.setdefault(per_row, []).append(int(following))
    return found


FAMILIES = ("independent", "correlated", "tied", "sorted", "clustered", "heavy-tailed")


def family(kind, n, k=10, m=5, *, seed=0):
    """Value (n, k), use (k, m) and limits; of five limits the last never binds."""
    rng = np.random.default_rng(seed)
    value, use = rng.random((n, k)), rng.random((k, m))
    if kind == "correlated":
        value = use.mean(axis=1) + 0.05 * rng.standard_normal((n, k))
    elif kind == "tied":
        value, use = rng.integers(1, 6, (n, k)) / 10, rng.choice([0.0, 0.05, 0.6, 4.5], (k, m))
    elif kind == "sorted":
        value = value[np.argsort(value.max(axis=1))]
    elif kind == "clustered":
        value = rng.random((40, k))[rng.integers(0, 40, n)] + 0.01 * rng.standard_normal((n, k))
    elif kind == "heavy-tailed":
        value = rng.pareto(1.5, (n, k))
    return value.astype(np.float32), use, 0.2 * n * use.mean(axis=0) * np.resize([1, 1, 0.5, 2, 10], m)
