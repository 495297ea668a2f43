"""A program that edits a draft by keys: each key one edit, each edit acknowledged on the screen.

`python -m tests.faults.editing_program HOME DRAFT SEED`: `e` edits, `u` undoes, `r` redoes, `q`
quits.  It prints `ready N` (edits that are there already) and `done N` once edit N is shown as
done.  The edits follow from the seed, so that whoever reads along can replay them.
"""

from __future__ import annotations

import random
import sys
import termios
import tty
from pathlib import Path

from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import with_geometry
from prelabel_tui.core.session import autosave
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import open_store


def edit(document: Document, number: int) -> Operation:
    """Edit number N: it moves one label of a few frames to a place that tells N."""
    changes = []
    for frame in range(number % 3 + 1):
        index = (number * 7 + frame) % len(document)
        label = document.frame(index).labels[number % 3]
        moved = with_geometry(label, (1000 + number, *label.geometry[1:]))
        changes.append(label_change(index, label, moved))
    return Operation("move", f"Edit {number}", tuple(changes))


def main() -> None:
    home, draft, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    autosave.QUIET_SECONDS = random.Random(seed).choice([0.0, 0.02, 0.1, 0.7])  # type: ignore[misc]
    store = open_store(home).unwrap()
    session = EditingSession.open(store, Actor("rui", Role.REVIEWER, "test"), draft).unwrap()
    if session.recovery is not None:
        session.apply_recovery()
    terminal = termios.tcgetattr(0)
    tty.setraw(0)
    print(f"ready {session.info.version}", end="\r\n", flush=True)
    number = int(sys.argv[4])
    while (key := sys.stdin.read(1)) not in ("q", ""):
        if key == "e":
            session.apply(edit(session.document, number))
        elif key == "u":
            session.undo()
        elif key == "r":
            session.redo()
        number += 1
        print(f"done {number}", end="\r\n", flush=True)
    session.close()
    termios.tcsetattr(0, termios.TCSANOW, terminal)
    print("closed", end="\r\n", flush=True)


if __name__ == "__main__":
    main()
