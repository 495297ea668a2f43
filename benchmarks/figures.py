"""The shape of a measured figure, and order statistics over samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure.  ``goal`` is an upper bound unless ``at_least``."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    against: str | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal holds; None without a goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def as_json(self) -> dict[str, object]:
        """Return the object that `--json` prints."""
        fields = asdict(self)
        fields.pop("at_least")
        return {**fields, "met": self.met}

    def as_line(self) -> str:
        """Return a line of the table."""
        goal = "" if self.goal is None else f"{'≥' if self.at_least else '≤'} {self.goal:g}"
        met = {None: "", True: "met", False: "MISSED"}[self.met]
        against = f"  (against {self.against})" if self.against else ""
        return f"{self.name:<72} {self.value:>12.4g} {self.unit:<6} {goal:>10} {met:<6}{against}"


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile, ``share`` in 0..1.  ValueError without samples."""
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(samples: Sequence[float]) -> float:
    """Return the 50th percentile by nearest rank."""
    return percentile(samples, 0.5)
