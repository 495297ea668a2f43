"""The labels of a document in a row, with the track of each and where the model had them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.edits.corrections import Floats, model_geometry, sizes
from prelabel_tui.core.edits.matching import settled
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Capability, Label
from prelabel_tui.core.patterns.motion import displacement
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.tracks import Tracks

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_FRAMES_AT_ONCE: Final = 256


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """Labels by frame, and in a frame by id; edges (n × 4) in 1/100 px.

    ``model``: where the model had each; of one that no model placed, where it is.  ``settled``: a
    person has said that it is right; ``by_model``: a model placed it.
    """

    ids: tuple[str, ...]
    frame: Ints
    track: Ints
    model: Floats
    now: Floats
    settled: Bools
    by_model: Bools
    is_ball: bool

    @cached_property
    def correction(self) -> Floats:
        """How far each edge is from where the model had it (n × 4)."""
        return self.now - self.model

    @cached_property
    def size(self) -> Floats:
        """Width and height as the model had them, for each edge (n × 4); never 0."""
        return sizes(self.model)

    @cached_property
    def by_track(self) -> dict[int, Ints]:
        """The rows of each track, in order of frames."""
        order = np.argsort(self.track, kind="stable")
        numbers, first = np.unique(self.track[order], return_index=True)
        return dict(zip(numbers.tolist(), np.split(order, first[1:]), strict=True))

    def of_frame(self, frame: int) -> Ints:
        """Return the rows of a frame."""
        first, last = np.searchsorted(self.frame, [frame, frame + 1])
        return np.arange(first, last)

    def row(self, frame: int, label_id: str) -> int | None:
        """Return the row of a label."""
        return next((at for at in self.of_frame(frame).tolist() if self.ids[at] == label_id), None)

    def moved(self, which: Ints, by: float) -> Floats:
        """Return how far (n × 4) some labels move in ``by`` frames, as the model saw them move."""
        found = np.zeros((len(which), 4))
        for track in np.unique(self.track[which]).tolist():
            same = self.by_track[track]
            seen = same[self.by_model[same]]
            frames = self.frame[seen].astype(np.float64)
            middles = (self.model[seen, :2] + self.model[seen, 2:]) / 2
            mine = np.flatnonzero(self.track[which] == track)
            at = self.frame[which[mine]].astype(np.float64)
            step = displacement(frames, middles, at, np.full(len(mine), by))
            found[mine] = np.concatenate([step, step], axis=1)
        return found


def read_rows(
    document: Document,
    tracks: Tracks,
    progress: Progress = unwatched,
    frames: Sequence[int] | None = None,
) -> Rows:
    """Read the labels of some frames (ascending), or of all; ``tracks`` are those of the document.

    Cancelled.
    """
    ids: list[str] = []
    of_frame: list[int] = []
    numbers: list[int] = []
    said: list[tuple[float, float, float, float]] = []
    now: list[tuple[float, float, float, float]] = []
    sure: list[bool] = []
    placed: list[bool] = []
    chosen = range(len(document)) if frames is None else frames
    for done, index in enumerate(chosen):
        if done % _FRAMES_AT_ONCE == 0:
            progress("frames read", done, len(chosen))
        frame = document.frame(index)
        numbers += tracks.numbers(index, index + 1).tolist()
        for label in frame.labels:
            geometry = model_geometry(label)
            here = _corners(label, label.geometry)
            ids.append(label.id)
            of_frame.append(index)
            now.append(here)
            said.append(here if geometry is None else _corners(label, geometry))
            sure.append(settled(frame, label))
            placed.append(geometry is not None)
    return Rows(
        tuple(ids),
        np.array(of_frame, dtype=np.int64),
        np.array(numbers, dtype=np.int64),
        np.array(said, dtype=np.float64).reshape(-1, 4),
        np.array(now, dtype=np.float64).reshape(-1, 4),
        np.array(sure, dtype=np.bool_),
        np.array(placed, dtype=np.bool_),
        document.capability is Capability.BALL,
    )


def _corners(
    label: Label, geometry: tuple[int, ...] | tuple[int, int, int | None]
) -> tuple[float, float, float, float]:
    if isinstance(label, Ball):
        x, y, size = geometry
        half = (size or 0) / 2
        return x - half, y - half, x + half, y + half
    x, y, w, h = geometry  # type: ignore[misc]
    return x, y, x + w, y + h
