"""The texts over the picture: which key keeps which part can be read at every step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.edits.pointing import Grid
from prelabel_tui.core.model.labels import UNIT
from prelabel_tui.imaging.overlay.hints import hints_of
from prelabel_tui.imaging.overlay.scene import Mark, Scene
from prelabel_tui.imaging.overlay.viewport import Viewport

FRAME = (1280, 720)


def view(columns: int = 86, rows: int = 30) -> Viewport:
    return Viewport(FRAME, (columns, rows))


def scene_of(grid: Grid) -> Scene:
    return Scene(grid=grid.region, grid_split=grid.split, grid_keys=grid.rows)


def test_each_cell_of_a_wide_grid_has_its_key_in_its_middle() -> None:
    viewport = view()
    grid = Grid.start((0, 0, FRAME[0] * UNIT, FRAME[1] * UNIT))
    hints = {hint.text: hint for hint in hints_of(viewport, scene_of(grid))}
    assert set(hints) == {key for key, _ in grid.cells}
    for key, (x, y, w, h) in grid.cells:
        left, top = viewport.cell_of(x, y)
        right, bottom = viewport.cell_of(x + w, y + h)
        assert left <= hints[key].column <= right
        assert top <= hints[key].row <= bottom


@given(st.lists(st.integers(0, 39), min_size=1, max_size=4), st.integers(51, 160))
def test_the_keys_of_a_small_grid_stand_beside_it_in_its_order(
    presses: list[int], columns: int
) -> None:
    viewport = view(columns, columns // 3)
    grid = Grid.start((0, 0, FRAME[0] * UNIT, FRAME[1] * UNIT))
    for number in presses:
        cells = grid.cells
        pressed = grid.press(cells[number % len(cells)][0])
        assert pressed is not None
        grid = pressed
    hints = hints_of(viewport, scene_of(grid))
    if len(hints) == len(grid.cells):
        return
    assert [hint.text.split() for hint in hints] == [list(keys) for keys in grid.rows]
    left, _, right, _ = viewport.span(grid.region)
    for hint in hints:
        assert hint.column >= 0
        assert hint.column + len(hint.text) <= columns
        assert hint.column > right or hint.column + len(hint.text) <= left
        assert 0 <= hint.row < columns // 3


def test_a_narrow_view_such_as_the_loupe_has_no_room_for_them() -> None:
    grid = Grid.start((0, 0, 1000, 1000))
    assert hints_of(view(20, 10), scene_of(grid)) == []


def test_letters_of_labels_go_with_the_labels_keys_stay() -> None:
    mark = Mark("p1", (10_000, 10_000, 3_000, 8_000), "box", hint="f")
    scene = Scene((mark,))
    (hint,) = hints_of(view(), scene)
    assert hint.text == "f"
    hidden = Scene((mark,), show_labels=False, grid=(0, 0, 90_000, 60_000), grid_keys=("ab", "cd"))
    assert [one.text for one in hints_of(view(), hidden)] == ["a", "b", "c", "d"]
