"""Notes: the one about what is selected, and the list of all of them."""

from __future__ import annotations

from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.dialogs.notes import NoteDialog
from prelabel_tui.screens.review.modes.notes import NotesMode


class NoteCommands:
    """The keys that read and write notes."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    def note(self) -> None:
        """Read the note on the selected label, or on the frame if none is; or write one."""
        self.context.put_off_repeat()
        self.context.screen.app.push_screen(NoteDialog(self.context, self.context.selected))

    def ask(self) -> None:
        """Ask what somebody is to look at, of a frame that was just flagged."""
        self.context.screen.app.push_screen(NoteDialog(self.context, None, asks=True))

    async def list(self) -> None:
        """List the notes of the scope, the open ones first."""
        await NotesMode(self.context).show()
