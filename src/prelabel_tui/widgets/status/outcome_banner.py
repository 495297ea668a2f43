"""One banner for every outcome: code, what happened, what to do next."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from rich.text import Text
from textual.widgets import Static

from prelabel_tui.core.outcomes import Code, Outcome, Severity
from prelabel_tui.core.text import printable

_MARKS: Final = {
    Severity.SUCCESS: "✓",
    Severity.INFO: "·",
    Severity.WARNING: "!",
    Severity.ERROR: "✗",
}

Hint = tuple[str, str]
"""A key and what it does about this outcome."""


class OutcomeBanner(Static):
    """Shows the last outcome or message until the next key, or as long as what it is about."""

    DEFAULT_CSS = """
    OutcomeBanner {
        display: none;
        height: auto;
        max-height: 6;
        padding: 0 1;
        background: $panel;
        border-left: outer $primary;
    }
    OutcomeBanner.-shown { display: block; }
    OutcomeBanner.-success { border-left: outer $success; }
    OutcomeBanner.-info { border-left: outer $secondary; }
    OutcomeBanner.-warning { border-left: outer $warning; background: $warning 14%; }
    OutcomeBanner.-error { border-left: outer $error; background: $error 16%; }
    """

    def __init__(self, *, id: str = "banner") -> None:
        super().__init__("", id=id, markup=False)
        self.outcome: Outcome | None = None
        self.text = ""
        self.stays = False
        """Whether it is about something that lasts, and stays when the next key is pressed."""
        self.since = 0.0
        """When it was shown, on the monotonic clock."""

    def show_outcome(
        self, outcome: Outcome, hints: Sequence[Hint] = (), *, stays: bool = False
    ) -> None:
        """Show an operation's outcome; ``hints`` are keys that help now.

        ``stays``: it is about something that lasts, as a database that does not answer always is,
        and is there until it is cleared.
        """
        self.outcome = outcome
        self.since = time.monotonic()
        self.stays = stays or outcome.code is Code.DATABASE_UNAVAILABLE
        headline = printable(outcome.headline)
        code, _, rest = headline.partition(": ")
        text = Text.assemble((f"{code}: ", "bold"), rest)
        if not outcome.ok or outcome.code is Code.NO_OP_ALREADY_PUBLISHED:
            text.append(f" → {outcome.entry.next_step}", "dim")
        self._show(outcome.entry.severity, text, hints)

    def show_text(
        self, text: str, severity: Severity = Severity.INFO, hints: Sequence[Hint] = ()
    ) -> None:
        """Show a sentence of the program's own."""
        self.outcome = None
        self.stays = False
        self._show(severity, Text(printable(text)), hints)

    def clear(self) -> None:
        """Show nothing."""
        self.outcome = None
        self.text = ""
        self.remove_class("-shown")

    @property
    def shown(self) -> bool:
        """Whether the banner shows anything."""
        return self.has_class("-shown")

    def _show(self, severity: Severity, text: Text, hints: Sequence[Hint]) -> None:
        self.text = text.plain
        line = Text.assemble((f"{_MARKS[severity]} ", "bold"), text)
        for key, what in hints:
            line.append("  ")
            line.append(f" {key} ", "bold reverse")
            line.append(f" {what}")
        for other in Severity:
            self.set_class(other is severity, f"-{other}")
        self.add_class("-shown")
        self.update(line)
