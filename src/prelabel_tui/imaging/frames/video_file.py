"""An open video file: its packets numbered in the file's order, decoded from any of them on.

Neither times nor a container's own seeking can be trusted: raw streams have no times, AVI has
them in the wrong order, and MPEG-TS seeks to somewhere near.  A packet carries its number through
the decoder in place of its time, and the packet that follows a seek shows where it landed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from prelabel_tui.core.reading import PatientFile

MOST_PIXELS: Final = 1 << 25
"""Pixels of the largest frame: 8K (7,680 × 4,320)."""

_BUFFER: Final = 256 << 10
"""Bytes that are read at a time."""

_LANDING = 64
"""After a seek, one of this many packets must be known; else the file is read from its start."""


_BREAKS = 64
"""After this many broken places the file counts as ended."""


class VideoError(Exception):
    """A video that cannot be read; the text says why."""


@dataclass(frozen=True)
class PacketIndex:
    """What reading all packets once shows, without decoding.

    ``numbers``: packet numbers by place in the file and size, where those are unlike any other's;
    ``keys``: numbers of packets from which decoding may start, with the time to seek to;
    ``by_time``: numbers of the packets that are shown and have a time, in the order of times.
    """

    numbers: dict[tuple[int, int], int]
    keys: dict[int, int | None]
    by_time: tuple[int, ...]


class VideoFile:
    """An open video.  Not thread-safe.

    VideoError when it cannot be opened or has no frames; OSError when the file cannot be read, in
    any call.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._open()

    def _open(self) -> None:
        self._file = PatientFile(Path(self._path))
        try:
            self._container = _open(self._file, self._path)
            self._stream = _prepare(self._container, self._path)
        except BaseException:
            self._file.close()
            raise

    @property
    def pixels(self) -> int:
        """Pixels of a frame, as the header has it."""
        context = self._stream.codec_context
        return int(context.width * context.height)

    @property
    def declared(self) -> int | None:
        """How many frames the header declares."""
        return self._stream.frames or None

    @property
    def rate(self) -> Any:
        """Frames per second, a fraction, as the header has it; None if it does not."""
        return self._stream.average_rate

    @property
    def time_base(self) -> Any:
        """Seconds per unit of a frame's ``pts``, a fraction."""
        return self._stream.time_base

    def index(self) -> PacketIndex:
        """Read every packet once.  Continue with :meth:`decode`."""
        numbers: dict[tuple[int, int], int] = {}
        keys: dict[int, int | None] = {}
        shown: list[tuple[int, int]] = []
        twice = set()
        for number, packet in self._packets():
            place = (packet.pos, packet.size)
            if numbers.setdefault(place, number) != number or packet.pos is None:
                twice.add(place)
            if packet.is_keyframe:
                stamps = [stamp for stamp in (packet.pts, packet.dts) if stamp is not None]
                keys[number] = min(stamps, default=None)
            if packet.pts is not None and not packet.is_discard:
                shown.append((packet.pts, number))
        for place in twice:
            del numbers[place]
        return PacketIndex(numbers, keys, tuple(number for _, number in sorted(shown)))

    def decode(
        self, start: int = 0, index: PacketIndex | None = None
    ) -> Iterator[tuple[int, int | None, Any]]:
        """Decode from packet ``start`` on; with ``index`` what comes before need not be read.

        Yields frames in the order in which they are shown, each with the number and the time of
        the packet that it comes from.  A broken packet costs only its own frames.
        """
        import av

        times: dict[int, int | None] = {}
        for number, packet in itertools.chain(self._from(start, index), [(-1, None)]):
            if packet is not None:
                times[number] = packet.pts
                # A decoder passes a packet's time on to its frame, whatever it is, and needs none.
                packet.pts = packet.dts = number
            try:
                frames = self._stream.codec_context.decode(packet)
            except av.FFmpegError:
                continue
            for frame in frames:
                if frame.pts in times:
                    yield frame.pts, times.pop(frame.pts), frame

    def close(self) -> None:
        """Free the decoder, and close the file."""
        self._container.close()
        self._file.close()

    def _from(self, start: int, index: PacketIndex | None) -> Iterator[tuple[int, Any]]:
        packets = self._sought(start, index) if index is not None and start else None
        if packets is None:
            self._reopen()
            packets = self._packets()
        return itertools.dropwhile(lambda numbered: numbered[0] < start, packets)

    def _sought(self, start: int, index: PacketIndex) -> Iterator[tuple[int, Any]] | None:
        """Return packets from a seek that landed at ``start`` or before; None if none does."""
        import av

        before = [stamp for key, stamp in index.keys.items() if key <= start][::-1]
        tries = itertools.takewhile(
            lambda back: back < len(before), (0, *(2**n for n in range(32)))
        )
        for stamp in (before[back] for back in tries):
            if stamp is None:
                continue
            try:
                self._container.seek(stamp, stream=self._stream, backward=True)
            except av.FFmpegError:
                continue
            landed = self._demuxed()
            for packet in itertools.islice(landed, _LANDING):
                number = index.numbers.get((packet.pos, packet.size))
                if number is not None:
                    break
            else:
                continue
            if number <= start:
                return enumerate(itertools.chain((packet,), landed), number)
        return None

    def _packets(self) -> Iterator[tuple[int, Any]]:
        """Return numbered packets from the start of a file just opened."""
        return enumerate(self._demuxed())

    def _demuxed(self) -> Iterator[Any]:
        """Yield packets from the current position; broken data between them is skipped."""
        import av

        for _ in range(_BREAKS):
            try:
                yield from (packet for packet in self._container.demux(self._stream) if packet.size)
                return
            except av.FFmpegError:
                continue
            except IndexError:
                return  # PyAV fails at the end on streams that began later than the first

    def _reopen(self) -> None:
        self.close()
        self._open()


def decoder_memory(pixels: int) -> int:
    """Return how many bytes an open decoder takes for frames of so many pixels, as measured."""
    return (15 + 3 * _threads(pixels)) * pixels


def _threads(pixels: int) -> int:
    """Return how many threads decode: each holds frames of its own."""
    return 4 if pixels < 1 << 22 else 1


def _open(file: PatientFile, path: str) -> Any:
    try:
        import av
    except ImportError as error:
        raise VideoError("reading video needs the extra: pip install 'prelabel-tui[video]'") from (
            error
        )
    try:
        # A play list must not lead to other files, or to addresses in the network.
        alone = {"protocol_whitelist": "none"}
        return av.open(file, container_options=alone, buffer_size=_BUFFER)
    except av.FFmpegError as error:
        reason = getattr(error, "strerror", None) or error
        raise VideoError(f"{Path(path).name} cannot be read ({reason})") from error


def _prepare(container: Any, path: str) -> Any:
    streams = container.streams.video
    name = Path(path).name
    if not streams or streams[0].codec_context is None:
        container.close()
        what = "is in a format that cannot be decoded" if streams else "contains no video"
        raise VideoError(f"{name} {what}")
    stream = streams[0]
    context = stream.codec_context
    if context.width * context.height > MOST_PIXELS:
        container.close()
        raise VideoError(f"{name} is too large ({context.width}×{context.height} px)")
    context.options = {"max_pixels": str(MOST_PIXELS)}  # sizes may change on the way
    context.thread_count = _threads(context.width * context.height)
    stream.thread_type = "AUTO"
    return stream
