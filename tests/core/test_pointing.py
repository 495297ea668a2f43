"""Pointing by keys."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.edits.pointing import (
    Grid,
    choose_hint,
    hints,
    is_prefix,
    reading_order,
    typical_size,
)
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Ball, Box, Capability, make_frame

_WIDE = (0, 0, 6500 * UNIT, 1000 * UNIT)


def _towards(grid: Grid, x: int, y: int) -> Grid:
    """Press the key of the squarest cell that has the point."""
    _, key = min(
        (max(w, h), key)
        for key, (cx, cy, w, h) in grid.cells
        if cx <= x < cx + w and cy <= y < cy + h
    )
    pressed = grid.press(key)
    assert pressed is not None
    return pressed


@given(st.integers(0, 6500 * UNIT - 1), st.integers(0, 1000 * UNIT - 1))
def test_every_point_is_reached(x: int, y: int) -> None:
    grid = Grid.start(_WIDE)
    keys = 0
    while not grid.fine and keys < 30:
        grid = _towards(grid, x, y)
        keys += 1
    assert grid.fine
    assert math.dist(grid.point, (x, y)) <= 2 * UNIT
    assert keys <= 7


def test_three_letters_come_within_reach_of_a_snap() -> None:
    grid = Grid.start(_WIDE)
    for _ in range(3):
        grid = _towards(grid, 341_234, 77_777)
    assert math.hypot(grid.region[2], grid.region[3]) / 2 <= 20 * UNIT


@given(
    st.tuples(
        st.integers(0, 5000),
        st.integers(0, 5000),
        st.integers(30, 700_000),
        st.integers(30, 700_000),
    ),
)
def test_cells_tile_the_region(region: tuple[int, int, int, int]) -> None:
    grid = Grid.start(region)
    cells = [cell for _, cell in grid.cells]
    columns, rows = grid.split
    assert len(cells) == columns * rows
    assert sum(w * h for _, _, w, h in cells) == region[2] * region[3]
    assert len({key for key, _ in grid.cells}) == len(cells)


def test_back_undoes_a_key_and_stays_at_the_start() -> None:
    grid = Grid.start(_WIDE)
    assert grid.back() is grid
    pressed = grid.press("s")
    assert pressed is not None
    assert pressed.region == (650 * UNIT, 500 * UNIT, 650 * UNIT, 250 * UNIT)
    assert pressed.back() == grid
    assert grid.press("?") is None


@given(st.integers(0, 400))
def test_no_hint_begins_another(count: int) -> None:
    names = [f"p{n}" for n in range(count)]
    given_hints = hints(names)
    assert list(given_hints) == names
    letters = list(given_hints.values())
    assert all(len(text) <= 2 for text in letters)
    assert len(set(letters)) == count
    assert not any(a != b and b.startswith(a) for a in letters for b in letters)
    if count <= 26:
        assert all(len(text) == 1 for text in letters)


def test_hints_choose_by_what_was_typed() -> None:
    given_hints = hints([f"p{n}" for n in range(30)])
    two = next(text for text in given_hints.values() if len(text) == 2)
    assert choose_hint(given_hints, two[0]) is None
    assert is_prefix(given_hints, two[0])
    assert given_hints[choose_hint(given_hints, two) or ""] == two
    assert not is_prefix(given_hints, "?")
    with pytest.raises(ValueError, match="more than"):
        hints([str(n) for n in range(677)])


def test_reading_order_is_left_to_right() -> None:
    frame = make_frame([Box("c", 50, 1, 5, 5), Box("a", 90, 1, 5, 5), Box("b", 10, 9, 5, 5)])
    assert reading_order(frame) == ["b", "c", "a"]


def test_typical_size_is_that_of_boxes_in_that_row() -> None:
    far = [Box(f"f{n}", n * 3000, 20_000, 1200, 3000) for n in range(9)]
    near = [Box(f"n{n}", n * 3000, 60_000, 3000, 8000) for n in range(9)]
    document = Document.from_frames(Capability.PLAYER, [make_frame(far + near)] * 3)
    assert typical_size(document, 21_000) == (1200, 3000)
    assert typical_size(document, 65_000) == (3000, 8000)
    empty = Document.from_frames(Capability.BALL, [make_frame([Ball("b1", 1, 1)])])
    assert typical_size(empty, 0) == (3000, 7500)
