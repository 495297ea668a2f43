"""Edits over several frames."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.edits.many_frames import (
    Decisions,
    Refusal,
    accept_frame,
    accept_range,
    ball_size_near,
    copy_from_previous,
    delete_through,
    flag_range,
    propagate,
    reject_label,
    set_ball_state,
    unaccept_frame,
)
from prelabel_tui.core.edits.matching import gap_at, middle_of_gap, overlap
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    UNIT,
    Ball,
    BallState,
    Box,
    Capability,
    Flag,
    Frame,
    Origin,
    make_frame,
)
from prelabel_tui.core.tracks import work_out
from tests.core.clips import made


def _box(name: str, x: float, y: float = 100) -> Box:
    return Box(name, round(x * UNIT), round(y * UNIT), 30 * UNIT, 80 * UNIT, 7000)


def _players(frames: int = 10) -> Document:
    """Two players who walk; the second has another id in every frame."""
    return Document.from_frames(
        Capability.PLAYER,
        [make_frame([_box("p1", 100 + 3 * n), _box(f"d{n}", 400 - 4 * n)]) for n in range(frames)],
    )


def _balls(*places: float | None) -> Document:
    return Document.from_frames(
        Capability.BALL,
        [
            make_frame([] if x is None else [Ball("b1", round(x * UNIT), 5000, 900, 8000)])
            for x in places
        ],
    )


def _copy_from_previous(document: Document, *given: Any) -> Operation | Refusal:
    return copy_from_previous(document, work_out(document), *given)


def _propagate(document: Document, *given: Any) -> Operation | Refusal:
    return propagate(document, work_out(document), *given)


def _delete_through(document: Document, *given: Any) -> Operation | Refusal:
    return delete_through(document, work_out(document), *given)


def test_overlap() -> None:
    assert overlap(_box("a", 0), _box("b", 0)) == 1.0
    assert overlap(_box("a", 0), _box("b", 15)) == 1 / 3
    assert overlap(_box("a", 0), _box("b", 30)) == 0.0


def test_gaps_of_the_ball() -> None:
    document = _balls(1, None, None, None, 5, 6, None, None)
    assert gap_at(document, 2) == (0, 4)
    assert gap_at(document, 4) is None
    assert gap_at(document, 6) is None  # open at the end
    assert middle_of_gap(document, 0) == 2
    assert middle_of_gap(document, 5) is None
    document.replace(2, make_frame(ball=BallState.ABSENT))
    assert gap_at(document, 1) is None


def test_copy_one_label_and_all_that_are_missing() -> None:
    document = _players()
    after = made(document, _copy_from_previous(document, 4, "d4"))
    label = after.frame(4).label("d4")
    assert label is not None
    assert label.geometry == _box("", 400 - 12).geometry
    assert label.origin is Origin.PROPAGATED
    document.replace(4, make_frame([_box("p1", 112)]))
    operation = _copy_from_previous(document, 4)
    assert isinstance(operation, Operation)
    assert operation.text == "Copy d3 from frame 4"
    after = made(document, operation)
    copied = after.frame(4).label("d3")
    assert copied is not None
    assert (copied.score, copied.origin) == (None, Origin.PROPAGATED)
    assert _copy_from_previous(document, 0) == Refusal("The first frame has no previous one.")
    assert isinstance(_copy_from_previous(after, 4), Refusal)


def test_propagate_moves_what_is_there_and_adds_what_is_not() -> None:
    document = _balls(10, 11, None, 13)
    operation = _propagate(document, 0, 2)
    assert isinstance(operation, Operation)
    assert operation.text == "Propagate ball to 2–3"
    after = made(document, operation)
    assert [[label.x for label in frame.labels] for frame in after] == [[1000]] * 3 + [[1300]]
    assert after.frame(1).labels[0].was == (1100, 5000, 900)
    assert after.frame(2).labels[0].was is None
    assert isinstance(_propagate(document, 3, 1), Refusal)
    assert isinstance(_propagate(_players(), 0, 1), Refusal)
    assert isinstance(_propagate(_players(), 0, 1, "nobody"), Refusal)


def test_propagate_does_not_take_another_player() -> None:
    document = Document.from_frames(
        Capability.PLAYER,
        [make_frame([_box("a", 100)]), make_frame([_box("b", 300)])],
    )
    after = made(document, _propagate(document, 0, 1, "a"))
    assert [label.id for label in after.frame(1).labels] == ["a", "b"]


def test_accepting() -> None:
    document = _balls(1, 2, 3, 4)
    after = made(document, accept_frame(document, 1))
    assert accept_frame(after, 1) is None
    whole = made(after, accept_range(after, 0, 2))
    assert [frame.reviewed for frame in whole] == [True, True, True, False]
    assert isinstance(accept_range(whole, 0, 2), Refusal)
    assert made(whole, unaccept_frame(whole, 1)).frame(1).reviewed is False
    assert unaccept_frame(document, 1) is None


def test_flags_over_a_range() -> None:
    document = _balls(1, 2, 3)
    operation = flag_range(document, 0, 2, Flag.BAD_FRAME)
    assert isinstance(operation, Operation)
    assert operation.text == "Flag 1–3 bad_frame"
    after = made(document, operation)
    assert all(frame.flags == (Flag.BAD_FRAME,) for frame in after)
    assert isinstance(flag_range(after, 1, 1, Flag.BAD_FRAME), Refusal)
    cleared = made(after, flag_range(after, 1, 1, Flag.BAD_FRAME, on=False))
    assert [bool(frame.flags) for frame in cleared] == [True, False, True]


def test_delete_a_label_through_frames() -> None:
    document = _players()
    operation = _delete_through(document, 2, 6, 4, "d4")
    assert isinstance(operation, Operation)
    assert operation.text == "Delete track t1 in 3–7"
    after = made(document, operation)
    assert [len(frame.labels) for frame in after] == [2, 2, 1, 1, 1, 1, 1, 2, 2, 2]
    assert all(frame.label("p1") for frame in after)
    assert isinstance(_delete_through(document, 0, 3, 2, "nobody"), Refusal)
    assert len(made(document, _delete_through(document, 0, 9, 3, "p1")).frame(5).labels) == 1


def test_deleting_a_lamp_through_frames_leaves_the_ball_that_passes_it() -> None:
    """The rolling ball comes nearer to the lamp than to where it was; ids are rows."""

    def frame(n: int) -> Frame:
        places = [(300.0, 200.0)] if n != 14 else []  # the lamp is not seen once
        places.append((160 + 10.0 * n, 203.0))
        rows = sorted(places, reverse=n % 2 == 1)
        return make_frame(
            [
                Ball(f"d{row}", round(x * UNIT), round(y * UNIT), 900)
                for row, (x, y) in enumerate(rows)
            ]
        )

    document = Document.from_frames(Capability.BALL, [frame(n) for n in range(30)])
    lamp = next(ball.id for ball in document.frame(3).labels if ball.x == 300 * UNIT)
    after = made(document, _delete_through(document, 2, 27, 3, lamp))
    for n, (was, now) in enumerate(zip(document, after, strict=True)):
        gone = {label.x for label in was.labels} - {label.x for label in now.labels}
        assert gone == ({300 * UNIT} if 2 <= n <= 27 and n != 14 else set())


def test_where_the_track_is_not_a_range_has_nothing_to_delete() -> None:
    document = _players()
    tracks = work_out(document)
    for n in range(6):
        document.replace(n, make_frame([_box("p1", 100 + 3 * n)]))
    tracks = tracks.follow(document, range(6))
    refused = delete_through(document, tracks, 0, 5, 8, "d8")
    assert refused == Refusal("Track t1 has no label in 1–6.")


def test_reject() -> None:
    document = _players()
    assert made(document, reject_label(document, 0, "p1")).frame(0).label("p1") is None
    assert isinstance(reject_label(document, 0, "p9"), Refusal)


def test_ball_states() -> None:
    document = _balls(1, 2)
    after = made(document, set_ball_state(document, 0, BallState.ABSENT))
    assert after.frame(0) == make_frame(ball=BallState.ABSENT)
    seen = made(document, set_ball_state(document, 0, BallState.BLURRED))
    assert len(seen.frame(0).labels) == 1
    assert set_ball_state(seen, 0, BallState.BLURRED) is None
    assert set_ball_state(document, 0, None) is None


def test_the_frame_is_accepted_with_its_last_label() -> None:
    document = _players()
    decisions = Decisions()
    assert decisions.next_label(document, 0) == "d0"
    assert decisions.accept(document, 0, "d0") is None
    assert decisions.next_label(document, 0, "d0") == "p1"
    operation = decisions.accept(document, 0, "p1")
    assert isinstance(operation, Operation)
    assert decisions.next_label(document, 0, "p1") is None
    document.replace(0, make_frame([_box("p1", 101), _box("d0", 400)]))
    assert decisions.accepted(document, 0) == {"d0"}  # p1 changed: undecided again


def test_size_of_the_nearest_ball() -> None:
    document = _balls(None, None, 3, None)
    assert ball_size_near(document, 0) == 900
    assert ball_size_near(_balls(None, None), 0) is None


@given(st.data())
def test_every_operation_has_an_exact_inverse(data: st.DataObject) -> None:
    places = data.draw(st.lists(st.none() | st.integers(0, 500), min_size=2, max_size=12))
    document = _balls(*places)
    index = data.draw(st.integers(0, len(document) - 1))
    last = data.draw(st.integers(index, len(document) - 1))
    for operation in (
        _propagate(document, index, 3),
        _copy_from_previous(document, index),
        accept_range(document, index, last),
        flag_range(document, index, last, Flag.BAD_FRAME),
        _delete_through(document, index, last, index, "b1"),
        set_ball_state(document, index, data.draw(st.none() | st.sampled_from(list(BallState)))),
    ):
        if isinstance(operation, Operation):
            made(document, operation)
        else:
            assert operation is None or operation.text.endswith(".")
