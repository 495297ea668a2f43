"""Corrections carried on, interpolated and noticed; labels moved in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core.edits.corrections import correction
from prelabel_tui.core.edits.interpolation import with_redone
from prelabel_tui.core.edits.many_frames import Refusal, accept_frame
from prelabel_tui.core.edits.one_frame import Edge, move, resize
from prelabel_tui.core.edits.operations import Operation, apply
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    UNIT,
    Ball,
    Box,
    Capability,
    Label,
    Origin,
    make_frame,
)
from prelabel_tui.core.patterns.explain import Kind, explain
from prelabel_tui.core.patterns.notice import notice_of, notice_standing
from prelabel_tui.core.patterns.opinions import Opinions
from prelabel_tui.core.patterns.proposal import ClipFrames, Proposal, Reach
from prelabel_tui.core.patterns.rows import Rows, read_rows
from prelabel_tui.core.patterns.rules import Between, Later, Moved, Rule, correction_of
from prelabel_tui.core.patterns.standing import find_standing
from prelabel_tui.core.tracks import Tracks, work_out

_BOUNDS: Final = (2_000 * UNIT, 1_000 * UNIT)
_FRAMES: Final = 40

Path = Callable[[int, int], tuple[float, float]]
"""From track and frame to the middle of the box, in px."""


def _running(track: int, frame: int) -> tuple[float, float]:
    """Run at a speed of one's own, every second one to the left, in a bend."""
    way = 1 if track % 2 else -1
    x = 1_000 + way * (track + 3) * (frame - 20) + 0.02 * track * (frame - 20) ** 2
    return x, 100 + 70 * track + way * (track % 3) * frame


def _clip(tracks: int = 8, frames: int = _FRAMES, path: Path = _running) -> Document:
    def box(track: int, frame: int) -> Box:
        x, y = path(track, frame)
        w, h = 20 + 2 * track, 60 + 5 * track
        name, left, top = f"p{track}", round((x - w / 2) * UNIT), round((y - h / 2) * UNIT)
        return Box(name, left, top, w * UNIT, h * UNIT, 9_000, track=name)

    return Document.from_frames(
        Capability.PLAYER,
        [make_frame([box(track, frame) for track in range(tracks)]) for frame in range(frames)],
    )


def _apply(document: Document, operation: Operation | Refusal | None) -> Operation:
    assert isinstance(operation, Operation)
    apply(document, operation)
    return operation


def _nudge(document: Document, frame: int, name: str, dx: float, dy: float = 0) -> None:
    step = round(dx * UNIT), round(dy * UNIT)
    _apply(document, move(document, frame, name, *step, _BOUNDS))


def _read(document: Document) -> tuple[Rows, Tracks]:
    tracks = work_out(document)
    return read_rows(document, tracks), tracks


def _clip_frames(document: Document, *without_picture: int) -> ClipFrames:
    return ClipFrames((_BOUNDS,) * len(document), frozenset(without_picture))


def _propose(
    document: Document, rule: Rule, reach: Reach | None = None, *without_picture: int
) -> Proposal:
    rows, _ = _read(document)
    return Proposal(rows, rule, reach or Reach(), _clip_frames(document, *without_picture))


def _carry(document: Document, frame: int, name: str, reach: Reach | None = None) -> Operation:
    rows, _ = _read(document)
    row = rows.row(frame, name)
    assert row is not None
    proposal = Proposal(rows, correction_of(rows, row), reach or Reach(), _clip_frames(document))
    return _apply(document, proposal.operation(document))


def _label(document: Document, frame: int, name: str) -> Label:
    label = document.frame(frame).label(name)
    assert label is not None
    return label


_steps = st.integers(-30, 30)


