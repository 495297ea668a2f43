"""How well two reviews of the same frame agree."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prelabel_tui.core.edits.matching import overlap
from prelabel_tui.core.model.labels import UNIT, Ball, Frame, Label

_SAME_PLACE = 2 * UNIT
_SAME_BOX = 0.9
_NEAR_BOX = 0.3


@dataclass(frozen=True)
class Agreement:
    """Two reviews of the same frames, in sums: two of these add up."""

    frames: int = 0
    same_frames: int = 0
    """Frames with equal flags, ball state and labels (within the tolerance)."""
    labels: int = 0
    """Labels of both reviews, pairs once."""
    same_labels: int = 0
    distances: tuple[float, ...] = ()
    """Between the balls of each pair, px."""
    overlaps: tuple[float, ...] = ()
    """IoU of the boxes of each pair."""

    @property
    def share(self) -> float | None:
        """Share of labels on which both agree."""
        return self.same_labels / self.labels if self.labels else None

    @property
    def distance(self) -> float | None:
        """Median distance of paired balls in px, None without pairs."""
        return statistics.median_low(self.distances) if self.distances else None

    @property
    def overlap(self) -> float | None:
        """Median IoU of paired boxes, None without pairs."""
        return statistics.median_low(self.overlaps) if self.overlaps else None

    @property
    def text(self) -> str:
        """`11 of 12 labels the same on 6 frames, balls 0.8 px apart`."""
        plural = "" if self.frames == 1 else "s"
        parts = [
            f"{self.same_labels:,} of {self.labels:,} labels the same on {self.frames:,} "
            f"frame{plural}"
        ]
        if self.distance is not None:
            parts.append(f"balls {self.distance:.1f} px apart")
        if self.overlap is not None:
            parts.append(f"boxes at IoU {self.overlap:.2f}")
        return ", ".join(parts)

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(
            self.frames + other.frames,
            self.same_frames + other.same_frames,
            self.labels + other.labels,
            self.same_labels + other.same_labels,
            self.distances + other.distances,
            self.overlaps + other.overlaps,
        )

    def as_json(self) -> dict[str, float | int | None]:
        """Return the sums and, to four decimals, what follows from them."""
        rates = {
            "share": self.share,
            "ball_distance_px": self.distance,
            "box_overlap": self.overlap,
        }
        return {
            "frames": self.frames,
            "same_frames": self.same_frames,
            "labels": self.labels,
            "same_labels": self.same_labels,
            **{name: None if rate is None else round(rate, 4) for name, rate in rates.items()},
        }

    def stored(self) -> dict[str, Any]:
        """Return what the database stores; :meth:`of` reads it."""
        return {
            "frames": self.frames,
            "same_frames": self.same_frames,
            "labels": self.labels,
            "same_labels": self.same_labels,
            "distances": [round(distance, 2) for distance in self.distances],
            "overlaps": [round(overlap, 4) for overlap in self.overlaps],
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Agreement:
        """Read what :meth:`stored` returned; an empty mapping is no agreement yet."""
        if not stored:
            return cls()
        return cls(
            stored["frames"],
            stored["same_frames"],
            stored["labels"],
            stored["same_labels"],
            tuple(stored["distances"]),
            tuple(stored["overlaps"]),
        )


def agreement(first: Frame, again: Frame) -> Agreement:
    """Compare two reviews of a frame: balls agree within 2 px, boxes from IoU 0.9.

    Labels are paired by nearness, not by id (ids of added labels differ).
    """
    pairs, single = _paired(first, again)
    agreed = 0
    distances: list[float] = []
    overlaps: list[float] = []
    for a, b in pairs:
        if isinstance(a, Ball) and isinstance(b, Ball):
            far = math.hypot(a.x - b.x, a.y - b.y)
            distances.append(far / UNIT)
            agreed += far <= _SAME_PLACE
        elif not isinstance(a, Ball) and not isinstance(b, Ball):
            overlaps.append(overlap(a, b))
            agreed += overlaps[-1] >= _SAME_BOX
    alike = (first.flags, first.ball) == (again.flags, again.ball)
    same = alike and single == 0 and agreed == len(pairs)
    return Agreement(1, int(same), len(pairs) + single, agreed, tuple(distances), tuple(overlaps))


def _paired(one: Frame, two: Frame) -> tuple[list[tuple[Label, Label]], int]:
    """Pair labels that mean the same thing, best first; count those left over."""
    chances: list[tuple[float, str, str, Label, Label]] = []
    for a in one.labels:
        for b in two.labels:
            if isinstance(a, Ball) and isinstance(b, Ball):
                chances.append((math.hypot(a.x - b.x, a.y - b.y), a.id, b.id, a, b))
            elif not isinstance(a, Ball) and not isinstance(b, Ball) and overlap(a, b) > _NEAR_BOX:
                chances.append((-overlap(a, b), a.id, b.id, a, b))
    pairs: list[tuple[Label, Label]] = []
    used_one: set[str] = set()
    used_two: set[str] = set()
    for _, id_one, id_two, a, b in sorted(chances, key=lambda chance: chance[:3]):
        if id_one not in used_one and id_two not in used_two:
            used_one.add(id_one)
            used_two.add(id_two)
            pairs.append((a, b))
    return pairs, len(one.labels) + len(two.labels) - 2 * len(pairs)
