"""The question before frames are accepted that were never on the screen."""

from __future__ import annotations

from typing import Literal

from textual.events import Key

from prelabel_tui.core.text import counted
from prelabel_tui.keys.command import Command
from prelabel_tui.screens.shared.dialogs import Dialog

Answer = Literal["all", "seen"]


class UnseenDialog(Dialog[Answer | None]):
    """Accept all of a range, only what was seen of it, or nothing (None)."""

    def __init__(self, unseen: int, of: int) -> None:
        self._some_seen = unseen < of
        super().__init__(
            "Accept frames unseen",
            [
                f"The picture of {unseen:,} of these {counted(of, 'frame')} was never on your "
                "screen.",
                "Accepted anyway, they are recorded as accepted unseen, and publishing warns of "
                "them.",
            ],
            keys=(
                ("enter", f"Accept {counted(of, 'frame')}"),
                *((("s", f"Only the {of - unseen:,} seen"),) if self._some_seen else ()),
                ("escape", "Cancel"),
            ),
        )

    def take_key(self, event: Key, command: Command | None) -> bool:
        """Accept only what was seen on `s`."""
        if event.key == "s" and self._some_seen:
            self.dismiss("seen")
            return True
        return False

    def do_accept(self) -> None:
        """Accept all of them."""
        self.dismiss("all")

    def do_cancel(self) -> None:
        """Accept nothing."""
        self.dismiss(None)
