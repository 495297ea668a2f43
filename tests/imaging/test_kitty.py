"""The kitty backend against a model of the protocol."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from prelabel_tui.imaging.backends.base import Loupe, View
from prelabel_tui.imaging.backends.kitty import KittyBackend
from prelabel_tui.imaging.backends.kitty_picture import is_current
from prelabel_tui.imaging.frames.picture import Picture
from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style
from prelabel_tui.imaging.overlay.sprites import composite, pieces
from prelabel_tui.imaging.overlay.viewport import Viewport
from prelabel_tui.imaging.terminal import kitty_protocol as protocol
from tests.imaging.kitty_model import KittyModel
from tests.imaging.walks import FRAME, nudged, picture_of, scene_with, walk

CELL = (8, 16)


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Each test has a terminal of its own."""
    protocol.farewell()
    yield
    protocol.farewell()


def model(cell: tuple[int, int] = CELL) -> KittyModel:
    return KittyModel(70, 30, cell)


def shown(backend: KittyBackend, screen: KittyModel, view: View, budget: int | None = None) -> None:
    backend.paint(view)
    screen.feed(backend.painted([(0, 0, *view.viewport.cells)]))
    while backend.pending and is_current(view):
        screen.feed(backend.heal(budget))


def repainted(view: View, cell: tuple[int, int] = CELL) -> NDArray[np.uint8]:
    """What a new terminal shows after one full repaint at rest."""
    screen = model(cell)
    backend = KittyBackend(cell)
    shown(backend, screen, view)
    backend.close()
    assert not screen.errors
    return screen.seen()


def overlay_mask(view: View) -> NDArray[np.bool_]:
    """Where the view's marks draw, on the whole screen."""
    width, height = view.viewport.size
    marks = pieces(view.viewport, view.scene)
    black, white = (
        np.zeros((height, width, 3), np.uint8),
        np.full((height, width, 3), 255, np.uint8),
    )
    composite(black, marks)
    composite(white, marks)
    out = np.zeros((30 * CELL[1], 70 * CELL[0]), bool)
    x, y = view.place[0] * CELL[0], view.place[1] * CELL[1]
    out[y : y + height, x : x + width] = (black == white).all(axis=2)
    return out


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40 if os.environ.get("PRELABEL_SOAK") == "1" else 4))
def test_after_every_step_the_screen_equals_a_full_repaint(seed: int) -> None:
    chance = random.Random(seed)
    screen, backend = model(), KittyBackend(CELL)
    covered, layout = True, None
    for step in walk(seed, 40, CELL):
        view = step.view
        if step.name == "cover":
            areas = chance.choice([[], [(2, 3, 12, 6)], [(0, 0, 5, 2), (15, 4, 20, 9)]])
            screen.feed(backend.cover(areas))
            covered = True
            for left, top, right, bottom in areas or [(-3, -2, 67, 28)]:
                x, y = view.place[0] if areas else 3, view.place[1] if areas else 2
                under = screen.seen()[
                    (y + top) * CELL[1] : (y + bottom) * CELL[1],
                    (x + left) * CELL[0] : (x + right) * CELL[0],
                ]
                assert not under.any(), "nothing lies over the text there"
            continue
        if step.name == "forget":
            screen.images.clear()
            screen.placements.clear()
            backend.forget()
        now = (view.viewport.cells, view.place)
        if covered or now != layout:
            backend.paint(view)
            screen.feed(backend.painted([(0, 0, *view.viewport.cells)]))
            covered, layout = False, now
        else:
            screen.feed(backend.update(view, chance.choice([None, 0, 3000])))
        assert not screen.errors
        if not is_current(view):
            continue
        whole = repainted(view)
        if view.loupe is None:
            mask = overlay_mask(view)
            assert (screen.seen()[mask] == whole[mask]).all(), "the overlay is exact at once"
        while backend.pending:
            screen.feed(backend.heal(chance.choice([None, 500])))
        assert (screen.seen() == whole).all(), step.name
    screen.feed(backend.close())
    assert not screen.images
    assert not screen.placements
    assert protocol.farewell() == ""


