"""The numbers of a document's labels, frame by frame, as numpy arrays."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.document import Document
from prelabel_tui.core.labels import BallState, Flag
from prelabel_tui.core.suspicion.reading import label_ids, read_numbers

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_PART = 256
"""Frames read at a time: their bytes and numbers fit in a processor's cache."""

_SETTLED = (BallState.OCCLUDED, BallState.OUT_OF_FRAME, BallState.ABSENT)


class _State(msgspec.Struct, gc=False):
    """What a frame says besides its labels."""

    flags: list[Flag] = []
    ball: BallState | None = None


_decoder = msgspec.json.Decoder(_State)
_LABELS_ONLY = (b'{"labels":', b'{"reviewed":', b"{}")
_REVIEWED = b'"reviewed":true}'


class Columns:
    """For each frame: its labels' rows (x, y, w, h, score; units; score -1: none), a number that
    stands for each label's id, and the frame's state."""

    def __init__(self, document: Document, flagged_by_others: Iterable[int] = ()) -> None:
        count = len(document)
        self.is_ball = document.capability == "ball_detection"
        self.rows: list[Ints] = []
        self.names: list[Ints] = []
        self.counts = np.zeros(count, dtype=np.int64)
        self.reviewed = np.zeros(count, dtype=np.bool_)
        self.settled = np.zeros(count, dtype=np.bool_)
        self.flags: dict[int, tuple[str, ...]] = {}
        self.others = frozenset(flagged_by_others)
        self._encoded = [document.encoded(index) for index in range(count)]
        for start in range(0, count, _PART):
            self._read(start, min(count, start + _PART))

    def __len__(self) -> int:
        return len(self.rows)

    def ids(self, index: int) -> tuple[str, ...]:
        """Ids of a frame's labels, in the order of its rows."""
        return label_ids(self._encoded[index])

    def _read(self, start: int, stop: int) -> None:
        numbers = read_numbers(self._encoded[start:stop], self.is_ball)
        self.counts[start:stop] = numbers.counts
        bounds = [0, *np.cumsum(numbers.counts).tolist()]
        self.rows += [numbers.rows[one:two] for one, two in pairwise(bounds)]
        self.names += [numbers.names[one:two] for one, two in pairwise(bounds)]
        for index, encoded in enumerate(self._encoded[start:stop], start):
            if encoded.endswith(_REVIEWED) or not encoded.startswith(_LABELS_ONLY):
                self._set_state(index)

    def _set_state(self, index: int) -> None:
        encoded = self._encoded[index]
        self.reviewed[index] = encoded.endswith(_REVIEWED)
        state = _State()
        if not encoded.startswith(_LABELS_ONLY):
            with contextlib.suppress(msgspec.MsgspecError):  # the validation says so
                state = _decoder.decode(encoded)
        self.settled[index] = state.ball in _SETTLED
        if state.flags:
            self.flags[index] = tuple(state.flags)
        else:
            self.flags.pop(index, None)

    def reread(self, document: Document, index: int) -> bool:
        """Take one frame anew; says whether labels or ball state are others than before."""
        self._encoded[index] = document.encoded(index)
        numbers = read_numbers(self._encoded[index : index + 1], self.is_ball)
        settled = bool(self.settled[index])
        same = np.array_equal(numbers.names, self.names[index]) and np.array_equal(
            numbers.rows, self.rows[index]
        )
        self.rows[index], self.names[index] = numbers.rows, numbers.names
        self.counts[index] = len(numbers.rows)
        self._set_state(index)
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
        self.name = np.concatenate([np.empty(0, dtype=np.int64), *columns.names[start:stop]])
        self.next = np.full(self.many + 1, self.many, dtype=np.int64)
        self.before = np.full(self.many + 1, self.many, dtype=np.int64)

    def link(self, earlier: Ints, later: Ints) -> None:
        """Say that nodes ``later`` are what nodes ``earlier`` were."""
        self.next[earlier] = later
        self.before[later] = earlier
