"""Sixel: sends the pixels that changed, in regions that begin and end at cell borders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.backends.base import Area, Backend, Run, View
from prelabel_tui.imaging.frames.picture import MAT, Picture
from prelabel_tui.imaging.overlay.sprites import Look, Piece, composite, pieces, texture
from prelabel_tui.imaging.sixel import UNKNOWN, Indexed, Palette, encode

STRIP: Final = 6
"""Rows of cells in a strip: what is sent at a time when bytes are scarce."""

MOST_TEXTURES: Final = 96


class SixelBackend(Backend):
    """Needs the exact size of a cell in pixels: those are its ``dots``.

    ``colours``: the terminal's colour registers.  ``largest``: its largest picture, pixels.
    """

    name = "sixel"

    def __init__(
        self, cell: tuple[int, int], colours: int = 256, largest: tuple[int, int] | None = None
    ) -> None:
        self.dots = cell
        self._colours = colours
        self._largest = largest or (10_000, 10_000)
        self._view: View | None = None
        self._palette: Palette | None = None
        self._picture: Picture | None = None
        self._base: Indexed = np.zeros((0, 0), np.uint8)
        self._textures: dict[Look, Indexed] = {}
        self._want: Indexed = np.zeros((0, 0), np.uint8)
        self._shown: Indexed = np.zeros((0, 0), np.uint8)
        self._covered = True
        self._over: tuple[Area, ...] = ()
        self._stale = False
        self._behind = False
        self._pending = False

    # --- the interface of every backend

    def paint(self, view: View) -> None:
        """Take the view; its pixels follow once Textual has painted the cells."""
        self._view = view
        self._stale = True

    def row(self, y: int) -> list[Run]:
        """Return spaces: the text layer is empty under a picture."""
        if self._view is None or y >= self._view.viewport.cells[1]:
            return []
        mat = MAT[0] << 16 | MAT[1] << 8 | MAT[2]
        return [(" " * self._view.viewport.cells[0], mat, mat)]

    def painted(self, top: int, bottom: int, over: Sequence[Area] = ()) -> str:
        """Return the pixels that the text of these rows took away."""
        if self._view is None:
            return ""
        # Text that is written to a cell removes its pixels.
        self._shown[top * self.dots[1] : bottom * self.dots[1]] = UNKNOWN
        self._covered, self._stale, self._over = bool(over), False, tuple(over)
        return self._sync(self._view, None)

    def update(self, view: View, budget: int | None = None) -> str:
        """Return the pixels that differ, the overlay first."""
        self._view = view
        if self._covered or self._stale:
            return ""
        return self._sync(view, budget)

    @property
    def pending(self) -> bool:
        """Whether any pixel is not the wanted one."""
        return self._pending and not (self._covered or self._stale)

    @property
    def behind(self) -> bool:
        """Whether the budget ran out before the picture was complete."""
        return self._behind and self.pending

    def heal(self, budget: int | None = None) -> str:
        """Return the pixels that still differ, within the budget."""
        if self._view is None or not self.pending:
            return ""
        return self._send(self._view, self._want != self._shown, budget)

    def cover(self, over: Sequence[Area] = ()) -> str:
        """Return nothing; note which cells are covered."""
        # The text of whatever covers them removes the pixels by itself.
        down = self.dots[1]
        for _, top, _, bottom in over or [(0, 0, 0, self._shown.shape[0])]:
            self._shown[max(0, top) * down : bottom * down] = UNKNOWN
        self._covered = True
        return ""

    @property
    def covered(self) -> bool:
        """Whether something lies over the picture."""
        return self._covered and bool(self._base.size)

    def forget(self) -> None:
        """Expect none of the picture to be shown any more: send everything again."""
        self._shown = np.full_like(self._shown, UNKNOWN)

    # --- the parts

    def _sync(self, view: View, budget: int | None) -> str:
        fresh = self._draw(view)
        if self._shown.shape != self._want.shape:
            self._shown = np.full_like(self._want, UNKNOWN)
        if view.place[1] + view.viewport.cells[1] >= view.screen[1]:
            # A picture that ends in the screen's last row makes xterm scroll: leave that row out.
            last = slice(-self.dots[1], None)
            self._shown[last] = self._want[last]
        assert self._palette is not None
        seen = self._want != self._shown
        if not fresh and not self._pending:
            return self._send(view, seen, None)  # a nudge: only the overlay differs
        at = np.nonzero(seen)
        seen[at] = self._palette.visible[self._want[at], self._shown[at]]
        if budget is None:
            return self._send(view, self._whole_cells(seen), None)
        # The overlay first, at any cost; then the picture.
        first = self._palette.overlay_numbers()
        over = seen & ((self._want < first) | (self._shown < first))
        out = self._send(view, over, None)
        seen &= ~over
        return out + self._send(view, self._whole_cells(seen), max(0, budget - len(out)))

    def _draw(self, view: View) -> bool:
        """Make ``_want``, the view in palette numbers; return whether its picture is new."""
        picture = view.picture
        before = self._base
        if picture is not self._picture and picture.viewport == view.viewport:
            if self._palette is None or not self._palette.suits(picture.dots):
                self._palette = Palette(picture.dots, self._colours)
                self._textures = {}
                self.forget()
            self._picture = picture
            self._base = self._palette.index(picture.dots)
        width, height = view.viewport.size
        if self._palette is None:
            self._palette = Palette(picture.dots, self._colours)
        if self._base.shape != (height, width):
            mat = np.array([[MAT]], np.uint8)
            self._base = np.full((height, width), self._palette.index(mat)[0, 0])
            self._picture = None
        want = self._base.copy()
        for piece in pieces(view.viewport, view.scene):
            self._stamp(want, piece)
        if view.loupe is not None:
            self._inset(want, view)
        self._want = want
        return self._base is not before

    def _stamp(self, want: Indexed, piece: Piece) -> None:
        assert self._palette is not None
        source_x, source_y, width, height = piece.source
        cut = slice(source_y, source_y + height), slice(source_x, source_x + width)
        whole = texture(piece.look)
        if piece.look not in self._textures:
            if len(self._textures) >= MOST_TEXTURES:
                self._textures.clear()
            self._textures[piece.look] = self._palette.index_texture(whole[..., :3])
        under = want[piece.y : piece.y + height, piece.x : piece.x + width]
        np.copyto(under, self._textures[piece.look][cut], where=whole[cut][..., 3] != 0)

    def _inset(self, want: Indexed, view: View) -> None:
        loupe = view.loupe
        assert loupe is not None
        assert self._palette is not None
        inner = loupe.picture.dots.copy()
        composite(inner, pieces(loupe.picture.viewport, view.scene))
        inner[:2] = inner[-2:] = 0
        inner[:, :2] = inner[:, -2:] = 0
        x, y = loupe.column * self.dots[0], loupe.row * self.dots[1]
        want[y : y + inner.shape[0], x : x + inner.shape[1]] = self._palette.index_texture(inner)

    def _whole_cells(self, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return everything that differs, in cells where something differs visibly."""
        across, down = self.dots
        height, width = seen.shape
        cells = seen.reshape(height // down, down, width // across, across).any(axis=(1, 3))
        if not cells.any():
            return seen
        spread = np.repeat(np.repeat(cells, down, axis=0), across, axis=1)
        spread &= self._want != self._shown
        return spread

    def _send(self, view: View, mask: NDArray[np.bool_], budget: int | None) -> str:
        """Return bytes for the masked pixels; with a budget, as many strips as it allows."""
        out: list[str] = []
        spent = 0
        self._behind = False
        across, down = self.dots
        for left, top, right, bottom in self._over:
            mask[top * down : bottom * down, left * across : right * across] = False
        for region in self._regions(view, mask, budget is not None):
            if budget is not None and spent >= max(budget, 1):
                self._behind = True
                break
            out.append(self._encode(view, mask, region))
            spent += len(out[-1])
        self._pending = not np.array_equal(self._want, self._shown)
        return "".join(out)

    def _regions(
        self, view: View, mask: NDArray[np.bool_], strips: bool
    ) -> Iterator[tuple[slice, slice]]:
        """Yield cell-aligned parts of the view that hold all of the mask, the nearest first."""
        across, down = self.dots
        rows = max(1, min(STRIP if strips else 10_000, self._largest[1] // down))
        columns = max(1, self._largest[0] // across)
        width, height = view.viewport.size
        selected = view.scene.selected
        middle = view.viewport.cells[1] // 2
        if selected is not None:
            middle = view.viewport.cell_of(selected.geometry[0], selected.geometry[1])[1]
        tops = range(0, height, rows * down)
        for top in sorted(tops, key=lambda top: abs(top // down + rows / 2 - middle)):
            for left in range(0, width, columns * across):
                box = (
                    slice(top, min(height, top + rows * down)),
                    slice(left, min(width, left + columns * across)),
                )
                tight = _tight(mask, box, self.dots)
                if tight is not None:
                    yield tight

    def _encode(self, view: View, mask: NDArray[np.bool_], region: tuple[slice, slice]) -> str:
        assert self._palette is not None
        part = mask[region]
        column = view.place[0] + region[1].start // self.dots[0]
        row = view.place[1] + region[0].start // self.dots[1]
        np.copyto(self._shown[region], self._want[region], where=part)
        return f"\x1b[{row + 1};{column + 1}H{encode(self._want[region], part, self._palette)}"


def _tight(
    mask: NDArray[np.bool_], box: tuple[slice, slice], cell: tuple[int, int]
) -> tuple[slice, slice] | None:
    """Return the smallest region of whole cells in ``box`` that holds its part of the mask."""
    part = mask[box]
    lines, columns = np.nonzero(part.any(axis=1))[0], np.nonzero(part.any(axis=0))[0]
    if not len(lines):
        return None
    left = box[1].start + int(columns[0]) // cell[0] * cell[0]
    top = box[0].start + int(lines[0]) // cell[1] * cell[1]
    right = box[1].start + int(columns[-1]) + 1
    bottom = box[0].start + int(lines[-1]) + 1
    return slice(top, bottom), slice(left, right)
