"""Draws a scene into dots.

Every style has a form of its own, so that it can be told apart without colour:

=============  =====================================================================
plain          thin line
selected       corner brackets and side ticks, alternating bright and black
hovered        a second line around
low score      dashes
edited         line with ticks pointing outward at the corners
added          line with ticks pointing outward at the middle of the sides
interpolated   dots
ghost          sparse grey dots
mine, theirs   the left, or the right, side doubled
=============  =====================================================================

A ball is a ring of its size with a cross whose arms start outside, so that it is never hidden.
Colours come from the fixed 256-colour cube: they need fewer bytes than true colours and look the
same on terminals that have no others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.overlay.scene import Mark, Scene, Style
from prelabel_tui.imaging.overlay.viewport import Viewport

Dots = NDArray[np.uint32]
"""Packed colours 0xRRGGBB; :data:`DRAWN` is set where the overlay has drawn."""

DRAWN: Final = 1 << 24
"""Flag of a dot that belongs to the overlay and must be shown exactly."""

BLACK: Final = DRAWN | 0x080808
PLAIN: Final = DRAWN | 0x00AFFF
BRIGHT: Final = DRAWN | 0xFFFF00
LOW: Final = DRAWN | 0xFF8700
EDITED: Final = DRAWN | 0xFF87FF
ADDED: Final = DRAWN | 0x5FFFFF
INTERPOLATED: Final = DRAWN | 0xAF87FF
GREY: Final = DRAWN | 0xBCBCBC
MINE: Final = DRAWN | 0x5F5FFF
THEIRS: Final = DRAWN | 0xFF005F
TRAIL: Final = DRAWN | 0xFF00FF
WHITE: Final = DRAWN | 0xFFFFFF
INKS: Final = (
    *(BLACK, PLAIN, BRIGHT, LOW, EDITED, ADDED),
    *(INTERPOLATED, GREY, MINE, THEIRS, TRAIL, WHITE),
)
"""All colours that the overlay draws with."""


@dataclass(frozen=True)
class Pen:
    """A line: two alternating colours, and how many dots are ``on`` in every ``on + off``."""

    colour: int
    other: int
    on: int = 1
    off: int = 0


def pen_of(styles: frozenset[Style]) -> Pen:
    """Return the line that a mark is drawn with."""
    if Style.GHOST in styles:
        return Pen(GREY, GREY, 1, 3)
    if Style.SELECTED in styles:
        return Pen(BRIGHT, BLACK)
    colour = PLAIN
    on, off = 1, 0
    if Style.EDITED in styles:
        colour = EDITED
    elif Style.ADDED in styles:
        colour = ADDED
    elif Style.INTERPOLATED in styles:
        colour, on, off = INTERPOLATED, 1, 1
    if Style.MINE in styles:
        colour = MINE
    elif Style.THEIRS in styles:
        colour = THEIRS
    if Style.LOW_SCORE in styles:
        colour, on, off = LOW, 3, 2
    return Pen(colour, colour, on, off)


_FRINGE: Final = 16
"""Dots around a mark that its ticks, its cross and the hover line may reach."""

_INSIDE: Final = 2
"""Dots from one side of a box to the other that leave an inside between them."""

_FAR: Final = 48
"""Dots from which on a side is so long that its brackets may be out of view."""


class Canvas:
    """Dots of a view to draw into; what lies outside is cut off."""

    def __init__(self, dots: Dots, viewport: Viewport) -> None:
        self.dots = dots
        self.viewport = viewport
        self.height, self.width = dots.shape
        self._around = (
            *viewport.to_units(-_FRINGE, -_FRINGE),
            *viewport.to_units(self.width + _FRINGE, self.height + _FRINGE),
        )

    def across(self, x0: int, x1: int, y: int, pen: Pen) -> None:
        """Draw a horizontal line over dots x0..x1 (inclusive)."""
        if 0 <= y < self.height:
            _stroke(self.dots[y], x0, x1, pen)

    def down(self, x: int, y0: int, y1: int, pen: Pen) -> None:
        """Draw a vertical line over dots y0..y1 (inclusive)."""
        if 0 <= x < self.width:
            _stroke(self.dots[:, x], y0, y1, pen)

    def dot(self, x: int, y: int, colour: int) -> None:
        """Draw one dot."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self.dots[y, x] = colour

    def shows(self, mark: Mark) -> bool:
        """Say whether any part of a mark may be in view."""
        x, y, w, h = mark.bounds
        left, top, right, bottom = self._around
        return x <= right and y <= bottom and x + w >= left and y + h >= top


