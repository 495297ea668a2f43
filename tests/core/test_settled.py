"""What a person has settled is never changed by an edit of another frame."""

from __future__ import annotations

from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from prelabel_tui.core.edits.interpolation import fill_missing, find_gap, interpolate, with_redone
from prelabel_tui.core.edits.many_frames import Refusal, accept_frame, propagate
from prelabel_tui.core.edits.matching import settled
from prelabel_tui.core.edits.one_frame import move
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    UNIT,
    Ball,
    Box,
    Capability,
    Frame,
    Label,
    Origin,
    make_frame,
)
from prelabel_tui.core.tracks import work_out
from tests.core.clips import made

_BOUNDS = (200_000, 200_000)
_WAYS = (
    {"origin": Origin.MODEL},
    {"origin": Origin.MODEL, "was": True},
    {"origin": Origin.MANUAL},
    {"origin": Origin.INTERPOLATED},
    {"origin": Origin.PROPAGATED},
)


def _find_gap(document: Document, *given: Any, **more: Any) -> Any:
    return find_gap(document, work_out(document), *given, **more)


def _fill_missing(document: Document, *given: Any, **more: Any) -> Any:
    return fill_missing(document, work_out(document), *given, **more)


def _interpolate(document: Document, *given: Any, **more: Any) -> Any:
    return interpolate(document, work_out(document), *given, **more)


def _propagate(document: Document, *given: Any, **more: Any) -> Any:
    return propagate(document, work_out(document), *given, **more)


def _ball(x: int, **more: object) -> Ball:
    return Ball("b1", x * UNIT, 300 * UNIT, 900, **more)  # type: ignore[arg-type]


def _box(name: str, x: int, **more: object) -> Box:
    return Box(name, x * UNIT, 0, 30 * UNIT, 80 * UNIT, **more)  # type: ignore[arg-type]


def _document(labels: list[Label | None], reviewed: tuple[int, ...] = ()) -> Document:
    frames = [
        make_frame([label] if label else [], reviewed=at in reviewed)
        for at, label in enumerate(labels)
    ]
    ball = any(isinstance(label, Ball) for label in labels)
    return Document.from_frames(Capability.BALL if ball else Capability.PLAYER, frames)


