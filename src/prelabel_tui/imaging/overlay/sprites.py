"""A scene in real pixels: a few small textures, and which part of each goes where.

For backends whose dots are the screen's pixels (kitty, sixel).  The forms are those of
:mod:`.dots`, drawn with lines a few pixels wide and edged in black, so that they stay readable
on grass, on white lines and in the crowd.  A box is four strips cut from two long textures, a
ball is one stamp: moving a label means moving its pieces.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.overlay.dots import (
    ADDED,
    BLACK,
    EDITED,
    MINE,
    THEIRS,
    TRAIL,
    WHITE,
    Pen,
    pen_of,
)
from prelabel_tui.imaging.overlay.hints import hints_of
from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style
from prelabel_tui.imaging.overlay.viewport import Viewport

Texture = NDArray[np.uint8]
"""Height × width × 4: red, green, blue, and 255 where drawn, 0 where not."""

LONGEST: Final = 8192
"""Length of a strip, pixels: no side of a view is longer."""

Kind = Literal["across", "down", "ball", "cursor", "trail", "hint"]

CURSOR_PEN: Final = Pen(WHITE, BLACK)
GRID_PEN: Final = Pen(WHITE, WHITE, 2, 2)
TRAIL_PEN: Final = Pen(TRAIL, TRAIL)


@dataclass(frozen=True)
class Look:
    """What a texture shows.

    ``unit``: pixels of a thin line.  ``size``: radii of a ball in quarters of a pixel, or the
    pixels of a hint's cell.
    """

    kind: Kind
    pen: Pen
    styles: frozenset[Style] = frozenset()
    unit: int = 1
    size: tuple[int, int] = (0, 0)
    text: str = ""


@dataclass(frozen=True)
class Piece:
    """A part of a texture in the view.

    ``key`` stays the same while the thing is the same.  ``x``, ``y``: pixels from the view's top
    left, never outside.  ``source``: x, y, width, height in the texture.
    """

    key: tuple[str, str]
    look: Look
    x: int
    y: int
    source: tuple[int, int, int, int]
    front: bool = False


def unit_of(viewport: Viewport) -> int:
    """Return the pixels of a thin line: more where cells have more pixels."""
    return max(1, round(viewport.dots[1] / 20))


def pieces(viewport: Viewport, scene: Scene) -> list[Piece]:
    """Return everything over the picture, the hindmost first."""
    out: list[Piece] = []
    unit = unit_of(viewport)
    if scene.show_labels:
        for number, place in enumerate(scene.trail):
            look = Look("trail", TRAIL_PEN, unit=unit)
            _stamp(out, viewport, ("trail", str(number)), look, place)
        for mark in scene.marks:
            out += _of_mark(viewport, mark)
    if scene.grid is not None:
        _grid(out, viewport, scene.grid, scene.grid_split, unit)
    if scene.cursor is not None:
        look = Look("cursor", CURSOR_PEN, unit=unit)
        _stamp(out, viewport, ("cursor", ""), look, scene.cursor, front=True)
    _hints(out, viewport, scene)
    return out


@lru_cache(maxsize=1024)
def _of_mark(viewport: Viewport, mark: Mark) -> tuple[Piece, ...]:
    """Return the pieces of a label: cached, since a nudge moves one of many."""
    out: list[Piece] = []
    (_box if mark.kind == "box" else _ball)(out, viewport, mark, unit_of(viewport))
    return tuple(out)


def _box(out: list[Piece], viewport: Viewport, mark: Mark, unit: int) -> None:
    left, top, right, bottom = viewport.span(mark.bounds)
    styles = mark.styles - {Style.MINE, Style.THEIRS}
    pen = pen_of(mark.styles)
    front = Style.SELECTED in styles
    across = Look("across", pen, styles, unit)
    down = Look("down", pen, styles, unit)
    core, side = _profile(across)
    outer = core - 1 + side
    name = _name(mark)
    x0, y0 = left - outer, top - outer
    width, height = right - left + 1 + 2 * outer, bottom - top + 1 + 2 * outer
    thick = core + 2 * side
    doubled = {"left": Style.MINE, "right": Style.THEIRS}
    for part, x, y in (("top", x0, y0), ("bottom", x0, bottom - side)):
        _add(out, viewport, (name, part), across, (x, y), (width, thick), front)
    for part, x in (("left", x0), ("right", right - side)):
        look = down
        if doubled[part] in mark.styles:
            look = Look("down", pen, styles | {doubled[part]}, unit)
            extra = _profile(look)[1] - side
            _add(
                out,
                viewport,
                (name, part),
                look,
                (x - extra, y0),
                (thick + 2 * extra, height),
                front,
            )
        else:
            _add(out, viewport, (name, part), look, (x, y0), (thick, height), front)


def _name(mark: Mark) -> str:
    return f"ghost {mark.label_id}" if Style.GHOST in mark.styles else mark.label_id


def _ball(out: list[Piece], viewport: Viewport, mark: Mark, unit: int) -> None:
    x, y, size = mark.geometry
    radii = (round(size / 50 * viewport.scale[0]), round(size / 50 * viewport.scale[1]))
    look = Look("ball", pen_of(mark.styles), mark.styles, unit, radii)
    _stamp(out, viewport, (_name(mark), "ball"), look, (x, y), Style.SELECTED in mark.styles)


def _grid(
    out: list[Piece],
    viewport: Viewport,
    region: tuple[int, int, int, int],
    split: tuple[int, int],
    unit: int,
) -> None:
    left, top, right, bottom = viewport.span(region)
    across, down = Look("across", GRID_PEN, unit=unit), Look("down", GRID_PEN, unit=unit)
    core, side = _profile(across)
    thick = core + 2 * side
    for column in range(split[0] + 1):
        x = left + round((right - left) * column / split[0]) - thick // 2
        size = (thick, bottom - top + 1)
        _add(out, viewport, ("grid", f"column {column}"), down, (x, top), size, True)
    for row in range(split[1] + 1):
        y = top + round((bottom - top) * row / split[1]) - thick // 2
        size = (right - left + 1, thick)
        _add(out, viewport, ("grid", f"row {row}"), across, (left, y), size, True)


def _hints(out: list[Piece], viewport: Viewport, scene: Scene) -> None:
    columns, rows = viewport.cells
    for hint in hints_of(viewport, scene):
        inside = hint.column >= 0 and hint.column + len(hint.text) <= columns
        if not (0 <= hint.row < rows and inside):
            continue
        look = Look("hint", hint.pen, size=viewport.dots, text=hint.text)
        at = (hint.column * viewport.dots[0], hint.row * viewport.dots[1])
        size = (viewport.dots[0] * len(hint.text), viewport.dots[1])
        _add(out, viewport, hint.name, look, at, size, True)


def _stamp(
    out: list[Piece],
    viewport: Viewport,
    key: tuple[str, str],
    look: Look,
    place: tuple[int, int],
    front: bool = False,
) -> None:
    x, y = (math.floor(value) for value in viewport.to_dot(*place))
    height, width = texture(look).shape[:2]
    _add(out, viewport, key, look, (x - width // 2, y - height // 2), (width, height), front)


def _add(
    out: list[Piece],
    viewport: Viewport,
    key: tuple[str, str],
    look: Look,
    place: tuple[int, int],
    size: tuple[int, int],
    front: bool,
) -> None:
    """Add the part of a piece that is in view.  Strips repeat, so cuts start within one period."""
    cut = []
    for at, length, room in zip(place, size, viewport.size, strict=True):
        low, high = max(at, 0), min(at + length, room)
        if low >= high:
            return
        cut.append((low, low - at, high - low))
    (x, source_x, width), (y, source_y, height) = cut
    period = period_of(look)
    if look.kind == "across":
        source_x %= period
    elif look.kind == "down":
        source_y %= period
    out.append(Piece(key, look, x, y, (source_x, source_y, width, height), front))


# --- textures


def _profile(look: Look) -> tuple[int, int]:
    """Return, across a line, the pixels of its core and of the edging on each side."""
    unit, styles = look.unit, look.styles
    core = 4 * unit if Style.SELECTED in styles else 2 * unit
    side = unit
    if styles & {Style.MINE, Style.THEIRS}:
        side += 2 * unit
    if Style.EDITED in styles:
        side += 3 * unit
    if Style.ADDED in styles:
        side += 2 * unit
    if Style.HOVERED in styles:
        side += 2 * unit
    return core, side


def period_of(look: Look) -> int:
    """Return the pixels after which a strip repeats."""
    unit, pen = look.unit, look.pen
    period = 3 * unit * (pen.on + pen.off) if pen.off else 8 * unit
    if look.kind in ("across", "down") and Style.EDITED in look.styles:
        return math.lcm(period, 24 * unit)
    return period


@lru_cache(maxsize=256)
def texture(look: Look) -> Texture:
    """Return the pixels of a look."""
    if look.kind == "across":
        return _strip(look)
    if look.kind == "down":
        return np.ascontiguousarray(_strip(look).transpose(1, 0, 2))
    if look.kind == "ball":
        return _ball_stamp(look)
    if look.kind == "cursor":
        return _cross(look, gap=3 * look.unit, arm=6 * look.unit)
    if look.kind == "trail":
        return _disc(look)
    return _text(look)


def _strip(look: Look) -> Texture:
    """Draw a horizontal line as long as any view."""
    unit, pen, styles = look.unit, look.pen, look.styles
    core, side = _profile(look)
    period = period_of(look)
    one = np.zeros((core + 2 * side, period, 4), dtype=np.uint8)
    middle = slice(side, side + core)
    along = np.arange(period)
    if pen.off:
        lit = along % (3 * unit * (pen.on + pen.off)) < 3 * unit * pen.on
    else:
        lit = np.ones(period, dtype=bool)
    cased = slice(side - unit, side + core + unit)
    one[cased, lit] = rgba(BLACK)
    one[middle, lit] = rgba(pen.colour)
    if pen.other != pen.colour:
        other = lit & (along % (8 * unit) >= 4 * unit)
        one[middle, other] = rgba(pen.other)
    reach = side - unit  # what is outside the edging, from the inside out

    def ring(colour: int, thick: int, where: NDArray[np.bool_] | None = None) -> None:
        nonlocal reach
        rows = [*range(reach - thick, reach), *range(-reach, -reach + thick)]
        columns = np.ones(period, dtype=bool) if where is None else where
        for row in rows:
            one[row, columns] = rgba(colour)
        reach -= thick

    if Style.MINE in styles:
        ring(MINE, 2 * unit)
    elif Style.THEIRS in styles:
        ring(THEIRS, 2 * unit)
    if Style.ADDED in styles:
        ring(ADDED, unit)
        ring(BLACK, unit)
    if Style.EDITED in styles:
        ring(EDITED, 3 * unit, along % (24 * unit) < 3 * unit)
    if Style.HOVERED in styles:
        ring(BLACK, unit)
        ring(WHITE, unit)
    return np.tile(one, (1, -(-LONGEST // period), 1))[:, :LONGEST]


def rgba(colour: int) -> tuple[int, int, int, int]:
    """Return a colour 0xRRGGBB as a drawn pixel."""
    return (colour >> 16 & 255, colour >> 8 & 255, colour & 255, 255)


def _cross(look: Look, gap: int, arm: int) -> Texture:
    """Draw four arms around a free middle."""
    unit, pen = look.unit, look.pen
    reach = gap + arm
    side = 2 * reach + 1
    out = np.zeros((side, side, 4), dtype=np.uint8)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    for along, off in ((np.abs(x), np.abs(y)), (np.abs(y), np.abs(x))):
        out[(along > gap - 1) & (off <= unit)] = rgba(BLACK)
    for along, off in ((np.abs(x), np.abs(y)), (np.abs(y), np.abs(x))):
        core = (along > gap - 1) & (along < reach) & (off <= unit // 2)
        out[core] = rgba(pen.colour)
    return out


def _disc(look: Look) -> Texture:
    reach = 3 * look.unit
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    far = np.hypot(x, y)
    out = np.zeros((2 * reach + 1, 2 * reach + 1, 4), dtype=np.uint8)
    out[far <= reach] = rgba(BLACK)
    out[far <= reach - look.unit] = rgba(look.pen.colour)
    return out


def _ball_stamp(look: Look) -> Texture:
    """Draw a ring just outside the ball, and a cross whose arms start outside the ring."""
    unit, pen, styles = look.unit, look.pen, look.styles
    radius_x, radius_y = max(look.size[0] / 4, 0.5), max(look.size[1] / 4, 0.5)
    ghost = Style.GHOST in styles
    arm = (4 if ghost else 12 if Style.SELECTED in styles else 7) * unit
    thick = 2 * unit
    start = math.ceil(max(radius_x, radius_y)) + thick + 2 * unit
    reach = start + arm + 4 * unit
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    out = np.zeros((2 * reach + 1, 2 * reach + 1, 4), dtype=np.uint8)
    # Distance outward from the ellipse, near enough for a thin ring.
    far = (np.hypot(x / radius_x, y / radius_y) - 1) * min(radius_x, radius_y) - 0.5
    turn = (np.arctan2(y, x) + math.pi) / (2 * math.pi)
    count = max(6, round(2 * math.pi * max(radius_x, radius_y) / (6 * unit)))
    share = pen.on / (pen.on + pen.off)
    lit = (turn * count) % 1 < share if pen.off else np.ones(x.shape, dtype=bool)
    out[(far >= thick) & (far < thick + unit) & lit] = rgba(BLACK)
    ring = (far >= 0) & (far < thick) & lit
    out[ring] = rgba(pen.colour)
    if pen.other != pen.colour:
        out[ring & ((turn * count * 2).astype(np.int64) % 2 == 1)] = rgba(pen.other)
    half = unit if Style.SELECTED in styles else unit / 2
    for along, off in ((np.abs(x), np.abs(y)), (np.abs(y), np.abs(x))):
        on = (along >= start) & (along < start + arm)
        out[on & (off <= half + unit)] = rgba(BLACK)
        out[on & (off <= half)] = rgba(pen.colour)
        if Style.EDITED in styles and not ghost:
            end = (along >= start + arm) & (along < start + arm + 2 * unit)
            out[end & (off <= 3 * unit)] = rgba(EDITED)
    if Style.ADDED in styles and not ghost:
        slant = np.abs(np.abs(x) - np.abs(y)) <= unit
        out[slant & (far >= thick + unit) & (far < thick + 6 * unit)] = rgba(ADDED)
    edge = np.maximum(np.abs(x), np.abs(y))
    if Style.HOVERED in styles and not ghost:
        out[(edge > reach - unit) & (np.minimum(np.abs(x), np.abs(y)) > reach / 3)] = rgba(WHITE)
    for style, side, colour in ((Style.MINE, -1, MINE), (Style.THEIRS, 1, THEIRS)):
        if style in styles:
            out[(x * side > reach - 2 * unit) & (np.abs(y) <= 4 * unit)] = rgba(colour)
    return out


def _text(look: Look) -> Texture:
    from PIL import Image, ImageDraw, ImageFont

    width, height = look.size
    image = Image.new("RGBA", (width * len(look.text), height), rgba(look.pen.other))
    pencil = ImageDraw.Draw(image)
    font = ImageFont.load_default(height * 0.8)
    for number, character in enumerate(look.text):
        middle = (width * (number + 0.5), height / 2)
        pencil.text(middle, character, rgba(look.pen.colour), font, anchor="mm")
    return np.asarray(image)


def composite(dots: NDArray[np.uint8], parts: list[Piece]) -> None:
    """Draw pieces over pixels (height × width × 3, the whole view), in place."""
    for piece in parts:
        source_x, source_y, width, height = piece.source
        part = texture(piece.look)[source_y : source_y + height, source_x : source_x + width]
        under = dots[piece.y : piece.y + height, piece.x : piece.x + width]
        np.copyto(under, part[..., :3], where=part[..., 3:] != 0)
