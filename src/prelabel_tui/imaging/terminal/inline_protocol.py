"""Inline images as iTerm2 defined them: a file in an escape sequence, stretched over whole cells.

Sources: iTerm2's "Images" page; xterm.js' image add-on, which drops a picture whose ``size`` is
missing or wrong; WezTerm, which scrolls at the last row unless the cursor is told to stay.
"""

from __future__ import annotations

import base64
import math
from typing import Final

PROBE_PNG: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg=="
)
"""One black pixel."""


def inline_image(data: bytes, columns: int, rows: int) -> str:
    """Show a JPEG or PNG file over ``columns`` × ``rows`` cells, from the cursor's cell on."""
    keys = f"inline=1;size={len(data)};width={columns};height={rows}"
    content = base64.b64encode(data).decode("ascii")
    return f"\x1b]1337;File={keys};preserveAspectRatio=0;doNotMoveCursor=1:{content}\x07"


def probe() -> str:
    """Show a picture of 1 × 2 cells on the alternate screen, and ask where the cursor is.

    Row 2 means that the picture was taken.  Afterwards screen and cursor are as before.
    """
    content = base64.b64encode(PROBE_PNG).decode("ascii")
    keys = f"inline=1;size={len(PROBE_PNG)};width=1;height=2;preserveAspectRatio=0"
    return f"\x1b[?1049h\x1b[H\x1b]1337;File={keys}:{content}\x07\x1b[6n\x1b[2J\x1b[?1049l"


def snug(start: int, end: int, cell: float) -> int:
    """Return the start, at or before ``start``, from which a tile up to ``end`` has no seam.

    Terminals whose cells are fractions of a pixel wide (xterm.js in a browser) round the place
    and the size of a tile separately: a black line stays open where the two roundings do not
    meet.  They meet where frac(start · cell) + frac(count · cell) < 1.
    """
    if cell == int(cell):
        return start
    for first in range(start, -1, -1):
        if math.modf(first * cell)[0] + math.modf((end - first) * cell)[0] < 1:
            return first
    return 0
