"""A small model of a terminal that takes inline images: pixels in text cells, JPEGs decoded."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

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
