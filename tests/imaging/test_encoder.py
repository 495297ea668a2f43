"""Cells to bytes: what is written is what the account says, within its bounds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel_tui.imaging.cells import greedy
from prelabel_tui.imaging.cells.colour_codes import code_lengths, colour_code, thrifty
from prelabel_tui.imaging.cells.encoder import FULL, Mask, Writer, distance
from prelabel_tui.imaging.cells.raster import COLOUR, MODES, SPACE, Grid, dots_of, glyphs, is_text
from prelabel_tui.imaging.cells.trellis import Trellis
from prelabel_tui.imaging.overlay.dots import DRAWN, INKS
from tests.ui.emulator import TestTerminal

COLUMNS, ROWS = 48, 16
PLACE = (3, 2)


def random_grid(seed: int, mode: str, kinds: int) -> Grid:
    """Cells of a few colours, some drawn, some letters."""
    pick = np.random.default_rng(seed)
    shape = (ROWS, COLUMNS)
    few = pick.integers(0, 1 << 24, kinds, dtype=np.uint32)
    # An upper left dot in the background is how nothing is ever drawn: canonical cells only.
    codes = glyphs(mode)[1 :: 2 if mode != "cells" else 4]
    code = codes[pick.integers(0, len(codes), shape)].astype(np.uint32)
    fg, bg = few[pick.integers(0, kinds, shape)], few[pick.integers(0, kinds, shape)]
    bg = np.where(code == FULL, fg, bg)
    text = pick.random(shape) < 0.02
    code[text] = pick.choice([SPACE, *range(ord("a"), ord("e"))], text.sum())
    drawn = text | (pick.random(shape) < 0.1)
    fg = fg | np.where(drawn, DRAWN, 0).astype(np.uint32)
    bg = bg | np.where(text, DRAWN, 0).astype(np.uint32)
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


def exact_where_it_must_be(target: Grid, shown: Grid, cells: Mask, mode: str) -> bool:
    """Whether text and the overlay's dots are as wanted."""
    wanted, now = dots_of(target, mode)[cells], dots_of(shown, mode)[cells]
    drawn = (wanted & DRAWN) != 0
    text = is_text(target.code) & cells
    return bool(
        (wanted[drawn] == now[drawn]).all()
        and (target.code[text] == shown.code[text]).all()
        and (target.fg[text] == shown.fg[text]).all()
        and (target.bg[text] == shown.bg[text]).all()
    )


@settings(max_examples=12)
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
        order = pick.permutation(ROWS) if turn % 2 else None
        assert writer.draw(greedy.strokes(target, cells, tolerance, writer, order))
        data = writer.finish()
        assert len(data.encode()) == writer.size + len("\x1b[m")
        terminal.feed(data)
        assert terminal.region(*PLACE, COLUMNS, ROWS) == on_screen(shown)
        assert (writer.drawn == cells).all()
        assert exact_where_it_must_be(target, shown, cells, mode)
        wanted, now = dots_of(target, mode)[cells], dots_of(shown, mode)[cells]
        assert distance(wanted, now).max(initial=0) <= tolerance


@settings(max_examples=12)
@given(
    st.integers(0, 1 << 30),
    st.sampled_from(list(MODES)),
    st.sampled_from([2, 5, 400]),
    st.sampled_from([0.0005, 0.07, 20.0]),
)
def test_a_searched_drawing_is_what_the_terminal_shows(
    seed: int, mode: str, kinds: int, price: float
) -> None:
    terminal = TestTerminal(COLUMNS + PLACE[0], ROWS + PLACE[1] + 1)
    shown = random_grid(seed, mode, kinds).empty()
    pick = np.random.default_rng(seed)
    for turn in range(3):
        target = random_grid(seed + turn, mode, kinds)
        cells = pick.random((ROWS, COLUMNS)) < (1.0 if turn == 0 else 0.4)
        errors = distance(dots_of(target, mode), dots_of(shown, mode)).sum(axis=-1)
        must = cells & (pick.random((ROWS, COLUMNS)) < (1.0 if turn == 0 else 0.5))
        drawing = Trellis(target, cells, np.where(must, np.inf, errors), mode).search(price)
        # In portions: each begins with pens that are not known.
        strokes = drawing.strokes(pick.permutation(ROWS))
        complete, drawn = False, np.zeros((ROWS, COLUMNS), dtype=bool)
        while not complete:
            writer = Writer(shown, PLACE, COLUMNS + PLACE[0])
            complete = writer.draw(strokes, 1500)
            terminal.feed(writer.finish())
            drawn |= writer.drawn
        assert terminal.region(*PLACE, COLUMNS, ROWS) == on_screen(shown)
        assert not (must & ~drawn).any(), "what must not be left is drawn"
        assert not (drawn & ~cells).any(), "and nothing else is"
        assert exact_where_it_must_be(target, shown, drawn, mode)
        errors = distance(dots_of(target, mode), dots_of(shown, mode))
        errors[(dots_of(target, mode) & DRAWN) != 0] = 0
        said = np.zeros((ROWS, COLUMNS), dtype=np.int64)
        said[drawing.cells] = drawing.error[drawing.drawn]
        assert (errors.sum(axis=-1)[drawn] == said[drawn]).all()


