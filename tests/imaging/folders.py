"""The clip of a folder, without a label file."""

from __future__ import annotations

from pathlib import Path

from prelabel_tui.core.ingest.pairing import ClipFrame
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.imaging.frames.probe import FolderPictures


def probe_folder(
    folder: Path,
    names: list[str] | None = None,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    progress: Progress = unwatched,
) -> Manifest:
    """The clip of these pictures, or of all there are."""
    source = FolderPictures(folder)
    listed = names or list(source.pictures().names)
    frames = [ClipFrame(name, name, number, size) for number, name in enumerate(listed)]
    return source.clip(frames, fps, progress)
