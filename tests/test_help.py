"""What the pages of help have in them, and what is found there."""

from __future__ import annotations

import ast
import unicodedata
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.model.labels import Flag
from prelabel_tui.core.outcomes import Code
from prelabel_tui.help.outcomes import OUTCOMES
from prelabel_tui.help.page import Page, find
from prelabel_tui.help.pages import PAGES
from prelabel_tui.help.playbook import PLAYBOOK
from prelabel_tui.help.signs import SIGNS
from prelabel_tui.keys.commands import COMMANDS

SOURCE = Path(__file__).parent.parent / "src" / "prelabel_tui"

KEYS_AND_FRAMES = set("←↑→↓⌫⏎⇧─━▏▎▍▌▋▊▉█▁▂▃▄▅▆▇▸▾")
"""Signs on keys, lines, and the steps of bars that the legend shows some of."""


def _signs_of_screens() -> dict[str, set[str]]:
    """Return each symbol in the strings of the screens' source, and the files that have it."""
    found: dict[str, set[str]] = {}
    for folder in ("screens", "widgets"):
        for path in (SOURCE / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            docstrings = {
                id(node.body[0].value)
                for node in ast.walk(tree)
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
                and node.body
                and isinstance(node.body[0], ast.Expr)
            }
            for node in ast.walk(tree):
                if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                    continue
                if id(node) not in docstrings:
                    for sign in node.value:
                        if unicodedata.category(sign) in ("So", "Sm", "Sk") and sign > "\x7f":
                            found.setdefault(sign, set()).add(path.name)
    return found


def test_every_sign_of_the_screens_is_in_the_legend() -> None:
    legend = "".join(f"{line.term}{line.text}" for group in SIGNS.groups for line in group.lines)
    missing = {
        sign: files
        for sign, files in _signs_of_screens().items()
        if sign not in legend and sign not in KEYS_AND_FRAMES
    }
    assert not missing


def test_every_outcome_and_every_flag_is_explained() -> None:
    terms = [line.term for group in OUTCOMES.groups for line in group.lines]
    assert sorted(terms) == sorted(Code)
    flags = {line.term for group in PLAYBOOK.groups for line in group.lines}
    assert flags >= {flag.value for flag in Flag}


def test_words_are_found_in_any_order_and_a_title_finds_its_group() -> None:
    (group,) = find(PAGES, "created IMMUTABLE revision new")
    assert [line.term for line in group.lines] == ["PUBLISH_SUCCESS"]
    (group,) = find(PAGES, "player when edit")
    assert group.title == "Playbook › When to edit: player detection"
    assert len(group.lines) == 3
    assert not find(PAGES, "zzz")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_command_prints_a_page(page: Page) -> None:
    done = CliRunner().invoke(app, ["help", page.name])
    assert done.exit_code == 0
    flat = " ".join(done.stdout.split())
    for group in page.groups:
        assert group.title in flat
        for line in group.lines:
            assert line.term in flat
            assert " ".join(line.text.split()) in flat


def test_the_command_explains_a_code_lists_pages_and_refuses_what_it_does_not_have() -> None:
    done = CliRunner().invoke(app, ["help", "OVERRIDE_FORBIDDEN"])
    assert "ask a lead to publish" in " ".join(done.stdout.split())
    listed = CliRunner().invoke(app, ["help"]).stdout
    for page in PAGES:
        assert f"prelabel-tui help {page.name}" in listed
    keys = CliRunner().invoke(app, ["help", "keys"]).stdout
    for command in COMMANDS:
        assert command.text in " ".join(keys.split())
    refused = CliRunner().invoke(app, ["help", "zz[red]z"])
    assert refused.exit_code == 36
    assert "'zz[red]z'" in refused.stderr
