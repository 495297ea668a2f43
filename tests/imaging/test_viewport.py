"""Where frame pixels stand on the screen."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.imaging.overlay.viewport import ZOOMS, Viewport, zoom_name

FRAMES = [(1280, 720), (1920, 1080), (3840, 2160), (6500, 1000), (640, 360)]
DOTS = [(1, 2), (2, 2), (2, 3), (10, 20)]

viewports = st.builds(
    Viewport,
    frame=st.sampled_from(FRAMES),
    cells=st.tuples(st.integers(20, 220), st.integers(8, 70)),
    dots=st.sampled_from(DOTS),
    cell=st.sampled_from([(10, 20), (9, 18), (8, 17), (7, 15)]),
    zoom=st.sampled_from(ZOOMS),
    centre=st.tuples(st.floats(0, 6500), st.floats(0, 2160)),
)
places = st.tuples(st.integers(0, 650_000), st.integers(0, 216_000))


@given(viewports, places)
def test_frame_to_screen_and_back_is_the_same_place(view: Viewport, place: tuple[int, int]) -> None:
    back = view.to_units(*view.to_dot(*place))
    assert abs(back[0] - place[0]) <= 50
    assert abs(back[1] - place[1]) <= 50


@given(viewports, st.integers(0, 19), st.integers(0, 7))
def test_a_cell_is_found_again_from_its_middle(view: Viewport, column: int, row: int) -> None:
    if min(view.scale) < 50:  # beyond, a cell is finer than a unit
        middle = view.to_units((column + 0.5) * view.dots[0], (row + 0.5) * view.dots[1])
        assert view.cell_of(*middle) == (column, row)


@given(viewports)
def test_fit_shows_the_whole_frame_in_the_right_proportions(view: Viewport) -> None:
    fit = view.zoomed("fit")
    width, height = fit.frame
    left, top = fit.to_dot(0, 0)
    right, bottom = fit.to_dot(width * 100, height * 100)
    assert left >= -1e-6
    assert top >= -1e-6
    assert right <= fit.size[0] + 1
    assert bottom <= fit.size[1] + 1
    dot = fit.cell[0] / fit.dots[0], fit.cell[1] / fit.dots[1]
    seen = (right - left) * dot[0] / ((bottom - top) * dot[1])
    assert seen == pytest.approx(width / height)


@given(viewports)
def test_zooms_are_as_named(view: Viewport) -> None:
    fit = view.zoomed("fit").scale[0]
    assert view.zoomed(1).scale[0] == 1
    for zoom in (2, 4, 8, 16):
        assert view.zoomed(zoom).scale[0] == pytest.approx(zoom * fit)


@given(viewports, places, st.integers(-30, 30), st.integers(-30, 30))
def test_panning_moves_all_by_whole_cells(
    view: Viewport, place: tuple[int, int], columns: int, rows: int
) -> None:
    moved = view.panned(columns, rows)
    before, after = view.to_dot(*place), moved.to_dot(*place)
    for axis in (0, 1):
        shift = before[axis] - after[axis]
        assert shift == pytest.approx(round(shift), abs=1e-6)
    low = moved.origin
    assert all(
        low[axis] >= 0 or moved.frame[axis] * moved.scale[axis] <= moved.size[axis]
        for axis in (0, 1)
    )


@given(viewports, places, st.lists(st.sampled_from([-1, 1]), max_size=12))
def test_a_label_falls_on_the_same_dots_however_one_came_there(
    view: Viewport, place: tuple[int, int], steps: list[int]
) -> None:
    box = (place[0], place[1], 3000, 7000)
    walked = view
    for step in steps:
        walked = walked.zoomed_by(step)
    walked = walked.zoomed(view.zoom)
    assert walked.span(box) == view.span(box)


@given(viewports, places)
def test_following_brings_a_label_in_and_then_stays(view: Viewport, place: tuple[int, int]) -> None:
    x = min(place[0], view.frame[0] * 100 - 2000)
    y = min(place[1], view.frame[1] * 100 - 2000)
    box = (max(x, 0), max(y, 0), 1000, 1000)
    near = view.following(box)
    left, top, right, bottom = near.span(box)
    if right - left < near.size[0] * 0.6 and bottom - top < near.size[1] * 0.6:
        assert left >= -1
        assert right <= near.size[0] + 1
        assert top >= -1
        assert bottom <= near.size[1] + 1
    assert near.following(box).origin == near.origin


@given(viewports, places)
def test_a_span_is_never_empty(view: Viewport, place: tuple[int, int]) -> None:
    left, top, right, bottom = view.span((*place, 0, 0))
    assert right >= left
    assert bottom >= top
    assert math.isfinite(left)


@pytest.mark.parametrize(
    ("frame", "names"),
    [
        ((1920, 1080), ["fit", "2×", "4×", "8×", "16×", "1:1"]),
        ((6500, 1000), ["fit", "2×", "4×", "fill", "8×", "16×", "1:1"]),
    ],
)
def test_steps_through_the_zooms_in_order_of_what_they_show(
    frame: tuple[int, int], names: list[str]
) -> None:
    view = Viewport(frame, (100, 40))
    seen = []
    for _ in names:
        seen.append(zoom_name(view.zoom))
        view = view.zoomed_by(1)
    assert seen == names
    assert view.zoomed_by(1).zoom == view.zoom


@given(viewports)
def test_fill_leaves_nothing_empty(view: Viewport) -> None:
    filled = view.zoomed("fill")
    shown = [side * scale for side, scale in zip(view.frame, filled.scale, strict=True)]
    assert shown[0] >= view.size[0] - 1e-6
    assert shown[1] >= view.size[1] - 1e-6
    assert shown[0] <= view.size[0] + 1e-6 or shown[1] <= view.size[1] + 1e-6
