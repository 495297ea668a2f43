"""Looking through a stretch of frames for everything that is odd.

What is found in a frame depends on frames at most REACH away (and on the clip's habits), except in
rare chains of gaps; so after an edit only its neighbours are looked at again.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from prelabel_tui.core.tracks import Tracks
from prelabel_tui.core.triage.suspicion.balls import scan_balls
from prelabel_tui.core.triage.suspicion.boxes import scan_boxes
from prelabel_tui.core.triage.suspicion.columns import Columns, Nodes
from prelabel_tui.core.triage.suspicion.evidence import Edges, Evidence, Kind, note, ramp
from prelabel_tui.core.triage.suspicion.habits import Habits
from prelabel_tui.core.triage.suspicion.tracks import link_boxes

REACH: Final = 24
"""Frames on each side that a frame's evidence may depend on."""


def evidence_of(
    columns: Columns, tracks: Tracks, habits: Habits, start: int, stop: int
) -> Evidence:
    """Find the evidence in frames ``start`` to ``stop`` (not included)."""
    low, high = max(0, start - REACH), min(len(columns), stop + REACH)
    nodes = Nodes(columns, low, high)
    found = Evidence.none(nodes.frames)
    edges = Edges(low == 0, high == len(columns))
    if columns.is_ball:
        scan_balls(columns, nodes, habits, found, edges)
    else:
        link_boxes(nodes, tracks)
        scan_boxes(nodes, habits, found, edges)
    _scores(nodes, habits, found, columns.is_ball)
    _outside(nodes, habits, found, columns.is_ball)
    return found.part(start - low, stop - low)


def _scores(nodes: Nodes, habits: Habits, found: Evidence, is_ball: bool) -> None:
    """Note scores low for the clip, and scores far below those before and after."""
    if np.isnan(habits.score):
        return
    relative = nodes.score[:-1] / max(habits.score, 1.0)
    odd = np.flatnonzero(relative < 0.85)
    most = 0.34 if is_ball else 0.24
    strength = most * ramp(-relative[odd], -0.85, -0.2)
    note(nodes, found, Kind.SCORE, odd, strength, nodes.score[odd])
    around = np.fmin(nodes.score[nodes.before], nodes.score[nodes.next])
    drop = ((around - nodes.score) / max(habits.score, 1.0))[:-1]
    odd = np.flatnonzero(drop > 0.3)
    strength = 0.5 * most * ramp(drop[odd], 0.3, 0.9)
    note(nodes, found, Kind.DROP, odd, strength, nodes.score[odd])


def _outside(nodes: Nodes, habits: Habits, found: Evidence, is_ball: bool) -> None:
    """Note boxes that reach out of the picture, and balls whose centre is outside."""
    in_x, in_y = (nodes.w / 2, nodes.h / 2) if is_ball else (0.0 * nodes.w, 0.0 * nodes.h)
    across = np.maximum(-nodes.left - in_x, nodes.left + nodes.w - in_x - habits.width)
    down = np.maximum(-nodes.top - in_y, nodes.top + nodes.h - in_y - habits.height)
    beyond = np.maximum(across, down)[:-1]
    odd = np.flatnonzero(beyond > 100)
    note(nodes, found, Kind.OUTSIDE, odd, 0.4 + 0.5 * ramp(beyond[odd], 100, 2000), beyond[odd])
