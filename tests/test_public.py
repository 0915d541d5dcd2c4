"""Whatever a room shows to others is explained, and examples run (pytest runs every docstring's)."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

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


def test_every_room_has_an_example_that_runs():
    without = []
    for room in ROOMS:
        files = (Path(groundswell.__path__[0]) / room).glob("*.py")
        texts = [ast.get_docstring(node) or "" for file in files for node in _documented(file)]
        if not any(">>>" in text for text in texts):
            without.append(room)
    # The faces are shown by their own tests and by docs/reference.md.
    assert set(without) <= {"cli", "delivery"}, without


def _documented(file: Path):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            yield node
