"""Labels between two fixed frames."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.edits.interpolation import (
    Curve,
    fill_missing,
    find_gap,
    ghost,
    interpolate,
    with_redone,
)
from prelabel_tui.core.edits.many_frames import Refusal, accept_frame
from prelabel_tui.core.edits.one_frame import move
from prelabel_tui.core.edits.operations import Operation, apply
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    UNIT,
    Ball,
    BallState,
    Box,
    Capability,
    Frame,
    Origin,
    make_frame,
)
from prelabel_tui.core.tracks import work_out
from tests.core.clips import made

_BOUNDS = (100_000, 100_000)


def _find_gap(document: Document, *given: Any, **more: Any) -> Any:
    return find_gap(document, work_out(document), *given, **more)


def _fill_missing(document: Document, *given: Any, **more: Any) -> Any:
    return fill_missing(document, work_out(document), *given, **more)


def _interpolate(document: Document, *given: Any, **more: Any) -> Any:
    return interpolate(document, work_out(document), *given, **more)


def _ball(x: float, y: float = 300, **more: object) -> Frame:
    return make_frame([Ball("b1", round(x * UNIT), round(y * UNIT), 900, 8000, **more)])  # type: ignore[arg-type]


def _document(frames: list[Frame], capability: Capability = Capability.BALL) -> Document:
    return Document.from_frames(capability, frames)


def _xs(document: Document) -> list[float | None]:
    return [frame.labels[0].x / UNIT if frame.labels else None for frame in document]


def test_linear_over_a_gap_marked_as_interpolated() -> None:
    document = _document([_ball(10), *[make_frame()] * 3, _ball(50)])
    operation = _interpolate(document, 0, 4)
    assert isinstance(operation, Operation)
    assert (operation.action, operation.text) == ("interpolate", "Interpolate ball through 2–4")
    after = made(document, operation)
    assert _xs(after) == [10, 20, 30, 40, 50]
    assert [f.labels[0].origin for f in after][1:4] == [Origin.INTERPOLATED] * 3
    assert after.frame(2).labels[0].score is None
    assert ghost(operation, 2) == after.frame(2)
    assert ghost(operation, 0) == make_frame()


def test_a_flight_is_a_parabola_when_its_neighbours_say_so() -> None:
    frames = [_ball(10 * n, 400 - 30 * n + 1.5 * n * n) for n in range(20)]
    truth = _document(frames)
    holed = [make_frame() if 6 <= n < 14 else frame for n, frame in enumerate(frames)]
    document = _document(holed)
    for curve in (Curve.AUTO, Curve.FLIGHT):
        after = made(document, _interpolate(document, 5, 14, curve=curve))
        for n in range(6, 14):
            assert (
                np.hypot(
                    after.frame(n).labels[0].x - truth.frame(n).labels[0].x,
                    after.frame(n).labels[0].y - truth.frame(n).labels[0].y,
                )
                <= 2
            )
    straight = made(document, _interpolate(document, 5, 14, curve=Curve.LINEAR))
    assert abs(straight.frame(9).labels[0].y - truth.frame(9).labels[0].y) > 20 * UNIT


def test_a_wrong_ball_is_moved_and_keeps_what_the_model_said() -> None:
    document = _document([_ball(10), _ball(900), _ball(30)])
    after = made(document, _interpolate(document, 0, 2))
    ball = after.frame(1).labels[0]
    assert (ball.x, ball.was, ball.origin) == (2000, (90_000, 30_000, 900), Origin.INTERPOLATED)


def test_it_goes_through_what_a_person_placed() -> None:
    frames = [_ball(0), make_frame(), _ball(60, origin=Origin.MANUAL), make_frame(), _ball(40)]
    after = made(
        _document(frames),
        _interpolate(_document(frames), 0, 4, curve=Curve.LINEAR),
    )
    assert _xs(after) == [0, 30, 60, 50, 40]


def test_frames_where_the_ball_is_known_to_be_away_stay_empty() -> None:
    away = make_frame(ball=BallState.OUT_OF_FRAME)
    document = _document([_ball(0), make_frame(), away, make_frame(), _ball(40)])
    assert _xs(made(document, _interpolate(document, 0, 4))) == [
        0,
        10,
        None,
        30,
        40,
    ]


def test_refusals_say_why() -> None:
    document = _document([_ball(0), make_frame(), make_frame()])
    assert _interpolate(document, 0, 1) == Refusal("There is no frame between the two.")
    assert _interpolate(document, 0, 2) == Refusal("There is no ball in frame 3.")
    straight = _document([_ball(0), _ball(10), _ball(20)])
    assert _interpolate(straight, 0, 2) == Refusal("ball is already there in every frame between.")


def test_gaps_end_at_frames_that_are_fixed() -> None:
    frames = [_ball(0), _ball(500), _ball(10, origin=Origin.INTERPOLATED), _ball(20), _ball(30)]
    document = _document(frames)
    assert _find_gap(document, 2) == (1, 3)
    assert _find_gap(document, 2, doubtful={1}) == (0, 3)
    assert _find_gap(document, 0) is None
    apply(document, accept_frame(document, 1))  # type: ignore[arg-type]
    assert _find_gap(document, 2, doubtful={1}) == (
        1,
        3,
    )  # a person's word is no doubt


def test_boxes_follow_their_track_and_go_linearly() -> None:
    def box(name: str, x: float) -> Box:
        return Box(name, round(x * UNIT), 5000, 3000, 8000, 7000)

    frames = [make_frame([box("p1", 10 * n), box("p2", 500)]) for n in range(6)]
    frames[2] = frames[3] = make_frame([box("p2", 500)])
    document = _document(frames, Capability.PLAYER)
    tracks = work_out(document)
    track = tracks.at(1, "p1")
    after = made(document, interpolate(document, tracks, 1, 4, track))
    assert [after.frame(n).label("p1").x for n in (2, 3)] == [2000, 3000]  # type: ignore[union-attr]
    assert find_gap(document, tracks, 1, track) == (0, 4)
    assert interpolate(document, tracks, 2, 4, track) == Refusal("There is no p1 in frame 3.")


def test_missing_boxes_are_filled_through_all_of_their_gap() -> None:
    def box(name: str, x: float) -> Box:
        return Box(name, round(x * UNIT), 5000, 3000, 8000, 7000)

    frames = [make_frame([box("p1", 5 * n), box("p2", 300 + 4 * n)]) for n in range(8)]
    for n in (3, 4, 5):
        frames[n] = make_frame([box("p2", 300 + 4 * n)])
    document = _document(frames, Capability.PLAYER)
    operation = _fill_missing(document, 4)
    assert isinstance(operation, Operation)
    assert operation.text == "Interpolate p1 through 4–6"
    after = made(document, operation)
    assert [after.frame(n).label("p1").x for n in (3, 4, 5)] == [1500, 2000, 2500]  # type: ignore[union-attr]
    assert after.frame(4).label("p2") == document.frame(4).label("p2")
    assert isinstance(_fill_missing(after, 4), Refusal)
    assert isinstance(_fill_missing(document, 1), Refusal)


def test_moving_an_end_redoes_the_run_in_the_same_step() -> None:
    document = _document([_ball(0), *[make_frame()] * 3, _ball(40)])
    document = made(document, _interpolate(document, 0, 4))
    shift = move(document, 4, "b1", 40 * UNIT, 0, _BOUNDS)
    assert shift is not None
    operation = with_redone(document, shift)
    assert operation.text == shift.text
    after = made(document, operation)
    assert _xs(after) == [0, 20, 40, 60, 80]
    first = move(after, 0, "b1", 40 * UNIT, 0, _BOUNDS)
    assert first is not None
    assert _xs(made(after, with_redone(after, first))) == [40, 50, 60, 70, 80]


def test_redoing_leaves_other_operations_alone() -> None:
    document = _document([_ball(0), _ball(10), _ball(20)])
    shift = move(document, 1, "b1", UNIT, 0, _BOUNDS)
    assert shift is not None
    assert with_redone(document, shift) is shift
    accepted = accept_frame(document, 1)
    assert accepted is not None
    assert with_redone(document, accepted) is accepted


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=2, max_size=14),
    st.data(),
)
def test_ends_stay_and_the_answer_is_always_the_same(
    places: list[tuple[int, int]], data: st.DataObject
) -> None:
    frames = [_ball(x, y) for x, y in places]
    first = data.draw(st.integers(0, len(frames) - 2))
    last = data.draw(st.integers(first + 1, len(frames) - 1))
    for n in range(first + 1, last):
        frames[n] = make_frame()
    document = _document(frames)
    curve = data.draw(st.sampled_from(list(Curve)))
    operation = _interpolate(document, first, last, curve=curve)
    if last - first < 2:
        assert isinstance(operation, Refusal)
        return
    after = made(document, operation)
    assert after.frame(first) == document.frame(first)
    assert after.frame(last) == document.frame(last)
    assert all(len(after.frame(n).labels) == 1 for n in range(first, last + 1))
    assert _interpolate(document, first, last, curve=curve) == operation


def test_boxes_that_want_the_same_id_are_filled_side_by_side() -> None:
    """A detector that numbers each frame anew: two gaps, and `d1` on both sides of both."""

    def box(name: str, x: int) -> Box:
        return Box(name, x * UNIT, 0, 30 * UNIT, 80 * UNIT)

    frames = [
        make_frame([box("d1", 0), box("d2", 500)]),
        make_frame([box("d1", 500)]),
        make_frame([box("d3", 900)]),
        make_frame([box("d1", 0), box("d2", 500)]),
    ]
    document = _document(frames, Capability.PLAYER)
    operation = _fill_missing(document, 2)
    after = made(document, operation)
    assert isinstance(operation, Operation)
    for index, places in ((1, [0, 500]), (2, [0, 500, 900])):
        boxes = after.frame(index).labels
        assert sorted(label.x // UNIT for label in boxes) == places
        assert len({label.id for label in boxes}) == len(boxes)
    assert sorted(label.x // UNIT for label in ghost(operation, 2).labels) == [0, 500]


def test_where_it_is_asked_for_a_label_placed_by_hand_is_placed_anew() -> None:
    document = _document([_ball(10), _ball(90), _ball(90), _ball(40)])
    for index in (1, 2):
        moved = move(document, index, "b1", 5 * UNIT, 0, _BOUNDS)
        assert moved is not None
        apply(document, moved)
    assert isinstance(_interpolate(document, 0, 3), Refusal)
    operation = _interpolate(document, 0, 3, anew=1)
    assert isinstance(operation, Operation)
    assert operation.frames == (1,)
    assert _xs(made(document, operation))[2:] == [95, 40]
