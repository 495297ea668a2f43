"""The inline backend against a model of a terminal with a real JPEG decoder."""

from __future__ import annotations

import math
import os
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.imaging.backends.base import View
from prelabel_tui.imaging.backends.inline import FAIR, FAIR_LINES, GOOD, PASSABLE, InlineBackend
from prelabel_tui.imaging.frames.picture import Picture
from prelabel_tui.imaging.overlay.canvas import areas_of, merged
from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style
from prelabel_tui.imaging.overlay.viewport import Viewport
from prelabel_tui.imaging.terminal.inline_protocol import snug
from tests.imaging.inline_model import InlineModel, cell_errors, labelled, region_of
from tests.imaging.walks import FRAME, nudged, picture_of, scene_with, walk

CELL = (8, 17)


def model() -> InlineModel:
    return InlineModel(70, 30, CELL)


def paint(backend: InlineBackend, screen: InlineModel, view: View) -> None:
    """Textual paints the whole screen with text, then the picture goes over it."""
    backend.paint(view)
    screen.text(0, 0, 70, 30)
    screen.feed(backend.painted([(0, 0, *view.viewport.cells)]))


def rest(backend: InlineBackend, screen: InlineModel, budget: int | None = None) -> int:
    """Heal until nothing is pending; the bytes that it took."""
    spent = 0
    for _ in range(500):
        if not backend.pending:
            return spent
        text = backend.heal(budget)
        spent += len(text)
        screen.feed(text)
    raise AssertionError("it never rests")


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40 if os.environ.get("PRELABEL_SOAK") == "1" else 3))
def test_after_every_step_the_screen_is_the_view_within_the_bound(seed: int) -> None:
    chance = random.Random(seed)
    screen, backend = model(), InlineBackend(CELL)
    covered, layout = True, None
    for step in walk(seed, 40, CELL):
        view = step.view
        if step.name == "cover":
            x, y = view.place
            screen.feed(backend.cover([(2, 3, 12, 6)]))
            screen.text(0, y + 1, 70, y + 8)
            screen.feed(backend.painted([(0, 1, 70, 8)], [(2, 3, 12, 6)]))
            across, down = CELL
            under = screen.pixels[
                (y + 3) * down : (y + 6) * down, (x + 2) * across : (x + 12) * across
            ]
            assert (under == -1).all(), "a picture lies over what covers it"
            covered = True
            continue
        if step.name == "forget":
            screen.pixels[:] = -1
            backend.forget()
        now = (view.viewport.cells, view.place)
        if covered and now == layout and chance.random() < 0.5:
            # Textual draws what was covered; the rest stays as it is.
            backend.paint(view)
            screen.text(view.place[0], view.place[1] + 3, 70, view.place[1] + 6)
            screen.feed(backend.painted([(0, 3, 70, 6)]))
            covered = False
        elif covered or now != layout:
            paint(backend, screen, view)
            covered, layout = False, now
        else:
            screen.feed(backend.update(view, chance.choice([None, 0, 3000])))
        rest(backend, screen, chance.choice([None, 500]))
        if view.picture.viewport == view.viewport:
            errors, lines = cell_errors(screen, view), labelled(view, CELL)
            assert (errors[~lines] <= FAIR).all(), step.name
            assert (errors[lines] <= 2 * FAIR_LINES).all(), step.name
            assert not (~lines).any() or errors[~lines].mean() <= GOOD, step.name
        outside = screen.pixels.copy()
        outside[region_of(view, CELL)] = -1
        assert (outside == -1).all(), f"{step.name} left something beside the view"


def test_a_nudge_sends_the_strips_that_change_and_the_lines_stand_in_their_cells() -> None:
    viewport = Viewport(FRAME, (60, 25), CELL, CELL, 8, (100, 80))
    scene = Scene((Mark("m", (9037, 6211, 1513, 2000), "box", frozenset({Style.SELECTED})),))
    dots = picture_of(0, viewport).dots
    dots += np.random.default_rng(1).integers(0, 40, dots.shape).astype(np.uint8)
    view = View(viewport, Picture(0, viewport, dots), scene, (5, 3), (70, 30))
    screen, backend = model(), InlineBackend(CELL)
    paint(backend, screen, view)
    rest(backend, screen)
    whole = sum(picture[2] * picture[3] for picture in screen.pictures)
    for dx, dy in ((100, 0), (0, 100), (-100, -100)):
        scene = nudged(scene, 0, dx, dy)
        screen.pictures.clear()
        text = backend.update(replace(view, scene=scene), 2000)
        screen.feed(text)
        assert 0 < sum(picture[2] * picture[3] for picture in screen.pictures) < whole / 8
        line = cell_errors(screen, replace(view, scene=scene))
        assert line.max() < 2_000, "an outline is not where it should be"
        rest(backend, screen)
    assert backend.update(replace(view, scene=scene)) == ""


