"""Every outcome code comes about by its real cause, in the core and on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pexpect
import pytest
from click.testing import Result
from typer.testing import CliRunner

from prelabel_tui.cli import app
from prelabel_tui.core.outcomes import TABLE, Code
from tests.causes import CAUSES, Case, World

NOTHING_CHANGES = {
    code for code, entry in TABLE.items() if entry.exit_code and code is not Code.FSCK_DAMAGED
}


def test_every_code_has_a_cause() -> None:
    assert set(CAUSES) == set(Code)


@pytest.mark.parametrize("code", list(CAUSES))
def test_the_core_answers_with_the_code(code: Code, tmp_path: Path) -> None:
    world = World.make(tmp_path)
    case = CAUSES[code](world)
    if isinstance(case.core, str):
        assert isinstance(case.command, list), "it must come about somewhere"
        return
    if case.before is not None:
        assert callable(case.before.core)
        assert case.before.core().ok
    with case.during():
        outcome = case.core()
    assert outcome.code is code, outcome.headline
    world.store.close()


@pytest.mark.parametrize("code", list(CAUSES))
def test_the_command_ends_with_the_code(code: Code, tmp_path: Path) -> None:
    world = World.make(tmp_path)
    case = CAUSES[code](world)
    if isinstance(case.command, str):
        assert callable(case.core), "it must come about somewhere"
        return
    if case.before is not None:
        assert run_command(world, case.before).exit_code == 0
    if case.terminal:
        said, status = run_in_terminal(world, case)
        assert f"{code}: " in said
        assert status == TABLE[code].exit_code
        return
    with case.during(), case.during_command():
        done = run_command(world, case)
    assert done.exit_code == TABLE[code].exit_code, done.output
    if done.exit_code:
        assert f"{code}: " in done.output
    world.store.close()


@pytest.mark.parametrize("code", [Code.PUBLISH_SUCCESS, Code.OVERRIDE_FORBIDDEN])
def test_with_json_the_command_prints_one_object(code: Code, tmp_path: Path) -> None:
    world = World.make(tmp_path)
    done = run_command(world, CAUSES[code](world), "--json")
    document = json.loads(done.stdout if TABLE[code].exit_code == 0 else done.stderr)
    assert document["code"] == code
    assert document["next_step"] == TABLE[code].next_step


def run_command(world: World, case: Case, *more: str) -> Result:
    words = ["--home", str(world.store.home), "--user", case.user, *case.command, *more]
    return CliRunner().invoke(app, words)


def run_in_terminal(world: World, case: Case) -> tuple[str, int | None]:
    words = ["--home", str(world.store.home), "--user", case.user, *case.command]
    program = str(Path(sys.executable).with_name("prelabel-tui"))
    child = pexpect.spawn(program, words, encoding="utf-8", dimensions=(24, 80), timeout=20)
    said = child.read()
    child.close()
    return said, child.exitstatus
