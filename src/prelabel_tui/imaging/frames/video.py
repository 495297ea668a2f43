"""Frames of a video, by number, through PyAV (the extra ``video``)."""

from __future__ import annotations

import bisect
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np

from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.reading import unreadable
from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.frames.video_file import (
    PacketIndex,
    VideoError,
    VideoFile,
    decoder_memory,
)
from prelabel_tui.imaging.terminal.choose_backend import PICTURE_BYTES

__all__ = ["VideoError", "VideoInfo", "VideoReader", "video_info"]

_KEPT: Final = 16
"""On the way to a frame, the last few before it are handed on as well: for stepping back."""


@dataclass(frozen=True)
class VideoInfo:
    """What a video really holds: its frames that can be decoded, in the order shown.

    ``packets``: the packet each comes from; ``sizes``: width and height in px, turned as the
    video says; ``times``: µs from the first.
    """

    packets: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    times: tuple[int, ...]
    fps: int | None
    """Frames a second × 1000."""


def video_info(path: str, progress: Progress = unwatched, memory: int = PICTURE_BYTES) -> VideoInfo:
    """Return what a video holds, by decoding it whole: headers lie.

    ``progress`` is told how many frames are decoded, and how many the header declares; ``memory``
    bounds the bytes that its decoder takes.  VideoError when it takes more, or no frame can be
    decoded.
    """
    try:
        return _info(path, progress, memory)
    except OSError as error:
        raise VideoError(f"{path.rpartition('/')[2]} {unreadable(error)}") from error


def _info(path: str, progress: Progress, memory: int) -> VideoInfo:
    file = VideoFile(path)
    packets, sizes, stamps = [], [], []
    try:
        need = decoder_memory(file.pixels)
        if need > memory:
            raise VideoError(
                f"{path.rpartition('/')[2]} takes {-(-need >> 20):,} MB to decode; "
                f"{memory >> 20:,} MB are allowed (--picture-memory)"
            )
        for packet, stamp, frame in file.decode():
            packets.append(packet)
            sizes.append(_size(frame))
            stamps.append(stamp)
            progress("frames inspected", len(packets), file.declared)
        base, rate = file.time_base, file.rate
    finally:
        file.close()
    if not packets:
        raise VideoError(f"{path.rpartition('/')[2]}: no frame can be decoded")
    times = _times(stamps, base, rate)
    if not rate and times[-1]:
        rate = Fraction((len(times) - 1) * 1_000_000, times[-1])
    return VideoInfo(tuple(packets), tuple(sizes), times, round(rate * 1000) if rate else None)


def _times(stamps: Sequence[int | None], base: Any, rate: Any) -> tuple[int, ...]:
    """Return the frames' own times; where those are missing or run backwards, times by the rate."""
    known = [stamp for stamp in stamps if stamp is not None]
    if len(known) == len(stamps) and all(one < two for one, two in itertools.pairwise(known)):
        return tuple(round(Fraction(stamp - known[0]) * base * 1_000_000) for stamp in known)
    return tuple(round(n * 1_000_000 / rate) if rate else 0 for n in range(len(stamps)))


