"""What is done to many labels at once, as a rule that says where each of them belongs.

A rule starts from where the model had a label, so it can be applied again, with another amount,
and never adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from prelabel_tui.core.edits.corrections import Floats, blended, fits_size
from prelabel_tui.core.edits.one_frame import pixels
from prelabel_tui.core.model.labels import UNIT
from prelabel_tui.core.patterns.rows import Ints, Rows

MOST_FRAMES: Final = 10.0
"""How far in time labels can be moved."""

_FEW: Final = 3
"""Corrections that it takes to say whether they go with the size."""


class Rule(Protocol):
    """Where labels belong."""

    @property
    def text(self) -> str:
        """What is done, in a few words."""
        ...

    def place(self, rows: Rows, which: Ints) -> Floats:
        """Return the edges (n × 4) of some labels; as they are where the rule says nothing."""
        ...


@dataclass(frozen=True)
class Moved:
    """Each edge as far from where the model has it: in 1/100 px, or in shares of width, height."""

    edges: tuple[float, float, float, float]
    of_size: bool = False

    @property
    def text(self) -> str:
        """`Correct by +6,0`; `Correct left by −2.5 %, …`."""
        if self.of_size:
            return "Correct " + ", ".join(
                f"{name} by {100 * share:+.1f} %"
                for name, share in zip(_NAMES, self.edges, strict=True)
                if abs(share) >= 0.0005
            )
        left, top, right, bottom = (round(value) for value in self.edges)
        if left == right and top == bottom:
            return f"Correct by {_signed(left)},{_signed(top)}"
        named = zip(_NAMES, (left, top, right, bottom), strict=True)
        return "Correct " + ", ".join(
            f"{name} by {_signed(value)}" for name, value in named if value
        )

    def place(self, rows: Rows, which: Ints) -> Floats:
        """Return the edges of some labels."""
        step = np.array(self.edges)
        return np.asarray(rows.model[which] + (step * rows.size[which] if self.of_size else step))


@dataclass(frozen=True)
class Later:
    """Each label where its thing is so many frames later, by the model's own motion."""

    frames: float

    @property
    def text(self) -> str:
        """`Move 2.7 frames later`."""
        return f"Move {in_frames(self.frames)} {'later' if self.frames >= 0 else 'earlier'}"

    def place(self, rows: Rows, which: Ints) -> Floats:
        """Return the edges of some labels."""
        return np.asarray(rows.model[which] + rows.moved(which, self.frames))


@dataclass(frozen=True)
class Between:
    """The corrections of settled labels, from one to the next in their track."""

    @property
    def text(self) -> str:
        """The rule in a few words."""
        return "Interpolate corrections"

    def place(self, rows: Rows, which: Ints) -> Floats:
        """Return the edges of some labels; outside of two settled ones as they are."""
        wanted = rows.now[which]
        for track in np.unique(rows.track[which]).tolist():
            same = rows.by_track[track]
            knots = same[rows.settled[same] & rows.by_model[same]]
            mine = np.flatnonzero((rows.track[which] == track) & rows.by_model[which])
            if not len(knots):
                continue
            after = np.searchsorted(rows.frame[knots], rows.frame[which[mine]])
            for gap in np.unique(after).tolist():
                if 0 < gap < len(knots):
                    inner = mine[after == gap]
                    first, last = int(knots[gap - 1]), int(knots[gap])
                    wanted[inner] = _blend(rows, which[inner], first, last)
        return wanted


def _blend(rows: Rows, inner: Ints, first: int, last: int) -> Floats:
    ends = np.array([first, last])
    share = (rows.frame[inner] - rows.frame[first]) / (rows.frame[last] - rows.frame[first])
    return blended(rows.model[inner], share, rows.correction[ends])


def correction_of(rows: Rows, row: int) -> Moved:
    """Return the correction of one label, in px or by the size as all corrections speak for."""
    step = rows.correction[row]
    made = np.flatnonzero(rows.settled & rows.by_model & (np.abs(rows.correction).max(axis=1) > 0))
    if len(made) >= _FEW and fits_size(rows.size[made], rows.correction[made]):
        return Moved(_four(step / rows.size[row]), of_size=True)
    return Moved(_four(step))


_NAMES: Final = ("left", "top", "right", "bottom")


def _four(values: Floats) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(value) for value in values)
    return left, top, right, bottom


def in_frames(frames: float) -> str:
    """Write frames for people: `1 frame`, `2.7 frames`."""
    many = f"{abs(frames):.1f}".removesuffix(".0")
    return f"{many} frame{'' if many == '1' else 's'}"


def _signed(units: int) -> str:
    rounded = pixels(round(units / (UNIT / 10)) * (UNIT // 10)).rstrip("0").rstrip(".")
    return ("+" if units > 0 else "") + (rounded if "." in pixels(units) else pixels(units))
