"""Pictures that never answer, through the installed program: it says so, and it ends when told."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from prelabel_tui.core.catalog.runs import RunFilters, list_runs
from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.identity.actor import Actor, Role, system_user
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store import open_store
from tests.held_files import held
from tests.programs import PROGRAM, command
from tests.terminal import Terminal

FRAMES = 6
SAID = r"cannot be read \(no answer for 4 s\)"


@pytest.fixture
def frames(tmp_path: Path) -> list[Path]:
    """A folder of pictures, with labels beside it."""
    folder = tmp_path / "frames"
    folder.mkdir()
    paths = [folder / f"{number:06d}.jpg" for number in range(1, FRAMES + 1)]
    for number, path in enumerate(paths):
        Image.new("RGB", (640, 360), (40 * number, 120, 60)).save(path)
    rows = (f"{number},{track},100,{60 * track},30,60,0.9,-1,-1,-1\n"
            for number in range(1, FRAMES + 1) for track in (1, 2))  # fmt: skip
    (tmp_path / "players.txt").write_text("".join(rows))
    return paths


def import_words(frames: list[Path], *more: str) -> list[str]:
    """The command that brings them in."""
    folder = frames[0].parent
    return [
        *("import", "mot", "--workspace", "arena", "--media", "clip", "--pixels-from", "0"),
        *("--frames", str(folder), "--players", str(folder.parent / "players.txt"), *more),
    ]


@pytest.fixture
def home(tmp_path: Path, frames: list[Path]) -> Path:
    """A data folder with the clip."""
    done = command(tmp_path / "home", *import_words(frames, "--fps", "25"))
    assert done.returncode == 0, done.stderr
    return tmp_path / "home"


def quit_by_q(terminal: Terminal) -> None:
    terminal.press("q")
    terminal.wait_for("Ops › Prelabels")
    terminal.press("q")
    terminal.wait_for("again to quit")
    terminal.press("q")


def quit_by_ctrl_q(terminal: Terminal) -> None:
    terminal.press("\x11")


def end_by(number: int) -> Callable[[Terminal], None]:
    return lambda terminal: os.kill(terminal.process.pid, number)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("leave", "status", "patient"),
    [
        (quit_by_q, 0, True),
        (quit_by_q, 0, False),
        (quit_by_ctrl_q, 0, False),
        (end_by(signal.SIGTERM), 128 + signal.SIGTERM, True),
        (end_by(signal.SIGHUP), 128 + signal.SIGHUP, False),
    ],
    ids=["q-patient", "q", "ctrl-q", "sigterm-patient", "sighup"],
)
def test_the_review_says_what_does_not_answer_and_ends_when_told(
    leave: Callable[[Terminal], None],
    status: int,
    patient: bool,
    home: Path,
    frames: list[Path],
) -> None:
    """The kernel lets an opener wait for 45 s: ending would take as long."""
    with (
        held(*frames[1:]),
        Terminal([PROGRAM], env={"PRELABEL_HOME": str(home)}) as terminal,
    ):
        terminal.wait_for("arena / clip")
        terminal.press("enter")
        terminal.wait_for(r"1/6 000001\.jpg")
        terminal.press("f")
        terminal.wait_for(r"2/6 000002\.jpg")
        if patient:
            terminal.wait_for(SAID)
            terminal.press("s")
        leave(terminal)
        assert terminal.wait_exit(20) == status


@pytest.mark.slow
def test_pictures_that_come_back_are_shown_without_a_key(home: Path, frames: list[Path]) -> None:
    away = frames[0].parent.with_name("away")
    with Terminal([PROGRAM], env={"PRELABEL_HOME": str(home)}) as terminal:
        terminal.wait_for("arena / clip")
        with held(frames[2]):
            terminal.press("enter")
            terminal.wait_for(r"1/6 000001\.jpg")
            terminal.press("f", "f")
            terminal.wait_for(SAID)
        terminal.wait_gone(SAID)
        frames[0].parent.rename(away)
        terminal.press("end")
        terminal.wait_for(r"6/6 000006\.jpg.*")
        terminal.press("home")
        away.rename(frames[0].parent)
        terminal.press("end")
        terminal.wait_gone("does not exist")
        quit_by_q(terminal)
        assert terminal.wait_exit() == 0


@pytest.mark.slow
def test_an_import_a_check_and_an_export_say_what_does_not_answer(
    home: Path, frames: list[Path], tmp_path: Path
) -> None:
    store = open_store(home).unwrap()
    run = list_runs(store, RunFilters()).rows[0]
    opened = open_review(store, Actor(system_user(), Role.ADMIN, "test"), run.id, Capability.PLAYER)
    store.close()
    draft = opened.unwrap().id
    with held(frames[2]):
        checked = command(home, *import_words(frames, "--check"))
        assert checked.returncode == 0
        assert f"1 of {FRAMES} thumbnails are missing: 000003.jpg cannot be read (no answer" in (
            checked.stderr
        )
        copied = command(tmp_path / "other", *import_words(frames, "--fps", "25", "--copy"))
        assert copied.returncode == 0
        assert "1 of 6 thumbnails are missing" in copied.stderr
        words = ("--draft", draft, "--pictures", "copy", "--out", str(tmp_path / "set"))
        exported = command(home, "export", "coco", *words)
        assert exported.returncode == 0, exported.stderr
    assert len(list((tmp_path / "set").rglob("*.jpg"))) == FRAMES - 1