@settings(max_examples=25)
@given(_steps, _steps, _steps, _steps)
def test_carried_corrections_compose(ax: int, ay: int, bx: int, by: int) -> None:
    """Carrying on one step and then another is carrying on both at once."""
    in_turn, at_once = _clip(3), _clip(3)
    for dx, dy in ((ax, ay), (bx, by)):
        if (dx, dy) != (0, 0):
            _nudge(in_turn, 0, "p1", dx, dy)
            rows, _ = _read(in_turn)
            row = rows.row(0, "p1")
            assert row is not None
            rule = correction_of(rows, row)
            done = _propose(in_turn, rule).operation(in_turn)
            if isinstance(done, Operation):
                apply(in_turn, done)
    if (ax + bx, ay + by) != (0, 0):
        _nudge(at_once, 0, "p1", ax + bx, ay + by)
        _carry(at_once, 0, "p1")
    assert in_turn == at_once


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, _FRAMES - 1), _steps, _steps), min_size=1, max_size=4),
    st.one_of(
        st.floats(-8, 8).map(lambda by: Later(round(by, 1))),
        st.tuples(_steps, _steps).map(lambda s: Moved((s[0] * 10.0, s[1], s[0], s[1] * 7.0))),
        st.just(Between()),
    ),
)
def test_an_operation_and_its_undo_restore_the_bytes(
    made: list[tuple[int, int, int]], rule: Rule
) -> None:
    document = _clip(4)
    for frame, dx, dy in made:
        if (dx, dy) != (0, 0):
            _nudge(document, frame, "p2", dx, dy)
    before = document.payload()
    operation = _propose(document, rule).operation(document)
    if isinstance(operation, Operation):
        apply(document, operation)
        assert document.payload() != before
        apply(document, operation.inverse())
    assert document.payload() == before


@settings(max_examples=25)
@given(st.dictionaries(st.integers(0, _FRAMES - 1), st.tuples(_steps, _steps), min_size=2))
def test_interpolation_is_exact_at_corrected_frames_and_linear_between(
    made: dict[int, tuple[int, int]],
) -> None:
    document = _clip(3)
    made = {frame: step for frame, step in made.items() if step != (0, 0)}
    for frame, step in made.items():
        _nudge(document, frame, "p1", *step)
    operation = _propose(document, Between()).operation(document)
    if isinstance(operation, Operation):
        apply(document, operation)
    knots = sorted(made)
    for frame in range(_FRAMES):
        found = correction(_label(document, frame, "p1"))
        assert found is not None
        if not knots or not knots[0] <= frame <= knots[-1]:
            assert not found.any()
        else:
            for axis in (0, 1):
                at = np.interp(frame, knots, [made[knot][axis] * UNIT for knot in knots])
                assert abs(found[axis] - at) <= 0.5


def test_between_corrected_frames_the_models_motion_is_kept() -> None:
    """A drift of a whole track is gone after its two ends, however the player runs."""
    true = _clip(3)
    drifted = Document.from_frames(
        Capability.PLAYER,
        [
            make_frame([msgspec.structs.replace(box, x=box.x + 50 * at) for box in frame.labels])
            for at, frame in enumerate(true)
        ],
    )
    for at in (1, _FRAMES - 1):
        _nudge(drifted, at, "p1", -0.5 * at)
    _apply(drifted, _propose(drifted, Between()).operation(drifted))
    for at in range(1, _FRAMES):
        assert abs(_label(drifted, at, "p1").x - _label(true, at, "p1").x) <= 1


def test_an_end_that_is_moved_takes_the_corrections_between_along() -> None:
    """The run is done again as corrections: the model's motion is not lost."""
    document = _clip(3)
    _nudge(document, 0, "p1", 8)
    _nudge(document, 20, "p1", 4)
    _apply(document, _propose(document, Between()).operation(document))
    moved = move(document, 20, "p1", 8 * UNIT, 0, _BOUNDS)
    assert moved is not None
    _apply(document, with_redone(document, moved))
    for at in range(21):
        found = correction(_label(document, at, "p1"))
        assert found is not None
        assert abs(found[0] - (8 + 4 * at / 20) * UNIT) <= 1


