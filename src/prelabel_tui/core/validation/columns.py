"""A clip in columns, so that 10,000 frames are screened at once.

A screen only says which frames to look at: whether a rule is broken is decided by
:mod:`frame_checks`, so that the whole clip and one edited frame are judged alike.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.label_arrays import read_numbers
from prelabel_tui.core.model.labels import UNIT, Ball, BallState, Capability, Flag, Frame, Origin
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.validation.frame_checks import NO_BALL
from prelabel_tui.core.validation.rules import Settings

STRETCH: Final = 128
"""Frames that are screened at once.

Few enough that their labels stay in the processor's cache, and that other threads (the screen's)
soon run.
"""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Columns:
    """One value per frame of the document.

    ``ball``: x, y of the only ball in 1/100 px, or nan.  Of a frame that is left out ``labels`` are
    those that it keeps in the draft.
    """

    labels: Ints
    left_out: Flags
    reviewed: Flags
    unseen: Flags
    ball: Floats

    @classmethod
    def blank(cls, count: int) -> Columns:
        """Make the columns of empty frames."""
        left_out, reviewed, unseen = np.zeros((3, count), np.bool_)
        labels, ball = np.zeros(count, np.int64), np.full((count, 2), np.nan)
        return cls(labels, left_out, reviewed, unseen, ball)

    @property
    def judged(self) -> int:
        """How many labels the content has."""
        return int(self.labels[~self.left_out].sum())

    def set(self, index: int, frame: Frame) -> None:
        """Enter one frame."""
        self.labels[index] = len(frame.labels)
        self.left_out[index] = frame.left_out
        self.reviewed[index] = frame.reviewed
        self.unseen[index] = frame.unseen
        only = frame.labels[0] if len(frame.labels) == 1 and not frame.left_out else None
        self.ball[index] = (only.x, only.y) if isinstance(only, Ball) else (np.nan, np.nan)


@dataclass(frozen=True)
class Clip:
    """What the manifest says, in columns.

    Seconds to the next frame (NaN: not known, so that rules about speed do not fire), frame
    widths in px, and whether there is no picture (which may turn out later).
    """

    seconds: Floats
    widths: Floats
    sizes: Ints
    without_picture: Flags

    @classmethod
    def of(cls, manifest: Manifest) -> Clip:
        """Read the columns of a manifest."""
        frames = manifest.frames
        times = np.array([frame.time for frame in frames], np.float64) / 1e6
        steps = np.diff(times)
        steps[steps <= 0] = 1000 / manifest.fps if manifest.fps else np.nan
        widths = np.array([frame.width for frame in frames], np.int64)
        heights = np.array([frame.height for frame in frames], np.int64)
        without = [frame.no_picture is not None for frame in frames]
        return cls(
            steps,
            widths.astype(np.float64),
            np.stack((widths, heights), axis=1) * UNIT,
            np.array(without, np.bool_),
        )


@dataclass(frozen=True)
class Screening:
    """A read of the whole document: its columns, and the frames to look at one by one.

    Those are all that cannot be read, all that break a frame rule, and a few more.
    """

    columns: Columns
    suspects: frozenset[int]


class _BallRest(msgspec.Struct, tag="ball", tag_field="kind", gc=False):
    """What a ball holds besides its numbers and its id."""

    origin: Origin = Origin.MODEL
    was: tuple[int, int, int | None] | None = None
    track: str | None = None


class _BoxRest(msgspec.Struct, tag="box", tag_field="kind", gc=False):
    """What a box holds besides its numbers and its id."""

    origin: Origin = Origin.MODEL
    was: tuple[int, int, int, int] | None = None
    track: str | None = None


class _BallFrame(msgspec.Struct, gc=False):
    ball: BallState | None = None
    flags: tuple[Flag, ...] = ()
    labels: tuple[_BallRest, ...] = ()
    left_out: bool = False
    reviewed: bool = False
    unseen: bool = False


class _BoxFrame(msgspec.Struct, gc=False):
    ball: BallState | None = None
    flags: tuple[Flag, ...] = ()
    labels: tuple[_BoxRest, ...] = ()
    left_out: bool = False
    reviewed: bool = False
    unseen: bool = False


_decode_ball: Final = msgspec.json.Decoder(_BallFrame).decode
_decode_box: Final = msgspec.json.Decoder(_BoxFrame).decode


def screen(document: Document, clip: Clip, settings: Settings) -> Screening:
    """Read every frame once: the numbers of many at a time, the rest frame by frame."""
    frames = len(document)
    columns = Columns.blank(frames)
    suspects: set[int] = set()
    for start in range(0, frames, STRETCH):
        time.sleep(0)
        stretch = range(start, min(start + STRETCH, frames))
        suspects.update(_screen(document, stretch, columns, clip, settings))
    return Screening(columns, frozenset(suspects))


def _screen(
    document: Document, stretch: range, columns: Columns, clip: Clip, settings: Settings
) -> set[int]:
    """Enter these frames into the columns; return those to look at.

    Of those that are left out only the ones that cannot be read.
    """
    is_ball = document.capability is Capability.BALL
    encoded = [document.encoded(index) for index in stretch]
    numbers = read_numbers(encoded, is_ball)
    counts = numbers.counts
    here = slice(stretch.start, stretch.stop)
    columns.labels[here] = counts
    suspects: set[int] = set()
    left_out: set[int] = set()
    decode = _decode_ball if is_ball else _decode_box
    for index, text, count in zip(stretch, encoded, counts.tolist(), strict=True):
        try:
            rest = decode(text)
            if not text.isascii():
                text.decode()  # msgspec looks only into strings that it is asked for
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            suspects.add(index)
            continue
        columns.reviewed[index] = rest.reviewed
        columns.unseen[index] = rest.unseen
        if rest.left_out:
            columns.left_out[index] = True
            left_out.add(index)
        elif (
            len(rest.labels) != count
            or Flag.NEEDS_HUMAN_REVIEW in rest.flags
            or (is_ball and count and rest.ball in NO_BALL)
        ):
            suspects.add(index)
    if is_ball:
        limit = settings.threshold("ball.too_many")
        if limit is not None:
            suspects.update((np.flatnonzero(counts > limit) + stretch.start).tolist())
    of_frame = np.repeat(np.arange(stretch.start, stretch.stop), counts)
    suspects.update(_same_ids(numbers.names, of_frame))
    rows = numbers.values[:4].copy()
    if is_ball:
        suspects.update(of_frame[rows[2] <= 0].tolist())
        rows[:2] += rows[2:] // 2
        only = counts[of_frame - stretch.start] == 1
        columns.ball[of_frame[only]] = rows[:2, only].T
        half = np.maximum(rows[2:], 2) // 2
        rows[2:] = rows[:2] + half
        rows[:2] -= half
    else:
        rows[2:] += rows[:2]
    suspects.update(_misplaced(rows, of_frame, clip, settings).tolist())
    identical = settings.threshold("box.near_identical")
    if identical is not None and not is_ball:
        suspects.update(_near_identical(rows, of_frame, identical))
    columns.ball[sorted(left_out)] = np.nan
    return suspects - left_out


def _same_ids(names: Ints, of_frame: Ints) -> list[int]:
    """Find frames in which two labels have the same id."""
    order = np.lexsort((names, of_frame))
    same = (np.diff(names[order]) == 0) & (np.diff(of_frame[order]) == 0)
    found: list[int] = of_frame[order][1:][same].tolist()
    return found


def _misplaced(rows: Ints, of_frame: Ints, clip: Clip, settings: Settings) -> Ints:
    """Find frames with a label without area or not wholly inside (beyond the tolerance)."""
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
    """Find frames with two boxes whose overlap reaches the limit.

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
