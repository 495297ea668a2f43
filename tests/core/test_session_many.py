"""Edits of many frames in a session: one undo, merged with somebody else's, and found again."""

from __future__ import annotations

import numpy as np

from prelabel_tui.core.edits import many_labels
from prelabel_tui.core.edits.merge import Choice
from prelabel_tui.core.edits.operations import Operation, ShiftChange
from prelabel_tui.core.edits.selection import LabelTable, Selection
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Flag
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from tests.core.clips import delete, flag, nudge
from tests.core.sessions import Open, stored

PX = 100


def everything(session: EditingSession) -> Selection:
    table = LabelTable.read(session.document)
    return Selection(table, table.every())


def moved(session: EditingSession, dx: int, selection: Selection | None = None) -> Operation:
    sizes = np.full((len(session.document), 2), 10**6)
    operation = many_labels.move(selection or everything(session), dx, 0, sizes)
    assert isinstance(operation, Operation)
    return operation


def places(document: Document) -> dict[tuple[int, str], int]:
    return {(at, label.id): label.x for at, frame in enumerate(document) for label in frame.labels}


def test_many_labels_are_one_undo_also_after_a_restart(store: Store, sit: Open) -> None:
    session = sit()
    before = session.document.payload()
    made = session.apply(moved(session, 3 * PX))
    assert len(made.operation.frames) == len(session.document)
    after = session.document.payload()
    session.apply(nudge(session.document, 2, "p1"))
    session.abandon()
    again = sit()
    assert again.recovery is not None
    assert again.recovery.count == 2
    again.apply_recovery()
    assert again.undo().done  # type: ignore[union-attr]
    assert again.document.payload() == after
    undone = again.undo()
    assert undone is not None
    assert undone.text.startswith("Undo: Move ")
    assert again.document.payload() == before
    assert again.redo().done  # type: ignore[union-attr]
    assert again.document.payload() == after
    assert again.flush().healthy
    assert stored(store, again)


def test_many_frames_merge_with_what_somebody_else_did_there(
    store: Store, sit: Open, lead: Actor
) -> None:
    session, other = sit(), sit(lead)
    start = places(session.document)
    other.apply(nudge(other.document, 0, "p0", 700))  # both move it
    other.apply(delete(other.document, 1, "p3"))  # they delete what I move
    other.apply(flag(other.document, 4, Flag.BAD_FRAME))  # only they flag
    theirs = places(other.document)
    other.close()
    session.apply(moved(session, 3 * PX))
    assert session.flush().line == "Autosave: conflict"
    plan = session.merge_plan()
    assert [conflict.key for conflict in plan.conflicts] == [(0, "p0"), (1, "p3")]
    session.merge({(0, "p0"): Choice.MINE, (1, "p3"): Choice.THEIRS})
    expected = {label: x + 3 * PX for label, x in start.items()}
    del expected[1, "p3"]
    assert places(session.document) == expected
    assert session.document.frame(4).flags
    assert session.flush().healthy
    assert stored(store, session)
    session.undo()  # that mine was kept
    assert places(session.document)[0, "p0"] == theirs[0, "p0"]


def test_an_undo_of_many_after_a_merge_changes_all_or_nothing(sit: Open, lead: Actor) -> None:
    session, other = sit(), sit(lead)
    start = places(session.document)
    other.apply(flag(other.document, 4, Flag.BAD_FRAME))
    other.close()
    session.apply(moved(session, 3 * PX))
    session.flush()
    session.merge({})
    assert session.undo().done  # type: ignore[union-attr]
    assert places(session.document) == start
    assert session.document.frame(4).flags == (Flag.BAD_FRAME,)
    session.redo()
    assert session.flush().healthy
    another = sit(lead)
    another.apply(nudge(another.document, 0, "p0", 700))
    another.close()
    session.apply(flag(session.document, 5, Flag.BAD_FRAME))
    session.flush()
    session.merge({})
    session.undo()
    before = session.document.payload()
    refused = session.undo()
    assert refused is not None
    assert "frame 1: label p0 is not what it was" in (refused.refusal or "")
    assert session.document.payload() == before


def test_edits_are_joined_into_one_undo(store: Store, sit: Open) -> None:
    session = sit()
    before = session.document.payload()
    session.apply(nudge(session.document, 3, "p1"))
    kept = session.document.payload()
    earlier = session.undo_log
    for index in range(4):
        session.apply(nudge(session.document, index, "p0"))
    session.apply(flag(session.document, 2, Flag.BAD_FRAME))
    after = session.document.payload()
    assert [one.action for one in session.made_since(earlier)] == ["move"] * 4 + ["flag"]
    session.join(earlier, "macro", "Play 2 keys on 4 frames")
    assert session.document.payload() == after
    session.close()
    session = sit()
    undone = session.undo()
    assert undone is not None
    assert undone.text == "Undo: Play 2 keys on 4 frames"
    assert session.document.payload() == kept
    session.abandon()
    again = sit()
    assert again.recovery is not None
    again.apply_recovery()
    assert again.document.payload() == kept
    assert again.redo().done  # type: ignore[union-attr]
    assert again.document.payload() == after
    again.undo()
    again.undo()
    assert again.document.payload() == before
    assert again.undo() is None


def test_moving_many_takes_little_room_in_the_journal(sit: Open) -> None:
    session = sit()
    operation = session.apply(moved(session, PX)).operation
    assert all(isinstance(change, ShiftChange) for change in operation.changes)
    assert len(operation.changes) == len(session.document)
    assert session.undo_next == operation
