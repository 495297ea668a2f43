"""Where the labels of a document are, in a row, as numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.model.codec import PayloadError, decode_frame
from prelabel_tui.core.model.label_arrays import has_changes, label_origins, read_numbers
from prelabel_tui.core.model.labels import DEFAULT_BALL_SIZE, Ball, Box, Label

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PART: Final = 256
"""Frames read at a time: their bytes and numbers fit in a processor's cache."""

_BALL_ROOM: Final = 8.0
"""A ball flies farther in a frame than its own size."""


class Places(NamedTuple):
    """The labels of some frames in a row, frame by frame; lengths in 1/100 px.

    ``first``: the number of each frame's first label, and at the end how many labels there are.
    ``what`` of shape (3, labels): middle x and y, natural logarithm of the height.  ``room``: the
    unit that distances are measured in, near each label.  ``ids``: a number that stands for
    each label's id.
    """

    first: Ints
    what: Floats
    room: Floats
    ids: Ints

    def frame_of(self) -> Ints:
        """Return the frame of each label."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))


def read_places(frames: Sequence[bytes], is_ball: bool) -> Places:
    """Read encoded frames; one that cannot be read counts as empty."""
    parts = [
        read_numbers(frames[start : start + _PART], is_ball)
        for start in range(0, len(frames), _PART)
    ] or [read_numbers([], is_ball)]
    x, y, w, h, _ = np.concatenate([part.values for part in parts], axis=1).astype(np.float64)
    x, y = x + w / 2, y + h / 2
    height = np.where(h > 0, h, _least(is_ball))
    counts = np.concatenate([part.counts for part in parts])
    return Places(
        np.concatenate(([0], np.cumsum(counts))),
        np.stack((x, y, np.log(height))),
        height * _BALL_ROOM if is_ball else height,
        np.concatenate([part.names for part in parts]),
    )


def model_places(places: Places, frames: Sequence[bytes], is_ball: bool) -> Places:
    """Return the places with each label that a person changed where the model had it.

    ``frames``: what ``places`` was read from.
    """
    labels: list[int] = []
    said: list[tuple[int, ...]] = []
    for frame, encoded in enumerate(frames):
        if has_changes(encoded):
            for label, geometry in enumerate(label_origins(encoded), int(places.first[frame])):
                if geometry is not None:
                    labels.append(label)
                    said.append(geometry)
    if not labels:
        return places
    what, room = places.what.copy(), places.room.copy()
    x, y, w, h = np.array(said, dtype=np.float64).T
    if is_ball:  # x and y are of its middle, and it may lack a size
        h, w = w, 0 * w
    height = np.where(h > 0, h, _least(is_ball))
    what[:, labels] = x + w / 2, y + (0 if is_ball else h / 2), np.log(height)
    room[labels] = height * _BALL_ROOM if is_ball else height
    return places._replace(what=what, room=room)


def _least(is_ball: bool) -> int:
    """Return what counts as the height of a label without one."""
    return DEFAULT_BALL_SIZE if is_ball else 1


def far_off(here: Places, there: Places) -> NDArray[np.bool_]:
    """Say of each label whether it is more than its height away from where it is ``there``."""
    step = np.hypot(*(here.what[:2] - there.what[:2]))
    return np.asarray(step > np.exp(here.what[2]))


def only_nudged(old: bytes, new: bytes) -> bool:
    """Say whether an edit of a frame clearly leaves every label in its track, as a nudge does.

    No label came, went or changed its track; those that moved are within half their height of where
    they were and of where the model had them.
    """
    try:
        before, now = decode_frame(old).labels, decode_frame(new).labels
    except PayloadError:
        return False
    return len(before) == len(now) and all(
        one == other or (one.id == other.id and one.track == other.track and _is_near(one, other))
        for one, other in zip(before, now, strict=True)
    )


def _is_near(before: Label, now: Label) -> bool:
    if isinstance(before, Ball) and isinstance(now, Ball):
        room = now.size or DEFAULT_BALL_SIZE
        return all(
            2 * (abs(now.x - x) + abs(now.y - y)) < room
            for x, y, _ in (before.geometry, now.was or now.geometry)
        )
    if isinstance(before, Box) and isinstance(now, Box):
        return all(
            abs(2 * (now.x - x) + now.w - w) + abs(2 * (now.y - y) + now.h - h) < now.h
            for x, y, w, h in (before.geometry, now.was or now.geometry)
        )
    return False
