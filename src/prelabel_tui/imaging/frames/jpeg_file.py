"""Whether a JPEG is whole: judged by its scans, not by its last bytes.

Libjpeg fills what is missing with grey when a file that was cut got an end mark, and says so to
nobody.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.frames.opening import open_image

PROGRESSIVE_BYTES: Final = 6
"""Bytes for each pixel that libjpeg keeps of a progressive JPEG, at whatever scale it decodes."""

_MOST_SCANS: Final = 100
"""Usual are ten; with thousands over a large picture a small file takes hours."""

_HEAD: Final = 256 << 10
_TAIL: Final = 1 << 10

_SOI, _EOI, _SOS = b"\xff\xd8", b"\xff\xd9", 0xDA
_PROGRESSIVE: Final = (0xC2, 0xCA)
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD9)))
_GREY: Final = 128
_MORE_SCAN: Final = bytes(range(1, 255)) * 2


class _Segment(NamedTuple):
    """A marker, and what stands in its segment; ``end`` is the place after it."""

    marker: int
    content: bytes
    end: int


def is_cut_off(file: IO[bytes], length: int, corner: NDArray[np.uint8] | None = None) -> bool:
    """Say whether a JPEG ends before its picture does.

    Without ``corner``, its last pixel, no scan is decoded: then a file that was cut and got an end
    mark passes.  OSError when it cannot be read.
    """
    suspect = corner is not None and bool(np.all(corner == _GREY))
    file.seek(0)
    head = file.read(_HEAD)
    segments = list(_segments(head))
    frame = next((part.marker for part in segments if part.marker in _FRAMES), None)
    scan = next((part for part in segments if part.marker == _SOS), None)
    if scan is not None and frame not in _PROGRESSIVE and not suspect:
        file.seek(max(scan.end, length - _TAIL))
        if _EOI in file.read():
            return False
    whole = _read(file, length)
    end, scans = _scans(whole)
    if end is None:
        return True
    if frame in _PROGRESSIVE:
        return not _is_complete(scans)
    return suspect and _goes_on(whole, end)


def _read(file: IO[bytes], length: int) -> bytearray:
    """Read it whole, in memory only once."""
    whole = bytearray(length)
    file.seek(0)
    done = 0
    with memoryview(whole) as view:
        while part := file.readinto(view[done:]):  # type: ignore[attr-defined]
            done += part
    return whole if done == length else whole[:done]


def _segments(data: bytes | bytearray, place: int = 2) -> Iterator[_Segment]:
    """Yield the segments up to a scan, its header included, or to the end."""
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # fill
            place += 1
        elif marker in _ALONE:
            place += 2
        elif marker == _EOI[1]:
            return
        else:
            end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
            yield _Segment(marker, bytes(data[place + 4 : end]), end)
            if marker == _SOS:
                return
            place = end


def _scans(data: bytearray) -> tuple[int | None, list[bytes]]:
    """Return the place of the end mark, None without one, and the headers of the scans.

    Looks no further than is allowed.
    """
    scans: list[bytes] = []
    place = 2
    while len(scans) <= _MOST_SCANS:
        segments = list(_segments(data, place))
        place = segments[-1].end if segments else place
        if not segments or segments[-1].marker != _SOS:
            return (place if data[place : place + 2] == _EOI and scans else None), scans
        scans.append(segments[-1].content)
        while True:  # what a scan holds: 0xFF is followed by 0, or by the number of a restart
            place = data.find(b"\xff", place)
            if place < 0 or place + 1 >= len(data):
                return None, scans
            if data[place + 1] != 0 and data[place + 1] not in _ALONE:
                break
            place += 2
        while data[place : place + 2] == b"\xff\xff":
            place += 1
        if data[place : place + 2] == _EOI:
            return place, scans
    return None, scans


def _is_complete(scans: list[bytes]) -> bool:
    """Say whether the scans of a progressive JPEG bring every coefficient to its last bit."""
    known: dict[int, set[int]] = {}
    for scan in scans:
        count = scan[0] if scan else 0
        if len(scan) < 2 * count + 4:
            return False
        first, last, bits = scan[2 * count + 1 : 2 * count + 4]
        for component in scan[1 : 2 * count + 1 : 2]:
            kept = known.setdefault(component, set())
            if bits & 15 == 0:
                kept.update(range(first, last + 1))
    return bool(known) and all(len(kept) == 64 for kept in known.values())


def _goes_on(data: bytearray, end: int) -> bool:
    """Say whether a scan wants more than there is: whether more of it changes the picture."""
    shown = _shrunk(data[:end], _EOI)
    return not np.array_equal(shown, _shrunk(data[:end], _MORE_SCAN + _EOI))


def _shrunk(data: bytearray, end: bytes) -> NDArray[np.uint8]:
    with open_image(io.BytesIO(data + end)) as image:
        image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
        return np.asarray(image)