def test_carried_labels_keep_what_the_model_said_and_are_not_settled() -> None:
    document = _clip(2)
    before = _label(document, 9, "p1").geometry
    _nudge(document, 0, "p1", 6)
    _carry(document, 0, "p1", Reach(first=0, last=9))
    carried = _label(document, 9, "p1")
    assert (carried.was, carried.origin) == (before, Origin.PROPAGATED)
    assert carried.x == before[0] + 6 * UNIT
    assert _label(document, 10, "p1").was is None
    rows, _ = _read(document)
    assert rows.settled.sum() == 1


def test_what_a_person_settled_is_left_alone_and_counted() -> None:
    document = _clip(2)
    _nudge(document, 0, "p1", 6)
    _nudge(document, 3, "p1", -2)
    _apply(document, accept_frame(document, 5))
    _, tracks = _read(document)
    track = tracks.at(0, "p1")
    assert track is not None
    reach = Reach(frozenset({track}), 1, 8)
    proposal = _propose(document, Moved((600, 0, 600, 0)), reach)
    assert proposal.left_alone == 2
    operation = _apply(document, proposal.operation(document))
    assert {change.frame for change in operation.changes} == {1, 2, 4, 6, 7, 8}
    assert "6 labels of 1 track in 2–9 · left alone: 2 reviewed or by hand" in operation.text


def test_frames_without_a_picture_are_left_out_and_counted() -> None:
    document = _clip(2)
    proposal = _propose(document, Moved((600, 0, 600, 0)), Reach(), 4, 5)
    operation = _apply(document, proposal.operation(document))
    assert not {4, 5} & set(operation.frames)
    assert "2 frames without a picture left out" in operation.text
    nowhere = _propose(document, Moved((700, 0, 700, 0)), Reach(None, 4, 5), 4, 5)
    assert isinstance(nowhere.operation(document), Refusal)


def test_a_box_is_cut_at_the_edge_and_counted_only_if_it_changes() -> None:
    document = _clip(1, 2, lambda *_: (10, 500))
    proposal = _propose(document, Moved((-90_000, 0, -90_000, 0)))
    assert len(proposal.changed) == 2
    _apply(document, proposal.operation(document))
    assert (_label(document, 0, "p0").x, _label(document, 0, "p0").geometry[2]) == (0, UNIT)
    assert isinstance(_propose(document, proposal.rule).operation(document), Refusal)


@pytest.mark.parametrize("late", [-3.0, 0.5, 2.7])
def test_labels_moved_in_time_are_where_their_player_is(late: float) -> None:
    document = _clip(6)
    _apply(document, _propose(document, Later(late)).operation(document))
    for track in range(6):
        for frame in range(8, _FRAMES - 8):
            box = _label(document, frame, f"p{track}")
            x, y = _running(track, frame + late)  # type: ignore[arg-type]
            assert abs(box.x / UNIT + 10 + track - x) < 0.7
            assert abs(box.y / UNIT + (60 + 5 * track) / 2 - y) < 0.7


def test_moved_back_in_time_the_content_is_the_models_own_again() -> None:
    document = _clip(3)
    before = document.payload()
    _apply(document, _propose(document, Later(2.5)).operation(document))
    _apply(document, _propose(document, Later(0.0)).operation(document))
    assert document.payload() == before


def test_corrections_go_with_the_size_where_that_fits_better() -> None:
    document = _clip(8)
    for track in (0, 4, 7):
        box = _label(document, 0, f"p{track}")
        grow = round(box.geometry[3] * 0.1)  # type: ignore[operator]
        for edge, step in ((Edge.TOP, -grow), (Edge.BOTTOM, grow)):
            _apply(document, resize(document, 0, box.id, edge, step, _BOUNDS))
    rows, _ = _read(document)
    row = rows.row(0, "p4")
    assert row is not None
    rule = correction_of(rows, row)
    assert rule.of_size
    assert rule.edges == pytest.approx((0, -0.1, 0, 0.1), abs=1e-4)


