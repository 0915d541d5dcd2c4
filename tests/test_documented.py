"""What is not documented does not exist: every command, option and key stands in docs/ with its default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main
from pydantic_core import PydanticUndefined

from groundswell.campaigns.spec import CampaignSpec, _inner, documented_keys
from groundswell.cli import app
from groundswell.messages.files import FrontMatter
from groundswell.segments import SegmentSpec

DOCS = Path(__file__).resolve().parents[1] / "docs"
COMMANDS = typer.main.get_command(app).commands

IN_FRONT = {field.alias or name for name, field in FrontMatter.model_fields.items()}


@pytest.fixture(scope="module")
def rows() -> dict[str, str]:
    """Key -> its row in the tables of docs/campaign-file.md."""
    found = {}
    for line in (DOCS / "campaign-file.md").read_text("utf-8").splitlines():
        if line.startswith("| `"):
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", line.split("|")[1]), line)
    return found


@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    """Command -> its section in docs/reference.md."""
    text = (DOCS / "reference.md").read_text("utf-8")
    return {part.split("`")[0]: part for part in text.split("\n## `groundswell ")[1:]}


def defaults() -> dict[str, object]:
    found: dict[str, object] = {}

    def walk(model, prefix: str) -> None:
        for name, entry in model.model_fields.items():
            found[prefix + name] = entry.default
            inner = _inner(entry.annotation)
            if inner is not None:
                walk(inner, f"{prefix}{name}.*." if str(entry.annotation).startswith("dict[") else f"{prefix}{name}.")

    walk(CampaignSpec, "")
    return found


@pytest.mark.parametrize("key", documented_keys())
def test_every_key_of_the_campaign_file_is_documented(key, rows):
    if key in {"actions", "sources", "traits", "channels", "limits", "experiments"} | {"sources.people"}:
        assert re.search(rf"^`{key}` is ", (DOCS / "campaign-file.md").read_text("utf-8"), re.MULTILINE), key
        return
    assert key in rows or key in {"sources.past", "sources.outcomes"}, f"{key} is not in docs/campaign-file.md"
    default = defaults()[key]
    if default is PydanticUndefined:
        assert "| required |" in rows[key], f"{key} is required; docs/campaign-file.md says otherwise"
    elif isinstance(default, str | float | int) and not isinstance(default, bool):
        said = f"{default:g}" if isinstance(default, float) else str(default)
        assert re.search(rf"\| `{re.escape(said)}0?` \|", rows[key]), f"{key} has the default {said}"


def test_no_key_is_documented_that_there_is_not(rows):
    segments = {f"*.{key}" for key in SegmentSpec.model_fields}
    assert segments <= rows.keys()
    assert rows.keys() - documented_keys().keys() - IN_FRONT - segments == set()


@pytest.mark.parametrize("key", sorted(IN_FRONT))
def test_every_key_of_a_message_is_documented(key, rows):
    message = (DOCS / "campaign-file.md").read_text("utf-8").split("## A message's file")[1]
    assert f"| `{key}` |" in message


@pytest.mark.parametrize("key", [key for key in documented_keys() if key.count(".") == 0])
def test_every_section_of_the_campaign_file_has_an_example(key):
    examples = "".join(re.findall(r"```toml\n(.*?)```", (DOCS / "campaign-file.md").read_text("utf-8"), re.DOTALL))
    assert re.search(rf"^(\[{key}\b|{key} = )", examples, re.MULTILINE) or key == "place"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name, sections):
    assert name in sections, f"groundswell {name} is not in docs/reference.md"
    for option in COMMANDS[name].params:
        if option.param_type_name != "option":
            continue
        row = next((line for line in sections[name].splitlines() if line.startswith(f"| `{option.opts[-1]}` |")), None)
        assert row, f"groundswell {name} {option.opts[-1]} is not in docs/reference.md"
        if isinstance(option.default, int) and not isinstance(option.default, bool):
            assert f"| `{option.default}` |" in row


def test_no_command_is_documented_that_there_is_not(sections):
    assert sections.keys() == COMMANDS.keys()


def test_options_before_the_command_are_documented():
    head = (DOCS / "reference.md").read_text("utf-8").split("\n## ")[0]
    for option in typer.main.get_command(app).params:
        assert f"| `{option.opts[0]}` |" in head
