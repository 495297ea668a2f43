"""Random walks over views: nudges, zooms, pans, steps, modals, resizes, lost pictures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.backends.base import Loupe, View
from prelabel_tui.imaging.frames.picture import MAT, Picture
from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style
from prelabel_tui.imaging.overlay.viewport import ZOOMS, Viewport

FRAME = (320, 180)


@lru_cache(maxsize=8)
def frame_pixels(index: int) -> NDArray[np.uint8]:
    """A frame with slow colours, a little noise, and a block that moves."""
    noise = np.random.default_rng(index // 2).integers(0, 5, (FRAME[1], FRAME[0], 3))
    y, x = np.mgrid[0 : FRAME[1], 0 : FRAME[0]]
    base = np.stack([x * 200 // FRAME[0], y * 200 // FRAME[1] + 40, (x + y) // 4 + 20], axis=2)
    out = (base + noise).astype(np.uint8)
    out[60:90, 20 + 12 * index % 250 : 40 + 12 * index % 250] = (250, 250, 240)
    return out


def picture_of(index: int, viewport: Viewport) -> Picture:
    """The frame under a viewport, nearest pixels."""
    width, height = viewport.size
    (ox, oy), (sx, sy) = viewport.origin, viewport.scale
    x = np.floor((np.arange(width) + 0.5 + ox) / sx).astype(np.int64)
    y = np.floor((np.arange(height) + 0.5 + oy) / sy).astype(np.int64)
    inside = (x >= 0) & (x < FRAME[0]), (y >= 0) & (y < FRAME[1])
    source = frame_pixels(index)
    dots = source[np.clip(y, 0, FRAME[1] - 1)[:, None], np.clip(x, 0, FRAME[0] - 1)[None]]
    dots[~(inside[1][:, None] & inside[0][None])] = MAT
    return Picture(index, viewport, dots)


def scene_with(seed: int, boxes: int = 5, balls: int = 2) -> Scene:
    """Marks of all styles; the last one is selected."""
    chance = random.Random(seed)
    marks = []
    for number in range(boxes + balls):
        styles = frozenset(chance.sample([*Style][1:], chance.choice([0, 0, 1, 1, 2])))
        x, y = chance.randrange(0, FRAME[0] * 100), chance.randrange(0, FRAME[1] * 100)
        if number < boxes:
            geometry = (x, y, chance.randrange(200, 6000), chance.randrange(200, 9000))
            marks.append(Mark(f"box {number}", geometry, "box", styles))
        else:
            marks.append(
                Mark(f"ball {number}", (x, y, chance.randrange(100, 1500)), "ball", styles)
            )
    marks[-1] = replace(marks[-1], styles=marks[-1].styles | {Style.SELECTED})
    return Scene(tuple(marks))


def nudged(scene: Scene, number: int, dx: int, dy: int) -> Scene:
    """The scene with one mark moved by hundredths of a pixel."""
    marks = list(scene.marks)
    x, y, *rest = marks[number].geometry
    marks[number] = replace(marks[number], geometry=(x + dx, y + dy, *rest))
    return replace(scene, marks=tuple(marks))


@dataclass(frozen=True)
class Step:
    """What happened, and the view that should now be seen."""

    name: str
    view: View


def walk(seed: int, steps: int, cell: tuple[int, int]) -> Iterator[Step]:
    """Views one after the other.  Names: nudge, select, marks, zoom, pan, step, late, loupe,
    hints, hide, cover, resize, forget, rest."""
    chance = random.Random(seed)
    screen = (70, 30)
    viewport = Viewport(FRAME, (48, 20), cell, cell)
    index, scene = 0, scene_with(seed)
    picture = picture_of(index, viewport)
    loupe: Loupe | None = None
    place = (3, 2)
    names = ["nudge"] * 8 + ["select", "marks", "zoom", "pan", "step", "step", "late", "loupe"]
    names += ["hints", "hide", "cover", "resize", "forget", "rest"]
    for number in range(steps):
        name = chance.choice(names)
        if name == "nudge":
            dx, dy = chance.choice([(100, 0), (-100, 0), (0, 100), (0, -100), (3000, 1000)])
            scene = nudged(scene, chance.randrange(len(scene.marks)), dx, dy)
        elif name == "select":
            chosen = chance.randrange(len(scene.marks))
            marks = [replace(mark, styles=mark.styles - {Style.SELECTED}) for mark in scene.marks]
            mark = marks.pop(chosen)
            marks.append(replace(mark, styles=mark.styles | {Style.SELECTED}))
            scene = replace(scene, marks=tuple(marks), cursor=(chance.randrange(32000), 9000))
        elif name == "marks":
            scene = scene_with(seed + number, chance.randrange(1, 8))
            scene = replace(
                scene,
                trail=((5000, 5000), (9000, 6000)),
                grid=(4000, 3000, 9000, 6000),
                grid_keys=("uio", "jkl", "m,."),
            )
        elif name in ("zoom", "late"):
            viewport = viewport.zoomed(chance.choice(ZOOMS))
        elif name == "pan":
            viewport = viewport.panned(chance.randrange(-9, 10), chance.randrange(-5, 6))
        elif name == "step":
            index = max(0, index + chance.choice([1, 1, -1]))
        elif name == "loupe":
            small = Viewport(FRAME, (12, 6), cell, cell, 16, (100, 60))
            loupe = None if loupe else Loupe(picture_of(index, small), viewport.cells[0] - 13, 1)
        elif name == "hints":
            marks = [replace(mark, hint=chance.choice(["", "a", "bc"])) for mark in scene.marks]
            scene = replace(scene, marks=tuple(marks))
        elif name == "hide":
            scene = replace(scene, show_labels=not scene.show_labels)
        elif name == "resize":
            size = (chance.randrange(20, 60), chance.randrange(9, 26))  # never down to the last row
            viewport = viewport.resized(size, cell)
            place = (chance.randrange(screen[0] - size[0]), chance.randrange(screen[1] - size[1]))
            loupe = None
        if name != "late" and (picture.viewport, picture.index) != (viewport, index):
            picture = picture_of(index, viewport)
        yield Step(name, View(viewport, picture, scene, place, screen, loupe))
