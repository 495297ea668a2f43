"""The kitty graphics protocol: the commands used here, and a record of what was stored.

Only what kitty 0.26 knows: images, native placements with a part of the image and an offset in
pixels; no Unicode placeholders, no relative placements.  Errors are answered (``q=1``): that is
how a terminal shows that it forgot an image.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final

CHUNK: Final = 4096
"""Longest piece of encoded data per command."""

FIRST_IMAGE: Final = 61
"""Ids start here, to leave alone another program's first pictures in the same terminal …"""

_LAST_IMAGE: Final = 9_999
"""… and end here: longer numbers would be sent with every placement."""

_GIVEN: Final = re.compile(r"(?:\x1b_G(?:a=t,[^;\x1b]*|q=1,m=[01]);[^\x1b]*\x1b\\)+")
"""Images that are given to the terminal, in chunks."""

_stored: set[int] = set()
_newest = FIRST_IMAGE - 1
_generation = 0


@dataclass(frozen=True)
class Placement:
    """A part of an image on the screen; it is moved by placing it again.

    ``source``: x, y, width, height in the image's pixels, zeros where the image decides.
    ``column``, ``row``: screen cell (from 0); ``offset``: pixels into that cell.
    ``cells``: columns and rows to scale the part to; (0, 0) shows it pixel by pixel.
    """

    image: int
    number: int
    column: int
    row: int
    offset: tuple[int, int] = (0, 0)
    source: tuple[int, int, int, int] = (0, 0, 0, 0)
    cells: tuple[int, int] = (0, 0)
    z: int = 0


def command(keys: str, payload: str = "") -> str:
    """Return one graphics command."""
    return f"\x1b_G{keys};{payload}\x1b\\" if payload else f"\x1b_G{keys}\x1b\\"


def store_png(image: int, png: bytes) -> str:
    """Give the terminal an image, in chunks.

    It replaces an older image of that id and its placements.
    """
    _stored.add(image)
    data = base64.standard_b64encode(png).decode("ascii")
    out = []
    for start in range(0, len(data), CHUNK):
        keys = f"a=t,f=100,i={image},q=1," if start == 0 else "q=1,"
        more = int(start + CHUNK < len(data))
        out.append(command(f"{keys}m={more}", data[start : start + CHUNK]))
    return "".join(out)


def images_first(data: str) -> tuple[str, str]:
    """Return the commands of ``data`` that give the terminal images, and the others in order.

    Within a synchronized update kitty 0.26 drops chunks, and the placements with them.  No id is
    free and taken again in one update (:func:`next_image`), so the order of the two is no matter.
    """
    if "\x1b_Ga=t," not in data:
        return "", data
    return "".join(_GIVEN.findall(data)), _GIVEN.sub("", data)


def place(placement: Placement) -> str:
    """Show a placement, or move it to its present place."""
    x, y, width, height = placement.source
    columns, rows = placement.cells
    across, down = placement.offset
    values = (
        ("x", x),
        ("y", y),
        ("w", width),
        ("h", height),
        ("c", columns),
        ("r", rows),
        ("X", across),
        ("Y", down),
        ("z", placement.z),
    )
    keys = "".join(f",{key}={value}" for key, value in values if value)
    at = f"\x1b[{placement.row + 1};{placement.column + 1}H"
    # C=1: the cursor stays, so that nothing can scroll.
    return at + command(f"a=p,i={placement.image},p={placement.number}{keys},C=1,q=1")


def hide(image: int, number: int | None = None) -> str:
    """Take a placement (or all of an image) off the screen; the image stays stored."""
    which = "" if number is None else f",p={number}"
    return command(f"a=d,d=i,i={image}{which},q=1")


def free(image: int) -> str:
    """Delete an image and its placements."""
    _stored.discard(image)
    return command(f"a=d,d=I,i={image},q=1")


def next_image() -> int:
    """Return an image id that is not in use, and was not for as long as possible."""
    global _newest
    while True:
        _newest = _newest + 1 if FIRST_IMAGE <= _newest < _LAST_IMAGE else FIRST_IMAGE
        if _newest not in _stored:
            return _newest


def farewell() -> str:
    """Delete everything that this process has stored in its terminal: it leaves the screen."""
    global _generation
    _generation += 1
    return "".join(free(image) for image in sorted(_stored))


def generation() -> int:
    """Return a number that grows whenever everything that was stored is deleted."""
    return _generation
