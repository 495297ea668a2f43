"""Cells to bytes: what is written is what the account says, within its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.core.labels import Box, make_frame, with_geometry
from prelabel_tui.imaging.backends import View
from prelabel_tui.imaging.backends.cells import ENOUGH, CellsBackend
from prelabel_tui.imaging.encoder import PALETTE, Writer, distance
from prelabel_tui.imaging.overlay import DRAWN
from prelabel_tui.imaging.picture import Picture
from prelabel_tui.imaging.raster import COLOUR, MODES, Grid, dots_of, glyphs
from prelabel_tui.imaging.scene import EMPTY_SCENE, Scene, scene_of
from prelabel_tui.imaging.viewport import Viewport
from tests.ui.emulator import TestTerminal
from tests.ui.viewer_app import photo

COLUMNS, ROWS = 48, 16
PLACE = (3, 2)


def random_grid(seed: int, mode: str, kinds: int) -> Grid:
    """Cells of a few colours, some drawn, some letters."""
    pick = np.random.default_rng(seed)
    shape = (ROWS, COLUMNS)
    few = pick.integers(0, 1 << 24, kinds, dtype=np.uint32)
    # An upper left dot in the background is how nothing is ever drawn: canonical cells only.
    codes = glyphs(mode)[1:-1:2]
    code = codes[pick.integers(0, len(codes), shape)].astype(np.uint32)
    fg, bg = few[pick.integers(0, kinds, shape)], few[pick.integers(0, kinds, shape)]
    text = pick.random(shape) < 0.02
    code[text] = pick.integers(ord("a"), ord("z"), text.sum())
    fg = fg | np.where(pick.random(shape) < 0.1, DRAWN, 0).astype(np.uint32)
    return Grid(code, fg, bg)


def on_screen(grid: Grid) -> list[list[tuple[str, ...]]]:
    """What a terminal shows of a grid, each cell written plainly."""
    terminal = TestTerminal(COLUMNS, ROWS)
    for y in range(ROWS):
        terminal.feed(f"\x1b[{y + 1}H")
        for x in range(COLUMNS):
            fg, bg = int(grid.fg[y, x] & COLOUR), int(grid.bg[y, x] & COLOUR)
            terminal.feed(
                f"\x1b[38;2;{fg >> 16};{fg >> 8 & 255};{fg & 255}"
                f";48;2;{bg >> 16};{bg >> 8 & 255};{bg & 255}m{chr(int(grid.code[y, x]))}"
            )
    return terminal.region(0, 0, COLUMNS, ROWS)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1 << 30), st.sampled_from(list(MODES)), st.sampled_from([2, 5, 400]))
def test_the_account_is_what_the_terminal_shows(seed: int, mode: str, kinds: int) -> None:
    terminal = TestTerminal(COLUMNS + PLACE[0], ROWS + PLACE[1] + 1)
    shown = random_grid(seed, mode, kinds).empty()
    pick = np.random.default_rng(seed)
    for turn in range(4):
        target = random_grid(seed + turn, mode, kinds)
        writer = Writer(shown, PLACE, COLUMNS + PLACE[0])
        tolerance = int(pick.choice([0, 50, 900]))
        cells = pick.random((ROWS, COLUMNS)) < (1.0 if turn == 0 else 0.3)
        assert writer.write(target, cells, tolerance)
        data = writer.finish()
        assert len(data.encode()) <= writer.size + len("\x1b[m")
        terminal.feed(data)
        assert terminal.region(*PLACE, COLUMNS, ROWS) == on_screen(shown)
        wanted, now = dots_of(target, mode)[cells], dots_of(shown, mode)[cells]
        drawn = (wanted & DRAWN) != 0
        assert (wanted[drawn] == now[drawn]).all(), "the overlay is never approximated"
        assert distance(wanted, now).max(initial=0) <= tolerance * 1.5


def test_a_limit_is_kept_and_says_so() -> None:
    target = random_grid(1, "cells", 400)
    shown = target.empty()
    writer = Writer(shown, (0, 0), COLUMNS)
    assert not writer.write(target, np.ones((ROWS, COLUMNS), dtype=bool), 0, 500)
    assert 450 < len(writer.finish().encode()) < 560


# --- the backend on pictures

CUT = 7
"""From this frame on the camera shows something else."""


def view_of(number: int, scene: Scene = EMPTY_SCENE, zoom: int = 2, mode: str = "cells") -> View:
    """A made photograph in 100×30 cells."""
    viewport = Viewport((640, 360), (100, 30), MODES[mode], zoom=zoom)  # type: ignore[arg-type]
    dots = np.asarray(photo(640, 360, number).resize(viewport.size))
    if number >= CUT:
        dots = 255 - dots[::-1]
    return View(viewport, Picture(number, viewport, dots), scene, (0, 0), (100, 31))


def rows(backend: CellsBackend) -> list[list[tuple[str, int, int]]]:
    return [backend.row(y) for y in range(30)]


def decibels(backend: CellsBackend, view: View) -> float:
    """Between what a backend shows and what it should."""
    exact = CellsBackend(backend.name)
    exact.paint(view)
    while exact.pending:
        exact.heal()
    wanted, now = dots_of(exact._shown, backend.name), dots_of(backend._shown, backend.name)
    return float(10 * np.log10(255**2 / max(distance(wanted, now).mean() / 3, 1e-9)))


def test_an_update_is_within_its_bound_and_heals_to_the_exact_picture() -> None:
    backend = CellsBackend()
    backend.paint(view_of(0))
    for number in range(1, 6):
        view = view_of(number)
        assert backend.update(view)
        assert decibels(backend, view) >= ENOUGH - 0.05
    while backend.pending:
        assert backend.heal(4000)
    assert decibels(backend, view) > 90
    assert backend.heal() == ""
    assert backend.update(view) == ""


def test_with_a_small_budget_the_overlay_is_exact_first_and_the_picture_follows() -> None:
    frame = make_frame([Box("a", 20_000, 10_000, 5000, 9000, score=9000)])
    backend = CellsBackend()
    backend.paint(view_of(0))
    backend._tolerance = 110.0  # as learned on an easier picture: much is left for the last touch
    view = view_of(CUT, scene_of(frame, selected="a", low_score=0))
    backend.update(view, 600)
    assert backend.behind
    target, shown = dots_of(backend._target, "cells"), dots_of(backend._shown, "cells")
    drawn = ((target | shown) & DRAWN) != 0
    assert drawn.any()
    assert (target[drawn] == shown[drawn]).all()
    for _ in range(500):
        if not backend.behind:
            break
        assert len(backend.heal(2000).encode()) < 6000
    assert not backend.behind
    assert decibels(backend, view) >= ENOUGH - 0.05


@pytest.mark.parametrize("mode", list(MODES))
def test_a_nudge_there_and_back_restores_every_row(mode: str) -> None:
    frame = make_frame([Box("a", 20_000, 10_000, 5000, 9000, score=9000)])
    backend = CellsBackend(mode)

    def show(box_frame) -> None:  # type: ignore[no-untyped-def]
        scene = scene_of(box_frame, selected="a", low_score=0)
        backend.update(view_of(0, scene, mode=mode))
        while backend.pending:
            backend.heal()

    backend.paint(view_of(0, mode=mode))
    show(frame)
    before = rows(backend)
    box = frame.labels[0]
    moved = frame
    for count in range(1, 8):
        x, y, w, h = (*box.geometry,)
        moved = make_frame([with_geometry(box, (x + 100 * count, y - 100 * count, w, h))])
        show(moved)
    assert rows(backend) != before
    show(frame)
    assert rows(backend) == before


def test_a_terminal_of_256_colours_gets_no_others() -> None:
    backend = CellsBackend(palette=True)
    backend.paint(view_of(0))
    data = backend.update(view_of(3, zoom=4))
    assert data
    assert "8;2;" not in data
    assert {colour for y in range(30) for _, fg, bg in backend.row(y) for colour in (fg, bg)} <= (
        PALETTE.keys()
    )


def test_rows_are_as_wide_as_the_view() -> None:
    backend = CellsBackend()
    backend.paint(view_of(0))
    assert {sum(len(text) for text, _, _ in row) for row in rows(backend)} == {100}
