"""A small model of a sixel terminal: pixels under text cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

TOKEN = re.compile(r'\x1b\[(\d+);(\d+)H|\x1bP([\d;]*)q"1;1;(\d+);(\d+)([^\x1b]*)\x1b\\')
PART = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)")


@dataclass
class SixelModel:
    """A screen of ``columns`` × ``rows`` cells of ``cell`` pixels; -1 is no picture."""

    columns: int
    rows: int
    cell: tuple[int, int]
    pixels: NDArray[np.int16] = field(init=False)
    pictures: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        size = (self.rows * self.cell[1], self.columns * self.cell[0], 3)
        self.pixels = np.full(size, -1, dtype=np.int16)

    def text(self, left: int, top: int, right: int, bottom: int) -> None:
        """Text is written to these cells: what sixel drew there is gone."""
        across, down = self.cell
        self.pixels[top * down : bottom * down, left * across : right * across] = -1

    def feed(self, data: str) -> None:
        place = 0
        row = column = 0
        while place < len(data):
            match = TOKEN.match(data, place)
            assert match, repr(data[place : place + 60])
            place = match.end()
            if match[1]:
                row, column = int(match[1]) - 1, int(match[2]) - 1
                assert 0 <= row < self.rows
                assert 0 <= column < self.columns
                continue
            assert match[3].split(";")[1] == "1", "the background must stay"
            size = (int(match[4]), int(match[5]))
            self.pictures.append(size)
            self._picture(match[6], column * self.cell[0], row * self.cell[1], *size)

    def _picture(self, body: str, left: int, top: int, width: int, height: int) -> None:
        registers: dict[int, tuple[int, int, int]] = {}
        colour: tuple[int, int, int] | None = None
        x = y = place = 0
        while place < len(body):
            match = PART.match(body, place)
            assert match, repr(body[place : place + 40])
            place = match.end()
            if match[1] is not None:
                red, green, blue = (round(int(match[n]) * 255 / 100) for n in (2, 3, 4))
                registers[int(match[1])] = (red, green, blue)
            elif match[5] is not None:
                colour = registers[int(match[5])]
            elif match[9]:
                x = 0
            elif match[10]:
                x, y = 0, y + 6
            else:
                count = int(match[6] or 1)
                bits = ord(match[7] or match[8]) - 63
                for bit in range(6):
                    if bits >> bit & 1:
                        assert colour is not None
                        assert x + count <= width
                        assert y + bit < height
                        line = self.pixels[top + y + bit]
                        assert left + x + count <= line.shape[0]
                        line[left + x : left + x + count] = colour
                x += count
