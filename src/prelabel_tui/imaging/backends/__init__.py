"""Ways of showing pictures in a terminal, behind one interface (:mod:`.base`)."""

from __future__ import annotations

from prelabel_tui.imaging.backends.base import Backend, Loupe, Run, View

NAMES = ("cells", "quadrants", "sextants", "kitty", "sixel")


def make_backend(name: str) -> Backend:
    """The backend of that name (one of :data:`NAMES`).  ValueError for another."""
    if name in ("cells", "quadrants", "sextants"):
        from prelabel_tui.imaging.backends.cells import CellsBackend

        return CellsBackend(name)
    if name == "kitty":
        from prelabel_tui.imaging.backends.kitty import KittyBackend

        return KittyBackend()
    if name == "sixel":
        from prelabel_tui.imaging.backends.sixel import SixelBackend

        return SixelBackend()
    raise ValueError(f"no graphics backend {name!r}")


__all__ = ["NAMES", "Backend", "Loupe", "Run", "View", "make_backend"]
