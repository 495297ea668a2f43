"""Pictures that are odd, broken or made to hurt; a number is drawn into those that are whole."""

from __future__ import annotations

import functools
import io
import os
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import ExifTags, Image

from tests.imaging.films import SIZE, picture

Verdict = str
"""``right``: shown with its number; ``missing``; ``either``; ``any``: what it shows is damaged."""

_ENDINGS: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp", "TIFF": "tif"}
_MODES: Final = {
    "JPEG": ("RGB", "L", "CMYK"),
    "PNG": ("RGB", "RGBA", "L", "LA", "P", "I;16"),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("RGB", "L", "P"),
    "TIFF": ("RGB", "RGBA", "L", "P", "CMYK", "I;16", "F"),
}


def hostile_pictures(folder: Path, count: int, seed: int) -> list[Verdict]:
    """Write ``count`` of them, ``000001.…`` on; frame n (from 0) shows the number n % 256."""
    chance = random.Random(seed)
    makers = [MAKERS[place % len(MAKERS)] for place in range(count)]
    return [
        make(folder, f"{place + 1:06d}", place % 256, chance) for place, make in enumerate(makers)
    ]


def _saved(number: int, kind: str, mode: str = "RGB", grow: int = 1, **options: Any) -> bytes:
    image = Image.fromarray(picture(number).repeat(grow, 0).repeat(grow, 1))
    if mode in ("I;16", "F"):
        grey = np.asarray(image.convert("L"))
        deep = grey.astype(np.uint16) * 257 if mode == "I;16" else grey.astype(np.float32) / 255
        image = Image.fromarray(deep)
    elif mode != "RGB":
        image = image.convert(mode)
    if kind == "WEBP":
        options = {"lossless": True, **options}
    elif kind == "JPEG":
        options = {"quality": 95, **options}
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _drawn(chance: random.Random) -> str:
    return chance.choice(tuple(_ENDINGS))


def _write(folder: Path, name: str, kind: str, data: bytes) -> None:
    (folder / f"{name}.{_ENDINGS[kind]}").write_bytes(data)


