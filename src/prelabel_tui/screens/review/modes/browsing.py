"""The keys of the review itself: a number typed before a key says how often, or how far."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.screens.review.modes.base import Mode

_DIGITS = 5
"""Digits of a count; more are not taken."""


class Count:
    """A number typed before a key, and whether the key had a use for it."""

    def __init__(self) -> None:
        self.value: int | None = None
        self._asked = False

    def begin(self) -> None:
        """Take note that a command begins."""
        self._asked = False

    def take(self) -> int | None:
        """Return the number; None when none was typed."""
        self._asked = True
        return self.value

    def end(self) -> int | None:
        """Take note that the command was done; return a number that it did not ask for."""
        unused = None if self._asked else self.value
        self.value = None
        return unused


class Browsing(Mode):
    """The mode when no other one is active; its commands are those of the screen."""

    name = "review"

    def __init__(self, set_status: Callable[[str], None]) -> None:
        self.count = Count()
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
        self.count.value = int(self._typed) if self._typed else None
        self._typed = ""
        return False
