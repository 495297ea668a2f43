"""Edits of one frame: what they leave stays inside the picture, and each says what it did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.edits import one_frame
from prelabel_tui.core.edits.one_frame import Edge, pixels
from prelabel_tui.core.edits.operations import LabelChange, Operation, label_change
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    DEFAULT_BALL_SIZE,
    UNIT,
    Ball,
    Box,
    Capability,
    Flag,
    Label,
    Origin,
    make_frame,
)
from tests.core.clips import made

BOUNDS = (20_000, 10_000)
BOX = Box("p1", 5_000, 3_000, 2_000, 4_000, 9_000)
BALL = Ball("b1", 5_000, 3_000, 1_200, 9_000)


def alone(label: Label) -> Document:
    capability = Capability.BALL if isinstance(label, Ball) else Capability.PLAYER
    return Document.from_frames(capability, [make_frame([label])])


def after(label: Label, operation: Operation | None) -> Label:
    """The label as an operation leaves it."""
    return made(alone(label), operation).frame(0).labels[0]


def boxes(**more: object) -> st.SearchStrategy[Box]:
    """Boxes that lie within the frame."""

    def within(x: int, y: int, w: int, h: int) -> Box:
        x, y = min(x, BOUNDS[0] - UNIT), min(y, BOUNDS[1] - UNIT)
        return Box("p1", x, y, min(w, BOUNDS[0] - x), min(h, BOUNDS[1] - y), 9_000)

    side = st.integers(UNIT, 20_000)
    return st.builds(within, st.integers(0, 20_000), st.integers(0, 10_000), side, side)


STEPS = st.integers(-40_000, 40_000)


@pytest.mark.parametrize(
    ("units", "text"),
    [(0, "0"), (100, "1"), (-100, "-1"), (150, "1.50"), (-5, "-0.05"), (12_345, "123.45")],
)
def test_units_read_as_pixels(units: int, text: str) -> None:
    assert pixels(units) == text


@given(boxes(), STEPS, STEPS)
def test_a_moved_box_keeps_its_size_and_stays_inside(box: Box, dx: int, dy: int) -> None:
    operation = one_frame.move(alone(box), 0, "p1", dx, dy, BOUNDS)
    if operation is None:
        return
    label = after(box, operation)
    assert isinstance(label, Box)
    assert (label.w, label.h) == (box.w, box.h)
    assert 0 <= label.x <= BOUNDS[0] - label.w
    assert 0 <= label.y <= BOUNDS[1] - label.h
    assert label.was == box.geometry
    assert abs(label.x - box.x) <= abs(dx)
    assert abs(label.y - box.y) <= abs(dy)


@given(boxes(), st.sampled_from(Edge), STEPS)
def test_an_edge_moves_alone_and_leaves_a_pixel(box: Box, edge: Edge, step: int) -> None:
    operation = one_frame.resize(alone(box), 0, "p1", edge, step, BOUNDS)
    if operation is None:
        return
    label = after(box, operation)
    assert isinstance(label, Box)
    edges = [(b.x, b.y, b.x + b.w, b.y + b.h) for b in (box, label)]
    moved = [at for at, (old, new) in enumerate(zip(*edges, strict=True)) if old != new]
    assert moved == [list(Edge).index(edge)]
    assert label.w >= UNIT
    assert label.h >= UNIT
    assert label.x >= 0
    assert label.y >= 0
    assert label.x + label.w <= BOUNDS[0]
    assert label.y + label.h <= BOUNDS[1]


@given(st.tuples(STEPS, STEPS, st.integers(0, 40_000), st.integers(0, 40_000)))
def test_a_fitted_box_is_a_pixel_at_least_and_inside(geometry: tuple[int, int, int, int]) -> None:
    x, y, w, h = one_frame.fitted_box(geometry, BOUNDS)
    assert min(w, h) >= UNIT
    assert min(x, y) >= 0
    assert x + w <= BOUNDS[0]
    assert y + h <= BOUNDS[1]
    assert one_frame.fitted_box((x, y, w, h), BOUNDS) == (x, y, w, h)


@given(STEPS, STEPS)
def test_a_ball_moves_by_its_centre_and_stays_inside(dx: int, dy: int) -> None:
    operation = one_frame.move(alone(BALL), 0, "b1", dx, dy, BOUNDS)
    if operation is None:
        assert (dx, dy) == (0, 0)
        return
    label = after(BALL, operation)
    assert label.geometry == (
        max(0, min(BOUNDS[0], BALL.x + dx)),
        max(0, min(BOUNDS[1], BALL.y + dy)),
        1_200,
    )


def test_what_lies_outside_already_is_not_moved_further_out_nor_jumps_in() -> None:
    outside = Box("p1", -500, 3_000, 2_000, 4_000)
    assert one_frame.move(alone(outside), 0, "p1", -100, 0, BOUNDS) is None
    back = after(outside, one_frame.move(alone(outside), 0, "p1", 100, 0, BOUNDS))
    assert back.x == -400


@pytest.mark.parametrize(
    ("edge", "step", "size"),
    [
        (Edge.RIGHT, 300, 1_500),
        (Edge.BOTTOM, -300, 900),
        (Edge.LEFT, -300, 1_500),
        (Edge.TOP, 300, 900),
        (Edge.RIGHT, -5_000, UNIT),
        (Edge.RIGHT, 50_000, BOUNDS[1]),
    ],
)
def test_a_ball_grows_and_shrinks_by_its_edges(edge: Edge, step: int, size: int) -> None:
    operation = one_frame.resize(alone(BALL), 0, "b1", edge, step, BOUNDS)
    assert operation is not None
    assert after(BALL, operation).geometry == (BALL.x, BALL.y, size)
    assert operation.text.startswith("Size of ball ")


def test_a_ball_of_unknown_size_starts_from_the_usual_one() -> None:
    old = Ball("b1", 5_000, 3_000, None)
    label = after(old, one_frame.resize(alone(old), 0, "b1", Edge.RIGHT, 100, BOUNDS))
    assert label.geometry == (5_000, 3_000, DEFAULT_BALL_SIZE + 100)
    assert label.was == (5_000, 3_000, None)


def test_each_edge_says_which_way_it_went() -> None:
    texts = [
        operation.text
        for edge in Edge
        if (operation := one_frame.resize(alone(BOX), 0, "p1", edge, 150, BOUNDS))
    ]
    assert texts == [f"Resize p1: {edge} +1.50" for edge in Edge]


def test_placing_cuts_at_the_frame_and_keeps_a_balls_size_unless_told() -> None:
    moved = one_frame.place(alone(BALL), 0, "b1", (99_000, -5), BOUNDS)
    assert moved is not None
    assert moved.text == "Put ball at 200,0"
    assert after(BALL, moved).geometry == (20_000, 0, 1_200)
    sized = one_frame.place(alone(BALL), 0, "b1", (1, 2, 300), BOUNDS)
    assert after(BALL, sized).geometry == (1, 2, 300)
    same_size = one_frame.place(alone(BOX), 0, "p1", (0, 0, BOX.w, BOX.h), BOUNDS)
    other_size = one_frame.place(alone(BOX), 0, "p1", (0, 0, 50_000, 4_000), BOUNDS)
    assert same_size is not None
    assert other_size is not None
    assert (same_size.action, other_size.action) == ("move", "resize")
    assert after(BOX, other_size).geometry == (0, 0, 20_000, 4_000)
    assert one_frame.place(alone(BOX), 0, "p1", BOX.geometry, BOUNDS) is None


def test_a_label_that_is_not_there_cannot_be_edited() -> None:
    document = alone(BOX)
    assert one_frame.move(document, 0, "p9", 1, 1, BOUNDS) is None
    assert one_frame.resize(document, 0, "p9", Edge.LEFT, 1, BOUNDS) is None
    assert one_frame.place(document, 0, "p9", (1, 2, 3, 4), BOUNDS) is None
    with pytest.raises(ValueError, match="before or after"):
        label_change(0, None, None)


@given(STEPS, STEPS)
def test_added_labels_are_manual_inside_and_have_a_free_id(x: int, y: int) -> None:
    balls, players = alone(Ball("ball", 1, 2, 300)), alone(Box("nq", 1, 2, 300, 400))
    for document, operation in (
        (balls, one_frame.add_ball(balls, 0, x, y, 900, BOUNDS)),
        (players, one_frame.add_box(players, 0, (x, y, 700, 800), BOUNDS, "q")),
    ):
        (change,) = operation.changes
        assert isinstance(change, LabelChange)
        added = change.after
        assert added is not None
        assert (added.origin, added.score, added.was) == (Origin.MANUAL, None, None)
        assert 0 <= added.x <= BOUNDS[0]
        assert 0 <= added.y <= BOUNDS[1]
        assert len(made(document, operation).frame(0).labels) == 2


@pytest.mark.parametrize(
    ("label", "origin"),
    [
        (Box("p1", 1, 2, 300, 400, 9_000), Origin.MODEL),
        (Box("p1", 1, 2, 300, 400, origin=Origin.MANUAL), Origin.MANUAL),
        (Box("p1", 1, 2, 300, 400, origin=Origin.INTERPOLATED), Origin.MANUAL),
        (Box("p1", 1, 2, 300, 400, origin=Origin.PROPAGATED), Origin.MANUAL),
        (Box("p1", 1, 2, 300, 400, 9_000, Origin.INTERPOLATED, (9, 9, 9, 9)), Origin.MODEL),
        # Also when a person puts it back to where the model had it.
        (Box("p1", 1, 2, 300, 400, 9_000, Origin.PROPAGATED, (101, 2, 300, 400)), Origin.MODEL),
    ],
)
def test_what_was_derived_is_a_persons_once_they_move_it(label: Box, origin: Origin) -> None:
    moved = after(label, one_frame.move(alone(label), 0, "p1", 100, 0, BOUNDS))
    assert moved.origin is origin
    assert moved.score == label.score


def test_a_flag_goes_on_and_off() -> None:
    document = alone(BOX)
    for flag in Flag:
        on = one_frame.toggle_flag(document, 0, flag)
        flagged = made(document, on)
        off = one_frame.toggle_flag(flagged, 0, flag)
        assert (on.text, off.text) == (f"Flag {flag}", f"Unflag {flag}")
        assert flagged.frame(0).flags == (flag,)
        assert made(flagged, off) == document
