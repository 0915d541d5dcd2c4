"""The relaxation of an allocation by solvers of linear programs; runs in an environment of its own: NAME FILE."""

from __future__ import annotations

import json
import resource
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def program(value: Floats, use: Floats, limits: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Columns, rows (one for each unit, one for each limit) and the matrix by column: start, row, entry."""
    n, k = value.shape
    m = len(limits)
    start = np.arange(n * k + 1) * (m + 1)
    rows = np.column_stack([np.repeat(np.arange(n), k), np.tile(n + np.arange(m), (n * k, 1))])
    entries = np.column_stack([np.ones(n * k), np.tile(use, (n, 1))])
    return start, rows.ravel(), entries.ravel(), np.concatenate([np.ones(n), limits])


def interior_point(value: Floats, use: Floats, limits: Floats) -> tuple[float, str, float]:
    """HiGHS, interior point, no crossover."""
    highspy: Any = import_module("highspy")
    start, rows, entries, upper = program(value, use, limits)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = value.size, len(upper)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -value.ravel(), np.zeros(value.size), np.full(value.size, np.inf)
    lp.row_lower_, lp.row_upper_ = np.full(len(upper), -np.inf), upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start, rows, entries
    solver = highspy.Highs()
    for name, setting in {"output_flag": False, "threads": 1, "solver": "ipm", "run_crossover": "off"}.items():
        solver.setOptionValue(name, setting)
    begun = _cpu()
    solver.passModel(lp)
    solver.run()
    return -solver.getInfo().objective_function_value, version("highspy"), _cpu() - begun


def first_order(value: Floats, use: Floats, limits: Floats) -> tuple[float, str, float]:
    """PDLP of OR-Tools, to a relative gap of 1e-6."""
    model_builder: Any = import_module("ortools.linear_solver.python.model_builder")
    pandas: Any = import_module("pandas")
    sparse: Any = import_module("scipy.sparse")
    start, rows, entries, upper = program(value, use, limits)
    matrix = sparse.csc_matrix((entries, rows, start), shape=(len(upper), value.size)).tocsr()
    model = model_builder.Model()
    columns = model.new_num_var_series("x", index=pandas.RangeIndex(value.size), lower_bounds=0.0, upper_bounds=1.0)
    helper = model.helper
    for row in range(len(upper)):
        helper.add_linear_constraint()
        helper.set_constraint_lower_bound(row, -np.inf)
        helper.set_constraint_upper_bound(row, float(upper[row]))
        for place in range(matrix.indptr[row], matrix.indptr[row + 1]):
            helper.add_term_to_constraint(row, int(matrix.indices[place]), float(matrix.data[place]))
    model.maximize(columns.dot(value.ravel().astype(float)))
    solver = model_builder.Solver("PDLP")
    solver.set_solver_specific_parameters(
        "termination_criteria { simple_optimality_criteria { eps_optimal_relative: 1e-6 } }"
    )
    begun = _cpu()
    solver.solve(model)
    return solver.objective_value, version("ortools"), _cpu() - begun


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    name, path = sys.argv[1:]
    given = np.load(path)
    arrays = given["value"].astype(np.float64), given["use"], given["limits"]
    optimum, told, seconds = (interior_point if name.startswith("HiGHS") else first_order)(*arrays)
    print(json.dumps({"optimum": optimum, "version": told, "seconds": seconds}))
