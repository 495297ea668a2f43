"""The offer after a crash: edits in the journal that never reached the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from textual.events import Key

from prelabel_tui.keys.command import Command
from prelabel_tui.screens.shared.dialogs import Dialog

if TYPE_CHECKING:
    from prelabel_tui.core.session.recovery import Recovery

Answer = Literal["apply", "discard"]


class RecoveryDialog(Dialog[Answer | None]):
    """Apply or discard, one key each; None: decide later."""

    def __init__(self, recovery: Recovery) -> None:
        lines = recovery.sentences
        if recovery.needs_merge:
            lines += ["", "The draft has newer versions: applying shows both sides to merge."]
        keys: Sequence[tuple[str, str]] = (
            ("enter", "Apply"),
            ("x", "Discard"),
            ("escape", "Decide later"),
        )
        if not recovery.can_apply:
            keys = (("enter", "Continue"),)
        super().__init__("Edits of an earlier session", lines, keys=keys)
        self.recovery = recovery

    def take_key(self, event: Key, command: Command | None) -> bool:
        """Discard on `x`."""
        if event.key == "x" and self.recovery.can_apply:
            self.dismiss("discard")
            return True
        return False

    def do_accept(self) -> None:
        """Apply them; or acknowledge that they cannot be applied."""
        self.dismiss("apply" if self.recovery.can_apply else "discard")

    def do_cancel(self) -> None:
        """Leave the draft as it is for now."""
        self.dismiss(None if self.recovery.can_apply else "discard")
