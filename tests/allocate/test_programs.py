"""Small programs are solved, or it is said why not."""

from __future__ import annotations

import numpy as np
import pytest

from groundswell.allocate import programs


def knapsack() -> programs.Program:
    """Three items at most once each, room for one and a half."""
    three = np.arange(3)
    return programs.Program(
        cost=np.array([-3.0, -2.0, -1.0]),
        upper=np.ones(3),
        row_lower=np.array([-np.inf]),
        row_upper=np.array([1.5]),
        row=np.zeros(3, dtype=np.int64),
        column=three,
        entry=np.ones(3),
    )


def test_where_presolve_loses_the_last_digits_it_is_solved_without(monkeypatch):
    """As HiGHS 1.x does with some programs of 1,000 rows: it reports no optimum unless presolve is off."""
    run = programs._run

    def unsure(program, solver, *, whole):
        found = run(program, solver, whole=whole)
        return found._replace(optimal=found.optimal and solver.getOptionValue("presolve")[1] == "off")

    monkeypatch.setattr(programs, "_run", unsure)
    answer = programs.solve_linear(knapsack())
    np.testing.assert_allclose(answer.columns, [1.0, 0.5, 0.0])


def test_a_program_without_an_optimum_is_told():
    endless = knapsack()._replace(row_upper=np.array([np.inf]), upper=np.full(3, np.inf))
    with pytest.raises(ArithmeticError, match="HiGHS did not solve a small linear program"):
        programs.solve_linear(endless)
