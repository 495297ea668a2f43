"""The sixel backend against a decoder of its own."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prelabel_tui.imaging.backends.base import View
from prelabel_tui.imaging.backends.sixel import SixelBackend
from prelabel_tui.imaging.frames.picture import Picture
from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style
from prelabel_tui.imaging.overlay.sprites import composite, pieces
from prelabel_tui.imaging.overlay.viewport import Viewport
from prelabel_tui.imaging.sixel import Palette, encode
from tests.imaging.sixel_model import SixelModel
from tests.imaging.walks import FRAME, frame_pixels, nudged, picture_of, scene_with, walk

CELL = (8, 17)  # neither a multiple of six


def model() -> SixelModel:
    return SixelModel(70, 30, CELL)


def paint(backend: SixelBackend, screen: SixelModel, view: View) -> None:
    """Textual paints the whole screen with text, then the picture goes over it."""
    backend.paint(view)
    screen.text(0, 0, 70, 30)
    screen.feed(backend.painted([(0, 0, *view.viewport.cells)]))


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 40), st.floats(0, 1))
def test_what_is_encoded_decodes_to_the_same(
    seed: int, width: int, height: int, share: float
) -> None:
    chance = np.random.default_rng(seed)
    index = chance.integers(13, 16, (height, width)).astype(np.uint8)
    index = np.repeat(index, 3, axis=1)[:, :width]
    mask = chance.random((height, width)) < share
    screen = model()
    screen.feed("\x1b[2;3H" + encode(index, mask, PALETTE))
    seen = screen.pixels[17 : 17 + height, 16 : 16 + width]
    assert (seen[mask] == PALETTE.rgb[index[mask]]).all()
    assert (seen[~mask] == -1).all()
    assert (screen.pixels != -1).all(axis=2).sum() == mask.sum()


PALETTE = Palette(frame_pixels(0), 64)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40 if os.environ.get("PRELABEL_SOAK") == "1" else 3))
def test_after_every_step_the_screen_equals_a_full_repaint(seed: int) -> None:
    chance = random.Random(seed)
    screen, backend = model(), SixelBackend(CELL, largest=(200, 150))
    covered, layout = True, None
    for step in walk(seed, 40, CELL):
        view = step.view
        if step.name == "cover":
            x, y = view.place
            screen.feed(backend.cover([(2, 3, 12, 6)]))
            screen.text(0, y + 1, 70, y + 8)
            screen.feed(backend.painted([(0, 1, 70, 8)], [(2, 3, 12, 6)]))
            under = screen.pixels[
                (y + 3) * CELL[1] : (y + 6) * CELL[1], (x + 2) * CELL[0] : (x + 12) * CELL[0]
            ]
            assert (under == -1).all()
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
        if view.loupe is None:
            assert (screen.pixels[mask_of(view)] == expected(backend, view)[mask_of(view)]).all()
        while backend.pending:
            screen.feed(backend.heal(chance.choice([None, 500])))
        whole = model()
        paint(backend, whole, view)
        while backend.pending:
            whole.feed(backend.heal())
        assert (screen.pixels == whole.pixels).all(), step.name
    assert all(width <= 200 and height <= 150 for width, height in screen.pictures)


def mask_of(view: View) -> NDArray[np.bool_]:
    """Where the view's marks draw (hints apart: their letters have shades)."""
    out = np.zeros((30 * CELL[1], 70 * CELL[0]), bool)
    out[region(view)] = _drawn(view)
    return out


def region(view: View) -> tuple[slice, slice]:
    width, height = view.viewport.size
    x, y = view.place[0] * CELL[0], view.place[1] * CELL[1]
    return slice(y, y + height), slice(x, x + width)


def _drawn(view: View) -> NDArray[np.bool_]:
    width, height = view.viewport.size
    marks = [piece for piece in pieces(view.viewport, view.scene) if piece.look.kind != "hint"]
    hints = [piece for piece in pieces(view.viewport, view.scene) if piece.look.kind == "hint"]
    black, white = np.zeros((height, width, 3), np.uint8), np.full((height, width, 3), 1, np.uint8)
    composite(black, marks)
    composite(white, marks)
    drawn: NDArray[np.bool_] = (black == white).all(axis=2)
    for piece in hints:
        drawn[piece.y : piece.y + piece.source[3], piece.x : piece.x + piece.source[2]] = False
    return drawn


def expected(backend: SixelBackend, view: View) -> NDArray[np.int16]:
    """The overlay's colours, as sixel has them, on the whole screen."""
    out = np.full((30 * CELL[1], 70 * CELL[0], 3), -1, np.int16)
    width, height = view.viewport.size
    dots = np.zeros((height, width, 3), np.uint8)
    composite(dots, pieces(view.viewport, view.scene))
    out[region(view)] = np.rint(np.rint(dots * 100.0 / 255) * 255 / 100)
    return out