def _whole(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    kind = _drawn(chance)
    mode = chance.choice(_MODES[kind])
    _write(folder, name, kind, _saved(number, kind, mode, grow=chance.choice((1, 2, 5))))
    return "right"


def _other_ending(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    (folder / f"{name}.png").write_bytes(_saved(number, _drawn(chance)))
    return "right"


def _turned(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    exif, turn = Image.Exif(), chance.choice((1, 3, 6, 8))
    exif[ExifTags.Base.Orientation] = turn
    lying = np.rot90(picture(number), {1: 0, 3: 2, 6: 1, 8: 3}[turn])
    kind = chance.choice(("JPEG", "PNG", "WEBP", "TIFF"))
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(lying)).save(file, kind, exif=exif)
    _write(folder, name, kind, file.getvalue())
    return "right"


def _progressive(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    _write(folder, name, "JPEG", _saved(number, "JPEG", progressive=True))
    return "right"


def _trailing(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    kind = chance.choice(("JPEG", "PNG", "BMP"))
    _write(folder, name, kind, _saved(number, kind) + chance.randbytes(chance.randrange(1, 9000)))
    return "right"


def _cut(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    kind = _drawn(chance)
    whole = _saved(number, kind, grow=4)
    _write(folder, name, kind, whole[: int(len(whole) * chance.uniform(0, 0.9))])
    return "missing"


def _cut_with_an_end(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    whole = _saved(number, "JPEG", grow=4)
    scan = whole.index(b"\xff\xda") + 20
    cut = whole[: scan + int((len(whole) - scan) * chance.uniform(0.1, 0.8))].rstrip(b"\xff")
    _write(folder, name, "JPEG", cut + b"\xff\xd9")
    return "missing"


def _flipped(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    kind = _drawn(chance)
    data = bytearray(_saved(number, kind, grow=chance.choice((1, 4))))
    for _ in range(chance.choice((1, 3, 20))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    _write(folder, name, kind, bytes(data))
    return "any"


def _header_of_another(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    """Width and height say something else: a few bytes of data, or a picture of many pixels."""
    kind = chance.choice(("JPEG", "PNG", "BMP", "WEBP", "TIFF"))
    data = bytearray(_saved(number, kind))
    size = [chance.choice((0, 1, 7, 300, 8000, 60_000, 65_535)) for _ in range(2)]
    if kind == "PNG":
        data[16:24] = b"".join(side.to_bytes(4) for side in size)
        data[29:33] = zlib.crc32(data[12:29]).to_bytes(4)
    elif kind == "JPEG":
        frame = data.index(b"\xff\xc0")
        data[frame + 5 : frame + 9] = b"".join(side.to_bytes(2) for side in size)
    elif kind == "BMP":
        data[18:26] = b"".join(side.to_bytes(4, "little") for side in size)
    else:
        for side, other in zip(SIZE, size, strict=True):
            place = data.find(side.to_bytes(2, "little"))
            data[place : place + 2] = other.to_bytes(2, "little")
    _write(folder, name, kind, bytes(data))
    return "any"


def _large(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    """Little on the disk, much in memory."""
    kind, mode, size = chance.choice(
        (
            ("PNG", "L", 7000),
            ("PNG", "RGB", 6000),
            ("PNG", "I;16", 7000),
            ("PNG", "1", 30_000),
            ("TIFF", "L", 7000),
            ("JPEG", "L", 7000),
        )
    )
    _write(folder, name, kind, _flat(kind, mode, size))
    return "missing"


@functools.cache
def _flat(kind: str, mode: str, size: int) -> bytes:
    file = io.BytesIO()
    options: dict[str, Any] = {
        "PNG": {"compress_level": 1},
        "TIFF": {"compression": "tiff_adobe_deflate"},
        "JPEG": {"progressive": True, "quality": 1},
    }[kind]
    Image.new(mode, (size, size)).save(file, kind, **options)
    return file.getvalue()


@functools.cache
def _packed(size: int) -> bytes:
    return zlib.compress(b"\0" * size, 1)


def _scans(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    """A progressive JPEG with thousands of scans over a large picture."""
    file = io.BytesIO()
    Image.new("L", (4000, 4000)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    start = data.index(b"\xff\xda")
    scan = data[start : data.index(b"\xff\xc4", start)]
    _write(folder, name, "JPEG", data[:start] + 3000 * scan + data[start:])
    return "missing"


def _tile(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    """A TIFF of 64 × 48 px in one tile of billions."""
    side = chance.choice((16_384, 65_536, 1 << 20))
    packed = zlib.compress(b"\0" * 1000)
    entries = (
        (256, 3, 64), (257, 3, 48), (258, 3, 8), (259, 3, 8), (262, 3, 1), (277, 3, 1),
        (322, 4, side), (323, 4, side), (324, 4, 8), (325, 4, len(packed)),
    )  # fmt: skip
    place = 8 + len(packed) + len(packed) % 2
    head = b"II*\0" + place.to_bytes(4, "little") + packed + b"\0" * (len(packed) % 2)
    table = b"".join(
        tag.to_bytes(2, "little") + kind.to_bytes(2, "little") + (1).to_bytes(4, "little")
        + value.to_bytes(4, "little")
        for tag, kind, value in entries
    )  # fmt: skip
    data = head + len(entries).to_bytes(2, "little") + table + b"\0" * 4
    _write(folder, name, "TIFF", data)
    return "missing"


def _text(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    """A PNG whose text unpacks to 300 MB."""
    whole = _saved(number, "PNG")
    content = b"Comment\0\0" + _packed(300 << 20)
    chunk = len(content).to_bytes(4) + b"zTXt" + content
    chunk += zlib.crc32(chunk[4:]).to_bytes(4)
    _write(folder, name, "PNG", whole[:33] + chunk + whole[33:])
    return "either"


def _program(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    text = chance.choice(
        (
            "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 48\n%%EndComments\n{} loop\n",
            '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"/>',
            "P6 64 48 255\n",
            "GIF89a",
            "",
        )
    )
    (folder / f"{name}.jpg").write_text(text)
    return "missing"


def _no_file(folder: Path, name: str, number: int, chance: random.Random) -> Verdict:
    path = folder / f"{name}.jpg"
    match chance.randrange(5):
        case 0:
            os.mkfifo(path)
        case 1:
            path.mkdir()
        case 2:
            path.symlink_to("/dev/zero")
        case 3:
            path.symlink_to(path)
        case _:
            path.symlink_to(folder / "nowhere.jpg")
    return "missing"


MAKERS: Final[tuple[Callable[[Path, str, int, random.Random], Verdict], ...]] = (
    _whole,
    _turned,
    _cut,
    _flipped,
    _header_of_another,
    _cut_with_an_end,
    _whole,
    _trailing,
    _large,
    _other_ending,
    _flipped,
    _progressive,
    _tile,
    _scans,
    _text,
    _program,
    _no_file,
)
