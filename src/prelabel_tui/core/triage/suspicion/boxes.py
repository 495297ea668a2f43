"""What is odd about player boxes: off their way, missing, brief, overlapping, odd in size."""

from __future__ import annotations

from typing import Final

import numpy as np

from prelabel_tui.core.triage.suspicion.columns import Bools, Floats, Ints, Nodes
from prelabel_tui.core.triage.suspicion.evidence import Edges, Evidence, Kind, note, note_runs, ramp
from prelabel_tui.core.triage.suspicion.gaps import note_missing
from prelabel_tui.core.triage.suspicion.habits import Habits
from prelabel_tui.core.triage.suspicion.tracks import excursions, off_edges

_DOUBLINGS: Final = 3
_LOOK: Final = 2**_DOUBLINGS + 1
"""Links on each side that are counted, to say how long a box has been there."""


def scan_boxes(nodes: Nodes, habits: Habits, found: Evidence, edges: Edges) -> None:
    """Note everything that is odd about player boxes."""
    if not nodes.many:
        return
    inside = off_edges(nodes, habits.width, habits.height)
    whole = np.where(inside, 1.0, np.inf)
    x_scale = whole * nodes.h * max(0.07, 4.0 * habits.jitter[0])
    y_scale = whole * nodes.h * max(0.10, 4.0 * habits.jitter[1])
    for value, scale in ((nodes.x, x_scale), (nodes.top + nodes.h, y_scale)):
        runs, steps = excursions(nodes, (value,), scale, True)
        note_runs(nodes, found, Kind.JUMP, runs, 0.4, 0.9)
        note_runs(nodes, found, Kind.STEP, steps, 0.1, 0.4)
    with np.errstate(invalid="ignore", divide="ignore"):
        tall, wide = np.log(np.maximum(nodes.h, 1)), np.log(np.maximum(nodes.w, 1))
    runs, steps = excursions(nodes, (tall,), 0.14 * whole, False)
    note_runs(nodes, found, Kind.SIZE, runs, 0.4, 0.9)
    note_runs(nodes, found, Kind.SIZE, steps, 0.1, 0.4)
    runs, _ = excursions(nodes, (wide,), 0.55 * whole, False)
    note_runs(nodes, found, Kind.SIZE, runs, 0.3, 0.7)
    behind, ahead = _links(nodes.before), _links(nodes.next)
    note_missing(nodes, inside, (behind, ahead), habits, found)
    _brief(nodes, inside[:-1], (behind, ahead), habits, found, edges)
    _overlaps(nodes, found, ahead + behind + 1)
    _odd_sizes(nodes, habits, found)
    _counts(nodes, found)
    if habits.ids_hold:
        name = np.append(nodes.name, 0)
        swapped = np.flatnonzero((nodes.next[:-1] < nodes.many) & (name[nodes.next] != name)[:-1])
        swapped = swapped[_goes_on(nodes, name, swapped)]
        later = nodes.next[swapped]
        note(nodes, found, Kind.SWAP, later, np.full(len(later), 0.45), np.zeros(len(later)))


def _goes_on(nodes: Nodes, name: Ints, node: Ints) -> Bools:
    """Say whether a node's id is on another box of the frame that its link leads to."""
    later = nodes.frame[nodes.next[node]]
    span = nodes.first[later][:, None] + np.arange(int(nodes.counts.max()))
    span = np.where(span < nodes.first[later + 1][:, None], span, nodes.many)
    return np.asarray((name[span] == name[node][:, None]).any(axis=1))


