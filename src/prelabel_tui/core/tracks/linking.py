"""Which labels of successive frames are one thing: constant velocity, one frame after the other.

Every track says where its label would be now; labels are matched with these places by distance and
size, exactly where several could be meant.  A track that finds no label waits for some frames.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.tracks.assignment import match
from prelabel_tui.core.tracks.places import Floats, Ints, Places

LONGEST_GAP: Final = 10
"""Frames that a thing may be missing and still be taken for the same one."""

_GATE: Final = 1.0
"""Farthest that a label may be from where its track would be, in heights."""

_GATE_PER_FRAME: Final = 0.1
"""What is added for each frame since the track was seen."""

_GATE_UNKNOWN: Final = 1.0
"""What is added while the velocity is unknown: the whole after one label, half after two…"""

_SIZE: Final = 0.5
"""What another height costs, for each unit of its natural logarithm."""

_WAIT: Final = 0.02
"""What each missing frame costs: a track that is seen all the time goes before one that is not."""

_SAME_ID: Final = 0.35
"""What the same id is worth where ids go on from frame to frame, of the farthest distance."""

_GAIN: Final = 0.4
"""Share of the newest step in the velocity."""

_SIZE_GAIN: Final = 0.3
"""Share of the newest label in the size."""

_FRAMES_AT_ONCE: Final = 512
"""Frames between two reports of progress."""


def cost_of(place: Floats, room: Floats, age: Floats, seen: Floats, labels: Floats) -> Floats:
    """Return what it costs to take each label (columns) for each track (rows); 1 is too much.

    ``place`` and ``labels`` as :attr:`Places.what`, the former where the tracks would be now;
    ``age``: frames since each was seen; ``seen``: how many labels its velocity is known from.
    """
    off = place[:2, :, None] - labels[:2, None, :]
    off *= off
    cost: Floats = np.sqrt(off[0] + off[1])
    cost /= (room * (_GATE + _GATE_PER_FRAME * age + _GATE_UNKNOWN / seen))[:, None]
    cost += _SIZE * np.abs(place[2][:, None] - labels[2])
    cost += (_WAIT * (age - 1.0))[:, None]
    return cost


class _Alive:
    """The tracks that a label may still belong to, as columns of arrays."""

    def __init__(self) -> None:
        self.what = np.empty((3, 0))
        self.speed = np.empty((2, 0))
        self.room = np.empty(0)
        self.last = np.empty(0)
        self.seen = np.empty(0)
        self.number = np.empty(0, dtype=np.int64)
        self.id = np.empty(0, dtype=np.int64)

    def age(self, frame: int) -> Floats:
        """Forget what was missing too long; return how many frames ago each was seen."""
        age: Floats = frame - self.last
        if len(age) and age.max() > LONGEST_GAP + 1:
            keep = age <= LONGEST_GAP + 1
            self.what, self.speed = self.what[:, keep], self.speed[:, keep]
            self.room, self.last, self.seen = self.room[keep], self.last[keep], self.seen[keep]
            self.number, self.id, age = self.number[keep], self.id[keep], age[keep]
        return age

    def see(
        self, rows: Ints, labels: Floats, room: Floats, ids: Ints, age: Floats, frame: int
    ) -> None:
        """Take in that these tracks were found in a frame."""
        moved = (labels[:2] - self.what[:2, rows]) / age
        share = np.maximum(1.0 / self.seen[rows], _GAIN)
        self.speed[:, rows] += share * (moved - self.speed[:, rows])
        self.what[:2, rows] = labels[:2]
        self.what[2, rows] += _SIZE_GAIN * (labels[2] - self.what[2, rows])
        self.room[rows] += _SIZE_GAIN * (room - self.room[rows])
        self.last[rows] = frame
        self.id[rows] = ids
        self.seen[rows] += 1

    def begin(self, number: Ints, labels: Floats, room: Floats, ids: Ints, frame: int) -> None:
        """Take in tracks that begin."""
        many = len(number)
        self.what = np.concatenate((self.what, labels), axis=1)
        self.speed = np.concatenate((self.speed, np.zeros((2, many))), axis=1)
        self.room = np.concatenate((self.room, room))
        self.last = np.concatenate((self.last, np.full(many, float(frame))))
        self.seen = np.concatenate((self.seen, np.ones(many)))
        self.number = np.concatenate((self.number, number))
        self.id = np.concatenate((self.id, ids))


def link(places: Places, ids_hold: bool = False, progress: Progress = unwatched) -> Ints:
    """Return the number of each label's track: from 0, in order of appearance.

    No two labels of a frame have the same number.  ``ids_hold``: an id mostly stays with one thing,
    and speaks for it.
    """
    numbers = np.empty(places.what.shape[1], dtype=np.int64)
    first = places.first.tolist()
    tracks, alive = 0, _Alive()
    for frame in range(len(first) - 1):
        if frame % _FRAMES_AT_ONCE == 0:
            progress("Linking labels", frame, len(first) - 1)
        low, high = first[frame], first[frame + 1]
        if low == high:
            continue
        here, room, ids = places.what[:, low:high], places.room[low:high], places.ids[low:high]
        age = alive.age(frame)
        place = alive.what.copy()
        place[:2] += age * alive.speed
        cost = cost_of(place, alive.room, age, alive.seen, here)
        if ids_hold:
            cost -= _SAME_ID * (alive.id[:, None] == ids)
        pairs = match(cost, 1.0)
        free = np.ones(high - low, dtype=np.bool_)
        if pairs:
            rows, columns = np.array(pairs).T
            free[columns] = False
            numbers[low + columns] = alive.number[rows]
            alive.see(rows, here[:, columns], room[columns], ids[columns], age[rows], frame)
        if len(pairs) < high - low:
            number = np.arange(tracks, tracks + high - low - len(pairs))
            numbers[low:high][free] = number
            alive.begin(number, here[:, free], room[free], ids[free], frame)
            tracks += len(number)
    return numbers
