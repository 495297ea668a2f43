"""What a session counts: nothing that undo took back, in whichever session."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.edits.many_frames import (
    accept_frame,
    accept_range,
    reject_label,
    unaccept_frame,
)
from prelabel_tui.core.edits.operations import Operation, apply
from prelabel_tui.core.metrics.agreement import Agreement
from prelabel_tui.core.metrics.session_counters import SessionCounters
from prelabel_tui.core.metrics.throughput import Retention, retention_of
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Capability, make_frame

FRAMES = 6


def clip() -> Document:
    """Two boxes on each frame."""
    boxes = [Box(name, 1000 * at, 1000, 3000, 8000, 9000) for at, name in enumerate("ab")]
    return Document.from_frames(Capability.PLAYER, [make_frame(boxes)] * FRAMES)


class Session:
    """Edits of one document, undone and made again as a draft does it, and their counters."""

    def __init__(self, document: Document, undo: list[Operation] | None = None) -> None:
        self.now = 100.0
        self.counters = SessionCounters(lambda: self.now)
        self.document = document
        self._undo = undo if undo is not None else []
        self._redo: list[Operation] = []

    def make(self, operation: object) -> None:
        if isinstance(operation, Operation):
            apply(self.document, operation)
            self.counters.made(operation, self.document)
            self._undo.append(operation)
            self._redo.clear()

    def undo(self) -> None:
        if self._undo:
            operation = self._undo.pop()
            apply(self.document, operation.inverse())
            self.counters.undone(operation.inverse(), self.document)
            self._redo.append(operation)

    def redo(self) -> None:
        if self._redo:
            operation = self._redo.pop()
            apply(self.document, operation)
            self.counters.made(operation, self.document)
            self._undo.append(operation)

    def leave(self) -> Session:
        """The next session on the same draft, with the same history."""
        return Session(self.document, self._undo)


def test_frames_are_counted_by_the_minute() -> None:
    session = Session(clip())
    session.counters.keys = 7
    session.make(accept_frame(session.document, 5))
    session.now += 125
    session.make(accept_range(session.document, 1, 3))
    worked = session.counters.activity("ada", 5000.0, Agreement())
    assert worked.minutes == (1, 0, 3)
    assert (worked.keys, worked.frames, worked.labels) == (7, 4, 0)
    assert (worked.started_at, worked.ended_at) == (4875.0, 5000.0)
    session.undo()
    worked = session.counters.activity("ada", 5000.0, Agreement())
    assert (worked.minutes, worked.frames) == ((1,), 1)
    session.redo()
    session.make(unaccept_frame(session.document, 2))
    assert session.counters.frames == 3
    session.undo()
    assert session.counters.frames == 4


def test_what_a_later_session_takes_back_is_taken_off_there() -> None:
    source = clip()
    first = Session(clip())
    first.make(reject_label(first.document, 1, "a"))
    first.make(accept_range(first.document, 0, 3))
    kept = first.counters.retention(source, first.document)
    assert kept == Retention(kept=7, deleted=1)
    second = first.leave()
    second.undo()
    assert (first.counters.frames, second.counters.frames) == (4, -4)
    second.undo()
    assert (first.counters.labels, second.counters.labels) == (1, -1)
    assert kept + second.counters.retention(source, second.document) == Retention()
    second.make(accept_frame(second.document, 1))
    assert second.counters.frames == -3
    assert kept + second.counters.retention(source, second.document) == Retention(kept=2)


def test_marks_that_are_gone_with_other_content_count_no_more() -> None:
    session = Session(clip())
    session.make(accept_range(session.document, 0, 3))
    accepted = session.document.copy()
    session.counters.look(clip())
    assert session.counters.frames == 0
    later = Session(accepted.copy())
    later.make(unaccept_frame(accepted, 0))
    assert later.counters.frames == -1
    later.counters.look(accepted)
    assert later.counters.frames == 0


def test_second_answers_count_beside_first_ones() -> None:
    document = clip()
    counters = SessionCounters(lambda: 0.0)
    accepted = accept_frame(document, 2)
    assert accepted is not None
    apply(document, accepted)
    counters.made(accepted, document)
    counters.made(accepted, document, again=True)
    assert counters.frames == 2
    counters.undone(accepted.inverse(), document, again=True)
    assert counters.frames == 1


_STEPS = st.tuples(
    st.sampled_from(("undo", "undo", "redo", "accept", "range", "unaccept", "reject", "leave")),
    st.integers(0, FRAMES - 1),
)


@given(st.lists(_STEPS, max_size=40))
def test_all_sessions_together_hold_what_stands(steps: list[tuple[str, int]]) -> None:
    source, sessions, kept = clip(), [Session(clip())], Retention()
    for step, index in (*steps, ("leave", 0)):
        session = sessions[-1]
        document = session.document
        if step == "undo":
            session.undo()
        elif step == "redo":
            session.redo()
        elif step == "accept":
            session.make(accept_frame(document, index))
        elif step == "range":
            session.make(accept_range(document, index, FRAMES - 1))
        elif step == "unaccept":
            session.make(unaccept_frame(document, index))
        elif step == "reject" and not document.frame(index).reviewed:
            session.make(reject_label(document, index, "a"))
        elif step == "leave":
            kept += session.counters.retention(source, document)
            sessions.append(session.leave())
    now = sessions[-1].document
    reviewed = [index for index, frame in enumerate(now) if frame.reviewed]
    assert sum(session.counters.frames for session in sessions) == len(reviewed)
    assert sum(session.counters.labels for session in sessions) == sum(
        2 - len(frame.labels) for frame in now
    )
    assert kept == retention_of(source, now, reviewed)
