"""The line at the top (where, what, who) and the line at the bottom (what the keys do)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

from prelabel_tui.core.text import printable
from prelabel_tui.widgets.cutting import fit, wrapped


class TitleBar(Widget):
    """`Ops › Prelabels   arena / tactical-1          3 runs   ada · admin`."""

    DEFAULT_CSS = """
    TitleBar { height: 1; dock: top; background: $primary 22%; color: $foreground; }
    """

    def __init__(self, where: str = "", *, id: str = "title") -> None:
        super().__init__(id=id)
        self._where = where
        self._scope = self._right = self._who = self._lineage = ""

    def set(
        self,
        where: str | None = None,
        scope: str | None = None,
        right: str | None = None,
        who: str | None = None,
        lineage: str | None = None,
    ) -> None:
        """Change the parts that are given; ``lineage`` follows the scope, and is cut after it."""
        before = (self._where, self._scope, self._right, self._who, self._lineage)
        self._where = self._where if where is None else where
        self._scope = self._scope if scope is None else printable(scope)
        self._right = self._right if right is None else printable(right)
        self._who = self._who if who is None else printable(who)
        self._lineage = self._lineage if lineage is None else printable(lineage)
        if before != (self._where, self._scope, self._right, self._who, self._lineage):
            self.refresh()

    @property
    def plain(self) -> str:
        """What the line says, its parts separated by two spaces."""
        scope = " · ".join(filter(None, (self._scope, self._lineage)))
        return "  ".join(filter(None, (self._where, scope, self._right, self._who)))

    def render(self) -> Text:
        """Draw the line; the left part is cut first, the person's name never."""
        width = self.size.width
        right = " ".join(filter(None, (self._right, f" {self._who} " if self._who else "")))
        room = max(0, width - cell_len(right) - 2)
        where = fit(f" {self._where}", room)
        lineage = f" · {self._lineage}" if self._lineage else ""
        left = room - cell_len(where) - cell_len(lineage)
        scope = f"  {fit(self._scope, max(0, left - 2))}" if self._scope else ""
        scope = fit(scope + lineage, room - cell_len(where))
        gap = " " * max(1, width - cell_len(where) - cell_len(scope) - cell_len(right))
        text = Text(no_wrap=True, overflow="crop", end="")
        text.append(where, "bold")
        text.append(scope, self.app.theme_variables.get("accent", ""))
        text.append(gap)
        text.append(self._right)
        if self._who:
            text.append(" " if self._right else "")
            text.append(f" {self._who} ", "dim")
        return text


@dataclass(frozen=True)
class KeyHint:
    """A key and what it does.  ``danger``: it asks before it acts; ``off``: who could do it."""

    key: str
    text: str
    danger: bool = False
    off: str = ""

    @property
    def said(self) -> str:
        """What stands beside the key."""
        return f"{self.text}{'!' if self.danger else ''}" + (f" ({self.off})" if self.off else "")


class KeyBar(Widget):
    """The keys of the scope, as many as fit, help always last.

    Where not all fit, the keys of what only others may do stand together under whom to ask.  It
    grows for the rest of a message that one line does not hold: no sentence is cut.
    """

    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; background: $panel; color: $foreground 80%; }
    """

    def __init__(self, *, id: str = "keys") -> None:
        super().__init__(id=id)
        self._entries: tuple[KeyHint, ...] = ()
        self._rest = ""
        self._rows = 1

    def lend(self, rest: str) -> None:
        """Show the rest of a message that was too long for its own line, instead of the keys."""
        if rest != self._rest:
            self._rest = rest
            self._fit()
            self.refresh()

    @property
    def lent(self) -> bool:
        """Whether a message covers the keys."""
        return bool(self._rest)

    def on_resize(self) -> None:
        """Be as high as the message needs in this width."""
        self._fit()

    def _fit(self) -> None:
        rows = len(self._lines)
        if self.size.width and rows != self._rows:
            self._rows = rows
            self.styles.height = rows

    @property
    def _lines(self) -> list[str]:
        return wrapped(self._rest, max(8, self.size.width - 2))

    def set(self, entries: Sequence[KeyHint]) -> None:
        """Show them in order; the last one stays when space is short."""
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            self.refresh()

    def render(self) -> Text:
        """Draw the keys in one line, or the message."""
        accent = self.app.theme_variables.get("accent", "")
        danger_style = self.app.theme_variables.get("error", "")
        text = Text(no_wrap=True, overflow="crop", end="")
        if self._rest:
            text.append("\n".join(f" {line}" for line in self._lines))
            return text
        if not self._entries:
            return text
        *entries, last = self._entries
        room = self.size.width - cell_len(self._piece(last))
        others = ""
        if sum(cell_len(self._piece(entry)) for entry in entries) > room:
            others = self._others(entries)
            entries = [entry for entry in entries if not entry.off]
        room -= cell_len(others)
        for entry in (*entries, last):
            if entry is last:
                text.append(others, "dim")
            elif cell_len(text.plain) + cell_len(self._piece(entry)) > room:
                continue
            colour = "dim" if entry.off else f"bold {danger_style if entry.danger else accent}"
            text.append(f" {entry.key} ", colour)
            text.append(f"{entry.said} ", "dim" if entry.off else "")
        return text

    @staticmethod
    def _piece(entry: KeyHint) -> str:
        return f" {entry.key} {entry.said} "

    @staticmethod
    def _others(entries: Sequence[KeyHint]) -> str:
        """Return ` lead: a v `: the keys of what only others may do."""
        keys: dict[str, list[str]] = {}
        for entry in entries:
            if entry.off:
                keys.setdefault(entry.off, []).append(entry.key)
        return "".join(f" {role}: {' '.join(theirs)} " for role, theirs in keys.items())


class ProgressLine(Widget):
    """What is running, how far it is, and whether Esc cancels it."""

    DEFAULT_CSS = """
    ProgressLine { display: none; height: 1; padding: 0 1; background: $secondary 20%; }
    ProgressLine.-shown { display: block; }
    """

    def __init__(self, *, id: str = "progress") -> None:
        super().__init__(id=id)
        self._title = ""
        self._done = self._total = 0
        self._cancels = True

    def show(self, title: str, done: int = 0, total: int = 0, *, cancels: bool = True) -> None:
        """Show the line, or change it."""
        self._title, self._done, self._total, self._cancels = title, done, total, cancels
        self.add_class("-shown")
        self.refresh()

    def hide(self) -> None:
        """Hide the line: nothing is running any more."""
        self.remove_class("-shown")

    def render(self) -> Text:
        """Draw `Publishing… ━━━━───── 1,200 of 10,000   esc cancels`."""
        text = Text(f"{self._title}… ", no_wrap=True, overflow="crop", end="")
        if self._total:
            room = max(4, min(30, self.size.width - 50))
            filled = room * min(self._done, self._total) // self._total
            text.append("━" * filled, self.app.theme_variables.get("success", ""))
            text.append("─" * (room - filled), "dim")
            text.append(f" {self._done:,} of {self._total:,}")
        if self._cancels:
            text.append("   esc cancels", "dim")
        return text
