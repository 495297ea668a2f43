"""The numbers of a document's labels, frame by frame, as numpy arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import chain
from operator import attrgetter

import msgspec
import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.document import Document
from prelabel_tui.core.labels import BallState, Flag

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_PART = 512
"""Frames read at a time, so that no single call holds the interpreter for long."""

_SETTLED = (BallState.OCCLUDED, BallState.OUT_OF_FRAME, BallState.ABSENT)


class _Label(msgspec.Struct, gc=False):
    """The part of a label that ranking looks at; reading only this takes a quarter."""

    id: str
    x: int
    y: int
    w: int = 0
    h: int = 0
    size: int = 0
    score: int = -1


class _Frame(msgspec.Struct, gc=False):
    labels: list[_Label] = []
    flags: list[Flag] = []
    ball: BallState | None = None
    reviewed: bool = False


_decoder = msgspec.json.Decoder(_Frame)
_box_numbers = attrgetter("x", "y", "w", "h", "score")


def _ball_numbers(label: _Label) -> tuple[int, ...]:
    size = label.size
    return (label.x - size // 2, label.y - size // 2, size, size, label.score)


def _table(labels: list[_Label], is_ball: bool) -> Ints:
    numbers = map(_ball_numbers if is_ball else _box_numbers, labels)
    return np.array(array("q", chain.from_iterable(numbers)), dtype=np.int64).reshape(-1, 5)


class Columns:
    """For each frame: its labels' rows (x, y, w, h, score; units; score -1: none) and state."""

    def __init__(self, document: Document, flagged_by_others: Iterable[int] = ()) -> None:
        count = len(document)
        self.is_ball = document.capability == "ball_detection"
        self.rows: list[Ints] = []
        self.ids: list[tuple[str, ...]] = []
        self.reviewed = np.zeros(count, dtype=np.bool_)
        self.settled = np.zeros(count, dtype=np.bool_)
        self.flags: dict[int, tuple[str, ...]] = {}
        self.others = frozenset(flagged_by_others)
        for start in range(0, count, _PART):
            self._read(document, start, min(count, start + _PART))
        self.counts = np.fromiter(map(len, self.ids), dtype=np.int64, count=count)

    def __len__(self) -> int:
        return len(self.rows)

    def _read(self, document: Document, start: int, stop: int) -> None:
        frames = [_decoder.decode(document.encoded(index)) for index in range(start, stop)]
        counts = [len(frame.labels) for frame in frames]
        labels = list(chain.from_iterable(frame.labels for frame in frames))
        flat = _table(labels, self.is_ball)
        ids = [label.id for label in labels]
        at = 0
        for many in counts:
            self.rows.append(flat[at : at + many])
            self.ids.append(tuple(ids[at : at + many]))
            at += many
        for index, frame in enumerate(frames, start):
            if frame.reviewed or frame.flags or frame.ball:
                self._set_state(index, frame)

    def _set_state(self, index: int, frame: _Frame) -> None:
        self.reviewed[index] = frame.reviewed
        self.settled[index] = frame.ball in _SETTLED
        if frame.flags:
            self.flags[index] = tuple(frame.flags)
        else:
            self.flags.pop(index, None)

    def reread(self, document: Document, index: int) -> bool:
        """Take one frame anew; says whether labels or ball state are others than before."""
        frame = _decoder.decode(document.encoded(index))
        new = _table(frame.labels, self.is_ball)
        ids = tuple(label.id for label in frame.labels)
        settled = bool(self.settled[index])
        same = ids == self.ids[index] and np.array_equal(new, self.rows[index])
        self.rows[index], self.ids[index], self.counts[index] = new, ids, len(ids)
        self._set_state(index, frame)
        return not same or settled != bool(self.settled[index])


class Nodes:
    """The labels of a stretch of frames one after another, with links to their like in time.

    ``frame`` is relative to the stretch.  ``next`` and ``before`` hold node numbers, or ``len``
    for none: arrays of values have one more element there, NaN.
    """

    def __init__(self, columns: Columns, start: int, stop: int) -> None:
        self.start, self.frames = start, stop - start
        self.counts = columns.counts[start:stop]
        table = np.concatenate([np.empty((0, 5), dtype=np.int64), *columns.rows[start:stop]])
        self.many = len(table)
        self.frame = np.repeat(np.arange(self.frames), self.counts)
        self.first = np.concatenate(([0], np.cumsum(self.counts)))
        padded = np.full((5, self.many + 1), np.nan)
        padded[:, :-1] = table.T
        x, y, self.w, self.h, self.score = padded
        self.score = np.where(self.score < 0, np.nan, self.score)
        self.left, self.top = x, y
        self.x, self.y = x + self.w / 2, y + self.h / 2
        self.time = np.append(self.frame, -1).astype(np.float64)
        self.time[-1] = np.nan
        names = chain.from_iterable(columns.ids[start:stop])
        self.name = np.fromiter(map(hash, names), dtype=np.int64, count=self.many)
        self.next = np.full(self.many + 1, self.many, dtype=np.int64)
        self.before = np.full(self.many + 1, self.many, dtype=np.int64)

    def link(self, earlier: Ints, later: Ints) -> None:
        """Say that nodes ``later`` are what nodes ``earlier`` were."""
        self.next[earlier] = later
        self.before[later] = earlier
