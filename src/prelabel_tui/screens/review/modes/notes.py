"""The list of notes under the picture: walked, read, resolved."""

from __future__ import annotations

from collections.abc import Iterable

from prelabel_tui.core.notes.reading import Note, ScopeNotes, by_state
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.mode_commands import NotesCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.dialogs.notes import NoteDialog, settle_note
from prelabel_tui.screens.review.modes.drawer import DrawerMode
from prelabel_tui.widgets.tables.notes_list import NotesList


class NotesMode(DrawerMode):
    """Every note of the scope, the open ones first; moving through them shows their frames.

    The list follows what others write.
    """

    name = "review.notes"

    def __init__(self, context: ReviewContext) -> None:
        self._list = NotesList()
        super().__init__(context, self._list)

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.notes` commands."""
        own: NotesCommands = {
            "review.notes.jump": self.jump,
            "review.notes.read": self.read,
            "review.notes.settle": self.settle,
        }
        return (own, *super().handlers())

    async def show(self) -> None:
        """Open the list, the cursor on a note of the frame that is shown if it has one."""
        self.context.put_off_repeat()
        await self.open("")
        upkeep = self.context.upkeep
        upkeep.notes_changed.subscribe(self._list, self._show)
        self._show(self.context.notes)
        frames = [row.value.frame for row in self._list.rows]
        index = self.context.index
        self._list.move_to(frames.index(index) if index in frames else 0)
        await upkeep.follow_notes()

    def _show(self, notes: ScopeNotes) -> None:
        context = self.context
        ordered = sorted(notes.notes, key=by_state)
        gone = {note.id for note in ordered if self._label_gone(note)}
        self._list.show(ordered, gone)
        count = sum(note.is_open for note in ordered)
        context.display.drawer.border_title = f"Notes: {count:,} open of {len(ordered):,}"
        context.display.fit_drawer(len(ordered))

    def _label_gone(self, note: Note) -> bool:
        frame = self.context.document.frame(note.frame)
        return note.label_id is not None and frame.label(note.label_id) is None

    @property
    def _note(self) -> Note | None:
        """The note under the cursor; says so when there is none."""
        row = self._list.row
        if row is None:
            key = self.context.shell.keymap.display("review.note")
            self.context.display.refuse(f"There is no note in this scope yet; {key} writes one.")
        return None if row is None else row.value

    def moved(self) -> None:
        """Show the frame of the note under the cursor, its label selected."""
        note = self._note
        if note is not None:
            self.context.go(note.frame, None if self._label_gone(note) else note.label_id)

    async def jump(self) -> None:
        """Go to the picture, at the note's label; the list is closed."""
        if self._note is not None:
            self.moved()
            await self.close()

    def read(self) -> None:
        """Read the note under the cursor in full, and answer it."""
        note = self._note
        if note is not None:
            self.moved()
            self.context.screen.app.push_screen(NoteDialog(self.context, note.label_id, note.id))

    def settle(self) -> None:
        """Resolve the note under the cursor, or reopen it."""
        note = self._note
        if note is not None:
            self.context.screen.start(self._settle(note), group="note")

    async def _settle(self, note: Note) -> None:
        context = self.context
        outcome = await settle_note(context, note)
        if outcome.ok:
            context.display.set_status(outcome.detail)
        else:
            context.display.show_outcome(outcome)
