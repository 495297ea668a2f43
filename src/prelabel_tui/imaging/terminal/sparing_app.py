"""An application that sends its terminal only the cells that changed."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import CompositorUpdate
from textual.app import App, ReturnType
from textual.events import Resize
from textual.screen import Screen

from prelabel_tui.imaging.terminal.driver import driver_for
from prelabel_tui.imaging.terminal.sparing_screen import SparingScreen
from prelabel_tui.imaging.terminal.terminal import Terminal
from prelabel_tui.imaging.terminal.text_layer import TextLayer


class SparingApp(App[ReturnType], inherit_bindings=False):
    """Writes through a :class:`TextLayer`; ``terminal`` is None where none was asked."""

    def __init__(self, terminal: Terminal | None = None) -> None:
        super().__init__(driver_class=driver_for(terminal) if terminal else None)
        self.terminal = terminal
        self._text_layer = TextLayer()
        self._entered = 0
        """How often the terminal's other screen was entered when the text layer was known."""

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Do what Textual does, but send only cells that changed, in one write."""
        driver = self._driver
        # What Textual is not going to write must not count as written.
        writes = self._running and not (self._closed or self.is_headless or self._batch_count)
        if not isinstance(renderable, CompositorUpdate) or not writes or driver is None:
            super()._display(screen, renderable)
            return
        entered = 0 if self.terminal is None else self.terminal.screens
        if entered != self._entered:
            self._entered = entered
            self._text_layer.forget()
        text = self._text_layer.of(renderable, self.size, self.console)
        if text:
            cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
            text += f"\x1b[{cursor.y + 1};{cursor.x + 1}H"
            driver.write(f"{SYNC_START}{text}{SYNC_END}" if self._sync_available else text)
            driver.flush()
        self.post_display_hook()

    def get_default_screen(self) -> Screen[Any]:
        """Return a screen that asks only for the lines that changed."""
        return SparingScreen()

    def on_resize(self, event: Resize) -> None:
        """Expect nothing of what the terminal shows: it may have moved its lines."""
        self._text_layer.forget()