def _xs(document: Document) -> list[int | None]:
    return [frame.labels[0].x // UNIT if frame.labels else None for frame in document]


def test_an_end_that_is_moved_leaves_what_was_accepted_between() -> None:
    labels: list[Label | None] = [
        _ball(10 * n, origin=Origin.MODEL if n in (0, 6) else Origin.INTERPOLATED) for n in range(7)
    ]
    document = _document(labels)
    document = made(document, accept_frame(document, 3))
    shift = move(document, 6, "b1", 30 * UNIT, 0, _BOUNDS)
    assert shift is not None
    operation = with_redone(document, shift)
    after = made(document, operation)
    assert _xs(after) == [0, 10, 20, 30, 50, 70, 90]
    assert operation.text == "Move ball by +30,0 · left alone: 1 reviewed or by hand"
    spread = _propagate(document, 0, 5)
    assert isinstance(spread, Operation)
    spread = with_redone(document, spread)
    assert spread.text == "Propagate ball to 2–6 · left alone: 1 reviewed or by hand"
    assert _xs(made(document, spread)) == [0, 0, 0, 30, 0, 0, 60]
    # In the frame itself it moves, and takes both sides along.
    here = move(document, 3, "b1", 3 * UNIT, 0, _BOUNDS)
    assert here is not None
    assert _xs(made(document, with_redone(document, here))) == [0, 11, 22, 33, 42, 51, 60]


def test_interpolation_goes_through_what_was_accepted() -> None:
    labels = [_ball(0), _ball(5, origin=Origin.PROPAGATED), None, None, None, _ball(50)]
    document = _document(labels, reviewed=(1, 3))
    assert _find_gap(document, 2) == (1, 5)
    operation = _interpolate(document, 0, 5)
    assert isinstance(operation, Operation)
    assert operation.text == "Interpolate ball through 2–5 · left alone: 2 reviewed or by hand"
    assert _xs(made(document, operation)) == [0, 5, 16, None, 38, 50]
    assert _xs(made(document, _interpolate(document, 0, 5, anew=3)))[3] == 27
    between = _document([_ball(0), None, _ball(50)], reviewed=(1,))
    assert _interpolate(between, 0, 2) == Refusal(
        "ball stays: the frames between are reviewed or edited by hand."
    )


def test_missing_boxes_are_not_filled_where_somebody_saw_none() -> None:
    document = _document([_box("p1", 0), None, None, None, _box("p1", 40)], reviewed=(1,))
    operation = _fill_missing(document, 2)
    assert isinstance(operation, Operation)
    assert operation.text == "Interpolate p1 through 3–4 · left alone: 1 reviewed or by hand"
    assert _xs(made(document, operation)) == [0, None, 20, 30, 40]
    assert _xs(made(document, _fill_missing(document, 1))) == [0, 10, 20, 30, 40]


def test_propagation_leaves_what_is_settled() -> None:
    labels: list[Label | None] = [_ball(0), _ball(9), _ball(9, origin=Origin.MANUAL), _ball(9)]
    document = _document(labels, reviewed=(1,))
    operation = _propagate(document, 0, 3)
    assert isinstance(operation, Operation)
    assert operation.text == "Propagate ball to 2–4 · left alone: 2 reviewed or by hand"
    assert _xs(made(document, operation)) == [0, 9, 9, 0]
    assert _propagate(document, 0, 2) == Refusal(
        "ball stays: these frames are reviewed or edited by hand."
    )


@st.composite
def _drafts(draw: st.DrawFn) -> Document:
    ball = draw(st.booleans())

    def label(name: str) -> Label:
        x = draw(st.integers(0, 12)) * 8
        way = dict(draw(st.sampled_from(_WAYS)))
        made: Label = (
            _ball(x, origin=way["origin"]) if ball else _box(name, x, origin=way["origin"])
        )
        if "was" in way:
            was = (made.geometry[0] + UNIT, *made.geometry[1:])
            made = type(made)(
                **{f: getattr(made, f) for f in made.__struct_fields__} | {"was": was}
            )
        return made

    def frame() -> Frame:
        names = ["b1"] if ball else ["p1", "p2"]
        labels = [label(name) for name in names if draw(st.booleans())]
        return make_frame(labels, reviewed=draw(st.booleans()))

    frames = [frame() for _ in range(draw(st.integers(3, 9)))]
    return Document.from_frames(Capability.BALL if ball else Capability.PLAYER, frames)


@given(_drafts(), st.data())
def test_other_frames_keep_what_is_settled_there(document: Document, data: st.DataObject) -> None:
    """Whatever edits many frames; and undo gives back exactly what was."""
    at = data.draw(st.integers(0, len(document) - 1))
    ids = [label.id for label in document.frame(at).labels]
    name = data.draw(st.sampled_from(ids)) if ids else None
    done: list[Operation | Refusal | None] = [_propagate(document, at, 5, name)]
    if document.capability is Capability.PLAYER:
        done.append(_fill_missing(document, at))
    if name is not None:
        shift = move(document, at, name, 17 * UNIT, 0, _BOUNDS)
        assert shift is not None
        done.append(with_redone(document, shift))
    tracks = work_out(document)
    own = None if name is None or document.capability is Capability.BALL else tracks.at(at, name)
    gap = find_gap(document, tracks, at, own)
    if gap is not None and document.capability is Capability.BALL:
        done.append(_interpolate(document, *gap, anew=at))
    for first in range(at):
        for label in document.frame(first).labels:
            for last in range(at + 1, len(document)):
                done.append(
                    interpolate(document, tracks, first, last, tracks.at(first, label.id), anew=at)
                )
    for operation in done:
        if not isinstance(operation, Operation):
            continue
        event(operation.action)
        after = made(document, operation)
        for index, (before, now) in enumerate(zip(document, after, strict=True)):
            if index == at:
                continue
            if before.reviewed:
                assert now == before
            for label in before.labels:
                if settled(before, label):
                    assert now.label(label.id) == label


def test_another_player_of_the_source_frame_is_not_moved() -> None:
    """A missing player who stands before another one is added, the other stays."""
    both = make_frame([_box("p1", 0), _box("p2", 8)])
    document = Document.from_frames(Capability.PLAYER, [both, make_frame([_box("p2", 8)]), both])
    for operation in (
        _fill_missing(document, 1),
        _propagate(document, 0, 1, "p1"),
    ):
        after = made(document, operation)
        assert [label.x // UNIT for label in after.frame(1).labels] == [0, 8]
        assert after.frame(1).label("p2") == document.frame(1).label("p2")
