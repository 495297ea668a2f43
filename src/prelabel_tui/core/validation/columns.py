"""A clip in columns, so that 10,000 frames are screened at once.

A screen only says which frames to look at: whether a rule is broken is decided by
:mod:`frame_checks`, so that the whole clip and one edited frame are judged alike.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.document import Document
from prelabel_tui.core.labels import (
    EMPTY_FRAME,
    UNIT,
    Ball,
    Capability,
    Flag,
    Frame,
    Label,
    decode_frame,
)
from prelabel_tui.core.media import Manifest
from prelabel_tui.core.validation.frame_checks import NO_BALL
from prelabel_tui.core.validation.rules import Settings

DEFAULT_FPS: Final = 25_000
"""Frames a second × 1000 of a clip that says neither times nor a rate."""

BREATH: Final = 64
"""Frames between two moments at which other threads (the screen's) may run."""

STRETCH: Final = 16 * BREATH
"""Frames whose labels are screened at once: few enough that they stay in the processor's cache."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Columns:
    """One value a frame of the document.  ``ball``: x, y of the only ball in 1/100 px, or nan."""

    labels: Ints
    reviewed: Flags
    ball: Floats

    def set(self, index: int, frame: Frame) -> None:
        """Enter one frame."""
        self.labels[index] = len(frame.labels)
        self.reviewed[index] = frame.reviewed
        only = frame.labels[0] if len(frame.labels) == 1 else None
        self.ball[index] = (only.x, only.y) if isinstance(only, Ball) else (np.nan, np.nan)


@dataclass(frozen=True)
class Clip:
    """What the manifest says, in columns: seconds to the next frame, frame widths in px, and
    whether there is no picture."""

    seconds: Floats
    widths: Floats
    sizes: Ints
    unseen: Flags

    @classmethod
    def of(cls, manifest: Manifest) -> Clip:
        """Columns of a manifest."""
        frames = manifest.frames
        times = np.array([frame.time for frame in frames], np.float64) / 1e6
        steps = np.diff(times)
        steps[steps <= 0] = 1000 / (manifest.fps or DEFAULT_FPS)
        sizes = np.array([(f.width * UNIT, f.height * UNIT) for f in frames], np.int64)
        unseen = [
            f.missing is not None or (f.path is None and f.sha256 is None and f.at is None)
            for f in frames
        ]
        return cls(
            steps,
            np.array([frame.width for frame in frames], np.float64),
            sizes.reshape(-1, 2),
            np.array(unseen, np.bool_),
        )


@dataclass(frozen=True)
class Screening:
    """A read of the whole document: its columns, frames to look at, and frames that cannot be
    read (with the reason)."""

    columns: Columns
    suspects: frozenset[int]
    unreadable: dict[int, str]


def screen(document: Document, clip: Clip, settings: Settings) -> Screening:
    """Read every frame once.  Frames that break no frame rule are not among the suspects,
    but for a few."""
    ball = document.capability is Capability.BALL
    limit = (settings.threshold("ball.too_many") if ball else None) or math.inf
    reading = _Reading(ball, limit)
    balls = np.full((len(document), 2), np.nan)
    for start in range(0, len(document), STRETCH):
        stretch = range(start, min(start + STRETCH, len(document)))
        rows = reading.read(document, stretch)
        of_frame = np.repeat(np.array(stretch), reading.counts[start : stretch.stop])
        reading.suspects.update(of_frame[rows[2] == _NOWHERE].tolist())
        if ball:
            only = np.array(reading.counts, np.int64)[of_frame] == 1
            balls[of_frame[only]] = (rows[:2, only] + rows[2:, only] // 2).T
        rows[2:] += rows[:2]
        reading.suspects.update(_misplaced(rows, of_frame, clip, settings).tolist())
        identical = settings.threshold("box.near_identical")
        if identical is not None and not ball:
            reading.suspects.update(_near_identical(rows, of_frame, identical))
    columns = Columns(
        np.array(reading.counts, np.int64), np.array(reading.reviewed, np.bool_), balls
    )
    return Screening(columns, frozenset(reading.suspects), reading.unreadable)


class _Reading:
    """What is noted of each frame while the whole document is read, a few frames at a time."""

    def __init__(self, ball: bool, limit: float) -> None:
        self._ball, self._limit = ball, limit
        self._usual: list[str] = []
        self._unique = True
        self.counts: list[int] = []
        self.reviewed: list[bool] = []
        self.suspects: set[int] = set()
        self.unreadable: dict[int, str] = {}

    def read(self, document: Document, stretch: range) -> Ints:
        """x, y, width, height of the labels of these frames, one column each."""
        places = _ball_places if self._ball else _box_places
        found: list[Ints] = []
        for start in range(stretch.start, stretch.stop, BREATH):
            time.sleep(0)
            labels: list[Label] = []
            for index in range(start, min(start + BREATH, stretch.stop)):
                frame = self._frame(document, index)
                labels += frame.labels
                self._note(index, frame)
            found.append(places(labels))
        return np.concatenate(found, axis=1)

    def _frame(self, document: Document, index: int) -> Frame:
        try:
            return decode_frame(document.encoded(index))
        except msgspec.MsgspecError as error:
            self.unreadable[index] = str(error)
            return EMPTY_FRAME

    def _note(self, index: int, frame: Frame) -> None:
        count = len(frame.labels)
        self.counts.append(count)
        self.reviewed.append(frame.reviewed)
        ids = list(map(_id, frame.labels))
        if ids != self._usual:  # neighbouring frames mostly have the same ids
            self._usual = ids
            self._unique = len(set(ids)) == count
        if (
            not self._unique
            or Flag.NEEDS_HUMAN_REVIEW in frame.flags
            or (self._ball and count and frame.ball in NO_BALL)
            or count > self._limit
        ):
            self.suspects.add(index)


_id = attrgetter("id")
_NOWHERE: Final = -1
"""Width of a label of the wrong kind, without a size, or far beyond any frame."""


def _box_places(labels: list[Label]) -> Ints:
    """x, y, width, height of the labels, one column each."""
    try:
        return np.array(
            [
                [box.x for box in labels],
                [box.y for box in labels],
                [box.w for box in labels],  # type: ignore[union-attr]
                [box.h for box in labels],  # type: ignore[union-attr]
            ],
            np.int64,
        )
    except (AttributeError, OverflowError):
        return _one_by_one(labels, lambda box: (box.x, box.y, box.w, box.h))  # type: ignore[union-attr]


def _ball_places(labels: list[Label]) -> Ints:
    """The square around each ball, as :func:`_box_places`."""
    return _one_by_one(labels, _square)


def _square(ball: Label) -> tuple[int, int, int, int]:
    """AttributeError when it is no ball or has no size."""
    if not isinstance(ball, Ball) or ball.size is None or ball.size <= 0:
        raise AttributeError(ball.id)
    half = max(ball.size, 2) // 2
    return ball.x - half, ball.y - half, 2 * half, 2 * half


def _one_by_one(labels: list[Label], place: Callable[[Label], tuple[int, int, int, int]]) -> Ints:
    """Places, of which some may be none."""
    places = np.zeros((4, len(labels)), np.int64)
    for at, label in enumerate(labels):
        try:
            places[:, at] = place(label)
        except (AttributeError, OverflowError):
            places[:, at] = (0, 0, _NOWHERE, 1)
    return places


def _misplaced(rows: Ints, of_frame: Ints, clip: Clip, settings: Settings) -> Ints:
    """Frames with a label without area or not wholly inside (beyond the tolerance)."""
    inside = of_frame < len(clip.sizes)
    rows, of_frame = rows[:, inside], of_frame[inside]
    tolerance = settings.threshold("label.beyond_edge")
    tolerance = np.inf if tolerance is None else tolerance * UNIT
    left, top, right, bottom = rows
    width, height = clip.sizes[of_frame].T
    beyond = np.maximum(np.maximum(-left, -top), np.maximum(right - width, bottom - height))
    outside = (right <= 0) | (bottom <= 0) | (left >= width) | (top >= height)
    bad = outside | (beyond > tolerance) | (right <= left) | (bottom <= top)
    broken: Ints = of_frame[bad]
    return broken


def _near_identical(rows: Ints, of_frame: Ints, limit: float) -> set[int]:
    """Frames with two boxes whose overlap reaches the limit.

    The left edges of such boxes lie within ``(1 - limit) / limit`` widths of one another, which
    few pairs of a frame do.
    """
    lefts = rows[0]
    reach = ((1 - limit) / limit * (rows[2] - lefts)).astype(np.int64) + 1
    found: set[int] = set()
    most = int(np.bincount(of_frame - of_frame[0]).max()) if of_frame.size else 0
    for step in range(1, most):
        near = np.abs(lefts[step:] - lefts[:-step]) <= reach[:-step]
        first = np.flatnonzero(near)
        first = first[of_frame[first] == of_frame[first + step]]
        if not first.size:
            continue
        a, b = rows[:, first].astype(np.float64), rows[:, first + step].astype(np.float64)
        sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
        shared = np.prod(np.maximum(sides, 0), axis=0)
        union = np.prod(a[2:] - a[:2], axis=0) + np.prod(b[2:] - b[:2], axis=0) - shared
        found.update(of_frame[first[shared >= limit * union - 1]].tolist())
    return found