def test_a_dearer_error_is_a_smaller_error_for_more_bytes() -> None:
    smooth = np.cumsum(np.random.default_rng(5).integers(-9, 10, (ROWS, COLUMNS, 2)), axis=1) + 128
    grey = np.clip(smooth, 0, 255).astype(np.uint32) * 0x010101
    target = Grid(np.full((ROWS, COLUMNS), ord("▀"), np.uint32), grey[..., 0], grey[..., 1])
    trellis = Trellis(target, target.code > 0, np.full((ROWS, COLUMNS), np.inf), "cells")
    errors, sizes = [], []
    for price in (0.001, 0.01, 0.1, 1.0):
        writer = Writer(target.empty(), (0, 0), COLUMNS)
        drawing = trellis.search(price)
        assert writer.draw(drawing.strokes(np.arange(ROWS)))
        errors.append(int(drawing.error.sum()))
        sizes.append(writer.size)
    assert errors == sorted(errors, reverse=True)
    assert sizes == sorted(sizes)
    assert errors[0] > 5 * errors[-1]
    assert sizes[-1] > 2 * sizes[0]


def test_nothing_to_draw_draws_nothing() -> None:
    target = random_grid(1, "cells", 5)
    drawing = Trellis(target, target.code < 0, np.zeros((ROWS, COLUMNS)), "cells").search(0.07)
    assert list(drawing.strokes(np.arange(ROWS))) == []


def test_a_limit_is_kept_and_says_so() -> None:
    target = random_grid(1, "cells", 400)
    writer = Writer(target.empty(), (0, 0), COLUMNS)
    cells = np.ones((ROWS, COLUMNS), dtype=bool)
    assert not writer.draw(greedy.strokes(target, cells, 0, writer), 500)
    assert 500 <= len(writer.finish().encode()) < 560
    assert not writer.draw(greedy.strokes(target, cells, 0, writer), 500)


@given(st.lists(st.integers(0, (1 << 24) - 1), min_size=1, max_size=20))
def test_lengths_of_colour_codes(colours: list[int]) -> None:
    packed = np.array(colours, dtype=np.uint32)
    assert code_lengths(packed).tolist() == [len(colour_code(colour)) for colour in colours]


@given(
    st.tuples(*[st.floats(0, 255)] * 3),
    st.sampled_from([1e-4, 0.01, 0.3, 1e6]),
)
def test_a_thrifty_colour_costs_no_more_than_the_nearest(
    wanted: tuple[float, float, float], weight: float
) -> None:
    def cost(colour: int) -> float:
        parts = (colour & 255, colour >> 8 & 255, colour >> 16)
        apart = sum((part - want) ** 2 for part, want in zip(parts, wanted, strict=True))
        return apart * weight + len(colour_code(colour))

    blue, green, red = (round(part) for part in wanted)
    nearest = red << 16 | green << 8 | blue
    chosen = int(thrifty(np.array([wanted]), np.array([weight]))[0])
    inks = {ink & COLOUR for ink in INKS}
    # An ink has a short code as well, but is never chosen for a picture to save bytes.
    assert nearest in inks or cost(chosen) <= cost(nearest) + 1e-6
    assert chosen == nearest or chosen not in inks