@pytest.mark.parametrize("styles", [set(), *({style} for style in Style)])
@pytest.mark.parametrize("kind", ["box", "ball"])
def test_a_mark_stands_at_its_exact_pixels(styles: set[Style], kind: str) -> None:
    viewport = Viewport(FRAME, (40, 20), CELL, CELL, 4, (100, 80))
    geometry = (8037, 5211, 2013, 4000) if kind == "box" else (10037, 8011, 1100)
    mark = Mark("m", geometry, kind, frozenset(styles))  # type: ignore[arg-type]
    view = View(viewport, picture_of(0, viewport), Scene((mark,)), (5, 3), (70, 30))
    screen, backend = model(), SixelBackend(CELL)
    paint(backend, screen, view)
    mask = mask_of(view)
    assert mask.any()
    assert (screen.pixels[mask] == expected(backend, view)[mask]).all()


def test_the_picture_looks_like_itself() -> None:
    viewport = Viewport(FRAME, (40, 20), CELL, CELL, 4, (100, 80))
    view = View(viewport, picture_of(0, viewport), Scene(), (5, 3), (70, 30))
    screen, backend = model(), SixelBackend(CELL)
    paint(backend, screen, view)
    error = screen.pixels[region(view)].astype(float) - view.picture.dots
    assert 10 * np.log10(255**2 / (error**2).mean()) > 30


def test_a_nudge_sends_a_small_region_and_comes_back_pixel_for_pixel() -> None:
    viewport = Viewport(FRAME, (60, 25), CELL, CELL, 8, (100, 80))
    styles = frozenset({Style.SELECTED})
    scene = Scene((Mark("m", (9037, 6211, 1513, 2000), "box", styles),))
    dots = picture_of(0, viewport).dots
    dots += np.random.default_rng(1).integers(0, 40, dots.shape).astype(np.uint8)
    view = View(viewport, Picture(0, viewport, dots), scene, (5, 3), (70, 30))
    screen, backend = model(), SixelBackend(CELL)
    backend.paint(view)
    whole = backend.painted([(0, 0, 70, 25)])
    screen.feed(whole)
    before = screen.pixels.copy()
    for dx, dy in ((100, 0), (0, 100), (-100, -100)):
        there = backend.update(replace(view, scene=nudged(scene, 0, dx, dy)))
        screen.feed(there)
        assert not (screen.pixels == before).all()
        assert len(there) < len(whole) / 20
        screen.feed(backend.update(view))
        assert (screen.pixels == before).all()
    assert backend.update(view) == ""


def test_another_picture_comes_first_in_blocks_with_its_labels_exact() -> None:
    viewport = Viewport(FRAME, (60, 25), CELL, CELL)
    view = View(viewport, noisy(viewport, negative=False), scene_with(1), (5, 3), (70, 30))
    screen, backend = model(), SixelBackend(CELL)
    backend.paint(view)
    whole = backend.painted([(0, 0, 70, 25)])
    screen.feed(whole)
    view = replace(view, picture=noisy(viewport, negative=True))
    first = backend.update(view, 1000)
    plain = ~mask_of(view)[region(view)]
    stale = decibels(screen, view, plain)
    screen.feed(first)
    assert len(first) < len(whole) / 4
    assert (screen.pixels[mask_of(view)] == expected(backend, view)[mask_of(view)]).all()
    rough = decibels(screen, view, plain)
    assert rough > stale + 5
    assert backend.behind
    while backend.behind:
        screen.feed(backend.heal(3000))
    seen = decibels(screen, view, plain)
    assert seen > rough + 3
    assert backend.pending
    while backend.pending:
        screen.feed(backend.heal(3000))
    assert decibels(screen, view, plain) > seen


def noisy(viewport: Viewport, *, negative: bool) -> Picture:
    """A frame as grainy as photographs are; its negative is another one in every pixel."""
    dots = picture_of(0, viewport).dots.astype(np.int16)
    dots += np.random.default_rng(1).integers(-25, 25, dots.shape)
    dots = dots.clip(0, 255).astype(np.uint8)
    return Picture(int(negative), viewport, 255 - dots if negative else dots)


def decibels(screen: SixelModel, view: View, where: NDArray[np.bool_]) -> float:
    error = (screen.pixels[region(view)].astype(float) - view.picture.dots)[where]
    return float(10 * np.log10(255**2 / (error**2).mean()))


def test_another_scene_of_colours_gets_another_palette() -> None:
    viewport = Viewport(FRAME, (40, 20), CELL, CELL)
    screen, backend = model(), SixelBackend(CELL)
    view = View(viewport, picture_of(0, viewport), scene_with(1), (5, 3), (70, 30))
    paint(backend, screen, view)
    night = Picture(1, viewport, view.picture.dots // 6)
    screen.feed(backend.update(replace(view, picture=night, scene=Scene())))
    error = screen.pixels[region(view)].astype(float) - night.dots
    assert np.abs(error).mean() < 3


def test_nothing_is_drawn_in_the_last_row_of_the_screen() -> None:
    viewport = Viewport(FRAME, (40, 20), CELL, CELL)
    view = View(viewport, picture_of(0, viewport), scene_with(1), (0, 10), (70, 30))
    screen, backend = model(), SixelBackend(CELL)
    paint(backend, screen, view)
    assert not backend.pending
    assert (screen.pixels[28 * CELL[1], 0] != -1).all()
    assert (screen.pixels[29 * CELL[1] :] == -1).all()