def test_a_view_at_rest_has_the_pictures_own_pixels() -> None:
    viewport = Viewport(FRAME, (40, 20), CELL, CELL, 4, (100, 80))
    view = View(viewport, picture_of(1, viewport), Scene(), (5, 3), (70, 30))
    seen = repainted(view)
    width, height = viewport.size
    assert (seen[48 : 48 + height, 40 : 40 + width] == view.picture.dots).all()


@pytest.mark.parametrize("styles", [set(), *({style} for style in Style), {"selected", "edited"}])
@pytest.mark.parametrize("kind", ["box", "ball"])
def test_a_mark_stands_at_its_exact_pixels(styles: set[Style], kind: str) -> None:
    viewport = Viewport(FRAME, (40, 20), CELL, CELL, 4, (100, 80))
    geometry = (8037, 5211, 2013, 4000) if kind == "box" else (10037, 8011, 1100)
    mark = Mark("m", geometry, kind, frozenset(styles))  # type: ignore[arg-type]
    view = View(viewport, picture_of(0, viewport), Scene((mark,)), (5, 3), (70, 30))
    expected = view.picture.dots.copy()
    composite(expected, pieces(viewport, view.scene))
    assert (expected != view.picture.dots).any()
    width, height = viewport.size
    assert (repainted(view)[48 : 48 + height, 40 : 40 + width] == expected).all()


def test_a_nudge_there_and_back_moves_the_same_bytes_back() -> None:
    viewport = Viewport(FRAME, (40, 20), CELL, CELL, 4, (100, 80))
    scene = Scene((Mark("m", (8037, 5211, 2013, 4000), "box", frozenset({Style.SELECTED})),))
    view = View(viewport, picture_of(0, viewport), scene, (5, 3), (70, 30))
    screen, backend = model(), KittyBackend(CELL)
    shown(backend, screen, view)
    before, placements = screen.seen(), dict(screen.placements)
    for dx, dy in ((100, 0), (0, 300), (-700, -200)):
        screen.feed(backend.update(replace(view, scene=nudged(scene, 0, dx, dy))))
        assert screen.placements != placements
        assert backend.update(replace(view, scene=nudged(scene, 0, dx, dy))) == ""
        screen.feed(backend.update(view))
        assert screen.placements == placements
    assert (screen.seen() == before).all()


@pytest.mark.parametrize("cells", [(120, 40), (200, 60), (300, 90)])
@pytest.mark.parametrize("zoom", ["fit", 1, 2, 4, 8, 16])
@pytest.mark.parametrize("kind", ["box", "ball"])
def test_a_nudge_costs_at_most_260_bytes(cells: tuple[int, int], zoom: object, kind: str) -> None:
    cell = (10, 20)
    frame = (1920, 1080)
    scene = scene_with(7, boxes=22, balls=0)
    geometry = (96037, 54011, 3000, 7000) if kind == "box" else (96037, 54011, 1200)
    styles = frozenset({Style.SELECTED, Style.EDITED})
    mine = Mark("m", geometry, kind, styles)  # type: ignore[arg-type]
    scene = replace(scene, marks=(*scene.marks, mine))
    viewport = Viewport(frame, cells, cell, cell, zoom)  # type: ignore[arg-type]
    picture = replace(picture_of(0, Viewport(FRAME, (2, 2), cell)), viewport=viewport)
    dots = np.zeros((viewport.size[1], viewport.size[0], 3), np.uint8)
    view = View(viewport, replace(picture, dots=dots), scene, (0, 1), (cells[0], cells[1] + 2))
    backend = KittyBackend(cell)
    backend.paint(view)
    backend.painted([(0, 0, *cells)])
    worst = 0
    for dx, dy in ((100, 0), (0, 100), (-100, 0), (0, -100), (100, 100)):
        scene = nudged(scene, len(scene.marks) - 1, dx, dy)
        worst = max(worst, len(backend.update(replace(view, scene=scene))))
    synchronized_and_echo = 20
    assert worst + synchronized_and_echo <= 260
    backend.close()


