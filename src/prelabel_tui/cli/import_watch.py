"""`import … --watch DIR`: bringing in what a pipeline puts into a folder, clip by clip.

Each folder in DIR is a clip of its name.  It is whole when it holds the file FINISHED, which the
pipeline writes last.  What became of it is written beside that, and read when the watch begins
anew: killed at any point, it imports again what has no answer yet, and an import that had been
done already adds nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import typer

from prelabel_tui.cli.context import Answer, answer_of, bad_input, json_text
from prelabel_tui.core.outcomes import Code, Status
from prelabel_tui.core.text import printable

FINISHED: Final = "FINISHED"
"""Name of the file that a pipeline writes last."""

ANSWER: Final = "IMPORT.json"
"""Name of the file that says what became of a finished folder."""

_LOCK: Final = ".prelabel-watch"
_PAUSE_S: Final = 1.0
_RETRY_S: Final = 15.0


def watch(folder: Path, bring_in: Callable[[Path], None], *, as_json: bool) -> None:
    """Bring in each finished folder, now and as they appear, until Ctrl-C.

    ``bring_in`` ends as a command does, by an outcome that would end the program.
    What failed because the database or the disk did is tried again; everything else has its
    answer, and is looked at again when its FINISHED is renewed.
    """
    with _alone(folder, as_json), contextlib.suppress(KeyboardInterrupt):
        typer.echo(printable(f"Watching {folder} for folders with a file {FINISHED}."), err=True)
        told: dict[Path, int] = {}
        while True:
            pause = _PAUSE_S
            try:
                waiting = _finished(folder)
            except OSError as error:
                bad_input(f"--watch {folder}: {error.strerror}.", as_json=as_json)
            for since, found in waiting:
                if told.get(found) == since:
                    continue  # its answer could not be written
                answer = answer_of(bring_in, found)
                if answer.outcome.code is Code.IMPORT_CANCELLED:
                    return
                _say(found, answer, as_json=as_json)
                if answer.outcome.entry.status is Status.STORAGE:
                    pause = _RETRY_S
                    break
                told[found] = since
                _leave(found, answer)
            time.sleep(pause)


def _finished(folder: Path) -> list[tuple[int, Path]]:
    """Folders whose FINISHED is newer than what became of them, and since when, oldest first."""
    waiting = []
    for found in folder.iterdir():
        with contextlib.suppress(OSError):  # it went away, or is no folder
            since = (found / FINISHED).stat().st_mtime_ns
            answered = -1
            with contextlib.suppress(FileNotFoundError):
                answered = (found / ANSWER).stat().st_mtime_ns
            if answered < since:
                waiting.append((since, found))
    return sorted(waiting)


def _say(found: Path, answer: Answer, *, as_json: bool) -> None:
    if as_json:
        typer.echo(_document(found, answer), err=not answer.outcome.ok)
    else:
        line = printable(f"{found.name}: {answer.outcome.headline}")
        typer.echo(line, err=not answer.outcome.ok)


def _leave(found: Path, answer: Answer) -> None:
    """Write what became of a folder into it, whole or not at all."""
    part = found / f".{ANSWER}.part"
    try:
        part.write_text(f"{_document(found, answer)}\n", encoding="utf-8")
        part.replace(found / ANSWER)
    except OSError as error:
        typer.echo(printable(f"{found / ANSWER}: {error.strerror}."), err=True)


def _document(found: Path, answer: Answer) -> str:
    return json_text({"media": found.name, **answer.outcome.as_json(), **answer.extra})


@contextlib.contextmanager
def _alone(folder: Path, as_json: bool) -> Iterator[None]:
    """Hold the folder, so that no two processes bring in the same clip."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        bad_input(f"--watch {folder}: {error.strerror}.", as_json=as_json)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            bad_input(f"--watch {folder}: another process watches it.", as_json=as_json)
        yield
    finally:
        os.close(descriptor)
