"""Frames of a video file, through PyAV (the extra ``video``)."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.imaging.frames.picture import Pixels

_KEPT: Final = 16
"""On the way to a frame, this many before it are handed on as well: for stepping back."""


class VideoError(Exception):
    """A video that cannot be read; the text says why."""


@dataclass(frozen=True)
class VideoInfo:
    """What a video really holds.

    ``at``: the numbers that :class:`VideoReader` knows its decodable frames by, in order;
    ``times``: the same frames' times in µs, from the first.
    """

    width: int
    height: int
    fps: int | None
    """Frames a second × 1000."""
    at: tuple[int, ...]
    times: tuple[int, ...]


def _open(path: str) -> Any:
    try:
        import av
    except ImportError as error:
        raise VideoError("reading video needs the extra: pip install 'prelabel-tui[video]'") from (
            error
        )
    try:
        container = av.open(path)
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VideoError(f"{Path(path).name} cannot be read ({reason})") from error
    if not container.streams.video:
        container.close()
        raise VideoError(f"{Path(path).name} holds no video")
    container.streams.video[0].thread_type = "AUTO"
    return container


def video_info(path: str, progress: Progress = unwatched) -> VideoInfo:
    """What a video holds, by decoding it whole: headers lie.  VideoError when no frame can be.

    ``progress`` is told how many frames are decoded, and how many the header declares.
    """
    container = _open(path)
    import av

    stream = container.streams.video[0]
    shown: list[int] = []
    decoded: set[int] = set()
    try:
        for packet in container.demux(stream):
            if _is_shown(packet):
                shown.append(packet.pts)
            try:
                decoded.update(frame.pts for frame in packet.decode() if frame.pts is not None)
            except av.FFmpegError:
                continue  # a broken packet costs its own frames only
            progress("frames looked at", len(decoded), stream.frames or None)
    except av.FFmpegError:
        pass  # a broken tail: what came before it counts
    finally:
        base, rate = stream.time_base, stream.average_rate
        size = (stream.codec_context.width, stream.codec_context.height)
        container.close()
    whole = [(at, stamp) for at, stamp in enumerate(sorted(shown)) if stamp in decoded]
    if not whole:
        raise VideoError(f"{Path(path).name}: no frame can be decoded")
    first = whole[0][1]
    return VideoInfo(
        *size,
        round(rate * 1000) if rate else None,
        tuple(at for at, _ in whole),
        tuple(round(Fraction(stamp - first) * base * 1_000_000) for _, stamp in whole),
    )


def _is_shown(packet: Any) -> bool:
    """Whether a packet's frame is meant to be seen: an edit list may cut a clip's start."""
    return packet.pts is not None and bool(packet.size) and not packet.is_discard


class VideoReader:
    """Reads frames by number.  Thread-safe; decodes forward, and from a key frame after a jump."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._container: Any = None
        self._frames: Any = None
        self._passed = 0
        self._stamps: list[int] = []
        self._keys: list[int] = []

    def read(self, at: int, keep: Callable[[int, Pixels], None], width: int) -> Pixels:
        """Frame ``at`` (see :class:`VideoInfo`), ``width`` px wide (never wider than it is).

        Frames passed on the way are handed to ``keep``.  VideoError when there is no such frame.
        """
        with self._lock:
            if self._container is None:
                self._container = _open(self._path)
                self._index()
            if not 0 <= at < len(self._stamps):
                raise VideoError(f"frame {at + 1} is beyond the video's {len(self._stamps)}")
            wanted = self._stamps[at]
            key = max((stamp for stamp in self._keys if stamp <= wanted), default=wanted)
            if self._frames is None or wanted <= self._passed or key > self._passed:
                self._container.seek(key, stream=self._container.streams.video[0], backward=True)
                self._frames = self._container.decode(video=0)
            return self._advance(at, keep, width)

    def _advance(self, at: int, keep: Callable[[int, Pixels], None], width: int) -> Pixels:
        import av

        wanted = self._stamps[at]
        near = self._stamps[max(0, at - _KEPT)]
        try:
            for frame in self._frames:
                if frame.pts is None:
                    continue
                self._passed = frame.pts
                if frame.pts == wanted:
                    return _pixels(frame, width)
                if frame.pts > wanted:
                    break
                if frame.pts >= near:
                    keep(bisect.bisect_left(self._stamps, frame.pts), _pixels(frame, width))
        except av.FFmpegError as error:
            self._frames = None
            raise VideoError(f"frame {at + 1}: {error}") from error
        self._frames = None
        raise VideoError(f"frame {at + 1} cannot be decoded")

    def _index(self) -> None:
        stream = self._container.streams.video[0]
        for packet in self._container.demux(stream):
            if _is_shown(packet):
                self._stamps.append(packet.pts)
            if packet.is_keyframe and packet.pts is not None:
                self._keys.append(packet.pts)
        self._stamps.sort()

    def close(self) -> None:
        """Free the decoder."""
        with self._lock:
            if self._container is not None:
                self._container.close()
                self._container = self._frames = None


def _pixels(frame: Any, width: int) -> Pixels:
    if width < frame.width:
        height = max(1, round(frame.height * width / frame.width))
        frame = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
    pixels: Pixels = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
    return pixels
