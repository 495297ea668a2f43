"""How near labels are, which of them a person has settled, gaps of the ball."""

from __future__ import annotations

import math

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, BallState, Box, Frame, Label, Origin

DERIVED = (Origin.INTERPOLATED, Origin.PROPAGATED)
"""Origins of labels that come from other frames: nobody has said that such a label is right."""


NO_BALL = (BallState.OUT_OF_FRAME, BallState.ABSENT)


def overlap(a: Box, b: Box) -> float:
    """Return the intersection over union of two boxes, 0..1."""
    width = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    height = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (a.w * a.h + b.w * b.h - shared)


def _centre(label: Label) -> tuple[float, float]:
    if isinstance(label, Ball):
        return label.x, label.y
    return label.x + label.w / 2, label.y + label.h / 2


def distance(a: Label, b: Label) -> float:
    """Return the distance of the centres, in 1/100 px."""
    (ax, ay), (bx, by) = _centre(a), _centre(b)
    return math.hypot(ax - bx, ay - by)


def gap_at(document: Document, index: int) -> tuple[int, int] | None:
    """Find the frames with a ball before and after the run of frames without one around ``index``.

    Frames where the ball is known to be out of the frame or absent are no gap.  None when
    ``index`` is in no gap, or the gap is open at one end of the clip.
    """

    def lacks(at: int) -> bool:
        frame = document.frame(at)
        return not frame.labels and frame.ball not in NO_BALL

    if not lacks(index):
        return None
    first = index
    while first >= 0 and lacks(first):
        first -= 1
    last = index
    while last < len(document) and lacks(last):
        last += 1
    if first < 0 or last == len(document):
        return None
    if not document.frame(first).labels or not document.frame(last).labels:
        return None
    return first, last


def middle_of_gap(document: Document, index: int) -> int | None:
    """Find the middle frame of the ball gap at ``index``, or of the next gap after it."""
    for at in range(index, len(document)):
        gap = gap_at(document, at)
        if gap is not None:
            return (gap[0] + gap[1]) // 2
    return None


def free_id(frame: Frame, wanted: str) -> str:
    """Return ``wanted``, with the smallest number after it that makes it free in the frame."""
    taken = {label.id for label in frame.labels}
    if wanted not in taken:
        return wanted
    return next(name for n in range(2, len(taken) + 3) if (name := f"{wanted}-{n}") not in taken)


def settled(frame: Frame, label: Label | None) -> bool:
    """Say whether a person has said that a label is right: put it there, or reviewed its frame.

    Without a label: whether they have said that there is none.
    """
    if frame.reviewed or label is None or label.origin in DERIVED:
        return frame.reviewed
    return label.origin is Origin.MANUAL or label.was is not None
