"""The whole clip in two rows: a curve (ball speed, or score) and what was decided below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

_BARS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Track:
    """What the timeline shows, one value per frame.

    ``height`` 0..1 is the curve, nan where nothing is known; ``gap`` marks frames without what
    they should have; ``doubt`` 0..1 colours the curve.  Frames that are ``left_out`` of the content
    need no review.
    """

    height: NDArray[np.float64]
    doubt: NDArray[np.float64]
    gap: NDArray[np.bool_]
    left_out: NDArray[np.bool_]
    reviewed: NDArray[np.bool_]
    flagged: NDArray[np.bool_]
    finding: NDArray[np.bool_]
    edited: NDArray[np.bool_]
    noted: NDArray[np.bool_]

    @classmethod
    def empty(cls, count: int) -> Track:
        """Return the track of ``count`` frames of which nothing is known."""
        none = np.zeros(count, dtype=np.bool_)
        zeros = np.zeros(count)
        return cls(np.full(count, np.nan), zeros, *[none] * 7)

    def __len__(self) -> int:
        return len(self.height)

    def stretch(self, kind: str, index: int, step: int) -> int | None:
        """Find where frames of a kind begin after this one (``step`` 1) or before it (-1).

        ``kind``: flag, finding, gap, open note, edit, or frame to review.
        """
        marked = {
            "flag": self.flagged,
            "finding": self.finding,
            "gap": self.gap,
            "open note": self.noted,
            "edit": self.edited,
            "frame to review": ~(self.reviewed | self.left_out),
        }[kind]
        begins = np.flatnonzero(marked & ~np.append(False, marked[:-1]))
        there = begins[begins > index] if step > 0 else begins[begins < index][::-1]
        return int(there[0]) if len(there) else None


class LaneMark(IntEnum):
    """What the lane shows of a frame; of several frames in a column, the highest."""

    NOTHING = 0
    LEFT_ALONE = 1
    ONE = 2
    SEVERAL = 3
    GAP = 4
    CHANGED = 5


_LANE: Final = (
    (" ", ""), ("▫", "warning"), ("▪", "accent"), ("■", "accent"), ("·", "error"), ("◆", "success"),
)  # fmt: skip
"""Glyph and colour of each mark."""


@dataclass(frozen=True, eq=False)
class Lane:
    """A third row: a :class:`LaneMark` for each frame."""

    marks: NDArray[np.int8]

    @classmethod
    def of_selection(cls, selected: NDArray[np.int64], changeable: NDArray[np.int64]) -> Lane:
        """Show how many labels of each frame are selected, and how many can be changed."""
        marks = np.where(selected > 0, LaneMark.LEFT_ALONE, LaneMark.NOTHING)
        marks[changeable == 1] = LaneMark.ONE
        marks[changeable > 1] = LaneMark.SEVERAL
        return cls(marks.astype(np.int8))

    @classmethod
    def of_track(cls, count: int, frames: NDArray[np.int64], changed: Iterable[int]) -> Lane:
        """Show in which of ``count`` frames a track is, where it is missing, what was changed."""
        marks = np.zeros(count, dtype=np.int8)
        if len(frames):
            marks[frames[0] : frames[-1] + 1] = LaneMark.GAP
            marks[frames] = LaneMark.ONE
            marks[[*changed]] = LaneMark.CHANGED
        return cls(marks)


@dataclass
class _Columns:
    """The track scaled to the widget's width."""

    bars: list[int] = field(default_factory=list)
    doubt: list[float] = field(default_factory=list)
    gap: list[bool] = field(default_factory=list)
    flagged: list[bool] = field(default_factory=list)
    finding: list[bool] = field(default_factory=list)
    edited: list[bool] = field(default_factory=list)
    noted: list[bool] = field(default_factory=list)
    reviewed: list[float] = field(default_factory=list)
    """The share of what is to be reviewed; 1 where that is nothing."""
    left_out: list[bool] = field(default_factory=list)
    """Whether all of the column is left out."""

    def row(self, y: int) -> tuple[object, ...]:
        """Return what a row of the timeline is made of."""
        if y == 0:
            return self.bars, self.doubt, self.gap
        return self.noted, self.flagged, self.finding, self.edited, self.reviewed, self.left_out