def test_what_was_stored_is_deleted_when_the_screen_is_left() -> None:
    viewport = Viewport(FRAME, (40, 20), CELL, CELL)
    view = View(viewport, picture_of(0, viewport), scene_with(3), (5, 3), (70, 30))
    screen, backend = model(), KittyBackend(CELL)
    shown(backend, screen, view)
    assert screen.images
    screen.feed(protocol.farewell())
    assert not screen.images
    # And it comes back by itself, after a stop and a continue.
    screen.feed(backend.update(view))
    while backend.pending:
        screen.feed(backend.heal())
    assert (screen.seen() == repainted(view)).all()
    backend.close()


def test_all_comes_back_with_the_screen_after_it_was_left() -> None:
    screen, backend = model(), KittyBackend(CELL)
    viewport = Viewport(FRAME, (60, 24), CELL, CELL)
    view = View(viewport, picture_of(0, viewport), scene_with(1), (2, 3), (70, 30))
    shown(backend, screen, view)
    before = screen.seen()
    screen.feed(protocol.farewell())
    assert not screen.seen().any()
    screen.feed(backend.painted([(0, 0, 70, 24)]))  # Textual's rows, which did not change
    while backend.pending:
        screen.feed(backend.heal())
    assert (screen.seen() == before).all()


def test_textures_out_of_use_are_freed() -> None:
    viewport = Viewport(FRAME, (40, 20), CELL, CELL)
    view = View(viewport, picture_of(0, viewport), Scene(), (5, 3), (70, 30))
    screen, backend = model(), KittyBackend(CELL)
    shown(backend, screen, view)
    for size in range(100, 15_000, 100):
        scene = Scene((Mark("m", (16_000, 9000, size), "ball"),))
        screen.feed(backend.update(replace(view, scene=scene)))
    assert len(screen.images) < 120
    backend.close()


@pytest.mark.parametrize("cells", [(60, 22), (47, 24), (31, 11), (60, 25)])
def test_no_hole_is_seen_while_the_picture_of_another_size_is_awaited(
    cells: tuple[int, int],
) -> None:
    screen, backend = model(), KittyBackend(CELL)
    before = Viewport(FRAME, (60, 24), CELL, CELL, 4, (100, 80))
    picture = picture_of(0, before)
    bright = Picture(0, before, np.maximum(picture.dots, 1))
    view = View(before, bright, Scene(), (2, 3), (70, 30))
    shown(backend, screen, view)
    after = before.resized(cells, CELL)
    view = replace(view, viewport=after)  # its picture is still being decoded
    backend.paint(view)
    screen.feed(backend.painted([(0, 0, *cells)]))
    across, down = CELL
    columns, rows = min(60, cells[0]), min(24, cells[1])
    seen = screen.seen()
    stayed = seen[3 * down : (3 + rows) * down, 2 * across : (2 + columns) * across]
    assert stayed.all(axis=2).all()
    seen[3 * down : (3 + rows) * down, 2 * across : (2 + columns) * across] = 0
    assert not seen.any(), "something is shown beside the view"
    came = Picture(1, after, np.maximum(picture_of(2, after).dots, 1))
    shown(backend, screen, replace(view, picture=came))
    at = screen.seen()[3 * down : (3 + cells[1]) * down, 2 * across : (2 + cells[0]) * across]
    assert (at == came.dots).all()


