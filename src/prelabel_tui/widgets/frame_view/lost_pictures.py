"""Terminals lose pictures that they were given: they get them again, but not all the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from textual.timer import Timer
from textual.widget import Widget

from prelabel_tui.imaging.terminal.replies import PictureRefused
from prelabel_tui.imaging.terminal.terminal import present

_AGAIN: Final = 1.0
"""At least this many seconds between two times that all pictures are sent again."""


class LostPictures:
    """Hears that the terminal lost a picture of the widget's; ``give`` sends all of them again."""

    def __init__(self, widget: Widget, give: Callable[[], None]) -> None:
        self._widget = widget
        self._give = give
        self._given_at = -_AGAIN
        self._timer: Timer | None = None
        terminal = present()
        self._end = None if terminal is None else terminal.on_refusal(self.refused)

    def refused(self, refusal: PictureRefused) -> None:
        """Hear, in the input thread, that the terminal did not do what was asked."""
        if refusal.code == "ENOENT":
            self._widget.call_later(self._lost)

    def _lost(self) -> None:
        if self._timer is not None:
            return
        early = self._given_at + _AGAIN - time.monotonic()
        if early > 0:  # what is missing now is sent then
            self._timer = self._widget.set_timer(early, self._give_again)
        else:
            self._give_again()

    def _give_again(self) -> None:
        self._timer = None
        self._given_at = time.monotonic()
        self._give()

    def close(self) -> None:
        """Stop listening."""
        if self._end is not None:
            self._end()
