"""The program's help lists commands that it does not import."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

from prelabel_tui import cli
from prelabel_tui.cli.command_tree import COMMANDS, load_command


@pytest.mark.parametrize("name", COMMANDS)
def test_what_the_list_says_of_a_command_is_the_beginning_of_its_own_help(name: str) -> None:
    command = load_command(name)
    assert command.name == name
    assert " ".join(command.help.split("\n\n")[0].split()) == COMMANDS[name]


def test_every_module_with_an_app_is_listed() -> None:
    modules = {found.name for found in pkgutil.iter_modules(cli.__path__)}
    with_app = {
        name
        for name in modules
        if hasattr(importlib.import_module(f"{cli.__name__}.{name}"), "app")
    }
    names = {name.removesuffix("_").replace("_", "-") for name in with_app}
    assert names == set(COMMANDS)


def test_the_package_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prelabel_tui", "--version"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()


def test_a_mistyped_command_is_answered_with_what_is_near() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prelabel_tui", "runz"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 36
    assert "Did you mean 'runs'?" in done.stderr
