"""What every reader gives back: the labels of a file in columns, and the frames they are on.

Nothing here knows pictures: which picture belongs to which frame is decided afterwards
(:mod:`prelabel_tui.core.ingest.pairing`), and what the boxes become (:mod:`gathering`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path

import numpy as np

from prelabel_tui.core.ingest.pairing import LabelFrames, Listed, Named, Numbered, Size
from prelabel_tui.core.model.labels import BallState, Capability, Flag, Label

Rect = tuple[float, float, float, float]
"""Left, top, width, height."""


class Rows:
    """Labels in columns, in the order of the file.

    ``place`` (1, 2, 3, …) is the line or item of ``paths[file]``; ``frame`` and ``category`` are
    indices into what the :class:`LabelFile` has of them.  A score that is not there is NaN.
    ``names``: ids that are kept, or None for names by order; ``tracks``: as the source gave them.
    ``made``: labels that need no making, where a file of ours says everything about them.
    """

    def __init__(self, unit: str, paths: Sequence[Path] = ()) -> None:
        self.unit = unit
        self.paths = list(paths)
        self.file = array("i")
        self.place = array("i")
        self.frame = array("q")
        self.category = array("i")
        self.rects = array("d")
        self.scores = array("d")
        self.names: list[str | None] = []
        self.tracks: list[str | None] = []
        self.made: dict[int, Label] = {}

    def __len__(self) -> int:
        return len(self.place)

    def add(
        self,
        file: int,
        place: int,
        frame: int,
        category: int,
        rect: Rect,
        score: float | None = None,
        name: str | None = None,
        track: str | None = None,
    ) -> None:
        """Put a label at the end."""
        self.file.append(file)
        self.place.append(place)
        self.frame.append(frame)
        self.category.append(category)
        self.rects.extend(rect)
        self.scores.append(_NONE if score is None else score)
        self.names.append(name)
        self.tracks.append(track)

    def extend(
        self,
        file: int,
        places: Sequence[int],
        frames: Sequence[int],
        categories: Sequence[int],
        rects: Iterable[Rect],
        scores: Iterable[float | None],
        names: Iterable[str | None],
        tracks: Iterable[str | None],
    ) -> None:
        """Put many labels at the end at once."""
        self.file.extend(repeat(file, len(places)))
        self.place.extend(places)
        self.frame.extend(frames)
        self.category.extend(categories)
        self.rects.extend(chain.from_iterable(rects))
        self.scores.extend(_NONE if score is None else score for score in scores)
        self.names.extend(names)
        self.tracks.extend(tracks)

    def where(self, row: int) -> tuple[Path, str]:
        """Return the file and place of a label."""
        return self.paths[self.file[row]], f"{self.unit} {self.place[row]}"


_NONE = float("nan")


def numbered(rows: Rows, first: int | None) -> Numbered:
    """Return the frames of labels whose ``frame`` is a frame number; it becomes an index."""
    numbers, index = np.unique(np.array(rows.frame, np.int64), return_inverse=True)
    rows.frame = array("q", index.tolist())
    return Numbered(tuple(numbers.tolist()), first)


@dataclass(frozen=True)
class SequenceInfo:
    """What a ``seqinfo.ini`` (or the like) says of a clip: size, frames, frames per second."""

    path: Path
    size: Size | None = None
    length: int | None = None
    rate: float | None = None


@dataclass(frozen=True)
class FrameMarks:
    """What a file of ours says of a frame besides labels."""

    flags: Mapping[Capability, tuple[Flag, ...]] = field(default_factory=dict)
    ball: BallState | None = None
    left_out: tuple[Capability, ...] = ()


@dataclass(frozen=True)
class LabelFile:
    """A label file (or a folder of them) that was read.

    ``format``: the command of `import` that reads it; ``dialect``: what was read, in words.
    ``categories``: names by the index that rows have, also those without labels; ``meanings``:
    categories whose capability the dialect fixes.  ``declared``: the capabilities that the file
    speaks of, if that is more than its categories.
    ``left_out``: labels that were not taken, by reason.  ``shares``: places are shares of the
    frame's size instead of pixels.  ``called``: what the file calls its frames, where those are
    not their names.
    """

    format: str
    dialect: str
    path: Path
    frames: LabelFrames
    rows: Rows
    categories: tuple[str, ...]
    meanings: Mapping[str, Capability] = field(default_factory=dict)
    declared: frozenset[Capability] = frozenset()
    left_out: Mapping[str, int] = field(default_factory=dict)
    info: SequenceInfo | None = None
    shares: bool = False
    marks: Mapping[int, FrameMarks] = field(default_factory=dict)
    called: tuple[str, ...] = ()

    def frame_words(self, frame: int) -> str:
        """Return what the file calls one of its frames."""
        if isinstance(self.frames, Listed):
            return f"the image {self.frames.frames[frame].name}"
        if isinstance(self.frames, Numbered):
            return f"frame {self.frames.numbers[frame]}"
        if isinstance(self.frames, Named):
            return f"the frame of {self.frames.names[frame]}"
        return f"entry {frame + 1}"
