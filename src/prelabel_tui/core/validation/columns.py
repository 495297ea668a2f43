"""A clip in columns, so that 10,000 frames are screened at once.

A screen only says which frames to look at: whether a rule is broken is decided by
:mod:`frame_checks`, so that the whole clip and one edited frame are judged alike.
"""

from __future__ import annotations

import math
import time
from array import array
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
    suspects: set[int] = set()
    unreadable: dict[int, str] = {}
    counts: list[int] = []
    reviewed: list[bool] = []
    places = (array("q"), array("q"), array("q"), array("q"))
    usual: list[str] = []
    unique = True
    limit = (settings.threshold("ball.too_many") if ball else None) or math.inf
    for index in range(len(document)):
        if index % BREATH == 0:
            time.sleep(0)
        try:
            frame = decode_frame(document.encoded(index))
        except msgspec.MsgspecError as error:
            unreadable[index] = str(error)
            frame = EMPTY_FRAME
        labels = frame.labels
        counts.append(len(labels))
        reviewed.append(frame.reviewed)
        ids = list(map(_id, labels))
        if ids != usual:  # neighbouring frames mostly have the same ids
            usual = ids
            unique = len(set(ids)) == len(ids)
        if (
            not unique
            or Flag.NEEDS_HUMAN_REVIEW in frame.flags
            or (ball and labels and frame.ball in NO_BALL)
            or len(labels) > limit
        ):
            suspects.add(index)
        try:
            for column, place in zip(places, _ball_place if ball else _box_place, strict=True):
                column.extend(map(place, labels))
        except (AttributeError, OverflowError):
            # A label of the wrong kind, without a size, or far beyond any frame.
            suspects.add(index)
            before = sum(counts) - len(labels)
            for column, harmless in zip(places, (0, 0, 1, 1), strict=True):
                del column[before:]
                column.extend([harmless] * len(labels))
    columns = Columns(
        np.array(counts, np.int64), np.array(reviewed, np.bool_), np.full((len(counts), 2), np.nan)
    )
    rows = np.stack([np.frombuffer(column, np.int64) for column in places])
    of_frame = np.repeat(np.arange(len(document)), columns.labels)
    if ball:
        only = columns.labels[of_frame] == 1
        columns.ball[of_frame[only]] = (rows[:2, only] + rows[2:, only] // 2).T
    rows[2:] += rows[:2]
    suspects.update(_misplaced(rows, of_frame, clip, settings).tolist())
    identical = settings.threshold("box.near_identical")
    if identical is not None and not ball:
        suspects.update(_near_identical(rows, of_frame, identical).tolist())
    return Screening(columns, frozenset(suspects), unreadable)


_id = attrgetter("id")
_box_place: tuple[Callable[[Label], int], ...] = tuple(map(attrgetter, "xywh"))


def _half(ball: Label) -> int:
    """Half the size of a ball; AttributeError when it is none or has no size."""
    if not isinstance(ball, Ball) or ball.size is None or ball.size <= 0:
        raise AttributeError(ball.id)
    return max(ball.size, 2) // 2


_ball_place: tuple[Callable[[Label], int], ...] = (
    lambda ball: ball.x - _half(ball),
    lambda ball: ball.y - _half(ball),
    lambda ball: 2 * _half(ball),
    lambda ball: 2 * _half(ball),
)


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
    return np.unique(of_frame[bad])


def _near_identical(rows: Ints, of_frame: Ints, limit: float) -> Ints:
    """Frames with two boxes whose overlap reaches the limit.

    The left edges of such boxes lie within ``(1 - limit) / limit`` widths of one another, which
    few pairs of a frame do.
    """
    lefts = rows[0]
    reach = ((1 - limit) / limit * (rows[2] - lefts)).astype(np.int64) + 1
    found: list[Ints] = []
    most = int(np.bincount(of_frame).max(initial=0))
    for step in range(1, most):
        near = np.abs(lefts[step:] - lefts[:-step]) <= reach[:-step]
        first = np.flatnonzero(near)
        first = first[of_frame[first] == of_frame[first + step]]
        a, b = rows[:, first].astype(np.float64), rows[:, first + step].astype(np.float64)
        sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
        shared = np.prod(np.maximum(sides, 0), axis=0)
        union = np.prod(a[2:] - a[:2], axis=0) + np.prod(b[2:] - b[:2], axis=0) - shared
        found.append(of_frame[first[shared >= limit * union - 1]])
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
