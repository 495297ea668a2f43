"""The keys of the review itself: a number typed before a key says how often, or how far."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.screens.review.modes.base import Mode

_DIGITS = 5
"""Digits of a count; more are not taken."""


class Browsing(Mode):
    """The mode when no other one is active; its commands are those of the screen."""

    name = "review"

    def __init__(self, set_status: Callable[[str], None]) -> None:
        self.count: int | None = None
        """The number typed before the last key."""
        self._typed = ""
        self._set_status = set_status

    def handlers(self) -> Iterable[Handlers]:
        """Return none: the screen has them in `commands/table.py`."""
        return ()

    def take_key(self, key: str, command: Command | None) -> bool:
        """Collect digits; any other key uses them as its count."""
        if key.isascii() and key.isdigit() and (key != "0" or self._typed):
            self._typed = (self._typed + key)[:_DIGITS]
            self._set_status(f"{self._typed}…")
            return True
        self.count = int(self._typed) if self._typed else None
        self._typed = ""
        return False