def test_a_new_picture_keeps_near_the_bytes_that_are_asked_for_and_becomes_good() -> None:
    viewport = Viewport(FRAME, (60, 25), CELL, CELL)
    screen, backend = model(), InlineBackend(CELL)
    view = View(viewport, picture_of(0, viewport), Scene(), (3, 2), (70, 30))
    paint(backend, screen, view)
    rest(backend, screen)
    for index in range(2, 12, 2):
        view = replace(view, picture=picture_of(index, viewport))
        first = backend.update(view, 1500)
        screen.feed(first)
        assert len(first) < 6_000
        assert backend.behind == bool((cell_errors(screen, view) > PASSABLE).any())
        rest(backend, screen, 1500)
        assert cell_errors(screen, view).mean() <= GOOD


def test_where_a_thin_link_carries_little_many_small_changes_are_one_piece() -> None:
    viewport = Viewport(FRAME, (60, 25), CELL, CELL)
    screen, backend = model(), InlineBackend(CELL)
    view = View(viewport, picture_of(0, viewport), Scene(), (3, 2), (70, 30))
    paint(backend, screen, view)
    rest(backend, screen)
    dots = picture_of(0, viewport).dots.copy()
    for top in range(0, 400, 100):
        for left in range(0, 480, 80):
            part = np.s_[top : top + 2 * CELL[1], left : left + 2 * CELL[0]]
            dots[part] = 255 - dots[part]
    screen.pictures.clear()
    first = backend.update(replace(view, picture=Picture(1, viewport, dots)), 300)
    screen.feed(first)
    assert len(screen.pictures) == 1
    assert len(first) < 2_200


def test_a_fixed_camera_sends_only_what_changed() -> None:
    viewport = Viewport(FRAME, (60, 25), CELL, CELL)
    screen, backend = model(), InlineBackend(CELL)
    view = View(viewport, picture_of(0, viewport), Scene(), (3, 2), (70, 30))
    paint(backend, screen, view)
    rest(backend, screen)
    screen.pictures.clear()
    screen.feed(backend.update(replace(view, picture=picture_of(1, viewport)), 50_000))
    assert 0 < sum(picture[2] * picture[3] for picture in screen.pictures) < 60 * 25 / 4


def test_nothing_is_drawn_in_the_last_row_of_the_screen() -> None:
    viewport = Viewport(FRAME, (40, 20), CELL, CELL)
    view = View(viewport, picture_of(0, viewport), scene_with(1), (0, 10), (70, 30))
    screen, backend = model(), InlineBackend(CELL)
    paint(backend, screen, view)
    rest(backend, screen)
    assert (screen.pixels[28 * CELL[1], 0] != -1).all()
    assert (screen.pixels[29 * CELL[1] :] == -1).all()


@given(st.integers(0, 2**32), st.floats(0, 1))
def test_areas_hold_every_cell_once_and_no_other(seed: int, share: float) -> None:
    cells = np.random.default_rng(seed).random((12, 30)) < share**2
    held = np.zeros(cells.shape, int)
    for left, top, right, bottom in areas_of(cells):
        held[top:bottom, left:right] += 1
    assert (held == cells).all()


@given(st.integers(0, 2**32), st.floats(0, 1))
def test_merged_rectangles_hold_every_cell(seed: int, share: float) -> None:
    cells = np.random.default_rng(seed).random((12, 30)) < share**2
    held = np.zeros_like(cells)
    for left, top, right, bottom in merged(cells, 14):
        assert cells[top:bottom, left:right].any()
        held[top:bottom, left:right] = True
    assert (held | ~cells).all()


@given(st.integers(0, 200), st.integers(1, 60), st.floats(4, 30))
def test_a_tile_begins_where_it_leaves_no_seam(start: int, count: int, cell: float) -> None:
    first = snug(start, start + count, cell)
    assert 0 <= first <= start
    share = math.modf(first * cell)[0] + math.modf((start + count - first) * cell)[0]
    assert share < 1 or first == 0
