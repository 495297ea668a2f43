"""Which pictures of a clip are there now, whatever was there when it was imported."""

from __future__ import annotations

import contextlib
import os

import msgspec

from prelabel_tui.core.model.media import Manifest, MediaFrame


def as_it_is_now(manifest: Manifest) -> Manifest:
    """Return the manifest with the frames as missing whose picture file is gone.

    Each folder is listed once.  Copies in the data folder are durable, and not looked for.
    """
    lost = _lost(manifest)
    if not lost:
        return manifest
    frames = [
        msgspec.structs.replace(frame, missing=f"{lost[index]} is not there now")
        if index in lost
        else frame
        for index, frame in enumerate(manifest.frames)
    ]
    return msgspec.structs.replace(manifest, frames=tuple(frames))


def _lost(manifest: Manifest) -> dict[int, str]:
    folders = _Folders()
    lost = {}
    for index, frame in enumerate(manifest.frames):
        path = _path_of(frame, manifest.video)
        if path is not None and not folders.has(path):
            lost[index] = path
    return lost


def _path_of(frame: MediaFrame, video: str | None) -> str | None:
    """Return the file that a frame's picture is read from, if it is one outside the data folder."""
    if frame.no_picture is not None:
        return None
    return frame.path if frame.path is not None else video if frame.at is not None else None


class _Folders:
    """The files of folders, each read when first asked for."""

    def __init__(self) -> None:
        self._files: dict[str, frozenset[str] | None] = {}

    def has(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        if folder not in self._files:
            self._files[folder] = _files(folder)
        files = self._files[folder]
        return os.path.isfile(path) if files is None else name in files  # noqa: PTH113


def _files(folder: str) -> frozenset[str] | None:
    """List the files of a folder; None where it cannot be listed, but perhaps be entered."""
    found = set()
    try:
        with os.scandir(folder or "/") as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.is_file():
                        found.add(entry.name)
    except PermissionError:
        return None
    except OSError:
        return frozenset()
    return frozenset(found)
