"""Whether the ids that a file gives its labels are tracks, or only numbers of rows.

Many detectors number the labels of each frame anew: 1…n in the order of the rows.  Followed from
frame to frame such a number is now one player, now another.  It can be told where things go on
under their numbers or do not; where it cannot, the person says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.labels_file import LabelFile, Rows

Ints = NDArray[np.int64]

_GOES_ON: Final = 0.9
"""Share of labels near the one of the same number in the frame before, where these are tracks."""

_JUMPS: Final = 0.5
"""The same where they are rows, at most."""

_SHIFTS: Final = 0.8
"""The same from a frame to one with another number of labels: a row more shifts those below it."""


class Ids(StrEnum):
    """What the ids of a file's labels are."""

    TRACKS = "tracks"
    ROWS = "rows"


@dataclass(frozen=True)
class Decision:
    """What they are taken for (None: there are no ids), and why, in words."""

    ids: Ids | None
    why: str = ""

    @property
    def text(self) -> str:
        """One line for people; empty where there is nothing to say."""
        if self.ids is None:
            return ""
        meaning = "tracks" if self.ids is Ids.TRACKS else "row numbers, not followed"
        return f"ids: {meaning} ({self.why})"


def decide(file: LabelFile, said: Ids | None) -> Decision:
    """Say what a file's ids are; ids that are rows are taken away from its labels.

    FormatError where it is in doubt and nobody has ``said`` it, and where tracks are said of a file
    that has none.
    """
    rows = file.rows
    if not any(track is not None for track in rows.tracks):
        if said is Ids.TRACKS:
            raise FormatError(
                file.path, "", "gives its labels no track ids", "Leave --ids tracks out"
            )
        return Decision(None)
    decision = _found(file) if said is None else Decision(said, "as --ids says")
    if decision.ids is Ids.ROWS:
        _take_away(rows)
    return decision


def _found(file: LabelFile) -> Decision:
    """Tell from the numbers and from where the labels are.  FormatError in doubt."""
    order, frame, number = _in_order(file.rows)
    if not len(order):
        return Decision(Ids.TRACKS, "names")
    starts = np.flatnonzero(np.append(True, np.diff(frame) != 0))
    counts = np.diff(np.append(starts, len(frame)))
    place = np.arange(len(frame)) - np.repeat(starts, counts)
    in_rows = bool((number == place + number[0]).all()) and number[0] in (0, 1)
    if not in_rows or counts.max() < 2 or len(counts) < 2:
        return Decision(Ids.TRACKS, "not numbers of rows")
    before, after, changes = _pairs(starts, counts)
    near = _near(file.rows, order[before], order[after])
    whole, at_changes = _share(near), _share(near[changes])
    if whole < _JUMPS or at_changes < _SHIFTS:
        return Decision(Ids.ROWS, "1…n in every frame, and things jump from frame to frame")
    if whole >= _GOES_ON and at_changes >= _GOES_ON:
        return Decision(Ids.TRACKS, "things go on under their ids")
    raise FormatError(
        file.path,
        "",
        f"numbers its labels {number[0]}…n in the order of their rows in every frame: whether such "
        "a number stays with one thing cannot be told",
        "Say --ids tracks, or --ids rows where each frame is numbered anew",
    )


def _in_order(rows: Rows) -> tuple[Ints, Ints, Ints]:
    """Return the labels with ids frame by frame, which frame each is of, and its number.

    None at all where an id is not a number.  Each file of a clip counts for itself.
    """
    none = np.zeros(0, np.int64)
    labels, numbers = [], []
    for row, track in enumerate(rows.tracks):
        if track is None:
            continue
        if not (track.isascii() and track.isdigit() and len(track) < 10):
            return none, none, none
        labels.append(row)
        numbers.append(int(track))
    some = np.array(labels, np.int64)
    frame, file = np.array(rows.frame, np.int64)[some], np.array(rows.file, np.int64)[some]
    order = np.lexsort((some, frame, file))
    group = np.cumsum(
        np.append(0, (np.diff(file[order]) != 0) | (np.diff(frame[order]) != 0)).astype(np.int64)
    )
    return some[order], group, np.array(numbers, np.int64)[order]


def _pairs(starts: Ints, counts: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Return labels of the same number in frames one after the other.

    And which of these pairs are of frames that do not have the same number of labels.
    """
    both = np.minimum(counts[:-1], counts[1:])
    place = np.arange(int(both.sum())) - np.repeat(np.cumsum(both) - both, both)
    before = np.repeat(starts[:-1], both) + place
    after = np.repeat(starts[1:], both) + place
    return before, after, np.repeat(counts[:-1] != counts[1:], both)


def _near(rows: Rows, before: Ints, after: Ints) -> NDArray[np.bool_]:
    """Say which labels moved by less than twice their width, and less than their height."""
    rects = np.frombuffer(rows.rects, np.float64).reshape(-1, 4)
    one, two = rects[before], rects[after]
    off = np.abs((two[:, :2] + two[:, 2:] / 2) - (one[:, :2] + one[:, 2:] / 2))
    size = np.maximum(one[:, 2:], two[:, 2:]) * np.array([2.0, 1.0])
    return np.asarray((off <= size).all(axis=1))


def _share(near: NDArray[np.bool_]) -> float:
    return float(near.mean()) if len(near) else 1.0


def _take_away(rows: Rows) -> None:
    """Leave the labels without tracks, and without the names that were made of them."""
    for row, track in enumerate(rows.tracks):
        name = rows.names[row]
        if track is not None and name is not None and name.endswith(track):
            rows.names[row] = None
        rows.tracks[row] = None
