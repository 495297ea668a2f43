"""Players who are missing from frames between two that have them.

A gap in a track says that a player was missed only if the track can be believed: it is there for
about as long on both sides as it is gone, its ends are of one size and away from the picture's
edges (there a player steps out and comes back), and the model was about as sure of it as of others.
A box where the player should be speaks against it, unless that box is somebody else's: of a track
that is there before, during and after the gap.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from prelabel_tui.core.triage.suspicion.columns import Bools, Floats, Ints, Nodes
from prelabel_tui.core.triage.suspicion.evidence import Evidence, Kind, ramp
from prelabel_tui.core.triage.suspicion.habits import Habits
from prelabel_tui.core.triage.suspicion.tracks import middle_of_three

_SURE: Final = 0.7
"""Least score of a track that can be missed, as a share of the clip's median."""
_ALIKE: Final = 0.3
"""Most that the logarithm of the height changes over a gap."""
_COVERS: Final = 0.3
"""IoU from which a box is where the missing player should be."""


def note_missing(
    nodes: Nodes, inside: Bools, life: tuple[Floats, Floats], habits: Habits, found: Evidence
) -> None:
    """Note frames that a linked box is missing from.

    ``life``: the links before and after each node; ``inside``: nodes away from the edges.
    """
    behind, ahead = life
    ends = np.flatnonzero(nodes.span[:-1] > 1)
    if not len(ends):
        return
    begins = nodes.next[ends]
    gone = nodes.span[ends] - 1
    longest = np.minimum(behind[ends], ahead[begins]) + 1
    alike = np.abs(np.log(np.maximum(nodes.h[begins], 1) / np.maximum(nodes.h[ends], 1))) < _ALIKE
    held = _believed(nodes, habits, ends, begins) & alike & (gone <= longest)
    held &= inside[ends] & inside[begins]
    ends, begins, gone = ends[held], begins[held], gone[held].astype(np.int64)
    strength = 0.75 - 0.25 * ramp(gone.astype(np.float64), 4, 12)
    tracks = _Spans(nodes)
    for step in range(1, int(gone.max(initial=0)) + 1):
        on = np.flatnonzero(gone >= step)
        on = on[~_explained(nodes, tracks, ends[on], begins[on], step)]
        frame = nodes.frame[ends[on]] + step
        none = np.full(len(frame), -1)
        found.note(Kind.MISSING, frame, strength[on], gone[on].astype(np.float64), none)


def _believed(nodes: Nodes, habits: Habits, ends: Ints, begins: Ints) -> Bools:
    """Say whether the model was about as sure of the track, on both sides, as of others."""
    score, before, after = nodes.score, nodes.before, nodes.next
    low = np.fmin(
        middle_of_three(score[ends], score[before[ends]], score[before[before[ends]]]),
        middle_of_three(score[begins], score[after[begins]], score[after[after[begins]]]),
    )
    return np.asarray(np.isnan(low) | np.isnan(habits.score) | (low >= _SURE * habits.score))


class _Spans:
    """The first and the last frame of each node's track."""

    def __init__(self, nodes: Nodes) -> None:
        self.first = nodes.frame[_end_of(nodes.before)[:-1]]
        self.last = nodes.frame[_end_of(nodes.next)[:-1]]


def _end_of(link: Ints) -> Ints:
    """Follow the links from each node to where they end."""
    none = len(link) - 1
    at = np.where(link == none, np.arange(none + 1), link)
    while not np.array_equal(at, further := at[at]):
        at = further
    return at


def _explained(nodes: Nodes, tracks: _Spans, ends: Ints, begins: Ints, step: int) -> Bools:
    """Say whether, ``step`` frames into a gap, a box is there that is nobody else's."""
    frame = nodes.frame[ends] + step
    if not len(frame):
        return np.zeros(0, dtype=np.bool_)
    share = step / nodes.span[ends]
    left, top, w, h = (
        (value[ends] + share * (value[begins] - value[ends]))[:, None]
        for value in (nodes.left, nodes.top, nodes.w, nodes.h)
    )
    number = nodes.first[frame][:, None] + np.arange(int(nodes.counts[frame].max(initial=0)))
    there = number < nodes.first[frame + 1][:, None]
    number = np.where(there, number, 0)
    across = np.minimum(nodes.left[number] + nodes.w[number], left + w)
    down = np.minimum(nodes.top[number] + nodes.h[number], top + h)
    across -= np.maximum(nodes.left[number], left)
    down -= np.maximum(nodes.top[number], top)
    common = np.clip(across, 0, None) * np.clip(down, 0, None)
    joint = nodes.w[number] * nodes.h[number] + w * h - common
    covers = there & (common > _COVERS * joint)
    others = tracks.first[number] <= nodes.frame[ends][:, None]
    others &= tracks.last[number] >= nodes.frame[begins][:, None]
    return np.asarray((covers & ~others).any(axis=1))