def _brief(
    nodes: Nodes,
    inside: Bools,
    links: tuple[Floats, Floats],
    habits: Habits,
    found: Evidence,
    edges: Edges,
) -> None:
    """Note boxes that appear and vanish within eight frames in the open, and ends of longer ones.

    ``links``: how many lead to each node and on from it.
    """
    behind, ahead = links
    life = (ahead + behind + 1)[:-1]
    near_start = edges.start & (nodes.frame - behind[:-1] <= 0)
    near_end = edges.end & (nodes.frame + ahead[:-1] >= nodes.frames - 1)
    free = inside & ~near_start & ~near_end
    brief = np.flatnonzero(free & (life <= 8))
    weak = ramp(-nodes.score[brief] / max(habits.score, 1.0), -0.9, -0.4)
    strength = 0.5 + 0.25 * weak - 0.1 * ramp(life[brief], 3, 8)
    note(nodes, found, Kind.BRIEF, brief, strength, life[brief])
    last = nodes.frames - 1
    for kind, end, limit in (
        (Kind.COMES, behind[:-1] == 0, nodes.frame > 0),
        (Kind.GOES, ahead[:-1] == 0, nodes.frame < last),
    ):
        odd = np.flatnonzero(end & limit & inside & (life > 8))
        note(nodes, found, kind, odd, np.full(len(odd), 0.3), life[odd])


def _links(link: Ints) -> Floats:
    """Count the links that lead on from each node, up to _LOOK."""
    one = (link < len(link) - 1).astype(np.float64)
    many, at = one, link
    for _ in range(_DOUBLINGS):
        many, at = many + many[at], at[at]
    return many + one[at]


def _overlaps(nodes: Nodes, found: Evidence, life: Floats) -> None:
    """Note pairs with an IoU of more than a half; players that only cross count less."""
    width = int(min(64, nodes.counts.max()))
    slots = np.arange(width)
    there = slots < np.minimum(nodes.counts, width)[:, None]
    number = np.where(there, nodes.first[:-1, None] + slots, nodes.many)
    order = np.argsort(nodes.left[number], axis=1, kind="stable")
    number = np.take_along_axis(number, order, axis=1).T.copy()
    left, wide, right, bottom = nodes.left, nodes.w, nodes.left + nodes.w, nodes.top + nodes.h
    starts, ends, half = left[number], right[number], 0.5 * wide[number]
    for step in range(1, min(4, width)):
        across = ends[:-step] - starts[step:]
        near = np.flatnonzero(across > np.minimum(half[:-step], half[step:]))
        a, b = number[:-step].ravel()[near], number[step:].ravel()[near]
        across = np.minimum(right[a], right[b]) - left[b]
        down = np.minimum(bottom[a], bottom[b]) - np.maximum(nodes.top[a], nodes.top[b])
        shared = across * np.clip(down, 0, None)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = shared / (wide[a] * nodes.h[a] + wide[b] * nodes.h[b] - shared)
        odd = np.flatnonzero(ratio > 0.5)
        lower = np.where(nodes.score[a[odd]] < nodes.score[b[odd]], a[odd], b[odd])
        crossing = np.minimum(life[a[odd]], life[b[odd]]) > 8
        strength = (0.2 + 0.6 * ramp(ratio[odd], 0.55, 0.8)) * np.where(crossing, 0.4, 1.0)
        note(nodes, found, Kind.OVERLAP, lower, strength, ratio[odd])


def _odd_sizes(nodes: Nodes, habits: Habits, found: Evidence) -> None:
    """Note boxes too tall or too small for where they stand."""
    if np.isnan(habits.slope):
        return
    expected = np.maximum(habits.slope * (nodes.top + nodes.h) + habits.rise, 1.0)[:-1]
    ratio = nodes.h[:-1] / expected
    off = np.abs(np.log(np.maximum(ratio, 0.01)))
    odd = np.flatnonzero(off > 0.25)
    note(nodes, found, Kind.ODD_SIZE, odd, 0.6 * ramp(off[odd], 0.25, 0.6), ratio[odd])


def _counts(nodes: Nodes, found: Evidence) -> None:
    """Note frames with three labels more or fewer than the median of the frames around."""
    reach = 8
    padded = np.pad(nodes.counts.astype(np.float64), reach, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    off = nodes.counts - np.partition(around, reach, axis=1)[:, reach]
    odd = np.flatnonzero(np.abs(off) >= 3)
    none = np.full(len(odd), -1)
    found.note(Kind.COUNT, odd, 0.3 + 0.3 * ramp(np.abs(off[odd]), 3, 8), off[odd], none)
