"""What every way of showing pictures has to do.

The widget asks a backend for bytes and writes them itself, in order with Textual's own frames,
inside synchronized output.  A backend keeps track of what the terminal shows; it never writes.

Bytes start from: cursor anywhere, attributes reset.  They have to leave the attributes reset
(``ESC [ m``) and may leave the cursor anywhere inside the screen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.frames.picture import MAT, Picture
from prelabel_tui.imaging.overlay.scene import Scene
from prelabel_tui.imaging.overlay.viewport import Viewport

Run = tuple[str, int, int]
"""Text with one foreground and one background, each 0xRRGGBB."""

Area = tuple[int, int, int, int]
"""Cells of the widget: left, top, right, bottom (exclusive)."""

Cells = NDArray[np.bool_]
"""Which cells of the widget: rows × columns."""


@dataclass(frozen=True, eq=False)
class Loupe:
    """An inset of true pixels: its picture (with its own viewport) and where it is.

    ``column``, ``row``: the inset's top left cell, counted from the widget's.
    """

    picture: Picture
    column: int
    row: int


@dataclass(frozen=True, eq=False)
class View:
    """Everything that the widget should show.

    ``picture.viewport`` is ``viewport`` unless the picture of this view is still being decoded:
    then it is an older picture, and the backend may keep it where it stands.
    ``place``: the screen column and row (from 0) of the widget's top left cell.
    """

    viewport: Viewport
    picture: Picture
    scene: Scene
    place: tuple[int, int]
    screen: tuple[int, int]
    loupe: Loupe | None = None


def blank_row(view: View | None, y: int) -> list[Run]:
    """Return a row of spaces, for backends whose pictures are not made of text."""
    if view is None or y >= view.viewport.cells[1]:
        return []
    mat = MAT[0] << 16 | MAT[1] << 8 | MAT[2]
    return [(" " * view.viewport.cells[0], mat, mat)]


def distance(view: View) -> Callable[[Area], float]:
    """Return how far areas are from the selection, or from the view's middle without one."""
    columns, rows = view.viewport.cells
    x, y = columns / 2, rows / 2
    if view.scene.selected is not None:
        x, y = view.viewport.cell_of(*view.scene.selected.geometry[:2])

    def away(area: Area) -> float:
        left, top, right, bottom = area
        return max(abs((left + right) / 2 - x), 2 * abs((top + bottom) / 2 - y))

    return away


class Backend(ABC):
    """One way of showing a view.  Not thread-safe: lives on the user interface's thread."""

    name: str

    dots: tuple[int, int]
    """Dots in a cell, across and down: the resolution of the pictures that it is given."""

    @abstractmethod
    def paint(self, view: View, *, known: bool = False) -> Cells | None:
        """Take a whole view: Textual is about to paint the widget's cells from :meth:`row`.

        ``known``: the terminal shows what :meth:`row` says, or will be told before it is needed.
        Returns the cells whose text is another now; None: all of them.
        """

    @abstractmethod
    def row(self, y: int) -> list[Run]:
        """Return a row of cells, exactly as the terminal's text layer shows it now.

        Together they are as wide as the widget.  They change only in :meth:`paint`,
        :meth:`update` and :meth:`heal`.
        """

    @abstractmethod
    def update(self, view: View, budget: int | None = None) -> str:
        """Return the bytes that bring the screen from what it shows to this view.

        Called only while nothing covers the widget, and with the same viewport size and place
        as the last paint.  Once they are drawn, the overlay has to be exact.  With a ``budget``
        (bytes) the picture and the loupe may lag behind: :meth:`heal` sends the rest.
        """

    @property
    @abstractmethod
    def pending(self) -> bool:
        """Whether the screen is not yet exactly the view."""

    @property
    def behind(self) -> bool:
        """Whether the picture is not yet within the bound on its error: the budget ran out.

        Then :meth:`heal` is called as soon as the link has room; else once the view is at rest.
        """
        return False

    @abstractmethod
    def heal(self, budget: int | None = None) -> str:
        """Return about ``budget`` bytes at most that bring the screen nearer to the view."""

    def painted(
        self, areas: Sequence[Area], over: Sequence[Area] = (), budget: int | None = None
    ) -> str:
        """Return the bytes to write after Textual painted these areas.

        This is also when pictures are placed after :meth:`paint` or :meth:`cover`.  With ``over``
        something still covers these areas: they are left alone.  ``budget``: as for
        :meth:`update`.
        """
        return ""

    def cover(self, over: Sequence[Area] = ()) -> str:
        """Return the bytes that take pictures off the text layer under these areas.

        All of them if no areas are given.  Called when the widget leaves the screen, or
        something is drawn over it.
        """
        return ""

    @property
    def covered(self) -> bool:
        """Whether :meth:`cover` took pictures away that :meth:`painted` has to bring back."""
        return False

    def forget(self) -> None:  # noqa: B027 - most ways have nothing to forget
        """Expect nothing of the terminal: the next paint sends everything again."""

    def close(self) -> str:
        """Return the bytes that free what the terminal was given: this is the backend's end."""
        return ""
