"""What is wrong in a frame, told from the truth; and what it took to put it right."""

from __future__ import annotations

from dataclasses import dataclass

from prelabel_tui.core.edits import matching
from prelabel_tui.core.edits.matching import overlap
from prelabel_tui.core.model.labels import Box, Frame


@dataclass(frozen=True)
class Fix:
    """One label put right: what was wrong, and how many keys it took."""

    index: int
    kind: str
    keys: int
    right: bool


def matched(
    frame: Frame, truth: Frame, least: float = 0.15
) -> tuple[list[tuple[Box, Box]], list[Box], list[Box]]:
    """Match boxes: same id first, then by overlap.

    Returns the pairs, the true boxes that are missing, and boxes that are nothing.
    """
    boxes = [label for label in frame.labels if isinstance(label, Box)]
    trues = [label for label in truth.labels if isinstance(label, Box)]
    chances = sorted(
        (
            (box.id != true.id, -overlap(box, true), box.id, true.id, box, true)
            for box in boxes
            for true in trues
            if overlap(box, true) > least or (box.id == true.id and _beside(box, true))
        ),
        key=lambda chance: chance[:4],
    )
    pairs: list[tuple[Box, Box]] = []
    for _, _, _, _, box, true in chances:
        if all(box is not one and true is not two for one, two in pairs):
            pairs.append((box, true))
    missing = [true for true in trues if all(true is not two for _, two in pairs)]
    extra = [box for box in boxes if all(box is not one for one, _ in pairs)]
    return pairs, missing, extra


def _beside(box: Box, true: Box) -> bool:
    return matching.distance(box, true) <= true.h


def is_faulty(frame: Frame, truth: Frame, is_ball: bool, box_wrong: float, ball_right: int) -> bool:
    """Say whether a reviewer has anything to correct in a frame."""
    if is_ball:
        if len(frame.labels) != len(truth.labels):
            return True
        return bool(truth.labels) and (
            matching.distance(frame.labels[0], truth.labels[0]) > ball_right
        )
    pairs, missing, extra = matched(frame, truth)
    return bool(missing or extra) or any(overlap(a, b) < box_wrong for a, b in pairs)