# -- notices


def _corrected(
    document: Document, step: Callable[[int, Box], tuple[float, float, float, float]], tracks: int
) -> Opinions:
    """Correct a label of so many tracks; ``step``: how far each edge is moved, in px."""
    for track in range(tracks):
        frame = 12 + track
        box = _label(document, frame, f"p{track}")
        assert isinstance(box, Box)
        for edge, far in zip(
            (Edge.LEFT, Edge.TOP, Edge.RIGHT, Edge.BOTTOM), step(track, box), strict=True
        ):
            done = resize(document, frame, box.id, edge, round(far) * UNIT, _BOUNDS)
            if done is not None:
                apply(document, done)
    return Opinions(document, work_out(document))


def test_a_shift_is_noticed_once_six_tracks_say_so() -> None:
    document = _clip(8)
    assert explain(_corrected(document, lambda *_: (6, 2, 6, 2), 5).all) is None
    found = explain(_corrected(_clip(8), lambda *_: (6, 2, 6, 2), 6).all)
    assert found is not None
    assert (found.kind, found.rule) == (Kind.SHIFT, Moved((600, 200, 600, 200)))
    document = _clip(8)
    _corrected(document, lambda *_: (6, 2, 6, 2), 6)
    notice = notice_of(found, _read(document)[0], _clip_frames(document))
    assert notice is not None
    assert notice.text == (
        "6 of 6 players: boxes are 6 px too far left and 2 px too high; 314 more"
    )
    assert (notice.labels, notice.frames) == (8 * _FRAMES - 6, _FRAMES)


def test_tracks_that_disagree_are_counted_and_named_also_where_nothing_is_said_of_them() -> None:
    """Eight players lag; the ninth stands still, and was corrected by 9 px all the same."""

    def path(track: int, frame: int) -> tuple[float, float]:
        return _running(track, frame) if track < 8 else (1_500.0, 60.0)

    def late(track: int, box: Box) -> tuple[float, float, float, float]:
        if track == 8:
            return 0, 9, 0, 9
        here, there = _running(track, 12 + track), _running(track, 12 + track + 2)
        x, y = there[0] - here[0], there[1] - here[1]
        return x, y, x, y

    document = _clip(9, path=path)
    found = explain(_corrected(document, late, 9).all)
    assert found is not None
    assert found.kind is Kind.LATE
    rows, tracks = _read(document)
    notice = notice_of(found, rows, _clip_frames(document))
    assert notice is not None
    assert notice.text.startswith(f"{found.agreeing} of {found.agreeing + 1} players: boxes are 2 ")
    assert [tracks.name(track) for track in notice.against] == ["p8"]


def test_many_corrections_of_one_track_are_one_opinion() -> None:
    document = _clip(8)
    for frame in range(30):
        _nudge(document, frame, "p1", 8)
    assert explain(Opinions(document, work_out(document)).all) is None


def test_late_boxes_are_not_taken_for_shifted_ones() -> None:
    def late(track: int, box: Box) -> tuple[float, float, float, float]:
        here, there = _running(track, 12 + track), _running(track, 12 + track + 2)
        x, y = there[0] - here[0], there[1] - here[1]
        return x, y, x, y

    found = explain(_corrected(_clip(8), late, 8).all)
    assert found is not None
    assert isinstance(found.rule, Later)
    assert found.rule.frames == pytest.approx(2.0, abs=0.15)


def test_shift_and_lag_that_nobody_could_tell_apart_are_not_offered() -> None:
    """All run the same way at the same speed: either would explain it."""
    document = _clip(8, path=lambda track, frame: (200 + 6 * frame, 100 + 70 * track))
    assert explain(_corrected(document, lambda *_: (12, 0, 12, 0), 8).all) is None


