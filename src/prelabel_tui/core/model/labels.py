"""Labels of a frame: ball points, player boxes, frame flags.

Geometry is in integers of 1/100 px of the full-size frame, origin at the top left, x right,
y down.  Scores are integers of 1/10,000.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

UNIT: Final = 100
"""Stored integer units in one pixel."""

SCORE_UNIT: Final = 10_000
"""Stored integer units in a score of 1.0."""

DEFAULT_BALL_SIZE: Final = 12 * UNIT
"""Diameter of an added ball point when the clip has no stored size to inherit."""


class Capability(StrEnum):
    """What a run detects, and what a draft or revision holds."""

    BALL = "ball_detection"
    PLAYER = "player_detection"


class Flag(StrEnum):
    """Frame flags (v1), in the operator guide's order."""

    BAD_FRAME = "bad_frame"
    NEEDS_HUMAN_REVIEW = "needs_human_review"
    FALSE_POSITIVE_HEAVY = "false_positive_heavy"
    FALSE_NEGATIVE_SUSPECTED = "false_negative_suspected"


class BallState(StrEnum):
    """What is known of the ball in a frame; without a state, nobody has said."""

    VISIBLE = "visible"
    BLURRED = "blurred"
    OCCLUDED = "occluded"
    OUT_OF_FRAME = "out_of_frame"
    ABSENT = "absent"


class Origin(StrEnum):
    """Who placed a label."""

    MODEL = "model"
    MANUAL = "manual"
    INTERPOLATED = "interpolated"
    PROPAGATED = "propagated"


class Ball(msgspec.Struct, frozen=True, omit_defaults=True, tag="ball", tag_field="kind", gc=False):
    """A ball point: centre ``x``, ``y`` and diameter ``size``, all in 1/100 px.

    ``size`` is None only in drafts from before ball geometry was captured.
    ``was`` is (x, y, size) as the model gave it, if a person changed it.  ``track`` is the
    source's own name of the track that the label belongs to.
    """

    id: str
    x: int
    y: int
    size: int | None = None
    score: int | None = None
    origin: Origin = Origin.MODEL
    was: tuple[int, int, int | None] | None = None
    track: str | None = None

    @property
    def geometry(self) -> tuple[int, int, int | None]:
        """(x, y, size) in 1/100 px."""
        return (self.x, self.y, self.size)


class Box(msgspec.Struct, frozen=True, omit_defaults=True, tag="box", tag_field="kind", gc=False):
    """A player box: top left ``x``, ``y``, width ``w``, height ``h``, all in 1/100 px.

    ``was`` is (x, y, w, h) as the model gave it, if a person changed it.  ``track`` as in
    :class:`Ball`.
    """

    id: str
    x: int
    y: int
    w: int
    h: int
    score: int | None = None
    origin: Origin = Origin.MODEL
    was: tuple[int, int, int, int] | None = None
    track: str | None = None

    @property
    def geometry(self) -> tuple[int, int, int, int]:
        """(x, y, w, h) in 1/100 px."""
        return (self.x, self.y, self.w, self.h)


Label = Ball | Box


class Frame(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The labels of one frame.  Keep ``flags`` and ``labels`` sorted: use :func:`make_frame`.

    ``left_out``: the frame is not part of the content; it keeps its labels in the draft, so that
    it can come back.  ``unseen``: it was marked as reviewed while its picture was not shown.

    How its encoded bytes begin and end (:mod:`codec`) depends on the order of these names.
    """

    ball: BallState | None = None
    flags: tuple[Flag, ...] = ()
    labels: tuple[Label, ...] = ()
    left_out: bool = False
    reviewed: bool = False
    unseen: bool = False

    def label(self, label_id: str) -> Label | None:
        """Return the label of that id, if the frame has it."""
        return next((label for label in self.labels if label.id == label_id), None)

    def listed(self) -> list[Label]:
        """Return the labels as people list them: p2 before p10."""
        return in_reading_order(self.labels)


def in_reading_order(labels: Iterable[Label]) -> list[Label]:
    """Sort labels as people list them: p2 before p10."""
    return sorted(labels, key=_reading_order)


def _reading_order(label: Label) -> list[str | tuple[int, str]]:
    # Numbers as long as they are written: an id may have more digits than Python makes an int of.
    parts = _NUMBERS.split(label.id)
    return [
        (len(part.lstrip("0")), part.lstrip("0")) if place % 2 else part
        for place, part in enumerate(parts)
    ]


_NUMBERS: Final = re.compile(r"([0-9]+)")

EMPTY_FRAME: Final = Frame()
LEFT_OUT: Final = Frame(left_out=True)
"""All that is published of a frame that was left out."""


def make_frame(
    labels: tuple[Label, ...] | list[Label] = (),
    flags: tuple[Flag, ...] | set[Flag] | list[Flag] = (),
    ball: BallState | None = None,
    reviewed: bool = False,
    *,
    left_out: bool = False,
    unseen: bool = False,
) -> Frame:
    """Make a frame in canonical order: labels by id, flags by name.

    Only what is reviewed can have been accepted ``unseen``.
    """
    return Frame(
        ball=ball,
        flags=tuple(sorted(flags)),
        labels=tuple(sorted(labels, key=lambda label: label.id)),
        left_out=left_out,
        reviewed=reviewed,
        unseen=unseen and reviewed,
    )


def content_of(frame: Frame) -> Frame:
    """Return what a frame gives to the content: without review marks; nothing if left out."""
    if frame.left_out:
        return LEFT_OUT
    return msgspec.structs.replace(frame, reviewed=False, unseen=False)


def with_geometry(label: Label, geometry: tuple[int, ...] | tuple[int, int, int | None]) -> Label:
    """Return the label at another place (same tuple layout as ``label.geometry``).

    Keeps in ``was`` what the model gave, and drops it when the label is back there.
    """
    was = label.was
    if was is None and label.origin is Origin.MODEL:
        was = label.geometry
    if was == tuple(geometry):
        was = None
    # Not by msgspec.structs.replace: thousands may be moved together.
    rest = (label.score, label.origin, was, label.track)
    if isinstance(label, Ball):
        x, y, size = geometry
        return Ball(label.id, x, y, size, *rest)  # type: ignore[arg-type]
    x, y, w, h = geometry  # type: ignore[misc]
    return Box(label.id, x, y, w, h, *rest)  # type: ignore[arg-type]


def to_units(pixels: float) -> int:
    """Convert pixels to 1/100 px, halves away from zero.  ValueError for what is not finite."""
    if not math.isfinite(pixels):
        raise ValueError(f"{pixels!r} is not a finite number")
    return math.floor(abs(pixels) * UNIT + 0.5) * (1 if pixels >= 0 else -1)


def to_pixels(units: int) -> float:
    """Convert 1/100 px to pixels."""
    return units / UNIT


def to_score(score: float) -> int:
    """Convert a score of 0..1 to a stored integer.  ValueError when outside or not a number."""
    if not 0.0 <= score <= 1.0:
        raise ValueError(f"score {score!r} is not between 0 and 1")
    return round(score * SCORE_UNIT)
