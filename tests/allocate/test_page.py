"""The examples of docs/allocate.md are true."""

from __future__ import annotations

import doctest
from pathlib import Path


def test_every_example_of_the_page_runs():
    page = Path(__file__).resolve().parents[2] / "docs" / "allocate.md"
    text = page.read_text("utf-8").replace("```python\n", "").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    assert len(examples.examples) > 25
    found = doctest.DocTestRunner().run(examples)
    assert found.failed == 0