def test_over_a_thin_link_another_picture_comes_rough_then_coarse_then_exact() -> None:
    viewport = Viewport(FRAME, (60, 25), CELL, CELL)
    view = View(viewport, grainy(viewport, 0), scene_with(1), (5, 3), (70, 30))
    screen, backend = model(), KittyBackend(CELL)
    shown(backend, screen, view)
    view = replace(view, picture=grainy(viewport, 1))
    mask, plain = overlay_mask(view), ~overlay_mask(view)[region(view)]
    stale = decibels(screen, view, plain)
    first = backend.update(view, 1000)
    screen.feed(first)
    whole = repainted(view)
    assert (screen.seen()[mask] == whole[mask]).all()
    rough = decibels(screen, view, plain)
    assert rough > stale + 5
    assert backend.behind
    writes = [first]
    while backend.behind:
        writes.append(backend.heal(1000))
        screen.feed(writes[-1])
    coarse = decibels(screen, view, plain)
    assert coarse > rough
    while backend.pending:
        writes.append(backend.heal(1000))
        screen.feed(writes[-1])
    assert (screen.seen() == whole).all()
    # A key waits for what is being written: never for more than a few KB.
    assert max(map(len, writes)) < 20_000
    assert sum(map(len, writes)) > 100_000
    # A picture that is another in all places is not sent in the pieces that were left.
    screen.feed(backend.update(replace(view, picture=grainy(viewport, 0))))
    assert len({image for image, _ in screen.placements}) < 60
    backend.close()


def test_a_fixed_camera_on_a_thin_link_keeps_what_did_not_change() -> None:
    viewport = Viewport(FRAME, (60, 25), CELL, CELL)
    picture = grainy(viewport, 0)
    view = View(viewport, picture, scene_with(1), (5, 3), (70, 30))
    screen, backend = model(), KittyBackend(CELL)
    shown(backend, screen, view, 1000)
    dots = picture.dots.copy()
    dots[:40, :40] = dots[300:340, 300:340] = 255
    view = replace(view, picture=Picture(1, viewport, dots))
    sent = len(backend.update(view, 1000)) + sum(map(len, iter(lambda: backend.heal(1000), "")))
    whole = KittyBackend(CELL)
    whole.paint(view)
    assert sent < len(whole.painted([]) + whole.heal()) / 3
    backend.close()
    whole.close()


def test_a_label_moves_in_the_loupe_without_its_picture_being_sent_again() -> None:
    viewport = Viewport(FRAME, (60, 25), CELL, CELL)
    lens = Viewport(FRAME, (12, 6), CELL, CELL, 1).centred(16_000, 9000)
    loupe = Loupe(picture_of(0, lens), 47, 1)
    scene = Scene((Mark("m", (15_500, 8500, 900, 900), "box", frozenset({Style.SELECTED})),))
    view = View(viewport, picture_of(0, viewport), scene, (5, 3), (70, 30), loupe)
    screen, backend = model(), KittyBackend(CELL)
    shown(backend, screen, view)
    for dx, dy in ((100, 0), (0, 300), (-700, -200)):
        view = replace(view, scene=nudged(view.scene, 0, dx, dy))
        text = backend.update(view)
        screen.feed(text)
        assert "f=100" not in text or len(text) < 3000, "only new looks of lines are stored"
        assert not backend.pending
        assert (screen.seen() == repainted(view)).all()
    backend.close()


def region(view: View) -> tuple[slice, slice]:
    width, height = view.viewport.size
    x, y = view.place[0] * CELL[0], view.place[1] * CELL[1]
    return slice(y, y + height), slice(x, x + width)


def grainy(viewport: Viewport, index: int) -> Picture:
    """A frame as grainy as photographs are; each differs from the last in every pixel."""
    dots = picture_of(index, viewport).dots.astype(np.int16)
    dots += np.random.default_rng(index).integers(-25, 25, dots.shape)
    dots = dots.clip(0, 255).astype(np.uint8)
    return Picture(index, viewport, 255 - dots if index % 2 else dots)


def decibels(screen: KittyModel, view: View, where: NDArray[np.bool_]) -> float:
    error = (screen.seen()[region(view)].astype(float) - view.picture.dots)[where]
    return float(10 * np.log10(255**2 / (error**2).mean()))
