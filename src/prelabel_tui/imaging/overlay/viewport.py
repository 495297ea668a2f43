"""Which part of a frame is where on the screen.  Pure geometry, no state.

Three grids: **frame pixels** (floats; labels are in 1/100 of them), **dots** (what a backend can
colour on its own: half a cell, a quarter, or a real screen pixel) and **cells**.  Dots are counted
from the left and top of the widget.

The dot grid is anchored to the frame, not to the view: dot ``g`` always covers the frame pixels
``g / scale`` to ``(g + 1) / scale``, and the view moves over it by whole dots.  So panning shows
the same colours elsewhere, and at a given zoom a label always falls on the same dots.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from prelabel_tui.core.model.labels import UNIT

Zoom = Literal["fit", "fill", 1, 2, 4, 8, 16]
"""``"fit"`` shows the whole frame, ``"fill"`` fills the view with a part of it, 2 to 16 are that
many times closer than fit, and 1 is 1:1: one frame pixel in one dot column."""

ZOOMS: Final[tuple[Zoom, ...]] = ("fit", "fill", 1, 2, 4, 8, 16)

_WIDE: Final = 2.0
"""So many times closer than fit is fill where fit leaves most of the view empty."""

_HAIR: Final = 1e-6
"""Dots: how much the rounding of floats may add or take."""

FOLLOW_MARGIN: Final = 0.15
"""Share of the view, at each side, that a followed selection may not enter."""


def zoom_name(zoom: Zoom) -> str:
    """Return what the screen calls a zoom: ``fit``, ``fill``, ``1:1`` or ``2×``, say."""
    return zoom if isinstance(zoom, str) else "1:1" if zoom == 1 else f"{zoom}×"


@dataclass(frozen=True)
class Viewport:
    """A view on a frame.

    ``frame``: width and height, px.  ``cells``: columns and rows of the widget.  ``dots``: dots
    in a cell, across and down.  ``cell``: a cell's size on the screen, in any unit; only its
    aspect counts.  ``centre``: frame px that should be in the middle (kept inside as far as
    the frame's edges allow).
    """

    frame: tuple[int, int]
    cells: tuple[int, int]
    dots: tuple[int, int] = (1, 2)
    cell: tuple[float, float] = (10, 20)
    zoom: Zoom = "fit"
    centre: tuple[float, float] | None = None

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of the view in dots."""
        return self.cells[0] * self.dots[0], self.cells[1] * self.dots[1]

    @cached_property
    def aspect(self) -> float:
        """Width of a dot divided by its height, on the screen."""
        return (self.cell[0] / self.dots[0]) / (self.cell[1] / self.dots[1])

    @cached_property
    def scale(self) -> tuple[float, float]:
        """Dots per frame pixel, across and down."""
        across = self.scale_of(self.zoom)
        return across, across * self.aspect

    def scale_of(self, zoom: Zoom) -> float:
        """Return the dots across per frame pixel at a zoom."""
        if zoom == 1:
            return 1.0
        width, height = self.frame
        across, down = self.size[0] / width, self.size[1] / (height * self.aspect)
        if zoom == "fill":
            return max(across, down)
        return min(across, down) * (1 if zoom == "fit" else zoom)

    @cached_property
    def origin(self) -> tuple[int, int]:
        """The frame's dot at the widget's top left (may be negative)."""
        middle = self.middle
        out = []
        for axis in (0, 1):
            whole = self.frame[axis] * self.scale[axis]
            room = self.size[axis]
            if whole <= room + _HAIR:
                out.append(-max(0, math.floor((room - whole) / 2)))
            else:
                start = round(middle[axis] * self.scale[axis] - room / 2)
                out.append(max(0, min(start, math.ceil(whole - _HAIR) - room)))
        return out[0], out[1]

    @property
    def middle(self) -> tuple[float, float]:
        """The centre asked for, or the frame's."""
        return self.centre or (self.frame[0] / 2, self.frame[1] / 2)

    # --- frame to screen and back

    def to_dot(self, x: float, y: float) -> tuple[float, float]:
        """Convert frame units (1/100 px) to dots, not rounded."""
        return (
            x / UNIT * self.scale[0] - self.origin[0],
            y / UNIT * self.scale[1] - self.origin[1],
        )

    def to_units(self, dot_x: float, dot_y: float) -> tuple[int, int]:
        """Convert dots to frame units (1/100 px); the inverse of :meth:`to_dot`."""
        return (
            round((dot_x + self.origin[0]) / self.scale[0] * UNIT),
            round((dot_y + self.origin[1]) / self.scale[1] * UNIT),
        )

    def cell_of(self, x: float, y: float) -> tuple[int, int]:
        """Return the cell (column, row) under a place in frame units; may be outside the widget."""
        dot_x, dot_y = self.to_dot(x, y)
        return math.floor(dot_x / self.dots[0]), math.floor(dot_y / self.dots[1])

    def span(self, geometry: Sequence[int]) -> tuple[int, int, int, int]:
        """Return the dots that a box (x, y, w, h in units) covers: left, top, right, bottom.

        Inclusive, never empty; may lie outside the widget.
        """
        x, y, w, h = geometry
        left, top = self.to_dot(x, y)
        right, bottom = self.to_dot(x + w, y + h)
        # A hair inside, so that an edge on a dot's border counts for the dot that it closes.
        first_x, first_y = math.floor(left + _HAIR), math.floor(top + _HAIR)
        return (
            first_x,
            first_y,
            max(first_x, math.ceil(right - _HAIR) - 1),
            max(first_y, math.ceil(bottom - _HAIR) - 1),
        )

    @cached_property
    def region(self) -> tuple[float, float, float, float]:
        """Frame px in view: left, top, right, bottom (may reach beyond the frame)."""
        (ox, oy), (sx, sy), (width, height) = self.origin, self.scale, self.size
        return ox / sx, oy / sy, (ox + width) / sx, (oy + height) / sy

    @cached_property
    def coarse(self) -> bool:
        """Whether a dot is coarser than a frame pixel: then a loupe helps."""
        return min(self.scale) < 1 - 1e-9

    @property
    def wide(self) -> bool:
        """Whether the whole frame leaves at least half of the view empty (or is that high)."""
        return self.scale_of("fill") >= _WIDE * self.scale_of("fit")

    # --- other views

    def zoomed(self, zoom: Zoom) -> Viewport:
        """Return the same middle at another zoom."""
        return replace(self, zoom=zoom)

    def zoomed_by(self, step: int) -> Viewport:
        """Return the next closer (+1) or wider (-1) zoom; levels are ordered by what they show.

        Fill is one of them where it differs much from fit.
        """
        left_out = () if self.wide or self.zoom == "fill" else ("fill",)
        order = sorted((zoom for zoom in ZOOMS if zoom not in left_out), key=self.scale_of)
        place = order.index(self.zoom) + step
        return replace(self, zoom=order[max(0, min(place, len(order) - 1))])

    def panned(self, columns: int, rows: int) -> Viewport:
        """Return the view moved by whole cells."""
        ox, oy = self.origin
        return self._at(ox + columns * self.dots[0], oy + rows * self.dots[1])

    def centred(self, x: float, y: float) -> Viewport:
        """Return the view around frame units (x, y), as far as the frame's edges allow."""
        return replace(self, centre=(x / UNIT, y / UNIT))

    def resized(self, cells: tuple[int, int], cell: tuple[float, float]) -> Viewport:
        """Return the same zoom and middle in another widget size."""
        return replace(self, cells=cells, cell=cell)

    def following(self, geometry: Sequence[int]) -> Viewport:
        """Return the view moved, only if needed, so that a label lies well inside.

        It moves far enough to leave room, so that nudging does not scroll at each key.
        """
        x, y = geometry[0], geometry[1]
        w, h = (geometry[2], geometry[3]) if len(geometry) == 4 else (0, 0)
        left, top = self.to_dot(x, y)
        right, bottom = self.to_dot(x + w, y + h)
        new = list(self.origin)
        for axis, (low, high) in enumerate(((left, right), (top, bottom))):
            room = self.size[axis]
            margin = room * FOLLOW_MARGIN
            if high - low > room - 2 * margin:
                # Larger than the view: do not move while its middle is in the middle half.
                if not room / 4 <= (low + high) / 2 <= room * 3 / 4:
                    new[axis] += round((low + high - room) / 2)
            elif low < margin or high > room - margin:
                new[axis] += round((low + high - room) / 2)
        if tuple(new) == self.origin:
            return self
        moved = self._at(new[0], new[1])
        return self if moved.origin == self.origin else moved

    def _at(self, origin_x: int, origin_y: int) -> Viewport:
        middle = []
        for axis, start in enumerate((origin_x, origin_y)):
            whole = self.frame[axis] * self.scale[axis]
            room = self.size[axis]
            if whole <= room + _HAIR:
                middle.append(self.middle[axis])
            else:
                kept = max(0, min(start, math.ceil(whole - _HAIR) - room))
                middle.append((kept + room / 2) / self.scale[axis])
        return replace(self, centre=(middle[0], middle[1]))