class Timeline(Widget):
    """Colours: the curve by doubt; below it notes, flags, findings, left out, edits, reviewed."""

    DEFAULT_CSS = "Timeline { height: 2; background: $surface; }"

    def __init__(self, *, id: str = "timeline") -> None:
        super().__init__(id=id)
        self.track = Track.empty(1)
        self.index = 0
        self.range: tuple[int, int] | None = None
        self._columns: _Columns | None = None
        self._lane: Lane | None = None

    def set_lane(self, lane: Lane | None) -> None:
        """Show a third row, or no longer."""
        if (lane is None) is not (self._lane is None):
            self.styles.height = 2 if lane is None else 3
        self._lane = lane
        self.refresh()

    def set_track(self, track: Track) -> None:
        """Show other values; paint only the rows that change."""
        before, self._columns = self._columns, None
        same_length = len(track) == len(self.track)
        self.track = track
        width = self.size.width
        if before is None or not width or not same_length:
            self.refresh()
            return
        now = self._fold()
        changed = [y for y in (0, 1) if before.row(y) != now.row(y)]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def show(self, index: int, marked: tuple[int, int] | None = None) -> None:
        """Put the cursor on a frame; ``marked``: first and last frame of a range."""
        if (index, marked) == (self.index, self.range):
            return
        old = {self.column_of(self.index), self.column_of(index)}
        changed_range = marked != self.range
        self.index, self.range = index, marked
        if changed_range:
            self.refresh()
        else:
            self.refresh(*(Region(column, 0, 1, self.size.height) for column in old))

    def column_of(self, index: int) -> int:
        """Return the column that shows a frame."""
        count, width = len(self.track), max(1, self.size.width)
        return min(width - 1, index * width // max(1, count))

    def beside(self, index: int, columns: int) -> int:
        """Return the first frame that many columns from a frame's, at least one frame away."""
        count, width = len(self.track), max(1, self.size.width)
        if count <= width:
            return index + columns
        return -(-(self.column_of(index) + columns) * count // width)

    def _edges(self) -> NDArray[np.int64]:
        """Return the first frame of each column; with more columns than frames, the one shown."""
        width, count = self.size.width, len(self.track)
        starts = np.arange(width) * count
        return -(-starts // width) if count >= width else starts // width

    def _fold(self) -> _Columns:
        if self._columns is not None and len(self._columns.bars) == self.size.width:
            return self._columns
        width, count = self.size.width, len(self.track)
        edges, track = self._edges(), self.track
        height = np.fmax.reduceat(np.nan_to_num(track.height, nan=-1.0), edges)
        bars = np.where(height < 0, 0, 1 + np.clip(np.rint(height * 7), 0, 7)).astype(int)

        def any_of(values: NDArray[np.bool_]) -> list[bool]:
            found: list[bool] = np.logical_or.reduceat(values, edges).tolist()
            return found

        wanted = (~track.left_out).astype(float)
        done = track.reviewed * wanted
        if count >= width:
            wanted, done = np.add.reduceat(wanted, edges), np.add.reduceat(done, edges)
        else:
            wanted, done = wanted[edges], done[edges]
        share = np.where(wanted > 0, done / np.maximum(1, wanted), 1.0)
        self._columns = _Columns(
            bars.tolist(),
            np.maximum.reduceat(track.doubt, edges).tolist(),
            any_of(track.gap),
            any_of(track.flagged),
            any_of(track.finding),
            any_of(track.edited),
            any_of(track.noted),
            share.tolist(),
            (wanted == 0).tolist(),
        )
        return self._columns

    def render_line(self, y: int) -> Strip:
        """Draw the curve (row 0), the decisions (row 1) or the lane; the cursor is in each."""
        width = self.size.width
        if width == 0 or y > (1 if self._lane is None else 2):
            return Strip.blank(width, self.rich_style)
        columns = self._fold()
        cursor = self.column_of(self.index)
        low, high = (-1, -1)
        if self.range is not None:
            low, high = (self.column_of(at) for at in sorted(self.range))
        paint = (self._curve, self._decided, self._in_lane())[y]
        segments = []
        for column in range(width):
            glyph, colour = paint(columns, column)
            style = Style(color=colour or None)
            if low <= column <= high:
                style += Style(bgcolor=self._colour("primary-darken-1") or None)
            if column == cursor:
                style = Style(color=self._colour("background"), bgcolor=self._colour("accent"))
                glyph = glyph if glyph.strip() else ("▼" if y == 0 else " ")
            segments.append(Segment(glyph, self.rich_style + style))
        return Strip(Segment.simplify(segments), width)

    def _in_lane(self) -> Callable[[_Columns, int], tuple[str, str]]:
        """Return what paints the lane."""
        if self._lane is None:
            return self._decided
        marks = np.maximum.reduceat(self._lane.marks, self._edges()).tolist()

        def paint(_: _Columns, column: int) -> tuple[str, str]:
            glyph, colour = _LANE[marks[column]]
            return glyph, self._colour(colour)

        return paint

    def _curve(self, columns: _Columns, column: int) -> tuple[str, str]:
        if columns.gap[column] and columns.bars[column] == 0:
            return "·", self._colour("error")
        doubt = columns.doubt[column]
        name = "error" if doubt > 0.66 else "warning" if doubt > 0.33 else "secondary"
        return _BARS[columns.bars[column]], self._colour(name)

    def _decided(self, columns: _Columns, column: int) -> tuple[str, str]:
        if columns.noted[column]:
            return "✎", self._colour("accent")
        if columns.flagged[column]:
            return "⚑", self._colour("warning")
        if columns.finding[column]:
            return "!", self._colour("error")
        if columns.left_out[column]:
            return "×", self._colour("foreground-darken-3")
        share = columns.reviewed[column]
        glyph = "━" if share == 1 else "╍" if share > 0 else "─"
        if columns.edited[column]:
            return ("╋" if share == 1 else "┼"), self._colour("accent")
        return glyph, self._colour("success" if share else "foreground-darken-3")

    def _colour(self, name: str) -> str:
        return self.app.theme_variables.get(name, "")
