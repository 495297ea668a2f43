"""The site is built strictly, its pictures are made by the program, its commands are there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from typer.main import get_command

from prelabel_tui.cli import app
from prelabel_tui.cli.command_tree import load_command

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])
BLOCK = re.compile(r"^```(?:sh|bash|console)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(prelabel-tui [^`]+)`")
MADE = re.compile(r'picture\(app, "([\w-]+)"\)')


def test_the_site_is_built_strictly_with_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(tmp_path)))
    commands = (tmp_path / "commands" / "index.html").read_text(encoding="utf-8")
    for shown in ("import mot", "eligibility approve", "--pixels-from"):
        assert shown in commands


def test_pictures_are_those_that_the_program_makes() -> None:
    made = set(MADE.findall((DOCS / "generate.py").read_text(encoding="utf-8")))
    assert {path.stem for path in (DOCS / "pictures").glob("*.svg")} == made
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [name for name in made if f"pictures/{name}.svg" not in shown] == []


def words_of(page: Path) -> Iterator[str]:
    """What a page gives to be typed that calls the program."""
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            called = line.split("prelabel-tui ")[1:]
            starts = line.lstrip(" $").startswith("prelabel-tui ")
            yield from (part.split(" #")[0] for part in called if starts)
    for call in INLINE.findall(text):
        yield call.removeprefix("prelabel-tui ")


def fault(words: str) -> str | None:
    """What is wrong with a call: a command or an option that there is not."""
    try:
        tokens = shlex.split(words)
    except ValueError as error:
        return str(error)
    root: Any = get_command(app)
    command, value_follows = root, False
    for token in tokens:
        below = getattr(command, "commands", {})
        if token in ("|", ">", ";", "&&", "&"):
            return None
        if value_follows:
            value_follows = False
        elif re.match(r"--?[a-zA-Z]", token):
            name, _, given = token.partition("=")
            own = {name: one for one in (*root.params, *command.params)
                   for name in (*one.opts, *one.secondary_opts)}  # fmt: skip
            if name not in own and name != "--help":
                return f"no option {name}"
            value_follows = name in own and not own[name].is_flag and not given
        elif token in below:
            command = load_command(token) if command is root else below[token]
        elif token.isupper() and below:
            return None  # it stands for any of them
        elif command is root and token.isalpha():
            return f"no command {token}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_are_there(page: Path) -> None:
    faults = [(words, wrong) for words in words_of(page) if (wrong := fault(words))]
    assert faults == []


def test_a_command_that_is_not_there_is_found() -> None:
    assert fault("publish --overide x") == "no option --overide"
    assert fault("publsh") == "no command publsh"
    assert fault("--home x runs remove 12 --reason 'by mistake' --yes") is None


def test_make_has_the_targets_that_pages_name() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = {
        name
        for page in PAGES
        for name in re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8"))
    }
    assert named - {*targets} == set()
