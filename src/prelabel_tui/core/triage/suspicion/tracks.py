"""The way of a box or of the ball from frame to frame, and where it is left and taken up again.

Boxes go with their tracks.  Of the balls of a frame one is taken for the ball: where it is on
another thing for some frames, that is a jump.  All on numpy arrays over a stretch of some hundred
frames.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prelabel_tui.core.tracks import Tracks
from prelabel_tui.core.triage.suspicion.columns import Bools, Floats, Ints, Nodes

MOST_MISSING = 12
"""Frames that a label may be missing and still be taken for the same one."""

LONGEST_RUN = 12
"""Frames that a box may be off its path and still be seen to come back."""

_SHORT_END = 4
"""Nodes behind a step up to the end of a track that are taken for the wrong side of it."""


def link_boxes(nodes: Nodes, tracks: Tracks) -> None:
    """Link each box to the next one of its track, unless it is missing for long."""
    number = tracks.numbers(nodes.start, nodes.start + nodes.frames)
    order = np.argsort(number, kind="stable")
    one, other = order[:-1], order[1:]
    near = (number[one] == number[other]) & (
        nodes.frame[other] - nodes.frame[one] <= MOST_MISSING + 1
    )
    nodes.link(one[near], other[near])


def link_balls(nodes: Nodes) -> Ints:
    """Link one ball of each frame to the next; the rest of a frame's balls are left over.

    Of several, the one nearest to the path between the frames with a single ball is taken.
    Returns the nodes left over.
    """
    single = nodes.first[:-1][nodes.counts == 1]
    chosen = single
    several = np.flatnonzero(nodes.counts > 1)
    spare: list[int] = []
    picked: list[int] = []
    for frame in several:
        group = np.arange(nodes.first[frame], nodes.first[frame + 1])
        best = int(group[_nearest_to_way(nodes, single, int(frame), group)])
        picked.append(best)
        spare += [int(node) for node in group if node != best]
    chosen = np.sort(np.concatenate([single, np.array(picked, dtype=np.int64)]))
    if len(chosen) > 1:
        near = np.diff(nodes.frame[chosen]) <= MOST_MISSING + 1
        nodes.link(chosen[:-1][near], chosen[1:][near])
    return np.array(spare, dtype=np.int64)


def _nearest_to_way(nodes: Nodes, single: Ints, frame: int, group: Ints) -> int:
    at = int(np.searchsorted(nodes.frame[single], frame))
    before = [n for n in single[max(0, at - 2) : at] if frame - nodes.frame[n] <= MOST_MISSING]
    after = [n for n in single[at : at + 1] if nodes.frame[n] - frame <= MOST_MISSING]
    if not before and not after:
        return int(np.argmax(np.nan_to_num(nodes.score[group])))
    x, y = nodes.x, nodes.y
    if before and after:
        a, b = before[-1], after[0]
        share = (frame - nodes.frame[a]) / (nodes.frame[b] - nodes.frame[a])
        place = x[a] + share * (x[b] - x[a]), y[a] + share * (y[b] - y[a])
    else:
        node = (before or after)[-1]
        place = x[node], y[node]
    return int(np.argmin(np.hypot(x[group] - place[0], y[group] - place[1])))


def middle_of_three(a: Floats, b: Floats, c: Floats) -> Floats:
    """Return the median of those of three values that are numbers; of two, the mean."""
    middle: Floats = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
    short = np.flatnonzero(np.isnan(middle))
    a, b, c = a[short], b[short], c[short]
    middle[short] = (np.fmin(np.fmin(a, b), c) + np.fmax(np.fmax(a, b), c)) / 2
    return middle


def rates(nodes: Nodes, value: Floats) -> tuple[Floats, Floats]:
    """Return a value's change per frame over the three links before and the three after."""
    with np.errstate(invalid="ignore"):
        rate = (value[nodes.next] - value) / nodes.span
    one, two, three = nodes.back
    ahead, further = nodes.ahead
    return (
        middle_of_three(rate[one], rate[two], rate[three]),
        middle_of_three(rate, rate[ahead], rate[further]),
    )


def steady(nodes: Nodes, value: Floats) -> tuple[Floats, Floats]:
    """Return a value's median at a node and the two before it, and at it and the two after it."""
    one, two, _ = nodes.back
    ahead, further = nodes.ahead
    return (
        middle_of_three(value, value[one], value[two]),
        middle_of_three(value, value[ahead], value[further]),
    )


class Excursions(NamedTuple):
    """Nodes that are off their path, by how much of the tolerance, and by how many units."""

    node: Ints
    strength: Floats
    amount: Floats


