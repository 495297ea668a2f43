"""Blind repeats: which frames come back, when, and that the draft never takes the second answer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core.edits import operations
from prelabel_tui.core.edits.editable import EditableFrames
from prelabel_tui.core.edits.many_frames import accept_frame
from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.metrics.agreement import Agreement, agreement
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    UNIT,
    Ball,
    BallState,
    Box,
    Capability,
    Flag,
    Frame,
    make_frame,
)
from prelabel_tui.core.session.blind_repeats import APART, BlindRepeats, blind_repeats
from prelabel_tui.core.triage.frame_queue import suspicion_queue
from prelabel_tui.core.triage.suspicion import Ranking
from tests.core.clips import clip


def ball(x: float, **state: object) -> Frame:
    return make_frame([Ball("b1", round(x * UNIT), 0, 900)], **state)  # type: ignore[arg-type]


def balls(count: int = 60) -> Document:
    return Document.from_frames(Capability.BALL, [ball(10 + at) for at in range(count)])


def accept(draft: Document, ranking: Ranking, queue: object, index: int) -> None:
    """What Enter does to the draft."""
    operation = accept_frame(draft, index)
    assert operation is not None
    operations.apply(draft, operation)
    ranking.update(draft, [index])
    queue.update([index])  # type: ignore[attr-defined]


@given(st.integers(0, 3000), st.text(max_size=5))
def test_the_choice_is_the_same_for_a_seed(count: int, seed: str) -> None:
    chosen = blind_repeats(range(count), seed, 0.05)
    assert chosen == blind_repeats(range(count), seed, 0.05)
    assert chosen <= set(range(count))
    assert abs(len(chosen) - 0.05 * count) <= 1
    assert bool(chosen) is bool(count)
    assert not blind_repeats(range(count), seed, 0.0)


def test_the_choice_differs_by_seed() -> None:
    assert len({blind_repeats(range(1000), str(seed), 0.05) for seed in range(20)}) == 20


def test_reviewed_frames_are_not_chosen() -> None:
    draft = balls()
    for index in range(59):
        draft.replace(index, ball(1, reviewed=True))
    repeats = BlindRepeats(draft, EditableFrames(clip(60)), 0.5, "s")
    repeats.accepted(59)
    assert repeats.left == 1
    assert repeats.due(0, at_end=True) == 59


@settings(max_examples=30)
@given(st.sampled_from((0.05, 0.1, 0.5)), st.text(max_size=3))
def test_the_queue_brings_each_back_once_and_the_position_never_tells(
    share: float, seed: str
) -> None:
    draft = balls()
    ranking = Ranking(draft)
    repeats = BlindRepeats(draft, EditableFrames(clip(60)), share, seed)
    wanted = repeats.left
    queue = suspicion_queue(ranking, repeats)
    whole = queue.position(0).of
    assert whole == len(draft) + wanted
    index: int | None = queue.next(0)
    seen: list[int] = []
    apart: list[int] = []
    assert queue.previous(index or 0) == 0
    index = 0
    while index is not None:
        repeat = repeats.begin(index, draft) if queue.repeat == index else None
        seen.append(index)
        assert queue.position(index) == (len(seen), whole)
        if repeat is not None:
            apart.append(len(seen) - 1 - seen.index(index))
            assert repeat.document.encoded(index) == balls().encoded(index)
            operation = accept_frame(repeat.document, index)
            assert operation is not None
            repeat.apply(operation)
            repeats.answer(repeat, draft)
        else:
            accept(draft, ranking, queue, index)
            repeats.accepted(index)
        index = queue.next(index)
    assert set(seen) == set(range(len(draft)))
    # A frame does not follow itself: the very last one cannot come back.
    assert len(seen) == whole - repeats.left
    assert len(apart) == wanted - repeats.left
    assert repeats.left <= 1
    assert all(since >= APART for since in apart[:-APART])
    assert repeats.again.share in (1.0, None)
    assert all(frame.reviewed for frame in draft)


def test_the_second_answer_never_enters_the_draft() -> None:
    draft = balls()
    found = draft.copy()
    repeats = BlindRepeats(draft, EditableFrames(clip(60)), 0.5, "s")
    index = min(blind_repeats(range(60), "s", 0.5))
    draft.replace(index, ball(500, reviewed=True))
    before = draft.copy()
    repeats.accepted(index)
    assert repeats.due(index, at_end=True) is None, "not while it is on the screen"
    assert repeats.due(index + 1) is None, "too soon"
    assert repeats.due(index + 1, at_end=True) == index
    repeat = repeats.begin(index, draft)
    assert repeat.document.encoded(index) == found.encoded(index)
    label = repeat.document.frame(index).labels[0]
    repeat.apply(Operation("delete", "Delete ball", (label_change(index, label, None),)))
    assert repeat.document.frame(index).labels == ()
    undone = repeat.undo()
    assert undone is not None
    assert undone.text == "Undo: Delete ball"
    assert repeat.undo() is None
    assert repeat.redo() is not None
    assert repeat.redo() is None
    repeats.answer(repeat, draft)
    assert draft == before
    assert (repeats.again.frames, repeats.again.labels, repeats.again.same_labels) == (1, 1, 0)
    repeats.reopen(repeat)
    assert repeats.again == Agreement()


def test_a_repeat_follows_the_draft_elsewhere_and_can_be_put_off() -> None:
    draft = balls()
    repeats = BlindRepeats(draft, EditableFrames(clip(60)), 0.5, "s")
    index = min(blind_repeats(range(60), "s", 0.5))
    draft.replace(index, ball(500, reviewed=True))
    repeats.accepted(index)
    repeat = repeats.begin(index, draft)
    draft.replace(index + 1, ball(777))
    draft.replace(index, ball(778))
    repeat.follow(draft, (index, index + 1))
    assert repeat.document.encoded(index + 1) == draft.encoded(index + 1)
    assert repeat.document.frame(index).labels[0].x == (10 + index) * UNIT
    repeats.put_off(repeat)
    assert repeats.due(-1, at_end=True) == index
    draft.replace(index, ball(1))
    repeats.changed(draft, (index,))
    assert repeats.due(-1, at_end=True) is None, "it is not reviewed any more"
    left = repeats.left
    repeats.skip(range(60))
    assert repeats.left == 0 < left


def test_agreement_of_balls() -> None:
    assert agreement(ball(10), ball(11.5)).share == 1
    far = agreement(ball(10), ball(14))
    assert (far.share, far.distance, far.same_frames) == (0, 4.0, 0)
    assert agreement(ball(10), ball(10, ball=BallState.BLURRED)).same_frames == 0
    assert agreement(ball(10), ball(10, flags=(Flag.BAD_FRAME,))).same_frames == 0
    empty = make_frame([])
    assert agreement(ball(10), empty).share == 0
    assert agreement(empty, empty).share is None
    assert agreement(empty, empty).same_frames == 1


def box(name: str, x: int) -> Box:
    return Box(name, x, 1000, 3000, 8000, 9000)


def test_agreement_of_boxes_pairs_by_place_not_by_id() -> None:
    one = make_frame([box("a", 0), box("b", 50_000)])
    two = make_frame([box("x", 50_000), box("y", 100), box("z", 90_000)])
    both = agreement(one, two)
    assert (both.labels, both.same_labels, both.same_frames) == (3, 2, 0)
    assert both.overlap is not None
    assert both.overlap > 0.9
    assert agreement(one, make_frame([box("a", 1500), box("b", 50_000)])).same_labels == 1


def test_agreements_add_up_and_survive_the_database() -> None:
    one, two = agreement(ball(10), ball(11)), agreement(ball(10), ball(30))
    both = one + two
    assert (both.frames, both.labels, both.same_labels) == (2, 2, 1)
    assert both.distance == 1.0
    assert Agreement.of(both.stored()) == both
    assert Agreement.of({}) == Agreement()
    assert both.as_json()["share"] == 0.5
    assert "1 of 2 labels the same on 2 frames, balls 1.0 px apart" in both.text