def _stroke(line: Dots, start: int, end: int, pen: Pen) -> None:
    """Draw ``start``..``end`` of a line of dots.  The pattern starts at ``start``."""
    low, high = max(start, 0), min(end, len(line) - 1)
    if low > high:
        return
    if pen.off:
        period = pen.on + pen.off
        for phase in range(pen.on):
            first = start + phase
            if first < low:
                first += -(-(low - first) // period) * period
            line[first : high + 1 : period] = pen.colour
        return
    line[low : high + 1] = pen.colour
    if pen.other != pen.colour:
        # The pattern follows the dot grid, not the line: a line that grows changes only at its end.
        line[low + ((low + 1) & 1) : high + 1 : 2] = pen.other


def draw(dots: Dots, viewport: Viewport, scene: Scene) -> None:
    """Draw a scene's grid, trail, marks and cursor (hints are text: not here)."""
    canvas = Canvas(dots, viewport)
    if scene.show_labels:
        for x, y in scene.trail:
            _trail(canvas, x, y)
        for mark in filter(canvas.shows, scene.marks):
            (_box if mark.kind == "box" else _ball)(canvas, mark)
    if scene.grid is not None:
        _grid(canvas, scene.grid, scene.grid_split)
    if scene.cursor is not None:
        _cursor(canvas, scene.cursor)


def _box(canvas: Canvas, mark: Mark) -> None:
    left, top, right, bottom = canvas.viewport.span(mark.bounds)
    # What is so small that a line would fill it has the line around it: the player stays visible.
    if right - left < _INSIDE:
        left, right = left - 1, right + 1
    if bottom - top < _INSIDE:
        top, bottom = top - 1, bottom + 1
    styles = mark.styles
    pen = pen_of(styles)
    if Style.SELECTED in styles:
        _brackets(canvas, left, top, right, bottom, pen)
    else:
        _rectangle(canvas, left, top, right, bottom, pen)
    if Style.GHOST in styles:
        return
    if Style.HOVERED in styles:
        _rectangle(canvas, left - 2, top - 2, right + 2, bottom + 2, Pen(WHITE, BLACK))
    if Style.EDITED in styles:
        for x, out in ((left, -1), (right, 1)):
            for y, away in ((top, -1), (bottom, 1)):
                canvas.dot(x + out, y + away, EDITED)
                canvas.dot(x + 2 * out, y + 2 * away, EDITED)
    if Style.ADDED in styles:
        middle_x, middle_y = (left + right) // 2, (top + bottom) // 2
        solid = Pen(ADDED, ADDED)
        canvas.across(left - 2, left - 1, middle_y, solid)
        canvas.across(right + 1, right + 2, middle_y, solid)
        canvas.down(middle_x, top - 2, top - 1, solid)
        canvas.down(middle_x, bottom + 1, bottom + 2, solid)
    if Style.MINE in styles:
        canvas.down(left - 1, top, bottom, Pen(MINE, MINE))
    if Style.THEIRS in styles:
        canvas.down(right + 1, top, bottom, Pen(THEIRS, THEIRS))


def _rectangle(canvas: Canvas, left: int, top: int, right: int, bottom: int, pen: Pen) -> None:
    canvas.across(left, right, top, pen)
    canvas.across(left, right, bottom, pen)
    canvas.down(left, top, bottom, pen)
    canvas.down(right, top, bottom, pen)


def _brackets(canvas: Canvas, left: int, top: int, right: int, bottom: int, pen: Pen) -> None:
    """Draw corner brackets, a tick in the middle of each side, and some dots along far sides."""
    for start, end, low, high, draw_line in (
        (left, right, top, bottom, canvas.across),
        (top, bottom, left, right, canvas.down),
    ):
        if end - start > _FAR:
            for at in (low, high):
                draw_line(start, end, at, Pen(pen.colour, pen.colour, 1, 7))
    arm_x = _arm(right - left + 1)
    arm_y = _arm(bottom - top + 1)
    for y in (top, bottom):
        canvas.across(left, left + arm_x - 1, y, pen)
        canvas.across(right - arm_x + 1, right, y, pen)
    for x in (left, right):
        canvas.down(x, top, top + arm_y - 1, pen)
        canvas.down(x, bottom - arm_y + 1, bottom, pen)
    middle_x, middle_y = (left + right) // 2, (top + bottom) // 2
    if right - left > 8:
        canvas.down(middle_x, top - 1, top, pen)
        canvas.down(middle_x, bottom, bottom + 1, pen)
    if bottom - top > 8:
        canvas.across(left - 1, left, middle_y, pen)
        canvas.across(right, right + 1, middle_y, pen)


def _arm(side: int) -> int:
    return side if side <= 4 else max(2, min(6 + side // 16, side // 3))


def _ball(canvas: Canvas, mark: Mark) -> None:
    viewport = canvas.viewport
    x, y, size = mark.geometry
    middle_x, middle_y = viewport.to_dot(x, y)
    radius_x = size / 200 * viewport.scale[0]
    radius_y = size / 200 * viewport.scale[1]
    at_x, at_y = math.floor(middle_x), math.floor(middle_y)
    reach_x, reach_y = math.ceil(radius_x), math.ceil(radius_y)
    styles = mark.styles
    pen = pen_of(styles)
    ghost = Style.GHOST in styles
    if min(radius_x, radius_y) >= 2.5:
        _ring(canvas, middle_x, middle_y, radius_x, radius_y, pen)
    selected = Style.SELECTED in styles
    arm = 2 if ghost else 5 if selected else 3
    gap_x, gap_y = reach_x + 1, reach_y + 1
    for out in (-1, 1):
        near_x, near_y = at_x + out * gap_x, at_y + out * gap_y
        far_x, far_y = near_x + out * (arm - 1), near_y + out * (arm - 1)
        canvas.across(min(near_x, far_x), max(near_x, far_x), at_y, pen)
        canvas.down(at_x, min(near_y, far_y), max(near_y, far_y), pen)
        if Style.EDITED in styles and not ghost:
            canvas.down(far_x, at_y - 1, at_y + 1, pen)
            canvas.across(at_x - 1, at_x + 1, far_y, pen)
        if Style.ADDED in styles and not ghost:
            for away in (-1, 1):
                canvas.dot(near_x, at_y + away * gap_y, pen.colour)
                canvas.dot(near_x + out, at_y + away * (gap_y + 1), pen.colour)
    if Style.HOVERED in styles and not ghost:
        edge_x, edge_y = gap_x + arm, gap_y + arm
        _brackets(
            canvas, at_x - edge_x, at_y - edge_y, at_x + edge_x, at_y + edge_y, Pen(WHITE, BLACK)
        )
    side = gap_x + arm
    if Style.MINE in styles:
        canvas.down(at_x - side, at_y - 1, at_y + 1, Pen(MINE, MINE))
    if Style.THEIRS in styles:
        canvas.down(at_x + side, at_y - 1, at_y + 1, Pen(THEIRS, THEIRS))


def _ring(canvas: Canvas, x: float, y: float, radius_x: float, radius_y: float, pen: Pen) -> None:
    """Draw the dots just outside an ellipse."""
    count = max(12, math.ceil(2 * math.pi * max(radius_x, radius_y)))
    seen: set[tuple[int, int]] = set()
    places = []
    for step in range(count):
        angle = 2 * math.pi * step / count
        place = (
            math.floor(x + (radius_x + 0.5) * math.cos(angle)),
            math.floor(y + (radius_y + 0.5) * math.sin(angle)),
        )
        if place not in seen:
            seen.add(place)
            places.append(place)
    period = pen.on + pen.off
    for number, (at_x, at_y) in enumerate(places):
        if number % period < pen.on:
            canvas.dot(at_x, at_y, pen.colour if (at_x + at_y) & 1 else pen.other)


def _trail(canvas: Canvas, x: int, y: int) -> None:
    at_x, at_y = (math.floor(value) for value in canvas.viewport.to_dot(x, y))
    canvas.dot(at_x, at_y, TRAIL)
    canvas.dot(at_x + 1, at_y, BLACK)


def _cursor(canvas: Canvas, cursor: tuple[int, int]) -> None:
    at_x, at_y = (math.floor(value) for value in canvas.viewport.to_dot(*cursor))
    pen = Pen(WHITE, BLACK)
    canvas.across(at_x - 4, at_x - 2, at_y, pen)
    canvas.across(at_x + 2, at_x + 4, at_y, pen)
    canvas.down(at_x, at_y - 4, at_y - 2, pen)
    canvas.down(at_x, at_y + 2, at_y + 4, pen)


def _grid(canvas: Canvas, region: tuple[int, int, int, int], split: tuple[int, int]) -> None:
    left, top, right, bottom = canvas.viewport.span(region)
    pen = Pen(WHITE, WHITE, 2, 2)
    columns, rows = split
    for column in range(columns + 1):
        x = left + round((right - left) * column / columns)
        canvas.down(x, top, bottom, pen)
    for row in range(rows + 1):
        y = top + round((bottom - top) * row / rows)
        canvas.across(left, right, y, pen)
