"""Queues over frames."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.edits.many_frames import accept_frame, flag_range
from prelabel_tui.core.edits.operations import apply
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Ball, Capability, Flag, make_frame
from prelabel_tui.core.triage.frame_queue import (
    Position,
    Queue,
    QueueKind,
    changed_queue,
    flags_queue,
    query_queue,
    suspicion_queue,
    time_queue,
    unreviewed_queue,
)
from prelabel_tui.core.triage.query import facts_of, parse
from prelabel_tui.core.triage.suspicion import Ranking


def _document(count: int = 12, low: tuple[int, ...] = ()) -> Document:
    """A ball on its way; ``low``: frames with ever lower scores."""
    return Document.from_frames(
        Capability.BALL,
        [
            make_frame(
                [
                    Ball(
                        "b1",
                        (100 + 8 * n) * UNIT,
                        300 * UNIT,
                        10 * UNIT,
                        8000 - 1500 * (1 + low.index(n)) if n in low else 8000,
                    )
                ]
            )
            for n in range(count)
        ],
    )


def _accept(document: Document, ranking: Ranking, queue: Queue, index: int) -> None:
    operation = accept_frame(document, index)
    assert operation is not None
    apply(document, operation)
    ranking.update(document, [index])
    queue.update([index])


def test_position_reads_as_people_say_it() -> None:
    assert str(Position(7, 31)) == "7 of 31"
    assert str(Position(None, 31)) == "– of 31"


def test_suspicion_walk_accepts_skips_and_goes_back() -> None:
    document = _document(low=(3, 9, 5))
    ranking = Ranking(document)
    queue = suspicion_queue(ranking)
    assert queue.kind is QueueKind.SUSPICION
    assert queue.next(0) == 5
    assert str(queue.position(5)) == "1 of 12"  # frame 0, where it began, comes when its turn is
    _accept(document, ranking, queue, 5)
    assert queue.next(5) == 9
    assert queue.previous(9) == 5
    assert queue.next(5) == 9
    assert queue.next(9) == 3  # 9 is passed over
    seen = [5, 9, 3]
    at: int | None = 3
    while at is not None and len(seen) < 12:
        _accept(document, ranking, queue, at)
        at = queue.next(at)
        assert at is not None
        seen.append(at)
    assert sorted(seen) == list(range(12))
    _accept(document, ranking, queue, seen[-1])
    assert queue.next(seen[-1]) == 9  # what was passed over comes round again
    _accept(document, ranking, queue, 9)
    assert queue.next(9) is None


def test_a_queue_begins_at_its_first_entry() -> None:
    document = _document(low=(3, 9, 5))
    queue = suspicion_queue(Ranking(document))
    assert queue.first() == 5
    assert queue.position(5) == Position(1, 12)
    assert queue.next(5) == 9
    assert queue.position(9) == Position(2, 12)
    for index in range(12):
        document.replace(index, accept_frame(document, index) and make_frame(reviewed=True))
    assert suspicion_queue(Ranking(document)).first() is None


@given(st.lists(st.integers(0, 11)), st.sets(st.integers(0, 11)), st.data())
def test_every_hit_is_shown_once(jumps: list[int], hits: set[int], data: st.DataObject) -> None:
    """Also where frames ahead are looked at, and where shown ones are hits no longer."""
    hits_now = set(hits)
    queue = Queue(QueueKind.QUERY, "", 12, lambda index: index in hits_now)
    shown: list[int] = []
    at = queue.first()
    while at is not None:
        shown.append(at)
        assert queue.position(at).at is not None
        assert queue.position(at).of == len(hits)
        if data.draw(st.booleans()):
            hits_now.discard(at)
            queue.update([at])
        ahead = jumps.pop() if jumps else 0
        new = next((hit for hit in sorted(hits) if hit > ahead), at) not in shown
        at = queue.next(ahead if new and ahead not in hits else at)
    assert sorted(shown) == sorted(hits)


def test_what_lies_ahead_is_ranked_anew() -> None:
    document = _document(low=(3,))
    ranking = Ranking(document)
    queue = suspicion_queue(ranking)
    assert queue.next(3) == 0
    operation = flag_range(document, 8, 8, Flag.NEEDS_HUMAN_REVIEW)
    apply(document, operation)  # type: ignore[arg-type]
    ranking.update(document, [8])
    queue.update([8])
    assert queue.next(0) == 8
    assert queue.position(3) == Position(1, 12)


def test_queues_in_time_order() -> None:
    document = _document()
    assert time_queue(12).members == list(range(12))
    unreviewed = unreviewed_queue(document)
    flags = flags_queue(document)
    apply(document, flag_range(document, 4, 6, Flag.BAD_FRAME))  # type: ignore[arg-type]
    flags.update([4, 5, 6])
    assert flags.members == [4, 5, 6]
    assert flags.next(0) == 4
    assert flags.next(6) == 5  # passed over
    assert flags.next(5) is None
    assert flags.previous(5) == 6
    assert flags.previous(4) is None
    assert flags.position(5) == Position(2, 3)
    assert flags.position(7) == Position(None, 3)
    apply(document, accept_frame(document, 0))  # type: ignore[arg-type]
    unreviewed.update([0])
    assert unreviewed.members == list(range(1, 12))
    assert unreviewed.first() == 1
    apply(document, accept_frame(document, 1))  # type: ignore[arg-type]
    unreviewed.update([1])
    assert unreviewed.position(1) == Position(1, 11)  # it was walked
    touched = {3}
    changed = changed_queue(document, touched)
    touched.add(7)
    changed.update([7])
    assert changed.members == [3, 7]


def test_query_queue_keeps_up_with_edits() -> None:
    document = _document(low=(2, 6))
    queue = query_queue(document, parse("score<0.7 and not reviewed"), facts_of)
    assert queue.members == [2, 6]
    assert queue.title == "score<0.7 and not reviewed"
    apply(document, accept_frame(document, 2))  # type: ignore[arg-type]
    queue.update([2])
    assert queue.members == [6]


@given(st.lists(st.tuples(st.sampled_from(["accept", "skip", "back"]), st.integers(0, 11))))
def test_a_walk_never_loses_a_frame(steps: list[tuple[str, int]]) -> None:
    document = _document(low=(3, 9, 5))
    ranking = Ranking(document)
    queue = suspicion_queue(ranking)
    at = 0
    for what, other in steps:
        if what == "accept" and not document.frame(at).reviewed:
            _accept(document, ranking, queue, at)
        target = queue.previous(at) if what == "back" else queue.next(at)
        at = other if target is None else target
        members = list(queue.members)
        assert len(members) == len(set(members))
        left = {index for index in range(12) if not document.frame(index).reviewed}
        assert left <= set(members)
