"""Clips without pictures, and the short way from a label file to its documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prelabel_tui.core.ingest.pairing import Choice, ClipFrame, Pictures
from prelabel_tui.core.model.labels import Label
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import BadLabels
from prelabel_tui.formats.gathering import Loaded, Wanted
from prelabel_tui.formats.labels_file import LabelFile
from prelabel_tui.formats.prepare import prepare


class NoPictures:
    """Stands for a folder (or, with ``video_frames``, a video) whose pictures all are there."""

    def __init__(
        self,
        names: Sequence[str] = (),
        size: tuple[int, int] = (100, 50),
        video_frames: int | None = None,
    ) -> None:
        self.names, self.size, self.video_frames = tuple(names), size, video_frames

    def pictures(self, listed: Sequence[str], progress: Progress = unwatched) -> Pictures:
        """What there is."""
        return Pictures("frames", self.names, self.video_frames)

    def clip(
        self, frames: Sequence[ClipFrame], rate: float | None, progress: Progress = unwatched
    ) -> Manifest:
        """Frames of one size, or of what their labels are for."""
        found = []
        for frame in frames:
            width, height = frame.size or self.size
            missing = "is not there" if frame.picture is None else None
            found.append(MediaFrame(frame.name, width, height, missing=missing))
        return Manifest(tuple(found), round(rate * 1000) if rate else None)


def numbered(count: int, first: int = 1) -> NoPictures:
    """Pictures ``000001.jpg`` and so on."""
    return NoPictures([f"{number:06d}.jpg" for number in range(first, first + count)])


def load(
    file: LabelFile,
    source: NoPictures,
    choice: Choice | None = None,
    bad: BadLabels | None = None,
    **wanted: Any,
) -> Loaded:
    """The labels of a file on these pictures."""
    return prepare(file, source, choice, Wanted(**wanted), bad).labels


def labels(loaded: Loaded) -> list[tuple[int, Label]]:
    """All labels with their frames."""
    return [
        (index, label)
        for document in loaded.documents.values()
        for index, frame in enumerate(document)
        for label in frame.labels
    ]
