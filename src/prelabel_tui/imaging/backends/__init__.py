"""Ways of showing pictures in a terminal, behind one interface (:mod:`.base`)."""

from __future__ import annotations

from prelabel_tui.imaging.backends.base import Backend, Loupe, Run, View
from prelabel_tui.imaging.graphics import ASSUMED_CELL

NAMES = ("cells", "quadrants", "sextants", "kitty", "sixel")


def make_backend(
    name: str,
    cell: tuple[int, int] = ASSUMED_CELL,
    sixel_colours: int = 256,
    sixel_size: tuple[int, int] | None = None,
) -> Backend:
    """The backend of that name (one of :data:`NAMES`).  ValueError for another.

    ``cell``: a cell's pixels, exact for kitty and sixel.  ``sixel_colours``, ``sixel_size``: the
    terminal's colour registers and its largest sixel picture in pixels.
    """
    if name in ("cells", "quadrants", "sextants"):
        from prelabel_tui.imaging.backends.cells import CellsBackend

        return CellsBackend(name)
    if name == "kitty":
        from prelabel_tui.imaging.backends.kitty import KittyBackend

        return KittyBackend(cell)
    if name == "sixel":
        from prelabel_tui.imaging.backends.sixel import SixelBackend

        return SixelBackend(cell, sixel_colours, sixel_size)
    raise ValueError(f"no graphics backend {name!r}")


__all__ = ["NAMES", "Backend", "Loupe", "Run", "View", "make_backend"]
