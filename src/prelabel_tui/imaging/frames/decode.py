"""Pictures ahead of need: decoded in threads at the needed scale, neighbours too, within memory.

Only the latest request counts: a new one replaces what was waiting, so a held key queues nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from prelabel_tui.core.model.media import Manifest
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.frames.picture import Picture, Pixels
from prelabel_tui.imaging.frames.shared_clip import SharedClip
from prelabel_tui.imaging.frames.source import (
    SHRINKS,
    Decoded,
    ReadArtifact,
    Source,
    picture_of,
    shrink_for,
)
from prelabel_tui.imaging.frames.tone import Tone
from prelabel_tui.imaging.overlay.viewport import Viewport

_AHEAD: Final = 3
_BEHIND: Final = 2
_THREADS: Final = 2


@dataclass(frozen=True)
class PictureRequest:
    """A frame under a viewport in a tone."""

    index: int
    viewport: Viewport
    tone: Tone


class PictureLoader:
    """Loads the pictures of one clip in the background.

    ``on_ready`` is called in a loader thread with each picture of the frame requested last.
    ``memory`` bounds all that pictures take: those kept, those being decoded and what decoding
    them takes, a video's decoder.  Whole frames are kept where other processes find them too, if
    there is such memory.  What could not be read is not kept, but tried again when it is requested
    again.
    """

    def __init__(
        self,
        name: str,
        manifest: Manifest,
        read_artifact: ReadArtifact | None = None,
        on_ready: Callable[[Picture], None] | None = None,
        memory: PictureMemory = PictureMemory(),
    ) -> None:
        self.bound = memory.bound
        self._source = Source(name, manifest, read_artifact, self)
        self._shared = None if memory.shared is None else SharedClip(memory.shared, manifest)
        self._on_ready = on_ready
        self._lock = threading.Condition()
        self._decoded: OrderedDict[tuple[int, int], Decoded] = OrderedDict()
        self._pictures: OrderedDict[PictureRequest, Picture] = OrderedDict()
        self._failed: dict[int, str] = {}
        self._kept = 0
        """Bytes of the pictures kept."""
        self._working = 0
        """Bytes that decoding takes now."""
        self._reading = 0
        """Calls of the source under way."""
        self._waiting: list[PictureRequest] = []
        self._now: tuple[PictureRequest, ...] = ()
        self._busy: set[tuple[int, int]] = set()
        self._last = 0
        self._step = 1
        self._closed = False
        self._threads: list[threading.Thread] = []

    @property
    def frame_count(self) -> int:
        """Frames of the clip."""
        return len(self._source)

    @property
    def held_bytes(self) -> int:
        """Bytes that are taken now."""
        with self._lock:
            return self._taken

    def ready(self, request: PictureRequest) -> Picture | None:
        """Return the picture, if it is decoded already."""
        with self._lock:
            picture = self._pictures.get(request)
            if picture is not None:
                self._pictures.move_to_end(request)
            return picture

    def at_once(self, request: PictureRequest) -> Picture | None:
        """Return the picture, if that takes no decoding: a few milliseconds of work at most."""
        picture = self.ready(request)
        if picture is not None:
            return picture
        enough = shrink_for(request.viewport)
        with self._lock:
            for shrink in (shrink for shrink in SHRINKS[::-1] if shrink <= enough):
                decoded = self._decoded.get((request.index, shrink))
                if decoded is not None:
                    self._decoded.move_to_end((request.index, shrink))
                    break
                if self._shared is not None:
                    shared = self._shared.known(request.index, shrink)
                    if shared is not None:
                        decoded = Decoded(shared)
                        break
            else:
                return None
        return self._make(request, decoded)

    def want(self, *requests: PictureRequest) -> None:
        """Load these first (all of one frame), then its neighbours under the first's viewport."""
        first = requests[0]
        with self._lock:
            if self._closed:
                return
            if first.index != self._last:
                self._step = 1 if first.index > self._last else -1
                self._last = first.index
            order = list(requests)
            for distance in range(1, max(_AHEAD, _BEHIND) + 1):
                for way, far in ((self._step, _AHEAD), (-self._step, _BEHIND)):
                    index = first.index + way * distance
                    if distance <= far and 0 <= index < len(self._source):
                        order.append(replace(first, index=index))
            self._now = requests
            self._waiting = [request for request in order if request not in self._pictures]
            self._start()
            self._lock.notify_all()

    def pixels(self, index: int) -> Pixels | None:
        """Return a whole frame at full size, for looking into it.

        None if its picture is missing, or too large for the memory allowed.

        Decodes in the calling thread if necessary: do not call it on the interface's thread.
        """
        decoded = self._load(index, 1)
        frame = self._source.manifest.frames[index]
        whole = decoded.pixels.shape[:2] == (frame.height, frame.width)
        return decoded.pixels if whole and decoded.missing is None else None

    def missing(self, index: int) -> str | None:
        """Say why a frame has only a placeholder, as far as is known without decoding."""
        with self._lock:
            for shrink in SHRINKS:
                decoded = self._decoded.get((index, shrink))
                if decoded is not None:
                    return decoded.missing
            if index in self._failed:
                return self._failed[index]
        return self._source.manifest.frames[index].missing

    def close(self) -> None:
        """Stop loading and drop every picture.

        Waits for nobody: a thread may be in a file that does not answer.  What is in hand ends by
        itself, and the last to end closes the source.
        """
        with self._lock:
            self._closed = True
            self._waiting = []
            self._decoded.clear()
            self._pictures.clear()
            self._kept = 0
            self._lock.notify_all()
            if not self._reading:
                self._source.close()

    @contextmanager
    def reserve(self, size: int) -> Iterator[None]:
        """Take memory for decoding (see :class:`~prelabel_tui.imaging.frames.source.Memory`)."""
        with self._lock:
            while self._working and self._working + size + self._source.standing > self.bound:
                self._lock.wait()
            self._working += size
            self._trim()
        try:
            yield
        finally:
            with self._lock:
                self._working -= size
                self._lock.notify_all()

    def _start(self) -> None:
        if not self._threads:
            for number in range(_THREADS):
                thread = threading.Thread(target=self._work, name=f"pictures-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                request = self._next()
                while request is None:
                    if self._closed:
                        return
                    self._lock.wait()
                    request = self._next()
            self._serve(request)

    def _serve(self, request: PictureRequest) -> None:
        """Load a picture and report it if it is still wanted; keep nothing of it."""
        decoded = self._load(request.index, shrink_for(request.viewport))
        if self._closed:
            return
        picture = self._make(request, decoded)
        with self._lock:
            wanted = request in self._now and not self._closed
        if wanted and self._on_ready is not None:
            self._on_ready(picture)

    def _next(self) -> PictureRequest | None:
        """Take the first request whose frame no other thread is decoding; the lock is held."""
        for place, request in enumerate(self._waiting):
            if (request.index, shrink_for(request.viewport)) not in self._busy:
                return self._waiting.pop(place)
        return None

    def _load(self, index: int, shrink: int) -> Decoded:
        key = (index, shrink)
        with self._lock:
            while key in self._busy:
                self._lock.wait()
            found = self._decoded.get(key)
            if found is not None:
                self._decoded.move_to_end(key)
                return found
            self._busy.add(key)
            self._reading += 1
        try:
            if self._shared is None:
                return self._decode(index, shrink)
            with self._shared.turn(index, shrink) as shared:
                return self._decode(index, shrink) if shared is None else Decoded(shared)
        finally:
            with self._lock:
                self._busy.discard(key)
                self._reading -= 1
                self._lock.notify_all()
                if self._closed and not self._reading:
                    self._source.close()

    def _decode(self, index: int, shrink: int) -> Decoded:
        def keep(other: int, passed: Decoded) -> None:
            self._keep((other, shrink), passed)

        return self._keep((index, shrink), self._source.read(index, shrink, keep))

    def _keep(self, key: tuple[int, int], decoded: Decoded) -> Decoded:
        """Keep a frame, where others find it if possible; return it as it is kept."""
        if self._shared is not None and decoded.missing is None:
            shared = self._shared.put(*key, decoded.pixels)
            if shared is not None:
                with self._lock:
                    self._failed.pop(key[0], None)
                return Decoded(shared)
        with self._lock:
            if key in self._decoded or self._closed:
                return decoded
            if decoded.may_come:
                self._failed[key[0]] = decoded.missing or ""
                return decoded
            self._failed.pop(key[0], None)
            self._decoded[key] = decoded
            self._kept += decoded.pixels.nbytes
            self._trim()
        return decoded

    def _make(self, request: PictureRequest, decoded: Decoded) -> Picture:
        picture = picture_of(request.index, decoded, request.viewport)
        picture = replace(picture, dots=request.tone.apply(picture.dots))
        with self._lock:
            known = request in self._pictures or self._closed or picture.may_come
            if not known:
                self._pictures[request] = picture
                self._kept += picture.dots.nbytes
                self._trim()
        return picture

    @property
    def _taken(self) -> int:
        return self._kept + self._working + self._source.standing

    def _trim(self) -> None:
        """Drop the least recently used until the budget holds; the last picture is always kept.

        Pictures as shown are small: whole frames go first, while they take more.
        """
        while self._taken > self.bound and (self._decoded or len(self._pictures) > 1):
            shown = sum(picture.dots.nbytes for picture in self._pictures.values())
            if self._decoded and (len(self._pictures) <= 1 or shown <= self._kept - shown):
                _, decoded = self._decoded.popitem(last=False)
                self._kept -= decoded.pixels.nbytes
            else:
                _, picture = self._pictures.popitem(last=False)
                self._kept -= picture.dots.nbytes
