"""`import --watch`: what a pipeline finishes is brought in, once, whatever is killed meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from prelabel_tui.core.catalog.runs import list_runs
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import open_store
from tests.programs import PROGRAM

WORDS = (
    "import", "mot", "--workspace", "arena", "--frames", "frames", "--players", "players.txt",
    "--pixels-from", "1", "--detector", "yolox",
)  # fmt: skip


def clip(drop: Path, name: str, *, broken: bool = False, finished: bool = True) -> Path:
    """What a pipeline leaves for a clip."""
    folder = drop / name
    (folder / "frames").mkdir(parents=True, exist_ok=True)
    for number in (1, 2):
        Image.new("RGB", (64, 48)).save(folder / "frames" / f"{number:06d}.jpg")
    line = "1,what\n" if broken else "1,7,10,10,5,9,0.9\n2,7,11,10,5,9,0.9\n"
    (folder / "players.txt").write_text(line)
    if finished:
        (folder / "FINISHED").touch()
    return folder


@contextlib.contextmanager
def watching(home: Path, drop: Path) -> Iterator[subprocess.Popen[str]]:
    program = subprocess.Popen(
        [PROGRAM, "--home", str(home), *WORDS, "--watch", str(drop)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield program
    finally:
        program.kill()
        program.wait()


def until(holds: Callable[[], object]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def answer(folder: Path) -> dict[str, Any]:
    until((folder / "IMPORT.json").exists)
    found: dict[str, Any] = json.loads((folder / "IMPORT.json").read_text())
    return found


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def test_what_is_finished_comes_in_and_what_is_broken_is_said(tmp_path: Path, drop: Path) -> None:
    first = clip(drop, "first")
    unfinished = clip(drop, "later", finished=False)
    (drop / "notes.txt").write_text("no folder")
    with watching(tmp_path / "home", drop) as program:
        assert (answer(first)["code"], answer(first)["run"]["media"]) == ("IMPORT_SUCCESS", "first")
        broken = clip(drop, "broken", broken=True)
        assert answer(broken)["code"] == "IMPORT_INPUT_INVALID"
        assert "players.txt" in answer(broken)["detail"]
        assert not (unfinished / "IMPORT.json").exists()
        (unfinished / "FINISHED").touch()
        assert answer(unfinished)["code"] == "IMPORT_SUCCESS"
        clip(drop, "broken")  # mended, and finished anew
        until(lambda: answer(broken)["code"] == "IMPORT_SUCCESS")
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=20)
        assert program.returncode == 0
    assert "first: IMPORT_SUCCESS" in said
    store = open_store(tmp_path / "home").unwrap()
    runs = list_runs(store).rows
    assert {run.media for run in runs} == {"first", "later", "broken"}
    assert {run.detector for run in runs} == {"yolox"}
    store.close()


def test_killed_at_any_point_it_goes_on_where_it_was(tmp_path: Path, drop: Path) -> None:
    home = tmp_path / "home"
    folders = [clip(drop, f"clip-{number}") for number in range(6)]
    for pause in (0.9, 1.1, 1.3, 1.5):
        with watching(home, drop):
            time.sleep(pause)
    with watching(home, drop):
        answers = [answer(folder)["code"] for folder in folders]
    assert set(answers) <= {"IMPORT_SUCCESS", "IMPORT_ALREADY_PRESENT"}
    store = open_store(home).unwrap()
    assert sorted(run.media for run in list_runs(store).rows) == [path.name for path in folders]
    assert fsck(store).outcome.code is Code.FSCK_CLEAN
    store.close()


def test_two_do_not_watch_one_folder(tmp_path: Path, drop: Path) -> None:
    first = clip(drop, "first")
    words = [PROGRAM, "--home", str(tmp_path / "home"), *WORDS, "--watch", str(drop)]
    with watching(tmp_path / "home", drop):
        answer(first)
        second = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 36
    assert "another process watches it" in second.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*WORDS,), "--media NAME"),
        ((*WORDS, "--watch", "drop", "--media", "m"), "leave out --media"),
        ((*WORDS, "--watch", "drop", "--check"), "--check"),
        ((*WORDS, "--watch", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_watched_is_refused(
    words: tuple[str, ...], said: str, tmp_path: Path, drop: Path
) -> None:
    done = subprocess.run(
        [PROGRAM, "--home", str(tmp_path / "home"), *words],
        cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    assert (done.returncode, said in done.stderr) == (36, True), done.stderr


def test_it_ends_when_its_folder_is_gone(tmp_path: Path, drop: Path) -> None:
    first = clip(drop, "first")
    with watching(tmp_path / "home", drop) as program:
        answer(first)
        drop.rename(tmp_path / "elsewhere")
        _, said = program.communicate(timeout=20)
        assert (program.returncode, "No such file" in said) == (36, True), said
