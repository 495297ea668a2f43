"""Sixel: palettes and the encoder, vectorised.

A picture is an array of palette numbers.  Only the pixels under a mask are sent; the others keep
what the terminal shows there (``P2=1``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from prelabel_tui.imaging.frames.picture import MAT, Pixels
from prelabel_tui.imaging.overlay import dots

Indexed = NDArray[np.uint8]
"""Palette numbers, height × width."""

_CHUNK_PIXELS: Final = 24_000
_CHUNK_BANDS: Final = 40
"""Encoded at a time: more takes too much memory, less too many calls."""

UNKNOWN: Final = 255
"""Not a colour: what the terminal shows here is unknown."""

_OVERLAY: Final = tuple(
    (colour >> 16 & 255, colour >> 8 & 255, colour & 255)
    for colour in (
        dots.BLACK,
        dots.PLAIN,
        dots.BRIGHT,
        dots.LOW,
        dots.EDITED,
        dots.ADDED,
        dots.INTERPOLATED,
        dots.GREY,
        dots.MINE,
        dots.THEIRS,
        dots.TRAIL,
        dots.WHITE,
    )
)


class Palette:
    """Colours for a clip: those of the overlay, and those that suit its pictures best.

    Sixel colours have 101 levels per channel; ``rgb`` (n × 3) is what they come out as.
    """

    def __init__(self, dots: Pixels, colours: int = 255) -> None:
        room = min(colours, UNKNOWN) - len(_OVERLAY) - 1
        sample = Image.fromarray(dots[::2, ::2])
        quantized = sample.quantize(max(2, room), Image.Quantize.FASTOCTREE)
        table = quantized.getpalette() or []
        chosen = np.array(table[: 3 * room], dtype=np.uint8).reshape(-1, 3)
        fixed = np.array([*_OVERLAY, MAT], dtype=np.uint8)
        whole = np.concatenate([fixed, chosen]).astype(np.float64)
        self.percent = np.rint(whole * 100 / 255).astype(np.int64)
        self.rgb = np.rint(self.percent * 255 / 100).astype(np.uint8)
        self._nearest = _nearest_table(self.rgb)
        self._visible = _visible_table(self.rgb).ravel()
        self.error = self.error_on(dots)

    def index(self, dots: Pixels) -> Indexed:
        """Return the nearest palette number of each pixel."""
        key = (dots[..., 0] >> 3).astype(np.uint16) << 10
        key |= (dots[..., 1] >> 3).astype(np.uint16) << 5
        key |= dots[..., 2] >> 3
        out: Indexed = self._nearest[key]
        return out

    def index_texture(self, pixels: Pixels) -> Indexed:
        """Do the same for the overlay: its own colours come out as themselves."""
        out = self.index(pixels)
        packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
        for number, (red, green, blue) in enumerate(_OVERLAY):
            out[packed == (red << 16 | green << 8 | blue)] = number
        return out

    def apart(self, some: Indexed, others: Indexed) -> NDArray[np.bool_]:
        """Return where two pictures in palette numbers are visibly different."""
        pair = some.astype(np.uint16)
        pair <<= 8
        pair |= others
        out: NDArray[np.bool_] = self._visible[pair]
        return out

    def error_on(self, dots: Pixels) -> float:
        """Return the mean difference (levels of 255) that these colours make on a picture."""
        some = dots[::8, ::8]
        return float(np.abs(some.astype(np.int16) - self.rgb[self.index(some)]).mean())

    def suits(self, dots: Pixels) -> bool:
        """Say whether a picture still looks right in these colours."""
        return self.error_on(dots) <= 1.5 * self.error + 1.5

    @staticmethod
    def is_overlay(some: Indexed) -> NDArray[np.bool_]:
        """Return which pixels have a colour of the overlay, or nobody knows which."""
        out: NDArray[np.bool_] = (some < len(_OVERLAY)) | (some == UNKNOWN)
        return out


def _nearest_table(rgb: Pixels) -> Indexed:
    """Return the nearest colour for each 5-bit red, green, blue."""
    levels = np.arange(32, dtype=np.float32) * 8 + 3.5
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    # No pixel of a picture should turn into an overlay colour.
    first = len(_OVERLAY)
    own = rgb[first:].astype(np.float32)
    # |a - b|² without |a|², which is the same for every candidate.
    score = (own * own).sum(axis=1) - 2 * cube @ own.T
    out: Indexed = (score.argmin(axis=1) + first).astype(np.uint8)
    return out


TOLERANCE: Final = 10
"""Colours that differ by at most this in each channel (of 255) count as the same for a while."""


def _visible_table(rgb: Pixels) -> NDArray[np.bool_]:
    """Return which pairs of colours are visibly different; the overlay's always are."""
    out = np.ones((256, 256), dtype=bool)
    wide = rgb.astype(np.int16)
    count, first = len(rgb), len(_OVERLAY)
    far = np.abs(wide[:, None] - wide[None]).max(axis=2) > TOLERANCE
    out[first:count, first:count] = far[first:, first:]
    np.fill_diagonal(out, False)
    return out


