"""Small pictures of some of the selected labels, under the picture of the frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from textual import events

from prelabel_tui.core.edits.selection import Selection
from prelabel_tui.core.model.labels import UNIT
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.frames.strip import Tile, compose_strip
from prelabel_tui.imaging.overlay.scene import EMPTY_SCENE
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.widgets.frame_view.widget import FrameView

_MOST: Final = 12
_REST: Final = 0.3
"""Seconds without another change after which the pictures follow what is selected."""
_MEMORY: Final = PictureMemory(8 << 20)
"""What the view of the small pictures keeps."""


class _StripView(FrameView):
    """Where the small pictures are; ``fill`` fills it whenever it has another size."""

    def __init__(self, graphics: str, fill: Callable[[], None]) -> None:
        super().__init__(graphics, memory=_MEMORY, id="strip")
        self._fill = fill

    def on_resize(self, event: events.Resize) -> None:
        """Fill it anew: as many pictures as there is room for now."""
        super().on_resize(event)
        self._fill()


class MemberStrip:
    """First, last, the one that fits least, and some between; in whichever graphics there are."""

    def __init__(self, context: ReviewContext) -> None:
        self._screen = context.screen
        self._display = context.display
        self._view = _StripView(context.shell.graphics, self._fill)
        self._selection: Selection | None = None
        self._shown = False

    async def open(self) -> None:
        """Make room for it under the picture."""
        await self._display.open_drawer(self._view, "")
        self._display.fit_drawer(self._screen.size.height)

    async def close(self) -> None:
        """Give the room back to the picture."""
        await self._display.close_drawer()

    def show(self, selection: Selection) -> None:
        """Show members of a selection; their pictures are read off this thread."""
        self._selection = selection
        self._fill(_REST if self._shown else 0.0)

    def _fill(self, rest: float = 0.0) -> None:
        if self._selection is not None:
            self._screen.start(self._show(self._selection, rest), group="strip")

    async def _show(self, selection: Selection, rest: float) -> None:
        await asyncio.sleep(rest)  # keys that follow at once begin this anew
        size, loader = self._view.size, self._display.view.loader
        if not size.width or not size.height or loader is None:
            return
        cell = self._view.viewport.cell
        width, height = int(size.width * cell[0]), int(size.height * cell[1])

        def work(_: Job) -> tuple[str, bytes]:
            rows = selection.sample(max(3, min(_MOST, width // max(1, height))))
            members = [selection.table.name(row) for row in rows]
            shown = [
                f"{index + 1}{' worst fit' if row == selection.worst else ''}"
                for row, (index, _) in zip(rows, members, strict=True)
            ]
            values = selection.table.values / UNIT
            tiles = [
                Tile(loader.pixels(index), tuple(values[:4, row].tolist()))
                for row, (index, _) in zip(rows, members, strict=True)
            ]
            return f"Frames {' · '.join(shown)}", compose_strip(tiles, (width, height))

        result = await self._screen.in_thread(work, title="Reading small pictures")
        if result.value is None or not self._view.is_attached:
            return
        title, picture = result.value
        frame = MediaFrame("strip", width, height, sha256="strip")
        self._view.set_media("strip", Manifest((frame,)), lambda _: picture)
        self._view.show_frame(0, EMPTY_SCENE)
        self._display.drawer.border_title = title
        self._shown = True
