"""A clip's whole frames among the pictures that the sessions of a server share.

What is shared is what a file's content gives, whichever clip it belongs to: a picture goes by its
file's path, inode, size and times, or by its artifact's hash, and by how it is decoded.
"""

from __future__ import annotations

import hashlib
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.reading import answer_of
from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.frames.shared_pictures import Key, SharedPictures

_RESTED_NS: Final = 1_000_000_000
"""A file that was changed more recently may change again under the same time: it is not shared."""


class SharedClip:
    """A clip's whole frames among the pictures that are shared.  Thread-safe."""

    def __init__(self, shared: SharedPictures, manifest: Manifest) -> None:
        self._shared = shared
        self._manifest = manifest
        self._sources: dict[str, str] = {}
        """What each file was when it was last looked at."""

    def known(self, index: int, shrink: int) -> Pixels | None:
        """Return a frame at 1/``shrink``, if it is there, without a look at its file."""
        source = self._source(self._manifest.frames[index])
        return None if source is None else self._shared.get(self._key(source, index, shrink))

    @contextmanager
    def turn(self, index: int, shrink: int) -> Iterator[Pixels | None]:
        """Yield a frame, or None if it is to be decoded now: others wait for it meanwhile."""
        frame = self._manifest.frames[index]
        self._look_at(frame)
        source = self._source(frame)
        found = self.known(index, shrink)
        if found is not None or source is None:
            yield found
            return
        key = self._key(source, index, shrink)
        with self._shared.turn(key):
            yield self._shared.get(key)

    def put(self, index: int, shrink: int, pixels: Pixels) -> Pixels | None:
        """Share a frame that was decoded after its :meth:`turn` had begun, and return it.

        None where it is not shared: memory did not do for its size, then or now, or its file has
        changed.
        """
        frame = self._manifest.frames[index]
        before = self._source(frame)
        if before is None or pixels.shape[1] != -(-frame.width // shrink):
            return None
        self._look_at(frame)
        if self._source(frame) != before:
            return None
        return self._shared.put(self._key(before, index, shrink), pixels)

    def _path(self, frame: MediaFrame) -> str | None:
        return frame.path or (self._manifest.video if frame.at is not None else None)

    def _source(self, frame: MediaFrame) -> str | None:
        """Return what a frame's pixels come from; None where that is not known."""
        path = self._path(frame)
        return frame.sha256 if path is None else self._sources.get(path)

    def _look_at(self, frame: MediaFrame) -> None:
        path = self._path(frame)
        if path is None:
            return
        try:
            found = answer_of(lambda: os.stat(path), Path(path))  # noqa: PTH116 — one call
        except (OSError, ValueError):
            self._sources.pop(path, None)
            return
        if time.time_ns() - found.st_mtime_ns < _RESTED_NS:
            self._sources.pop(path, None)
            return
        self._sources[path] = repr(
            (path, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        )

    def _key(self, source: str, index: int, shrink: int) -> Key:
        frame, packets = self._manifest.frames[index], self._manifest.packets
        place: object = None
        if frame.path is None and frame.at is not None:
            place = ("time", frame.at) if packets is None else ("packet", packets[frame.at])
        whole = repr((source, place, frame.width, frame.height, shrink))
        words = struct.unpack("<QQ", hashlib.blake2b(whole.encode(), digest_size=16).digest())
        return words[0], words[1]
