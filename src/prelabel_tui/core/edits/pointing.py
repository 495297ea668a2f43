"""Pointing by keys: a grid that splits the view until the pixel, and letters on labels."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Ball, Box, Frame

Region = tuple[int, int, int, int]
"""x, y, width, height in 1/100 px."""


_SHAPES: Final = (
    ("1234567890", "qwertyuiop", "asdfghjkl;", "zxcvbnm,./"),
    ("12345", "qwert", "asdfg", "zxcvb"),
    ("qwe", "asd", "zxc"),
)
"""Rows of keys as they lie on the keyboard, for each shape that a split can take.

The shape that leads to a point with the fewest keys is chosen.
"""


@dataclass(frozen=True)
class Grid:
    """A region being split.  Immutable; every key gives another grid."""

    region: Region
    before: tuple[Region, ...] = ()

    @classmethod
    def start(cls, view: Region) -> Grid:
        """Begin with the region in view."""
        return cls(view)

    @property
    def point(self) -> tuple[int, int]:
        """The middle of the region."""
        x, y, w, h = self.region
        return x + w // 2, y + h // 2

    @property
    def fine(self) -> bool:
        """Whether the region is down to a pixel."""
        return self.region[2] <= UNIT and self.region[3] <= UNIT

    @property
    def rows(self) -> tuple[str, ...]:
        """The keys of the cells, row by row: up to 10 × 4, fewer of a region that is small."""
        _, _, w, h = self.region
        return min(_SHAPES, key=lambda rows: math.hypot(w / len(rows[0]), h / len(rows)))

    @property
    def split(self) -> tuple[int, int]:
        """Columns and rows."""
        return len(self.rows[0]), len(self.rows)

    @property
    def cells(self) -> list[tuple[str, Region]]:
        """Each key and the region that it keeps."""
        columns, rows = self.split
        return [
            (key, _cell(self.region, columns, rows, column, row))
            for row, keys in enumerate(self.rows)
            for column, key in enumerate(keys)
        ]

    def press(self, key: str) -> Grid | None:
        """Return the grid of the key's cell; None when the grid has no such key."""
        region = dict(self.cells).get(key)
        if region is None:
            return None
        return replace(self, region=region, before=(*self.before, self.region))

    def back(self) -> Grid:
        """Return the grid before the last key; at the start, the same grid."""
        if not self.before:
            return self
        return replace(self, region=self.before[-1], before=self.before[:-1])


def _cell(region: Region, columns: int, rows: int, column: int, row: int) -> Region:
    """Return a cell, never smaller than one unit; cells of a large region do not overlap."""
    x, y, w, h = region
    left, right = w * column // columns, w * (column + 1) // columns
    top, bottom = h * row // rows, h * (row + 1) // rows
    return x + left, y + top, max(1, right - left), max(1, bottom - top)


HOME_ROW_FIRST: Final = "fjdkslaghrueiwoqptyvmcnxbz"
"""Letters for hints, the easiest first."""


def hints(label_ids: Sequence[str], alphabet: str = HOME_ROW_FIRST) -> dict[str, str]:
    """Choose letters for each label: one key each if there are enough, else some take two.

    No hint is the beginning of another.  ValueError for more labels than pairs of letters.
    """
    size = len(alphabet)
    count = len(label_ids)
    if count > size * size:
        raise ValueError(f"{count} labels are more than {size} letters can name by two keys")
    pairs = 0 if count <= size else math.ceil((count - size) / (size - 1))
    codes = [*alphabet[: size - pairs]]
    codes += [first + second for first in alphabet[size - pairs :] for second in alphabet]
    return dict(zip(label_ids, codes, strict=False))


def choose_hint(given: Mapping[str, str], typed: str) -> str | None:
    """Return the label whose hint was typed."""
    return next((label for label, letters in given.items() if letters == typed), None)


def is_prefix(given: Mapping[str, str], typed: str) -> bool:
    """Say whether a hint begins with what was typed."""
    return any(letters.startswith(typed) for letters in given.values())


def reading_order(frame: Frame) -> list[str]:
    """Return the ids of a frame's labels from left to right, and from the top where they align."""
    return [label.id for label in sorted(frame.labels, key=lambda label: (label.x, label.y))]


_NEIGHBOURS = 9
_FRAMES = 24
_FALLBACK = (30 * UNIT, 75 * UNIT)


def typical_size(document: Document, y: int) -> tuple[int, int]:
    """Return the usual width and height of a player box around row ``y`` (units).

    They are the medians of the boxes whose centre is nearest to that row, in frames spread over
    the clip.
    """
    step = max(1, len(document) // _FRAMES)
    boxes = list(_boxes(document, range(0, len(document), step)))
    boxes.sort(key=lambda box: (abs(box.y + box.h // 2 - y), box.y, box.x))
    near = boxes[:_NEIGHBOURS]
    if not near:
        return _FALLBACK
    return statistics.median_low(b.w for b in near), statistics.median_low(b.h for b in near)


def _boxes(document: Document, frames: Iterable[int]) -> Iterable[Box]:
    for index in frames:
        for label in document.frame(index).labels:
            if not isinstance(label, Ball):
                yield label
