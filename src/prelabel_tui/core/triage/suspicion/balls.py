"""What is odd about the ball: doubled, jumping, staying still, missing, alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from prelabel_tui.core.triage.suspicion.columns import Bools, Columns, Ints, Nodes
from prelabel_tui.core.triage.suspicion.evidence import Edges, Evidence, Kind, note, note_runs, ramp
from prelabel_tui.core.triage.suspicion.habits import Habits
from prelabel_tui.core.triage.suspicion.tracks import excursions, link_balls

_LONGEST_JUMP: Final = 7
"""Frames that the ball may be off its way and still be seen to come back."""

_FAR_SIDE: Final = 20
"""Frames that the ball is looked for on each side of a frame without one."""

_HANGS: Final = 16


def scan_balls(
    columns: Columns, nodes: Nodes, habits: Habits, found: Evidence, edges: Edges
) -> None:
    """Note everything that is odd about the ball."""
    spare = link_balls(nodes)
    many = nodes.counts[nodes.frame[spare]].astype(np.float64)
    note(nodes, found, Kind.DOUBLED, spare, np.full(len(spare), 0.93), many)
    size = 1200.0 if np.isnan(habits.size) or habits.size <= 0 else habits.size
    scale = np.maximum(np.where(nodes.w > 0, nodes.w, size), 2.0 * max(habits.jitter))
    if nodes.many:
        runs, steps = excursions(
            nodes, (nodes.x, nodes.y), 0.8 * scale, True, _LONGEST_JUMP, kicks=True
        )
        note_runs(nodes, found, Kind.JUMP, runs, 0.4, 0.92)
        note_runs(nodes, found, Kind.STEP, steps, 0.05, 0.3)
        _still(nodes, found)
    _ball_gaps(columns, nodes, habits, found, edges)


def _still(nodes: Nodes, found: Evidence) -> None:
    """Note a ball that stays within a fifth of a pixel for ten frames."""
    near = np.hypot(nodes.x[nodes.next] - nodes.x, nodes.y[nodes.next] - nodes.y) < 20
    near[nodes.next >= nodes.many] = False
    held = np.ones(nodes.many + 1)
    ahead, behind = near.copy(), near[nodes.before] & (nodes.before < nodes.many)
    at, back = nodes.next, nodes.before
    for _ in range(_HANGS):
        held += ahead
        held += behind
        ahead = ahead & near[at]
        behind = behind & near[nodes.before[back]] & (nodes.before[back] < nodes.many)
        at, back = nodes.next[at], nodes.before[back]
    odd = np.flatnonzero(held[:-1] >= 10)
    note(nodes, found, Kind.STILL, odd, 0.25 + 0.2 * ramp(held[odd], 10, 25), held[odd])


def _ball_gaps(
    columns: Columns, nodes: Nodes, habits: Habits, found: Evidence, edges: Edges
) -> None:
    """Note frames without a ball where nobody said why, and balls alone in a gap.

    Short gaps in the open are odd; gaps that begin or end where the ball flies out of the picture
    are less so.
    """
    settled = columns.settled[nodes.start : nodes.start + nodes.frames]
    present = np.flatnonzero(nodes.counts > 0)
    empty = np.flatnonzero((nodes.counts == 0) & ~settled)
    if len(present) and len(empty):
        position = np.searchsorted(present, empty)
        start = present[np.maximum(position - 1, 0)]
        stop = present[np.minimum(position, len(present) - 1)]
        before = (position > 0) & (empty - start <= _FAR_SIDE)
        after = (position < len(present)) & (stop - empty <= _FAR_SIDE)
        both = before & after
        length = np.where(both, stop - start - 1, 0)
        strength = 0.45 + 0.35 * ramp(-length.astype(np.float64), -12.0, -5.0)
        strength = np.where(both, strength, 0.3)
        long = ~both | (length > 4)
        for node, way, known in (
            (nodes.first[start], nodes.before, before & long),
            (nodes.first[stop], nodes.next, after & long),
        ):
            leaves = known & _leaves(nodes, habits, node, way[node])
            strength = np.where(leaves, np.minimum(strength, 0.12), strength)
        none = np.full(len(empty), -1)
        found.note(Kind.MISSING, empty, strength, length.astype(np.float64), none)
    if len(present):
        _lone_balls(nodes, found, present, edges)


def _leaves(nodes: Nodes, habits: Habits, node: Ints, other: Ints) -> Bools:
    """Say whether balls that came from ``other`` are out of the picture five frames later."""
    span = np.abs(nodes.time[node] - nodes.time[other])
    vx = np.nan_to_num((nodes.x[node] - nodes.x[other]) / span)
    vy = np.nan_to_num((nodes.y[node] - nodes.y[other]) / span)
    x, y = nodes.x[node] + 5.0 * vx, nodes.y[node] + 5.0 * vy
    return np.asarray((x < 0) | (y < 0) | (x >= habits.width) | (y >= habits.height))


def _lone_balls(nodes: Nodes, found: Evidence, present: Ints, edges: Edges) -> None:
    """Note balls seen for at most three frames with at least four empty ones on both sides."""
    splits = np.flatnonzero(np.diff(present) > 1) + 1
    groups = np.split(present, splits)
    for at, group in enumerate(groups):
        before = group[0] - groups[at - 1][-1] - 1 if at else (0 if edges.start else _FAR_SIDE)
        after = groups[at + 1][0] - group[-1] - 1 if at + 1 < len(groups) else _FAR_SIDE
        if at + 1 == len(groups) and edges.end:
            after = nodes.frames - 1 - group[-1]
        if at == 0 and edges.start:
            before = group[0]
        if len(group) <= 3 and before >= 4 and after >= 4:
            node = nodes.first[group]
            count = np.full(len(group), float(len(group)))
            note(nodes, found, Kind.BRIEF, node, np.full(len(group), 0.7), count)
