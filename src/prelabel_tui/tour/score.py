"""How far labels are from the truth, which of the demo is known."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Final

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Box, Frame, Label

OFF_PX: Final = 3.0
"""A label farther than this from its truth is off."""
NEAR_PX: Final = 30.0
"""Within this a label of another id may be of a truth."""


@dataclass(frozen=True)
class Score:
    """The errors of a document: ``median`` px of the labels that belong to a truth.

    ``off``: those farther than :data:`OFF_PX`; ``missed``: truths without a label; ``false``:
    labels without a truth.
    """

    median: float
    off: int
    missed: int
    false: int


def middle(label: Label) -> tuple[float, float]:
    """Return the middle of a label in px."""
    if isinstance(label, Box):
        return (label.x + label.w / 2) / UNIT, (label.y + label.h / 2) / UNIT
    return label.x / UNIT, label.y / UNIT


def way(label: Label, truth: Label) -> tuple[int, int]:
    """Return by how many whole px right and down a label is to be moved onto its truth."""
    (x, y), (true_x, true_y) = middle(label), middle(truth)
    return round(true_x - x), round(true_y - y)


def distance(label: Label, truth: Label) -> float:
    """Return how far a label is from its truth, px."""
    return math.dist(middle(label), middle(truth))


def true_label(label: Label, truth: Frame) -> Label | None:
    """Return the truth that a label belongs to: that of its id, else the nearest one near by."""
    same = truth.label(label.id)
    if same is not None:
        return same
    near = [one for one in truth.labels if distance(label, one) <= NEAR_PX]
    return min(near, key=lambda one: distance(label, one), default=None)


def score(document: Document, truth: Document) -> Score:
    """Compare a document with the truth of the same frames."""
    distances: list[float] = []
    missed = false = 0
    for said, true in zip(document, truth, strict=True):
        pairs, left = _pairs(said, true)
        distances += [distance(label, of) for label, of in pairs]
        false += left
        missed += len(true.labels) - len(pairs)
    median = statistics.median(distances) if distances else 0.0
    return Score(median, sum(far > OFF_PX for far in distances), missed, false)


def _pairs(said: Frame, true: Frame) -> tuple[list[tuple[Label, Label]], int]:
    """Return each label with its truth, every truth once, and how many labels are left over."""
    pairs = [(label, of) for label in said.labels if (of := true.label(label.id)) is not None]
    taken = {of.id for _, of in pairs}
    left = [label for label in said.labels if true.label(label.id) is None]
    free = [of for of in true.labels if of.id not in taken]
    near = sorted(
        ((distance(label, of), label.id, of.id) for label in left for of in free),
    )
    found: dict[str, str] = {}
    for far, label_id, of_id in near:
        if far <= NEAR_PX and label_id not in found and of_id not in found.values():
            found[label_id] = of_id
    for label in left:
        of = true.label(found[label.id]) if label.id in found else None
        if of is not None:
            pairs.append((label, of))
    return pairs, len(left) - len(found)
