"""The cells backend on pictures: within its bounds, and budgets, and near enough at rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from prelabel_tui.core.model.labels import Box, make_frame, with_geometry
from prelabel_tui.imaging.backends import View
from prelabel_tui.imaging.backends.cells import AT_REST, ENOUGH, CellsBackend
from prelabel_tui.imaging.cells.colour_codes import PALETTE
from prelabel_tui.imaging.cells.encoder import distance
from prelabel_tui.imaging.cells.raster import MODES, dots_of
from prelabel_tui.imaging.frames.picture import Picture
from prelabel_tui.imaging.overlay.dots import DRAWN
from prelabel_tui.imaging.overlay.scene import EMPTY_SCENE, Scene, scene_of
from prelabel_tui.imaging.overlay.viewport import Viewport
from tests.ui.emulator import TestTerminal
from tests.ui.viewer_app import photo

STROKE = 60
"""Bytes that one cell may take: a budget is overrun by no more."""

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


def errors_of(backend: CellsBackend) -> float:
    """Mean squared distance of the dots shown from those wanted."""
    account = backend.account
    assert account is not None
    wanted, now = dots_of(account.target, backend.name), dots_of(account.shown, backend.name)
    return float(distance(wanted, now).mean())


def decibels(backend: CellsBackend) -> float:
    """The same as peak signal to noise."""
    return float(10 * np.log10(255**2 / max(errors_of(backend) / 3, 1e-9)))


def farthest(backend: CellsBackend) -> int:
    """The largest squared distance of a dot."""
    account = backend.account
    assert account is not None
    account.measure(np.ones(account.shown.shape, dtype=bool))  # not trusted, measured anew
    return int(account.worst.max())


def overlay_is_exact(backend: CellsBackend) -> bool:
    """Whether each dot of the overlay is where it belongs, and none where it does not."""
    account = backend.account
    assert account is not None
    target, shown = dots_of(account.target, backend.name), dots_of(account.shown, backend.name)
    drawn = ((target | shown) & DRAWN) != 0
    assert drawn.any()
    return bool((target[drawn] == shown[drawn]).all())


def boxed(x: int = 20_000, y: int = 10_000) -> Scene:
    """A scene of one box."""
    return scene_of(make_frame([Box("a", x, y, 5000, 9000, score=9000)]), selected="a", low_score=0)


@pytest.mark.parametrize("mode", list(MODES))
def test_an_update_is_within_its_bound_and_heals_until_nobody_sees_a_difference(mode: str) -> None:
    backend = CellsBackend(mode)
    backend.paint(view_of(0, mode=mode))
    assert decibels(backend) >= ENOUGH
    for number in (1, 2, 3, CUT, CUT + 1, 4):
        assert bool(backend.update(view_of(number, mode=mode))) or number not in (CUT, 4)
        assert decibels(backend) >= ENOUGH
        assert not backend.behind
    while backend.pending:
        backend.heal(4000)
        assert not backend.behind, "what heals keeps no key waiting"
    assert decibels(backend) >= AT_REST
    assert farthest(backend) <= 110
    assert backend.heal() == ""
    assert backend.update(view_of(4, mode=mode)) == ""


def test_errors_of_many_small_changes_do_not_add_up() -> None:
    backend = CellsBackend()
    backend.paint(view_of(0))
    for number in range(30):
        view = view_of(0)
        slowly = np.minimum(view.picture.dots // 2 + number % 16, 255)
        backend.update(replace(view, picture=replace(view.picture, dots=slowly)))
        assert decibels(backend) >= ENOUGH


@pytest.mark.parametrize("budget", [600, 5000])
def test_with_a_budget_the_overlay_is_exact_first_and_the_picture_follows(budget: int) -> None:
    backend = CellsBackend()
    backend.paint(view_of(0))
    backend.update(view_of(CUT, boxed()), budget)
    assert backend.behind
    assert overlay_is_exact(backend)
    sizes = []
    while backend.behind:
        sizes.append(len(backend.heal(budget).encode()))
    assert max(sizes) <= budget + STROKE
    assert decibels(backend) >= ENOUGH


def test_a_budget_is_kept_whatever_changes() -> None:
    for zoom, number, budget in ((2, CUT, 2000), (4, 1, 2000), (2, 2, 1536), (8, 3, 9000)):
        backend = CellsBackend()
        backend.paint(view_of(0))
        data = backend.update(view_of(number, zoom=zoom), budget)
        assert len(data.encode()) <= budget + STROKE
        while backend.pending:
            assert len(backend.heal(budget).encode()) <= budget + STROKE


def test_a_rough_picture_comes_first_on_a_slow_link() -> None:
    backend = CellsBackend()
    backend.paint(view_of(0))
    backend.update(view_of(CUT), 1000)
    rough = 1000
    while decibels(backend) < 26 and backend.behind:
        rough += len(backend.heal(1000).encode())
    fine = rough
    while backend.behind:
        fine += len(backend.heal(1000).encode())
    assert rough < fine / 2


def repainted(backend: CellsBackend) -> TestTerminal:
    """A terminal on which the backend's rows have been painted."""
    terminal = TestTerminal(100, 31)
    for y, row in enumerate(rows(backend)):
        terminal.feed(f"\x1b[{y + 1}H")
        for text, fg, bg in row:
            pens = ";".join(f"{pen >> 16};{pen >> 8 & 255};{pen & 255}" for pen in (fg, bg))
            terminal.feed("\x1b[38;2;{};{};{};48;2;{};{};{}m".format(*pens.split(";")) + text)
    terminal.feed("\x1b[m")
    return terminal


def test_what_moves_while_a_picture_comes_is_right_in_the_end() -> None:
    backend = CellsBackend()
    backend.paint(view_of(0))
    terminal = repainted(backend)
    terminal.feed(backend.update(view_of(CUT, boxed()), 1500))
    for step in range(1, 9):
        # The box moves at each key, and what of the picture fits in comes between them.
        terminal.feed(backend.update(view_of(CUT, boxed(20_000 + 300 * step)), 1500))
        assert backend.behind
        assert overlay_is_exact(backend)
        terminal.feed(backend.heal(1500))
        assert overlay_is_exact(backend)
    while backend.behind:
        terminal.feed(backend.heal(1500))
    assert decibels(backend) >= ENOUGH
    whole = (0, 0, 100, 30)
    assert terminal.region(*whole) == repainted(backend).region(*whole)
    while backend.pending:
        terminal.feed(backend.heal())
    assert decibels(backend) >= AT_REST
    assert terminal.region(*whole) == repainted(backend).region(*whole)


def test_a_link_that_becomes_fast_gets_the_rest_at_once() -> None:
    backend = CellsBackend()
    backend.paint(view_of(0))
    backend.update(view_of(CUT), 1000)
    assert backend.behind
    backend.update(view_of(CUT, boxed()))
    assert not backend.behind
    assert overlay_is_exact(backend)
    assert decibels(backend) >= ENOUGH


def test_the_keys_of_a_grid_come_to_rest() -> None:
    keys = ("uio", "jkl", "m,.")
    scene = replace(boxed(), grid=(20_000, 10_000, 300, 300), grid_keys=keys)
    backend = CellsBackend()
    backend.paint(view_of(0))
    backend.update(view_of(0, scene))
    for _ in range(3):
        backend.heal()
    assert not backend.pending


@pytest.mark.parametrize("mode", list(MODES))
def test_a_nudge_there_and_back_leaves_no_trace_that_is_seen(mode: str) -> None:
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
    assert overlay_is_exact(backend)
    assert farthest(backend) <= 110
    assert decibels(backend) >= AT_REST


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