def excursions(
    nodes: Nodes,
    values: tuple[Floats, ...],
    scale: Floats,
    moving: bool,
    longest: int = LONGEST_RUN,
    kicks: bool = False,
) -> tuple[Excursions, Excursions]:
    """Find runs of nodes that leave their path and come back, and single steps that do not.

    ``values``: coordinates that go on at their rate (``moving``) or stay; a step counts if it is
    more than ``scale`` away from what both the links before and those after say.  A run is back
    where the path would have gone on, or by a step that undoes the first.  A step beside the
    short end of a track also makes a run: up to the end, half as strong.  ``kicks``: the path may
    change while the node is off it.
    """
    if moving:
        sides = [rates(nodes, value) for value in values]
    else:
        sides = [(np.zeros_like(value), np.zeros_like(value)) for value in values]
    before, after = np.zeros(nodes.many + 1), np.zeros(nodes.many + 1)
    for value, (left, right) in zip(values, sides, strict=True):
        anchor, target = (value, value) if moving else steady(nodes, value)
        before += (value[nodes.next] - anchor - left * nodes.span) ** 2
        after += (target[nodes.next] - value - right[nodes.next] * nodes.span) ** 2
    far = np.fmin(before, after)
    with np.errstate(invalid="ignore"):
        events = np.flatnonzero(far[:-1] > scale[:-1] ** 2)
    amount = np.sqrt(far[events])
    if not len(events):
        nothing = Excursions(events, amount, amount)
        return nothing, nothing
    strength = amount / scale[events]
    run, used = _runs(
        nodes, list(zip(values, sides, strict=True)), far, scale, events, longest, kicks
    )
    found, which = _walk(nodes.next, nodes.next[events], run)
    sudden = (run == 0) & ~used[events] & (nodes.span[events] <= 2)
    ends = _short_ends(nodes, events, sudden)
    sure = np.concatenate([strength[which], *(0.5 * strength[part[1]] for part in ends)])
    found = np.concatenate([found, *(part[0] for part in ends)])
    which = np.concatenate([which, *(part[1] for part in ends)])
    came_back = Excursions(found, sure, amount[which])
    explained = np.zeros(nodes.many + 1, dtype=np.bool_)
    explained[found] = True
    lone = np.flatnonzero(sudden & ~explained[nodes.next[events]] & ~explained[events])
    return came_back, Excursions(nodes.next[events[lone]], strength[lone], amount[lone])


def _runs(
    nodes: Nodes,
    ways: list[tuple[Floats, tuple[Floats, Floats]]],
    far: Floats,
    scale: Floats,
    events: Ints,
    longest: int,
    kicks: bool,
) -> tuple[Ints, Bools]:
    """Count the nodes after each event that are off the path until it is back (0: it never is).

    Also returns the nodes that such a run leaves from.  Of the arrays worked with, rows are
    lengths of runs and columns are events.
    """
    chain = [nodes.next[events]]
    for _ in range(longest):
        chain.append(nodes.next[chain[-1]])
    at, leaves = np.stack(chain[:-1]), np.stack(chain[1:])
    past, later, back = np.zeros(at.shape), np.zeros(at.shape), np.zeros(at.shape)
    for value, (left, right) in ways:
        rate = _either(left[events], right[leaves])
        gone = nodes.time[leaves] - nodes.time[events]
        way = value[leaves] - value[events]
        past += (way - rate * gone) ** 2
        later += (way - right[leaves] * gone) ** 2
        gone -= nodes.time[at] - nodes.time[at[0]]
        back += (way - (value[at] - value[at[0]]) - rate * gone) ** 2
    length = np.arange(1, longest + 1)[:, None]
    with np.errstate(invalid="ignore"):
        there = np.sqrt(far[at])
        near = np.minimum(
            0.45 * np.fmax(np.sqrt(far[events]), there), scale[events] * (1.2 + 0.3 * length)
        )
        off = np.sqrt(np.fmin(np.fmin(past, later) if kicks else past, back))
        home = (off < near) & (there > 0.6 * scale[at])
    run = np.zeros(len(events), dtype=np.int64)
    used = np.zeros(nodes.many + 1, dtype=np.bool_)
    for row in np.flatnonzero(home.any(axis=1)).tolist():
        free = home[row] & ~used[events] & ~used[at[row]]
        exits = np.zeros(nodes.many + 1, dtype=np.bool_)
        exits[at[row][free]] = True
        free &= ~exits[events]
        used[events[free]] = used[at[row][free]] = True
        run[free] = row + 1
    return run, used


def _walk(link: Ints, start: Ints, length: Ints) -> tuple[Ints, Ints]:
    """Follow the links from each start over ``length`` nodes; return these and their start."""
    found = [np.empty(0, dtype=np.int64)]
    which = [np.empty(0, dtype=np.int64)]
    at = start
    for count in range(1, int(length.max(initial=0)) + 1):
        on = np.flatnonzero(length >= count)
        found.append(at[on])
        which.append(on)
        at = link[at]
    return np.concatenate(found), np.concatenate(which)


def _short_ends(nodes: Nodes, events: Ints, sudden: Bools) -> list[tuple[Ints, Ints]]:
    """Find the shorter side of steps without a way back, if the track soon ends there."""
    sides: list[tuple[Ints, Ints]] = []
    for link, start in ((nodes.next, nodes.next[events]), (nodes.before, events)):
        length = np.zeros(len(events), dtype=np.int64)
        at, going = start, np.ones(len(events), dtype=np.bool_)
        for _ in range(_SHORT_END + 1):
            length += going
            ahead = link[at]
            with np.errstate(invalid="ignore"):
                going = going & (np.abs(nodes.time[ahead] - nodes.time[at]) <= 2)
            at = ahead
        sides.append((start, np.where((length <= _SHORT_END) & sudden, length, 0)))
    (later, after), (earlier, before) = sides
    after, before = (
        np.where((before > 0) & (before < after), 0, after),
        np.where((after > 0) & (after <= before), 0, before),
    )
    return [_walk(nodes.next, later, after), _walk(nodes.before, earlier, before)]


def _either(a: Floats, b: Floats) -> Floats:
    """Return the mean of two, or the one that is a number."""
    return np.where(np.isnan(a), b, np.where(np.isnan(b), a, (a + b) / 2))


def off_edges(nodes: Nodes, width: float, height: float) -> Bools:
    """Say which nodes' boxes are more than half a box away from every edge of the picture."""
    margin = 0.5 * nodes.w
    inside = (nodes.left > margin) & (nodes.left + nodes.w < width - margin)
    return np.asarray(inside & (nodes.top > 0.1 * nodes.h) & (nodes.top + nodes.h < height))