def frame_memory(size: tuple[int, int], shrink: int) -> int:
    """Return how many bytes it takes to make a frame's pixels at 1/``shrink``, those included."""
    width, height = size
    return 6 * -(-width // shrink) * -(-height // shrink)


class VideoReader:
    """Reads frames by number, from 0 in the order shown.  Thread-safe.

    ``packets`` gives the packet of each frame (see :class:`VideoInfo`).  Without it, as in clips
    that were imported before packets were kept, frames are numbered by their times.

    Decodes forward, and after a jump from a key frame.  The result is the frame asked for or an
    error: where decoding from a key frame does not give it, an earlier one is tried, in the end
    the first packet, as :func:`video_info` did.
    """

    def __init__(self, path: str, packets: Sequence[int] | None = None) -> None:
        self._path = path
        self._packets = packets
        self._lock = threading.Lock()
        self._file: VideoFile | None = None
        self._index = PacketIndex({}, {}, ())
        self._order: Sequence[int] = ()
        self._rank: dict[int, int] = {}
        self._frames: Iterator[tuple[int, int | None, Any]] | None = None
        self._keys: list[int] = []
        self._first = 0
        self._passed = -1

    def read(self, at: int, keep: Callable[[int, Pixels], None], width: int) -> Pixels:
        """Return frame ``at``, ``width`` px wide (no wider than it is), turned as the video says.

        Frames passed on the way are handed to ``keep``.  VideoError when there is no such frame;
        OSError when the file cannot be read, after which it is opened anew.
        """
        with self._lock:
            try:
                return self._read(at, keep, width)
            except OSError:
                self._close()
                raise

    def close(self) -> None:
        """Free the decoder."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = self._frames = None

    def _read(self, at: int, keep: Callable[[int, Pixels], None], width: int) -> Pixels:
        if self._file is None:
            self._open()
        if not 0 <= at < len(self._order):
            raise VideoError(f"frame {at + 1} is beyond the last ({len(self._order)})")
        for attempt, start in enumerate(self._starts(at)):
            if attempt or not self._is_ahead(at, start):
                self._begin(start)
            pixels = self._advance(at, keep, width)
            if pixels is not None:
                return pixels
        raise VideoError(f"frame {at + 1} cannot be decoded")

    def _open(self) -> None:
        file = VideoFile(self._path)
        try:
            self._index = file.index()
        except OSError:
            file.close()
            raise
        self._order = self._index.by_time if self._packets is None else self._packets
        self._rank = {packet: at for at, packet in enumerate(self._order)}
        self._keys = [key for key in self._index.keys if key in self._rank]
        self._file = file

    def _starts(self, at: int) -> Iterator[int]:
        """Yield packets from which decoding should give frame ``at``: the nearest first, 0 last.

        A key frame that is shown later than ``at`` does not count: in open groups of pictures,
        what is stored after it and shown before it refers to the group before.
        """
        place = bisect.bisect_right(self._keys, self._order[at]) - 1
        while place >= 0 and self._rank[self._keys[place]] > at:
            place -= 1
        back = 1
        while place >= 0:
            yield self._keys[place]
            place, back = place - back, back * 2
        yield 0

    def _is_ahead(self, at: int, start: int) -> bool:
        """Say whether frame ``at`` comes sooner by decoding on than from ``start``."""
        if self._frames is None or self._passed >= at:
            return False
        return self._rank.get(start, 0) <= self._passed or at - self._passed <= _KEPT

    def _begin(self, start: int) -> None:
        assert self._file is not None
        self._frames = self._file.decode(start, self._index)
        self._first = self._rank.get(start, 0)
        self._passed = -1

    def _advance(self, at: int, keep: Callable[[int, Pixels], None], width: int) -> Pixels | None:
        assert self._frames is not None
        for packet, _, frame in self._frames:
            passed = self._rank.get(packet, -1)
            if passed < self._first:
                continue  # refers to what was not decoded
            self._passed = passed
            if passed == at:
                return _pixels(frame, width)
            if passed > at:
                return None
            if at - passed <= _KEPT:
                keep(passed, _pixels(frame, width))
        self._frames = None
        return None


def _quarters(frame: Any) -> int:
    """Return the counter-clockwise quarter turns that make the frame upright, as OpenCV does."""
    quarters: int = round(frame.rotation / 90) % 4
    return quarters


def _size(frame: Any) -> tuple[int, int]:
    size = (frame.width, frame.height)
    return size[::-1] if _quarters(frame) % 2 else size


def _pixels(frame: Any, width: int) -> Pixels:
    quarters = _quarters(frame)
    full, _ = _size(frame)
    if width < full:
        shrunk = [max(1, round(side * width / full)) for side in (frame.width, frame.height)]
        frame = frame.reformat(*shrunk, format="rgb24", interpolation="AREA")
    pixels: Pixels = np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), quarters))
    return pixels
