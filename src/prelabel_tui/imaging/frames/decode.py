"""Pictures ahead of need: decoded in threads at the needed scale, neighbours too, within memory.

Only the latest request counts: a new one replaces what was waiting, so a held key queues nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from prelabel_tui.core.model.media import Manifest
from prelabel_tui.imaging.frames.picture import Picture, Pixels
from prelabel_tui.imaging.frames.source import Decoded, ReadArtifact, Source, picture_of, shrink_for
from prelabel_tui.imaging.frames.tone import Tone
from prelabel_tui.imaging.overlay.viewport import Viewport
from prelabel_tui.imaging.terminal.choose_backend import PICTURE_BYTES

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
    """

    def __init__(
        self,
        name: str,
        manifest: Manifest,
        read_artifact: ReadArtifact | None = None,
        on_ready: Callable[[Picture], None] | None = None,
        budget_bytes: int = PICTURE_BYTES,
    ) -> None:
        self._source = Source(name, manifest, read_artifact)
        self._on_ready = on_ready
        self._budget = budget_bytes
        self._lock = threading.Condition()
        self._decoded: OrderedDict[tuple[int, int], Decoded] = OrderedDict()
        self._pictures: OrderedDict[PictureRequest, Picture] = OrderedDict()
        self._held = 0
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
        """Bytes of pixels kept now."""
        with self._lock:
            return self._held

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
            for shrink in (shrink for shrink in (8, 4, 2, 1) if shrink <= enough):
                decoded = self._decoded.get((request.index, shrink))
                if decoded is not None:
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
        """Return a whole frame at full size, for looking into it; None if its picture is missing.

        Decodes in the calling thread if necessary: do not call it on the interface's thread.
        """
        decoded = self._load(index, 1)
        return None if decoded.missing is not None else decoded.pixels

    def missing(self, index: int) -> str | None:
        """Say why a frame has only a placeholder, as far as is known without decoding."""
        with self._lock:
            for shrink in (1, 2, 4, 8):
                decoded = self._decoded.get((index, shrink))
                if decoded is not None:
                    return decoded.missing
        return self._source.manifest.frames[index].missing

    def close(self) -> None:
        """Stop the threads (each ends after the frame in hand) and drop every picture."""
        with self._lock:
            self._closed = True
            self._waiting = []
            self._lock.notify_all()
        for thread in self._threads:
            thread.join()
        self._source.close()
        self._decoded.clear()
        self._pictures.clear()
        self._held = 0

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
            picture = self._make(request, self._load(request.index, shrink_for(request.viewport)))
            with self._lock:
                if self._closed:
                    return
                wanted = request in self._now
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
        try:
            decoded = self._source.read(
                index, shrink, lambda other, passed: self._keep((other, shrink), passed)
            )
            self._keep(key, decoded)
        finally:
            with self._lock:
                self._busy.discard(key)
                self._lock.notify_all()
        return decoded

    def _keep(self, key: tuple[int, int], decoded: Decoded) -> None:
        with self._lock:
            if key in self._decoded or self._closed:
                return
            self._decoded[key] = decoded
            self._held += decoded.pixels.nbytes
            self._trim()

    def _make(self, request: PictureRequest, decoded: Decoded) -> Picture:
        picture = picture_of(request.index, decoded, request.viewport)
        picture = replace(picture, dots=request.tone.apply(picture.dots))
        with self._lock:
            if request not in self._pictures and not self._closed:
                self._pictures[request] = picture
                self._held += picture.dots.nbytes
                self._trim()
        return picture

    def _trim(self) -> None:
        """Drop the least recently used until the budget holds; one frame is always kept."""
        while self._held > self._budget and len(self._decoded) > 1:
            _, dropped = self._decoded.popitem(last=False)
            self._held -= dropped.pixels.nbytes
        limit = max(self._budget // 4, self._budget - self._held)
        kept = sum(picture.dots.nbytes for picture in self._pictures.values())
        while kept > limit and len(self._pictures) > 1:
            _, old = self._pictures.popitem(last=False)
            kept -= old.dots.nbytes
            self._held -= old.dots.nbytes