def encode(index: Indexed, mask: NDArray[np.bool_], palette: Palette) -> str:
    """Return a sixel picture of the masked pixels; the others stay as the terminal has them."""
    height, width = index.shape
    rows, bands, colours = _sixel_rows(index, mask)
    body = _runs(rows, _prefixes(bands, colours))
    used = np.unique(colours).tolist()
    percent = palette.percent.tolist()
    registers = "".join("#{};2;{};{};{}".format(n, *percent[n]) for n in used)
    return f'\x1bP0;1q"1;1;{width};{height}{registers}{body}\x1b\\'


def _sixel_rows(
    index: Indexed, mask: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Return, for each band of six pixel rows and each colour in it, a row of six-bit columns."""
    width = index.shape[1]
    rows, bands, colours = [], [], []
    for top, bottom in _chunks(mask):
        y, x = np.nonzero(mask[top:bottom])
        key = y // 6 * 256 + index[top:bottom][y, x]
        there = np.zeros(-(-(bottom - top) // 6) * 256, dtype=bool)
        there[key] = True
        used = np.flatnonzero(there)
        number = np.cumsum(there) - 1
        # Pixels of one column and colour have different bits: their sum is their union.
        bits = np.bincount(number[key] * width + x, 1 << y % 6, len(used) * width)
        rows.append(bits.astype(np.uint8).reshape(len(used), width))
        bands.append(used // 256 + top // 6)
        colours.append(used % 256)
    if not rows:
        return np.zeros((0, width), np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(rows), np.concatenate(bands), np.concatenate(colours)


def _chunks(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield lines from and to, whole bands that hold all of the mask but not too much at once."""
    tops = np.arange(0, mask.shape[0], 6)
    sizes = np.add.reduceat(mask.sum(axis=1), tops).tolist()
    start = size = 0
    for band, more in enumerate(sizes):
        if size and (size + more > _CHUNK_PIXELS or band - start >= _CHUNK_BANDS):
            yield start * 6, band * 6
            size = 0
        if not size:
            start = band
        size += more
    if size:
        yield start * 6, mask.shape[0]


def _prefixes(bands: NDArray[np.int64], colours: NDArray[np.int64]) -> list[bytes]:
    """Return what goes before each row: a move to its band or back to its start, and its colour."""
    out = []
    last = 0
    for number, (band, colour) in enumerate(zip(bands.tolist(), colours.tolist(), strict=True)):
        move = b"-" * (band - last) or (b"$" if number else b"")
        out.append(move + b"#%d" % colour)
        last = band
    return out


def _runs(rows: NDArray[np.uint8], prefixes: list[bytes]) -> str:
    """Return the rows as run lengths, each behind its prefix; trailing blanks are left out."""
    if not prefixes:
        return ""
    width = rows.shape[1]
    change = np.ones(rows.shape, dtype=bool)
    np.not_equal(rows[:, 1:], rows[:, :-1], out=change[:, 1:])
    row, start = np.nonzero(change)
    value = rows[row, start]
    end = np.append(start[1:], width)
    end[end == 0] = width
    last = np.append(row[1:] != row[:-1], True)
    keep = ~(last & (value == 0))
    first = np.append(True, row[1:] != row[:-1])
    row, start, value, end, first = (part[keep] for part in (row, start, value, end, first))
    count = end - start
    heads = np.array(prefixes)
    head = heads.view(np.uint8).reshape(len(prefixes), -1)
    # One line per run, zeros where it is shorter: prefix, "!", four digits, character.
    lines = np.zeros((len(row), head.shape[1] + 6), dtype=np.uint8)
    lines[first, : head.shape[1]] = head[row[first]]
    tail = lines[:, head.shape[1] :]
    character = value + 63
    long = count > 3
    tail[long, 0] = ord("!")
    for place, power in enumerate((1000, 100, 10, 1), start=1):
        shown = long & (count >= power)
        tail[shown, place] = count[shown] // power % 10 + ord("0")
    for copy in range(3):
        tail[~long & (count > copy), copy] = character[~long & (count > copy)]
    tail[long, 5] = character[long]
    return bytes(lines[lines != 0]).decode("ascii")
