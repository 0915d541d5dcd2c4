"""How fast and how good the allocation is: `python3 dev.py bench allocate`, about two minutes on one core.

100,000 units, 10 options, 5 limits of which some do not bind. The yardstick is HiGHS on the linear relaxation of the
whole problem. Its simplex takes time with the square of the units, so it gets 20,000 of them, and so do we beside it.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import highspy
import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import machine, table
from groundswell.allocate import find_prices, mixture, settle

UNITS, YARDSTICK_UNITS, OPTIONS, LIMITS = 100_000, 20_000, 10, 5
KINDS = ("continuous", "discrete", "correlated")

Floats = NDArray[np.float64]
R = TypeVar("R")


def main() -> str:
    """Measure every kind of data; the Markdown text for the results."""
    find_and_settle("discrete", 600)  # the first call compiles
    rows = [measure(kind) for kind in KINDS]
    return (
        machine("groundswell", "highspy", "numba")
        + "\n\n"
        + table(list(rows[0]), [list(row.values()) for row in rows])
        + "\n"
    )


def measure(kind: str) -> dict[str, object]:
    """One row: gap and seconds of ours at full size, and both ways to the same bound at the yardstick's."""
    gap, to_prices, to_plan = find_and_settle(kind, UNITS)
    arrays = make(kind, YARDSTICK_UNITS)
    bound, direct = timed(lambda: relaxed_optimum(*arrays))
    ours, seconds = timed(lambda: find_prices(*arrays))
    return {
        "data": f"{kind} {UNITS:,} x {OPTIONS} x {LIMITS}",
        "gap": f"{gap:.1e}",
        "find_prices, s": f"{to_prices:.2f}",
        "settle, s": f"{to_plan:.2f}",
        f"HiGHS at {YARDSTICK_UNITS:,} units, s": f"{direct:.2f}",
        f"find_prices at {YARDSTICK_UNITS:,} units, s": f"{seconds:.2f}",
        "times faster": f"{direct / seconds:.0f}",
        "bounds differ by": f"{abs(ours.bound - bound) / bound:.0e}",
    }


def find_and_settle(kind: str, n: int) -> tuple[float, float, float]:
    """The gap, the seconds to the prices, and the seconds from drawn choices to whole ones."""
    value, use, at_most = make(kind, n)
    prices, to_prices = timed(lambda: find_prices(value, use, at_most))
    order = np.random.default_rng(1).random(n)
    choice = (mixture(value, use, prices).cumsum(axis=1) <= order[:, None]).sum(axis=1).clip(max=OPTIONS) - 1
    settled, to_plan = timed(lambda: settle(choice, value, use, at_most, prices, order=order))
    if (settled.used > at_most).any():
        raise AssertionError(f"{kind}: a limit is overrun; expected never; see tests/allocate")
    return settled.gap, to_prices, to_plan


def make(kind: str, n: int) -> tuple[Floats, Floats, Floats]:
    """Value, use and limits: of five limits the last never binds."""
    rng = np.random.default_rng(0)
    use = rng.random((n, OPTIONS, LIMITS))
    if kind == "continuous":
        value = rng.random((n, OPTIONS))
    elif kind == "discrete":
        value = rng.integers(1, 6, (n, OPTIONS)) / 10.0
        use = rng.choice([0.0, 0.05, 0.6, 4.5], (OPTIONS, LIMITS)) * rng.choice([1, 1, 2], (n, 1, 1))
    else:
        value = use.mean(axis=2) + 0.05 * rng.standard_normal((n, OPTIONS))
    return value, use, 0.2 * n * use.mean(axis=(0, 1)) * np.array([1, 1, 0.5, 2, 10])


def relaxed_optimum(value: Floats, use: Floats, at_most: Floats) -> float:
    """The linear relaxation, whole, by HiGHS."""
    n, k, m = use.shape
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n * k, m + n
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -value.ravel(), np.zeros(n * k), np.ones(n * k)
    lp.row_lower_, lp.row_upper_ = np.full(m + n, -np.inf), np.concatenate([at_most, np.ones(n)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.arange(n * k + 1) * (m + 1)
    rows = np.column_stack([np.tile(np.arange(m), (n * k, 1)), m + np.repeat(np.arange(n), k)])
    lp.a_matrix_.index_ = rows.ravel()
    lp.a_matrix_.value_ = np.column_stack([use.reshape(n * k, m), np.ones(n * k)]).ravel()
    solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(lp)
    solver.run()
    return -float(solver.getInfo().objective_function_value)


def timed(work: Callable[[], R]) -> tuple[R, float]:
    """What `work` returns, and the seconds it took."""
    begun = time.perf_counter()
    found = work()
    return found, time.perf_counter() - begun


if __name__ == "__main__":
    print(main())