def test_boxes_too_large_and_boxes_that_end_above_the_feet_are_told_apart() -> None:
    def large(track: int, box: Box) -> tuple[float, float, float, float]:
        return box.w / 1_000, box.h / 1_000, -box.w / 1_000, -box.h / 1_000

    found = explain(_corrected(_clip(8), large, 8).all)
    assert found is not None
    assert found.kind is Kind.SCALE
    found = explain(_corrected(_clip(8), lambda *_: (0, 0, 0, 7), 7).all)
    assert found is not None
    assert found.kind is Kind.FEET
    document = _clip(8)
    notice = notice_of(found, _read(document)[0], _clip_frames(document))
    assert notice is not None
    assert "boxes end 7 px above the feet" in notice.text


def test_opinions_kept_up_to_date_are_those_worked_out_anew() -> None:
    document = _clip(4)
    tracks = work_out(document)
    kept = Opinions(document, tracks)
    for frame, name, dx in ((3, "p1", 4), (3, "p2", 2), (3, "p1", -4), (9, "p0", 5)):
        _nudge(document, frame, name, dx)
        kept.update(document, tracks, [frame])
    anew = Opinions(document, tracks)
    assert [tuple(one.step) for one in kept.all] == [tuple(one.step) for one in anew.all]
    assert len(kept) == 2


def test_of_many_labels_of_a_track_that_were_moved_together_some_are_looked_at() -> None:
    document = _clip(8)
    for track in range(8):
        for frame in range(_FRAMES):
            _nudge(document, frame, f"p{track}", 6)
    tracks = work_out(document)
    opinions = Opinions(document, tracks)
    assert (len(opinions), opinions.tracks) == (8 * _FRAMES, 8)
    assert len(opinions.all) <= 8 * 12
    found = explain(opinions.all)
    assert found is not None
    assert (found.kind, found.agreeing) == (Kind.SHIFT, 8)
    for track in range(8):
        for frame in range(1, _FRAMES):
            _nudge(document, frame, f"p{track}", -6)
    assert opinions.update(document, tracks, range(_FRAMES))
    assert (len(opinions), len(opinions.all)) == (8, 8)
    assert not opinions.update(document, tracks, range(_FRAMES))


def test_carried_corrections_are_nobodys_opinion() -> None:
    document = _clip(8)
    _nudge(document, 0, "p1", 6)
    _carry(document, 0, "p1")
    assert len(Opinions(document, work_out(document))) == 1


# -- what stands still


def _lamps(frames: int, seen: int) -> Document:
    """A lamp in ``seen`` frames, and a ball that rests for a fifth of the clip, then rolls."""
    made = []
    for frame in range(frames):
        x = 300 + max(0, frame - frames // 5) * 7
        balls = [Ball("b1", x * UNIT, 400 * UNIT, 900, 7_000)]
        if frame < seen:
            balls.append(Ball("b2", 50_000 + frame % 3, 12_000, 900, 5_000))
        made.append(make_frame(balls))
    return Document.from_frames(Capability.BALL, made)


def test_a_lamp_is_found_and_a_ball_that_rests_is_not() -> None:
    document = _lamps(60, 60)
    rows, _ = _read(document)
    standing = find_standing(rows, _clip_frames(document, 50, 51))
    assert standing is not None
    notice = notice_standing(standing)
    assert notice is not None
    assert notice.text == "balls stand still at 1 place in 60 of 60 frames; 58 more"
    operation = _apply(document, standing.operation(document))
    assert "2 frames without a picture left out" in operation.text
    assert all(frame.label("b1") is not None for frame in document)
    left = [at for at, frame in enumerate(document) if frame.label("b2")]
    assert left == [50, 51]


def test_what_stands_in_less_than_half_of_the_frames_stays() -> None:
    document = _lamps(60, 29)
    assert find_standing(_read(document)[0], _clip_frames(document)) is None
