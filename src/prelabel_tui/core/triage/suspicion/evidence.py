"""What is odd about each frame: strengths 0..1, numbers to show, and the label meant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from prelabel_tui.core.triage.suspicion.columns import Floats, Ints, Nodes
from prelabel_tui.core.triage.suspicion.tracks import Excursions


class Kind(IntEnum):
    """Kinds of evidence; the order is that of ties."""

    FINDING = 0
    FLAG = 1
    DOUBLED = 2
    MISSING = 3
    JUMP = 4
    SIZE = 5
    BRIEF = 6
    STEP = 7
    COMES = 8
    GOES = 9
    OVERLAP = 10
    OUTSIDE = 11
    ODD_SIZE = 12
    COUNT = 13
    STILL = 14
    SWAP = 15
    SCORE = 16
    DROP = 17


@dataclass
class Evidence:
    """What is odd, for each frame and kind.

    The strength, a number to show, and the label's place in the frame (-1: none).
    """

    strength: Floats
    value: Floats
    slot: Ints

    @classmethod
    def none(cls, frames: int) -> Evidence:
        """Make evidence with nothing odd anywhere."""
        shape = (frames, len(Kind))
        return cls(np.zeros(shape), np.zeros(shape), np.full(shape, -1, dtype=np.int64))

    def part(self, start: int, stop: int) -> Evidence:
        """Return a view of some frames."""
        return Evidence(self.strength[start:stop], self.value[start:stop], self.slot[start:stop])

    def put(self, start: int, other: Evidence) -> None:
        """Overwrite the frames from ``start`` on."""
        stop = start + len(other.strength)
        self.strength[start:stop] = other.strength
        self.value[start:stop] = other.value
        self.slot[start:stop] = other.slot

    def note(self, kind: Kind, frame: Ints, strength: Floats, value: Floats, slot: Ints) -> None:
        """Keep the strongest of each frame; of equals, the last."""
        if not len(frame):
            return
        best = self.strength[:, kind].copy()
        np.maximum.at(best, frame, strength)
        won = np.flatnonzero((strength == best[frame]) & (strength > self.strength[frame, kind]))
        frame = frame[won]
        self.strength[frame, kind] = strength[won]
        self.value[frame, kind] = value[won]
        self.slot[frame, kind] = slot[won]


@dataclass(frozen=True)
class Edges:
    """Whether the stretch begins and ends where the clip does."""

    start: bool
    end: bool


def ramp(value: Floats, low: float, high: float) -> Floats:
    """Scale values linearly: 0 at ``low``, 1 at ``high``; NaN is 0."""
    return np.asarray(np.fmax(np.minimum((value - low) / (high - low), 1.0), 0.0))


def note(
    nodes: Nodes, found: Evidence, kind: Kind, node: Ints, strength: Floats, value: Floats
) -> None:
    """Note evidence about labels in their frames."""
    frame = nodes.frame[node]
    found.note(kind, frame, strength, value, node - nodes.first[frame])


def note_runs(
    nodes: Nodes, found: Evidence, kind: Kind, runs: Excursions, low: float, high: float
) -> None:
    """Note runs of labels off their way, from ``low`` to ``high`` by how far."""
    strength = low + (high - low) * ramp(runs.strength, 1.0, 2.5)
    note(nodes, found, kind, runs.node, strength, runs.amount)
