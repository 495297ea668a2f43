"""The loupe: still while the selection moves in it, clear of it, at the corner being worked on."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.model.labels import Ball, Box, make_frame, with_geometry
from prelabel_tui.imaging.overlay.loupe import Lens, LoupeKeeper
from prelabel_tui.imaging.overlay.scene import Scene, scene_of
from prelabel_tui.imaging.overlay.viewport import Viewport, Zoom

BOX = Box("a", 90_000, 50_000, 4000, 9000)
VIEW = Viewport((1920, 1080), (120, 40), zoom=4).centred(92_000, 54_000)


def scene(box: Box | Ball) -> Scene:
    return scene_of(make_frame([box]), selected=box.id, low_score=0)


def moved(dx: int, dy: int, dw: int = 0, dh: int = 0) -> Box:
    geometry = (BOX.x + dx, BOX.y + dy, BOX.w + dw, BOX.h + dh)
    return with_geometry(BOX, geometry)  # type: ignore[return-value]


def test_a_nudge_does_not_move_it() -> None:
    keeper = LoupeKeeper()
    first = keeper.lens(VIEW, scene(BOX))
    assert first is not None
    assert first.viewport.scale[0] == 1, "true pixels"
    for step in range(1, 6):
        assert keeper.lens(VIEW, scene(moved(100 * step, 0))) == first
    assert keeper.lens(VIEW, scene(moved(4000, 0))) != first


def test_it_looks_at_the_corner_that_moves() -> None:
    keeper = LoupeKeeper()

    def inside(x: int, y: int) -> bool:
        lens = keeper.lens(VIEW, scene(current))
        assert lens is not None
        left, top, right, bottom = lens.viewport.region
        return left < x / 100 < right and top < y / 100 < bottom

    current = BOX
    assert inside(BOX.x, BOX.y)
    current = moved(0, 0, 100, 0)
    assert inside(current.x + current.w, current.y)
    current = moved(0, 0, 100, 100)
    assert inside(current.x + current.w, current.y + current.h)
    current = moved(100, 0, 0, 100)
    assert inside(current.x, current.y + current.h)


def test_it_never_stands_on_the_selection() -> None:
    keeper = LoupeKeeper()
    for column in range(0, 120, 7):
        for row in range(0, 40, 5):
            x, y = VIEW.to_units((column + 0.5) * VIEW.dots[0], (row + 0.5) * VIEW.dots[1])
            lens = keeper.lens(VIEW, scene(Ball("b", x, y, 1000)))
            assert lens is not None
            width, height = lens.viewport.cells
            inside = (
                lens.column <= column < lens.column + width and lens.row <= row < lens.row + height
            )
            assert not inside, (column, row)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 180_000), st.integers(0, 100_000), st.integers(1000, 9000),
            st.integers(2000, 14_000),
        ),
        min_size=1,
        max_size=25,
    ),
    st.none() | st.tuples(st.integers(0, 192_000), st.integers(0, 108_000)),
    st.sampled_from(["fit", 2, 4]),
)  # fmt: skip
def test_it_covers_no_label_no_grid_and_no_cursor(
    boxes: list[tuple[int, int, int, int]], cursor: tuple[int, int] | None, zoom: Zoom
) -> None:
    view = replace(VIEW, zoom=zoom)
    labels = [Box(f"p{number}", *box) for number, box in enumerate(boxes)]
    grid = (60_000, 30_000, 50_000, 30_000) if len(boxes) % 2 else None
    scene = scene_of(make_frame(labels), selected="p0", low_score=0, cursor=cursor, grid=grid)
    lens = LoupeKeeper().lens(view, scene)
    if lens is None:
        return
    columns, rows = lens.viewport.cells
    covered = {
        (column, row)
        for column in range(lens.column, lens.column + columns)
        for row in range(lens.row, lens.row + rows)
    }
    shown = {(column, row) for column in range(120) for row in range(40)}
    assert covered <= shown
    for area in (*boxes, *filter(None, (grid, cursor and (*cursor, 0, 0)))):
        left, top, right, bottom = view.span(area)
        for column, row in covered:
            assert not (left <= column <= right and top // 2 <= row <= bottom // 2)


def test_it_makes_itself_small_before_it_goes() -> None:
    def lens(rows: int) -> Lens | None:
        """What fits above and below a row of players."""
        height = (40 - 2 * rows) * 2 / fit.scale[1]
        middle = [
            Box(f"p{n}", n * 10_000, round((720 - height / 2) * 100), 9000, round(height * 100))
            for n in range(19)
        ]
        return LoupeKeeper().lens(fit, scene_of(make_frame(middle), selected="p9", low_score=0))

    fit = Viewport((1920, 1440), (120, 40))
    assert (found := lens(15)) is not None
    assert found.viewport.cells == (24, 12)
    assert (found := lens(10)) is not None
    assert found.viewport.cells == (16, 8)
    assert lens(3) is None


def test_there_is_none_where_it_would_not_help() -> None:
    keeper = LoupeKeeper()
    assert keeper.lens(VIEW, Scene()) is None
    assert keeper.lens(VIEW.zoomed(1), scene(BOX)) is None
    assert keeper.lens(Viewport((1920, 1080), (20, 8)), scene(BOX)) is None
