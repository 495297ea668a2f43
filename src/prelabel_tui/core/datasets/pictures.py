"""The pictures of an export: left where they are, linked or copied, and hashed."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from prelabel_tui.core.datasets.images import OpenClip, Pictures
from prelabel_tui.core.datasets.output import refuse
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.progress import Progress
from prelabel_tui.core.reading import pieces
from prelabel_tui.core.store.artifacts import ArtifactError

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


class Stills(Protocol):
    """Makes picture files of a video's frames (core knows no pictures)."""

    def __call__(self, manifest: Manifest, frame: MediaFrame) -> bytes:
        """Make a JPEG of one of the manifest's frames.  LookupError when it cannot be read."""


class Unreadable(Exception):
    """A picture that is not there or cannot be read."""


class PicturePlacer:
    """Does with the pictures what was asked for."""

    def __init__(self, store: Store, what: Pictures, folder: Path, stills: Stills) -> None:
        self._store = store
        self._what = what
        self._folder = folder
        self._stills = stills

    def begin(self, opened: OpenClip, progress: Progress) -> dict[str, object]:
        """Return what a manifest says of the clip's pictures.  Refused if they cannot be linked."""
        manifest = opened.manifest
        if self._what is Pictures.LINK:
            for frame in manifest.frames:
                if frame.path is None and frame.no_picture is None:
                    kept = "are frames of a video" if manifest.video else "are in the data folder"
                    raise refuse(
                        f"The pictures of {opened.clip.title} {kept} and cannot be linked; use "
                        "--pictures copy."
                    )
        stay = self._what is Pictures.NONE
        if manifest.video is not None and any(frame.at is not None for frame in manifest.frames):
            video = Path(manifest.video)
            where = str(video) if stay else video.name
            return {"video": where, "video_sha256": _hash_of(video, progress)}
        folders = {
            frame.path.removesuffix(f"/{frame.name}")
            for frame in manifest.frames
            if frame.path is not None
        }
        return {"pictures_in": folders.pop()} if stay and len(folders) == 1 else {}

    def place(self, opened: OpenClip, frame: MediaFrame, name: str) -> str | None:
        """Bring a frame's picture to ``name`` in the folder; return its SHA-256, if it has one.

        Unreadable, except when pictures stay where they are; OSError when the export cannot be
        written.
        """
        if self._what is Pictures.NONE:
            with contextlib.suppress(Unreadable):
                if frame.path is not None and frame.missing is None:
                    return _hashed(_read(Path(frame.path)))
            return frame.sha256
        if frame.no_picture is not None:
            raise Unreadable(frame.no_picture)
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._what is Pictures.LINK and frame.path is not None:
            hashed = _hashed(_read(Path(frame.path)))
            target.symlink_to(frame.path)
            return hashed
        return _write(target, self._pieces(opened.manifest, frame))

    def _pieces(self, manifest: Manifest, frame: MediaFrame) -> Iterator[bytes]:
        if frame.path is not None:
            yield from _read(Path(frame.path))
            return
        try:
            if frame.sha256 is not None:
                yield from self._store.artifacts.pieces(frame.sha256)
            elif frame.at is not None and manifest.video is not None:
                yield self._stills(manifest, frame)
            else:
                raise Unreadable("the clip has no picture of this frame")
        except (ArtifactError, LookupError) as error:
            raise Unreadable(str(error)) from error


def _read(path: Path) -> Iterator[bytes]:
    """Read a regular file's bytes.  Unreadable."""
    try:
        yield from pieces(path)
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error


def _hashed(pieces: Iterator[bytes]) -> str:
    whole = hashlib.sha256()
    for piece in pieces:
        whole.update(piece)
    return whole.hexdigest()


def _write(target: Path, pieces: Iterator[bytes]) -> str:
    whole = hashlib.sha256()
    try:
        with target.open("xb") as file:
            for piece in pieces:
                whole.update(piece)
                file.write(piece)
    except Unreadable:
        target.unlink()
        raise
    return whole.hexdigest()


def _hash_of(video: Path, progress: Progress) -> str | None:
    whole, done = hashlib.sha256(), 0
    try:
        for piece in _read(video):
            whole.update(piece)
            done += len(piece)
            progress("MB of video hashed", done >> 20)
    except Unreadable:
        return None
    return whole.hexdigest()
