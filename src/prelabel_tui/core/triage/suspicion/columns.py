"""The numbers of a document's labels, frame by frame, as numpy arrays."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.model.codec import has_state, is_left_out, is_reviewed, is_unseen
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.label_arrays import Numbers, label_ids, read_numbers
from prelabel_tui.core.model.labels import BallState, Flag

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


class Columns:
    """The labels and the state of each frame.

    Of the labels the values (x, y, w, h, score; units; score -1: none) and a number that stands
    for each label's id.
    """

    def __init__(self, document: Document, flagged_by_others: Iterable[int] = ()) -> None:
        count = len(document)
        self.is_ball = document.capability == "ball_detection"
        self.counts = np.zeros(count, dtype=np.int64)
        self.left_out = np.zeros(count, dtype=np.bool_)
        self.reviewed = np.zeros(count, dtype=np.bool_)
        self.judged = np.zeros(count, dtype=np.bool_)
        """Reviewed while the picture was shown: what was accepted unseen says nothing."""
        self.settled = np.zeros(count, dtype=np.bool_)
        self.flags: dict[int, tuple[str, ...]] = {}
        self.others = frozenset(flagged_by_others)
        self._encoded = document.every_encoded()
        self._parts = [self._read(start) for start in range(0, count, _PART)]

    def __len__(self) -> int:
        return len(self._encoded)

    def ids(self, index: int) -> tuple[str, ...]:
        """Return the ids of a frame's labels, in order."""
        return label_ids(self._encoded[index])

    def labels(self, start: int, stop: int) -> tuple[Ints, Ints]:
        """Return the labels of frames ``start`` to ``stop`` (not included).

        Values of shape (5, labels), and the numbers that stand for their ids.
        """
        values, names = [np.empty((5, 0), dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for number in range(start // _PART, -(-stop // _PART)):
            part, first = self._parts[number], number * _PART
            low = int(self.counts[first : max(start, first)].sum())
            high = int(self.counts[first : min(stop, first + _PART)].sum())
            values.append(part.values[:, low:high])
            names.append(part.names[low:high])
        return np.concatenate(values, axis=1), np.concatenate(names)

    def _read(self, start: int) -> Numbers:
        encoded = self._encoded[start : start + _PART]
        numbers = read_numbers(encoded, self.is_ball)
        self.counts[start : start + _PART] = numbers.counts
        for index, frame in enumerate(encoded, start):
            if is_reviewed(frame) or is_left_out(frame) or has_state(frame):
                self._set_state(index)
        return numbers

    def _set_state(self, index: int) -> None:
        encoded = self._encoded[index]
        self.left_out[index] = is_left_out(encoded)
        self.reviewed[index] = is_reviewed(encoded)
        self.judged[index] = self.reviewed[index] and not is_unseen(encoded)
        state = _State()
        if has_state(encoded):
            with contextlib.suppress(msgspec.MsgspecError):  # the validation says so
                state = _decoder.decode(encoded)
        self.settled[index] = state.ball in _SETTLED
        if state.flags:
            self.flags[index] = tuple(state.flags)
        else:
            self.flags.pop(index, None)

    def reread(self, document: Document, index: int) -> bool:
        """Read one frame anew; say whether its labels or ball state have changed."""
        self._encoded[index] = document.encoded(index)
        values, names = self.labels(index, index + 1)
        settled = bool(self.settled[index])
        now = read_numbers(self._encoded[index : index + 1], self.is_ball)
        same = np.array_equal(now.names, names) and np.array_equal(now.values, values)
        if not same:
            self._replace(index, now)
        self._set_state(index)
        return not same or settled != bool(self.settled[index])

    def _replace(self, index: int, now: Numbers) -> None:
        number = index // _PART
        part = self._parts[number]
        low = int(self.counts[number * _PART : index].sum())
        high = low + int(self.counts[index])
        values = part.values[:, :low], now.values, part.values[:, high:]
        names = part.names[:low], now.names, part.names[high:]
        self._parts[number] = part._replace(
            values=np.concatenate(values, axis=1), names=np.concatenate(names)
        )
        self.counts[index] = len(now.names)


class Nodes:
    """The labels of a stretch of frames in a row, with links to their counterparts in time.

    ``frame`` is relative to the stretch.  ``next`` and ``before`` hold node numbers, or ``len``
    for none: arrays of values have one more element there, NaN.
    """

    def __init__(self, columns: Columns, start: int, stop: int) -> None:
        self.start, self.frames = start, stop - start
        self.counts = columns.counts[start:stop]
        values, self.name = columns.labels(start, stop)
        self.many = len(self.name)
        self.frame = np.repeat(np.arange(self.frames), self.counts)
        self.first = np.concatenate(([0], np.cumsum(self.counts)))
        padded = np.full((5, self.many + 1), np.nan)
        padded[:, :-1] = values
        x, y, self.w, self.h, self.score = padded
        self.score = np.where(self.score < 0, np.nan, self.score)
        self.left, self.top = x, y
        self.x, self.y = x + self.w / 2, y + self.h / 2
        self.time = np.append(self.frame, -1).astype(np.float64)
        self.time[-1] = np.nan
        self.next = np.full(self.many + 1, self.many, dtype=np.int64)
        self.before = np.full(self.many + 1, self.many, dtype=np.int64)

    def link(self, earlier: Ints, later: Ints) -> None:
        """Link nodes ``earlier`` to nodes ``later``, which are the same things."""
        self.next[earlier] = later
        self.before[later] = earlier

    # Ask for these when all is linked: they are kept.

    @cached_property
    def span(self) -> Floats:
        """Frames from each node to the next one."""
        return self.time[self.next] - self.time

    @cached_property
    def back(self) -> tuple[Ints, Ints, Ints]:
        """The node one, two and three links before each."""
        two = self.before[self.before]
        return self.before, two, self.before[two]

    @cached_property
    def ahead(self) -> tuple[Ints, Ints]:
        """The node one and two links after each."""
        return self.next, self.next[self.next]
