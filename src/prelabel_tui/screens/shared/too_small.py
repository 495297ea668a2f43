"""What covers everything while the terminal is too small."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from prelabel_tui.imaging.terminal.terminal import MIN_HEIGHT, MIN_WIDTH
from prelabel_tui.screens.shared.keyed import KeyedModal


class TooSmall(KeyedModal[None]):
    """Disappears by itself when the window has grown."""

    context = "too_small"
    DEFAULT_CSS = """
    TooSmall { align: center middle; background: $background; }
    TooSmall Static { width: auto; height: auto; text-align: center; }
    """

    def compose(self) -> ComposeResult:
        """Make two lines that fit into any window."""
        yield Static("", markup=False)

    def on_mount(self) -> None:
        """Say what is needed and what there is."""
        self.on_resize()

    def refuse(self, why: str) -> None:
        """Say nothing: the screen says already why no key does anything."""

    def on_resize(self) -> None:
        """Compare the sizes again."""
        size = self.app.size
        text = (
            f"{MIN_WIDTH}×{MIN_HEIGHT} cells are needed\nthis window has {size.width}×{size.height}"
        )
        self.query_one(Static).update(Text(text))
