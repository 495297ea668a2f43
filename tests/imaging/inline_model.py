"""A small model of a terminal that takes inline images: pixels in text cells, JPEGs decoded."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from prelabel_tui.imaging.backends.base import View
from prelabel_tui.imaging.overlay.canvas import steady
from prelabel_tui.imaging.overlay.sprites import composite, pieces

TOKEN = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\x07")


@dataclass
class InlineModel:
    """A screen of ``columns`` × ``rows`` cells of ``cell`` pixels; -1 is no picture."""

    columns: int
    rows: int
    cell: tuple[int, int]
    pixels: NDArray[np.int16] = field(init=False)
    pictures: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Left, top, columns and rows of each picture that came."""

    def __post_init__(self) -> None:
        size = (self.rows * self.cell[1], self.columns * self.cell[0], 3)
        self.pixels = np.full(size, -1, dtype=np.int16)

    def text(self, left: int, top: int, right: int, bottom: int) -> None:
        """Text is written to these cells: the picture there is gone."""
        across, down = self.cell
        self.pixels[top * down : bottom * down, left * across : right * across] = -1

    def feed(self, data: str) -> None:
        place = row = column = 0
        while place < len(data):
            match = TOKEN.match(data, place)
            assert match, repr(data[place : place + 60])
            place = match.end()
            if match[1]:
                row, column = int(match[1]) - 1, int(match[2]) - 1
                assert 0 <= row < self.rows
                assert 0 <= column < self.columns
                continue
            keys = dict(part.split("=") for part in match[3].split(";"))
            self._picture(base64.b64decode(match[4], validate=True), keys, column, row)

    def _picture(self, file: bytes, keys: dict[str, str], column: int, row: int) -> None:
        assert keys["inline"] == "1"
        assert keys["preserveAspectRatio"] == "0"
        assert int(keys["size"]) == len(file), "xterm.js drops a picture of another size"
        columns, rows = int(keys["width"]), int(keys["height"])
        assert column + columns <= self.columns
        assert row + rows <= self.rows - 1, "a picture in the last row makes terminals scroll"
        self.pictures.append((column, row, columns, rows))
        across, down = self.cell
        with Image.open(io.BytesIO(file)) as image:
            assert image.format == "JPEG"
            whole = image.convert("RGB")
        size = (columns * across, rows * down)
        if whole.size != size:
            whole = whole.resize(size, Image.Resampling.BILINEAR)
        x, y = column * across, row * down
        self.pixels[y : y + size[1], x : x + size[0]] = np.asarray(whole)


def region_of(view: View, cell: tuple[int, int]) -> tuple[slice, slice]:
    """Where on the screen a view's pixels are."""
    width, height = view.viewport.size
    x, y = view.place[0] * cell[0], view.place[1] * cell[1]
    return slice(y, y + height), slice(x, x + width)


def wanted(view: View, cell: tuple[int, int]) -> NDArray[np.float64]:
    """The pixels of a view, lines in one colour."""
    dots = view.picture.dots.copy()
    if view.picture.viewport != view.viewport:
        raise ValueError("the picture of this view is still to come")
    parts = [steady(piece) for piece in pieces(view.viewport, view.scene)]
    composite(dots, parts)
    if view.loupe is not None:
        inner = view.loupe.picture.dots.copy()
        composite(inner, pieces(view.loupe.picture.viewport, view.scene))
        inner[:2] = inner[-2:] = 0
        inner[:, :2] = inner[:, -2:] = 0
        x, y = view.loupe.column * cell[0], view.loupe.row * cell[1]
        dots[y : y + inner.shape[0], x : x + inner.shape[1]] = inner
    return dots.astype(np.float64)


def labelled(view: View, cell: tuple[int, int]) -> NDArray[np.bool_]:
    """The cells that labels or the loupe are drawn in."""
    out = np.zeros((view.viewport.cells[1], view.viewport.cells[0]), np.bool_)
    for piece in pieces(view.viewport, view.scene):
        width, height = piece.source[2:]
        out[
            piece.y // cell[1] : -(-(piece.y + height) // cell[1]),
            piece.x // cell[0] : -(-(piece.x + width) // cell[0]),
        ] = True
    if view.loupe is not None:
        columns, rows = view.loupe.picture.viewport.cells
        top, left = view.loupe.row, view.loupe.column
        out[top : top + rows, left : left + columns] = True
    return out


def cell_errors(screen: InlineModel, view: View) -> NDArray[np.float64]:
    """Mean squared error of each cell of the view."""
    columns, rows = view.viewport.cells
    apart = (screen.pixels[region_of(view, screen.cell)] - wanted(view, screen.cell)) ** 2
    by_cell = apart.reshape(rows, screen.cell[1], columns, screen.cell[0], 3)
    out: NDArray[np.float64] = by_cell.mean((1, 3, 4))
    return out
