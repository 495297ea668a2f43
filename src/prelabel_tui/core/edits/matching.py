"""Which label of another frame is the same thing, what a person has settled, gaps of the ball."""

from __future__ import annotations

import math

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, BallState, Box, Frame, Label, Origin

_MIN_OVERLAP = 0.1


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


def counterpart(label: Label, frame: Frame) -> Label | None:
    """Find the same thing in another frame near in time.

    A box: the label of the same id if it is within two heights (ids of some imports mean nothing
    from frame to frame), else the one that overlaps most, else the nearest within half a
    height.  The ball: the nearest ball, however far.
    """
    if isinstance(label, Ball):
        balls = [other for other in frame.labels if isinstance(other, Ball)]
        return min(balls, key=lambda other: (distance(label, other), other.id), default=None)
    same = frame.label(label.id)
    if isinstance(same, Box) and distance(label, same) <= 2 * max(label.h, same.h):
        return same
    boxes = [other for other in frame.labels if isinstance(other, Box)]
    best = max(boxes, key=lambda other: (overlap(label, other), other.id), default=None)
    if best is None or overlap(label, best) >= _MIN_OVERLAP:
        return best
    near = min(boxes, key=lambda other: (distance(label, other), other.id))
    return near if distance(label, near) <= label.h / 2 else None


def follow(document: Document, index: int, label_id: str, target: int) -> str | None:
    """Return the id of a label's counterpart in frame ``target``, followed frame by frame.

    Where it is lost, its last place is used.  None when it is not in that frame.
    """
    label = document.frame(index).label(label_id)
    found = label
    step = 1 if target > index else -1
    for at in range(index + step, target + step, step):
        if label is None:
            return None
        found = counterpart(label, document.frame(at))
        label = found or label
    return None if found is None else found.id


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
