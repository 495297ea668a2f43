"""A small model of a kitty terminal: images, placements, deletes, and what is then seen.

Knows only what the backend uses, and complains about anything else.
"""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from prelabel_tui.imaging.terminal.kitty_protocol import images_first

TOKEN = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\|\x1b\[\?2026[hl]")
KNOWN = set("aidpqfmxywhcrXYzC")


@dataclass
class KittyModel:
    """A screen of ``columns`` × ``rows`` cells of ``cell`` pixels."""

    columns: int
    rows: int
    cell: tuple[int, int]
    images: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    placements: dict[tuple[int, int], dict[str, int]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    _open: tuple[int, str] | None = None

    def feed(self, data: str) -> None:
        """Take an update as it is sent: the images before the rest of it."""
        images, rest = images_first(data)
        assert "a=t" not in rest
        data = images + rest
        place = 0
        column = row = 0
        while place < len(data):
            match = TOKEN.match(data, place)
            assert match, repr(data[place : place + 60])
            place = match.end()
            if match[1]:
                row, column = int(match[1]) - 1, int(match[2]) - 1
                assert 0 <= row < self.rows
                assert 0 <= column < self.columns
            elif match[3] is not None:
                self._graphics(match[3], match[4] or "", column, row)

    def _graphics(self, keys: str, payload: str, column: int, row: int) -> None:
        values: dict[str, Any] = dict(part.split("=") for part in keys.split(","))
        assert set(values) <= KNOWN, keys
        assert len(payload) <= 4096
        action = values.get("a")
        if self._open is not None:
            assert action is None, "a command inside a chunked image"
        if action in (None, "t"):
            self._store(values, payload)
        elif action == "p":
            self._place(values, column, row)
        elif action == "d":
            self._delete(values)
        else:
            raise AssertionError(keys)

    def _store(self, values: dict[str, Any], payload: str) -> None:
        if self._open is None:
            assert values["f"] == "100"
            image = int(values["i"])
            self.images.pop(image, None)
            self._drop(image)
            data = payload
        else:
            image, data = self._open[0], self._open[1] + payload
        if values["m"] == "1":
            assert len(payload) % 4 == 0
            self._open = (image, data)
            return
        self._open = None
        picture = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
        self.images[image] = np.asarray(picture.convert("RGBA"))

    def _place(self, values: dict[str, Any], column: int, row: int) -> None:
        numbers = {key: int(value) for key, value in values.items() if key not in "aq"}
        image = numbers["i"]
        if image not in self.images:
            self.errors.append(f"i={image},p={numbers['p']};ENOENT")
            return
        assert numbers["C"] == 1
        assert numbers.get("X", 0) < self.cell[0]
        assert numbers.get("Y", 0) < self.cell[1]
        self.placements[image, numbers["p"]] = {**numbers, "column": column, "row": row}

    def _delete(self, values: dict[str, Any]) -> None:
        image = int(values["i"])
        if "p" in values:
            self.placements.pop((image, int(values["p"])), None)
            return
        self._drop(image)
        if values["d"] == "I":
            self.images.pop(image, None)

    def _drop(self, image: int) -> None:
        for key in [key for key in self.placements if key[0] == image]:
            del self.placements[key]

    def seen(self) -> NDArray[np.uint8]:
        """The pixels of the screen; black where nothing is."""
        width, height = self.columns * self.cell[0], self.rows * self.cell[1]
        out = np.zeros((height, width, 3), dtype=np.uint8)
        # The same image's placements have no order in kitty: a fixed one here.
        for at in sorted(
            self.placements.values(),
            key=lambda at: (at.get("z", 0), at["i"], at["row"], at["column"], at.get("Y", 0)),
        ):
            image = self.images[at["i"]]
            x, y = at.get("x", 0), at.get("y", 0)
            part = image[y : y + (at.get("h") or 9999), x : x + (at.get("w") or 9999)]
            if "c" in at or "r" in at:
                size = (at["c"] * self.cell[0], at["r"] * self.cell[1])
                if (part.shape[1], part.shape[0]) != size:
                    scaled = Image.fromarray(part).resize(size, Image.Resampling.NEAREST)
                    part = np.asarray(scaled)
            left = at["column"] * self.cell[0] + at.get("X", 0)
            top = at["row"] * self.cell[1] + at.get("Y", 0)
            assert left + part.shape[1] <= width, at
            assert top + part.shape[0] <= height, at
            under = out[top : top + part.shape[0], left : left + part.shape[1]]
            np.copyto(under, part[..., :3], where=part[..., 3:] != 0)
        return out
