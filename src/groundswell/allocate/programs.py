"""Small linear and integer programs, handed to HiGHS with every source of chance switched off."""

from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from groundswell.allocate.problem import Bools, Floats, Ints

_PRECISE = 1e-10  # the finest HiGHS accepts; prices must land on the breakpoints, not near them

_PROVEN = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)


class Program(NamedTuple):
    """Minimise `cost . x` over 0 <= x <= upper and lower <= A x <= upper, A given as (row, column, entry)."""

    cost: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    row: Ints
    column: Ints
    entry: Floats


class Answer(NamedTuple):
    """What HiGHS found; `duals` only mean something for a linear program."""

    columns: Floats  # empty where there is no answer
    duals: Floats
    optimal: bool  # or proven that there is none


def solve_linear(program: Program) -> Answer:
    """The optimum of a linear program at a vertex, with its duals.

    Once in some ten thousand programs HiGHS' presolve loses the last digits that we ask for, and it says so: then without.
    """
    answer = _run(program, _solver(), whole=0)
    if not answer.optimal:
        answer = _run(program, _solver(presolve="off"), whole=0)
    if not (answer.optimal and len(answer.columns)):
        raise ArithmeticError(
            "HiGHS did not solve a small linear program; expected an optimum, which these limits always have; "
            "check for values or uses that differ by more than 1e12"
        )
    return answer


def solve_whole(program: Program, *, whole: int, most_nodes: int) -> Answer:
    """The optimum with the first `whole` columns in whole numbers, or the best found in `most_nodes` branchings.

    Branchings are counted, not seconds: the same input must give the same plan.
    """
    options = {"mip_rel_gap": 0.0, "mip_abs_gap": 0.0, "mip_feasibility_tolerance": _PRECISE}
    return _run(program, _solver(mip_max_nodes=most_nodes, **options), whole=whole)


def _solver(**options: str | float) -> "highspy.Highs":
    solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    fixed: dict[str, str | float] = {"output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0}
    precise = {"primal_feasibility_tolerance": _PRECISE, "dual_feasibility_tolerance": _PRECISE}
    for name, setting in {**fixed, **precise, "small_matrix_value": 1e-12, **options}.items():
        solver.setOptionValue(name, setting)
    return solver


def _run(program: Program, solver: "highspy.Highs", *, whole: int) -> Answer:
    solver.passModel(_as_highs(program, whole=whole))
    solver.run()
    found = solver.getSolution()
    return Answer(
        columns=np.array(found.col_value, dtype=np.float64),
        duals=np.array(found.row_dual, dtype=np.float64),
        optimal=solver.getModelStatus() in _PROVEN,
    )


def _as_highs(program: Program, *, whole: int) -> "highspy.HighsLp":
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, np.zeros(len(program.cost)), program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = _by_column(program)
    if whole:
        continuous = len(program.cost) - whole
        lp.integrality_ = [highspy.HighsVarType.kInteger] * whole + [highspy.HighsVarType.kContinuous] * continuous
    return lp


def _by_column(program: Program) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
    present: Bools = program.entry != 0.0
    row, column, entry = program.row[present], program.column[present], program.entry[present]
    order = np.lexsort((row, column))
    start = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=len(program.cost)))])
    return start.astype(np.int32), row[order].astype(np.int32), entry[order]
