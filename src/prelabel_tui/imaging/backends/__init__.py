"""Ways of showing pictures in a terminal, behind one interface (:mod:`.base`)."""

from __future__ import annotations

from prelabel_tui.imaging.backends.base import Backend, Loupe, Run, View
from prelabel_tui.imaging.terminal.choose_backend import REQUESTS
from prelabel_tui.imaging.terminal.terminal import present


def make_backend(name: str) -> Backend:
    """Return the backend of that name.

    One of ``graphics.REQUESTS``; ``auto`` is what suits the terminal.

    Pictures in real pixels need a terminal that was asked and tells the size of its cells;
    without one they become cells.  ValueError for another name.
    """
    if name not in REQUESTS:
        raise ValueError(f"there is no graphics backend {name!r}")
    asked = present()
    if asked is not None:
        choice = asked.choice(name)
        name = choice.backend
        if name == "kitty":
            from prelabel_tui.imaging.backends.kitty import KittyBackend

            return KittyBackend(choice.cell)
        if name == "sixel":
            from prelabel_tui.imaging.backends.sixel import SixelBackend

            return SixelBackend(choice.cell, choice.sixel_colours, choice.sixel_size)
        if name == "inline":
            from prelabel_tui.imaging.backends.inline import InlineBackend

            return InlineBackend(choice.cell, choice.true_cell)
    from prelabel_tui.imaging.backends.cells import CellsBackend

    return CellsBackend(name if name in ("quadrants", "sextants") else "cells")


__all__ = ["Backend", "Loupe", "Run", "View", "make_backend"]
