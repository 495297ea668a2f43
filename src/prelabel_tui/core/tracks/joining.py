"""Putting single labels into tracks that are there: from where these were before and are after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from prelabel_tui.core.tracks.assignment import match
from prelabel_tui.core.tracks.linking import LONGEST_GAP, cost_of
from prelabel_tui.core.tracks.places import Floats, Ints, Places

_REACH = LONGEST_GAP + 1


def join(
    places: Places,
    numbers: Ints,
    frames: Iterable[int],
    tracks: int,
    before: Mapping[int, int] | None = None,
) -> int:
    """Give the labels of these frames that have none (-1) the number of a track.

    It is that of a track near by in place and time that has no label in the frame, else the one
    the label had ``before``, else a new number, from ``tracks`` on.  Frames in order: what was
    joined in one counts for the next.  Returns the first number that is not in use.
    """
    before = before or {}
    for frame in frames:
        low, high = places.first[frame], places.first[frame + 1]
        left = low + np.flatnonzero(numbers[low:high] < 0)
        if not len(left):
            continue
        number, what, room, age = _expected(places, numbers, frame)
        cost = cost_of(what, room, age, np.ones(len(number)), places.what[:, left])
        for row, column in match(cost, 1.0):
            numbers[left[column]] = number[row]
        left = left[numbers[left] < 0]
        for label in left.tolist():
            if before.get(label, -1) not in numbers[low:high]:
                numbers[label] = before[label]
        left = left[numbers[left] < 0]
        numbers[left] = np.arange(tracks, tracks + len(left))
        tracks += len(left)
    return tracks


def _expected(places: Places, numbers: Ints, frame: int) -> tuple[Ints, Floats, Floats, Floats]:
    """Return which tracks a frame lacks and where they would be in it.

    That is: numbers, places as :attr:`Places.what`, room, and frames to the nearest label.
    """
    first = places.first
    start, stop = max(0, frame - _REACH), min(len(first) - 1, frame + _REACH + 1)
    low, high = int(first[start]), int(first[stop])
    near = low + np.flatnonzero(numbers[low:high] >= 0)
    time = start + np.searchsorted(first[start : stop + 1], near, side="right") - 1
    here = numbers[near[time == frame]]
    absent = ~np.isin(numbers[near], here)
    near, time = near[absent], time[absent]
    number = numbers[near]
    found: list[int] = np.unique(number).tolist()
    what, room, age = np.empty((3, len(found))), np.empty(len(found)), np.empty(len(found))
    for at, track in enumerate(found):
        mine = near[number == track]
        times = time[number == track].astype(np.float64)
        after = int(np.searchsorted(times, frame))
        if 0 < after < len(mine):  # between two
            pair = [after - 1, after]
        elif after:  # behind its end
            pair = [0, after - 1]
        else:  # before its beginning
            pair = [0, len(mine) - 1]
        closest = min(pair, key=lambda each: abs(times[each] - frame))
        one, two = mine[pair]
        span = times[pair[1]] - times[pair[0]]
        speed = (places.what[:, two] - places.what[:, one]) / max(span, 1.0)
        what[:, at] = places.what[:, mine[closest]]
        what[:2, at] += speed[:2] * (frame - times[closest])
        room[at] = places.room[mine[closest]]
        age[at] = abs(times[closest] - frame)
    return np.array(found, dtype=np.int64), what, room, age
