"""A clip's pictures in another place: the manifest that would be read from there."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec.structs import replace

from prelabel_tui.core.ingest.pairing import ClipFrame
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.imaging.frames.probe import FolderPictures, ProbeError, probe_video


def moved(manifest: Manifest, place: Path, progress: Progress = unwatched) -> Manifest:
    """Look for a clip's pictures at ``place``.

    That is a folder that has them under their names, or a video file.  ProbeError when they
    cannot be this clip's.
    """
    if manifest.video is not None:
        return _moved_video(manifest, place, progress)
    paths = [frame.path for frame in manifest.frames if frame.path is not None]
    if not paths:
        raise ProbeError("The clip's pictures are copies in the data folder: nothing can move.")
    root = os.path.commonpath([Path(path).parent for path in paths])
    looked_for = [
        ClipFrame(
            frame.name,
            None if frame.path is None else os.path.relpath(frame.path, root),
            number,
            (frame.width, frame.height),
        )
        for number, frame in enumerate(manifest.frames)
    ]
    found = FolderPictures(place).clip(looked_for, progress=progress)
    frames = (
        frame if frame.path is None else replace(frame, path=seen.path, missing=seen.missing)
        for frame, seen in zip(manifest.frames, found.frames, strict=True)
    )
    return replace(manifest, frames=tuple(frames))


def _moved_video(manifest: Manifest, place: Path, progress: Progress) -> Manifest:
    video = probe_video(place, progress)
    count = len(video.frames)
    if manifest.packets is not None and manifest.packets != video.packets:
        before = len(manifest.packets)
        raise ProbeError(
            f"{place}: is another video ({count:,} frames; the clip's has {before:,}, or they are "
            "coded otherwise). Give the clip's own file."
        )
    for frame in manifest.frames:
        if frame.at is None or frame.missing is not None:
            continue
        seen = video.frames[frame.at] if frame.at < count else None
        if seen is None or (seen.width, seen.height) != (frame.width, frame.height):
            raise ProbeError(
                f"{place}: has no frame {frame.at + 1} of {frame.width}×{frame.height} px. Give "
                "the clip's own file."
            )
    return replace(manifest, video=video.video)
