"""Block characters: works in every terminal.  Sends only the cells that changed."""

from __future__ import annotations

import numpy as np

from prelabel_tui.imaging.backends.base import Backend, Run, View
from prelabel_tui.imaging.raster import COLOUR, MODES, Grid, Raster


class CellsBackend(Backend):
    """Half blocks, quadrants or sextants."""

    def __init__(self, mode: str = "cells") -> None:
        self.name = mode
        self.dots = MODES[mode]
        self._raster = Raster(mode)
        self._shown: Grid | None = None

    def paint(self, view: View) -> None:
        grid = self._raster.grid(view)
        self._shown = Grid(grid.code, grid.fg & COLOUR, grid.bg & COLOUR)

    def row(self, y: int) -> list[Run]:
        shown = self._shown
        if shown is None or y >= shown.shape[0]:
            return []
        codes, fgs, bgs = shown.code[y].tolist(), shown.fg[y].tolist(), shown.bg[y].tolist()
        runs: list[Run] = []
        start = 0
        for x in range(1, len(codes) + 1):
            if x == len(codes) or fgs[x] != fgs[start] or bgs[x] != bgs[start]:
                runs.append(("".join(map(chr, codes[start:x])), fgs[start], bgs[start]))
                start = x
        return runs

    def update(self, view: View, budget: int | None = None) -> str:
        grid = self._raster.grid(view)
        shown = self._shown
        self._shown = new = Grid(grid.code, grid.fg & COLOUR, grid.bg & COLOUR)
        if shown is None or shown.shape != new.shape:
            changed = np.ones(new.shape, dtype=bool)
        else:
            changed = (shown.code != new.code) | (shown.fg != new.fg) | (shown.bg != new.bg)
        out = []
        column, row = view.place
        for y, x in zip(*(axis.tolist() for axis in np.nonzero(changed)), strict=True):
            fg, bg = int(new.fg[y, x]), int(new.bg[y, x])
            out.append(
                f"\x1b[{row + y + 1};{column + x + 1}H"
                f"\x1b[38;2;{fg >> 16};{fg >> 8 & 255};{fg & 255}"
                f";48;2;{bg >> 16};{bg >> 8 & 255};{bg & 255}m{chr(int(new.code[y, x]))}"
            )
        return "".join(out) + "\x1b[m" if out else ""

    @property
    def pending(self) -> bool:
        return False

    def heal(self, budget: int | None = None) -> str:
        return ""
