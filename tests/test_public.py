"""Whatever a room shows to others is explained, and examples run (pytest runs every docstring's)."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

import groundswell

ROOMS = [info.name for info in pkgutil.iter_modules(groundswell.__path__) if info.ispkg]


@pytest.mark.parametrize("room", ROOMS)
def test_everything_a_room_shows_has_words(room):
    module = importlib.import_module(f"groundswell.{room}")
    assert module.__doc__, f"{room} does not say what it is for"
    for name in module.__all__:
        shown = getattr(module, name)
        if inspect.isfunction(shown) or inspect.isclass(shown):
            assert inspect.getdoc(shown), f"{room}.{name} has no docstring"


# A step of the round takes whole tables; its example is the round itself: campaigns/rounds.py, and `groundswell demo`.
STEPS = {
    "brought",
    "keyed",
    "true_gains",
    "explain",
    "gather_groups",
    "hand_over",
    "hear",
    "main",
    "rank_questions",
    "worth_of_answers",
    "open_options",
    "read",
    "read_arrays",
    "read_json",
    "read_learnt",
    "read_policy",
    "refuse_late",
    "replay",
    "score",
    "summarise",
    "unknown_column",
    "write_text",
}


@pytest.mark.parametrize("room", ROOMS)
def test_every_function_a_room_shows_has_an_example_that_runs(room):
    module = importlib.import_module(f"groundswell.{room}")
    shown = {name: getattr(module, name) for name in module.__all__}
    without = {name for name, one in shown.items() if inspect.isfunction(one) and ">>>" not in (one.__doc__ or "")}
    assert without <= STEPS
