"""The tour's two lines under the title: how far it is, what to press now, how to skip."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

_KEY: Final = re.compile(r'\[(?:"([^"]+)"|(\?)?([\w.]+))\]')


@dataclass(frozen=True)
class Said:
    """Words with their keys filled in: ``keys`` are those to press, one after another."""

    parts: tuple[tuple[str, bool], ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, words: str, keys_of: Callable[[str], tuple[str, ...]],
           display: Callable[[str], str]) -> Said:  # fmt: skip
        """Fill in the keys of commands (``keys_of``) as they are shown (``display``)."""
        parts: list[tuple[str, bool]] = []
        keys: list[str] = []
        end = 0
        for found in _KEY.finditer(words):
            parts.append((words[end : found.start()], False))
            typed, mentioned, command = found.groups()
            key = "" if typed else next(iter(keys_of(command)), f":{command}")
            parts.append((typed or (display(key) if key in keys_of(command) else key), True))
            if not mentioned:
                keys += [*typed] if typed else [key]
            end = found.end()
        parts.append((words[end:], False))
        return cls(tuple(parts), tuple(keys))


class TourLine(Widget):
    """`Tour 3/9  Fix a ball   The mark is not on the ball.  23h moves it there.`."""

    DEFAULT_CSS = """
    TourLine { height: 2; padding: 0 1; background: $accent 18%; color: $foreground; }
    TourLine.-over { dock: top; margin: 1 0 0 0; }
    """

    def __init__(self, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self.head = ""
        self.tail = ""
        self.said = Said((), ())

    def show(self, head: str, said: Said, tail: str) -> None:
        """Show how far it is, the words, and how to skip or end it."""
        if (head, said, tail) != (self.head, self.said, self.tail):
            self.head, self.said, self.tail = head, said, tail
            self.refresh()

    def render(self) -> Text:
        """Draw two lines, broken between words; how to skip stands at the end of the second."""
        accent = self.app.theme_variables.get("accent", "")
        words = Text.assemble((f"{self.head}  ", "bold"))
        for part, is_key in self.said.parts:
            words.append(part, f"bold {accent}" if is_key else "")
        width = max(self.size.width, cell_len(self.tail) + 2)  # 0 before the first layout
        lines = [*words.wrap(self.app.console, width), Text()]
        first, second = lines[:2]
        second.truncate(width - cell_len(self.tail) - 1, overflow="ellipsis", pad=True)
        return Text("\n", end="").join((first, Text.assemble(second, " ", (self.tail, "dim"))))
