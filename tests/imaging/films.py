"""Short videos whose frames tell their own number, in any container and codec that PyAV writes."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from prelabel_tui.imaging.frames.picture import Pixels

SIZE = (64, 48)
_BITS = 8
_WIDE = SIZE[0] // _BITS


def picture(number: int) -> Pixels:
    """A frame with its number as white bits along the top, lowest first, and something moving."""
    pixels = np.full((SIZE[1], SIZE[0], 3), 40, dtype=np.uint8)
    for bit in range(_BITS):
        if number >> bit & 1:
            pixels[:16, bit * _WIDE : (bit + 1) * _WIDE] = 230
    left = number * 3 % (SIZE[0] - 10)
    pixels[24:40, left : left + 10] = (200, 60, 30)
    return pixels


def number_in(pixels: Pixels) -> int:
    """The number that :func:`picture` put in."""
    means = (pixels[4:12, bit * _WIDE + 2 : (bit + 1) * _WIDE - 2].mean() for bit in range(_BITS))
    return sum(1 << bit for bit, mean in enumerate(means) if mean > 128)


def film(
    path: Path,
    codec: str = "libx264",
    container: str | None = None,
    *,
    numbers: Iterable[int] = range(30),
    b_frames: int = 0,
    group: int = 8,
    options: Mapping[str, str] | None = None,
    times: Iterable[int] | None = None,
) -> Path:
    """Write one; ``times`` in ms (default: 25 frames a second)."""
    formats = {"mjpeg": "yuvj420p", "huffyuv": "yuv422p", "prores": "yuv422p10le", "png": "rgb24"}
    rate = 25 if times is None else 1000
    with _usual_priority(), av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, options=dict(options or {}))
        stream.width, stream.height = SIZE
        stream.pix_fmt = formats.get(codec, "yuv420p")
        stream.gop_size, stream.max_b_frames = group, b_frames
        stamps = range(1_000) if times is None else times
        for stamp, number in zip(stamps, numbers, strict=False):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, rate)
            file.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
        file.mux(stream.encode())
    return path


@contextmanager
def _usual_priority() -> Iterator[None]:
    """Undo what SVT-AV1 does to the thread that calls it as root: real time, before all others.

    Every program started later would inherit it, and two of them that wait for a third one busily
    would wait for ever on two cores.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def turned(path: Path, degrees: int) -> Path:
    """An MP4 with its header saying: turn by so much, clockwise."""
    whole = bytearray(path.read_bytes())
    matrix = whole.index(b"tkhd") + 44
    a, b, c, d = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    for place, value in ((0, a), (1, b), (3, c), (4, d)):
        struct.pack_into(">i", whole, matrix + 4 * place, value << 16)
    path.write_bytes(whole)
    return path
