"""What is usual in a clip, so that what is odd can be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prelabel_tui.core.tracks import Tracks
from prelabel_tui.core.triage.suspicion.columns import Columns, Floats, Nodes
from prelabel_tui.core.triage.suspicion.tracks import link_balls, link_boxes


@dataclass(frozen=True)
class Habits:
    """What is usual in the clip as it was when ranking began."""

    width: float
    """Width and height of the picture, units."""
    height: float
    score: float
    """Median score, 1/10,000; NaN without scores."""
    ids_hold: bool
    """Whether a label's id stays the same from frame to frame."""
    jitter: tuple[float, float]
    """Usual curvature of a label's path in x and y; in box heights, for the ball in units."""
    slope: float
    """Box height by row of the feet: ``slope * y + rise``; NaN when they do not go together."""
    rise: float
    size: float
    """Median ball size or box height, units."""


def habits_of(
    columns: Columns, tracks: Tracks, width: float | None, height: float | None
) -> Habits:
    """Measure a clip on up to four stretches of it."""
    count = len(columns)
    stretch = min(count, 128)
    starts = sorted({round(part * (count - stretch)) for part in (0.0, 0.33, 0.67, 1.0)})
    samples = [Nodes(columns, start, start + stretch) for start in starts]
    right = [np.nanmax(s.left[:-1] + s.w[:-1]) for s in samples if s.many]
    bottom = [np.nanmax(s.top[:-1] + s.h[:-1]) for s in samples if s.many]
    wide = float(max(right, default=1.0)) if width is None else width
    high = float(max(bottom, default=1.0)) if height is None else height
    ids_hold = not columns.is_ball and _ids_hold(samples)
    bends: list[Floats] = []
    for nodes in samples:
        if columns.is_ball:
            link_balls(nodes)
        else:
            link_boxes(nodes, tracks)
        one, two = nodes.next, nodes.next[nodes.next]
        ways = np.stack((nodes.x, nodes.top + nodes.h))
        bend = np.abs(ways[:, two] - 2 * ways[:, one] + ways)
        bends.append(bend if columns.is_ball else bend / nodes.h)
    jitter = np.concatenate(bends, axis=1)
    score = np.concatenate([nodes.score for nodes in samples])
    feet = np.concatenate([nodes.top + nodes.h for nodes in samples])
    tall = np.concatenate([nodes.h for nodes in samples])
    slope, rise = (np.nan, np.nan) if columns.is_ball else _perspective(feet, tall)
    return Habits(
        wide, high, _median(score), ids_hold,
        (_usual(jitter[0]), _usual(jitter[1])), slope, rise, _median(tall),
    )  # fmt: skip


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _usual(values: Floats) -> float:
    """Return the median, or 0 when nothing is known."""
    return float(np.nan_to_num(_median(values)))


def _ids_hold(samples: list[Nodes]) -> bool:
    """Say whether equal ids in neighbouring frames are mostly near each other, and mostly there."""
    near = same = possible = 0
    for nodes in samples:
        key = nodes.frame.astype(np.int64)
        order = np.lexsort((key, nodes.name))
        pairs = (nodes.name[order][1:] == nodes.name[order][:-1]) & (np.diff(key[order]) == 1)
        a, b = order[:-1][pairs], order[1:][pairs]
        far = np.abs(nodes.x[a] - nodes.x[b]) + np.abs(nodes.y[a] - nodes.y[b])
        near += int(np.count_nonzero(far < nodes.h[a]))
        same += len(a)
        possible += int(np.minimum(nodes.counts[1:], nodes.counts[:-1]).sum())
    return same > 0 and near > 0.7 * same and same > 0.5 * possible


def _perspective(feet: Floats, tall: Floats) -> tuple[float, float]:
    """Fit a line of box height over row of the feet, by the median of many slopes."""
    known = ~np.isnan(feet)
    feet, tall = feet[known], tall[known]
    if len(feet) < 60:
        return np.nan, np.nan
    order = np.argsort(feet, kind="stable")
    third = len(order) // 3
    low, high = order[:third], order[-third:]
    run = feet[high] - feet[low]
    if np.median(run) <= 0:
        return np.nan, np.nan
    slope = float(np.median((tall[high] - tall[low]) / np.maximum(run, 1.0)))
    rise = float(np.median(tall - slope * feet))
    expected = slope * feet + rise
    if (expected <= 0).any() or np.median(np.abs(np.log(tall.clip(1) / expected.clip(1)))) > 0.2:
        return np.nan, np.nan
    return slope, rise
