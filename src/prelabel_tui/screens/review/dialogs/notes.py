"""Reading, writing, answering and resolving the notes of a frame and of its labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from prelabel_tui.core.identity.actions import NEEDS, may
from prelabel_tui.core.notes.reading import Note, ScopeNotes
from prelabel_tui.core.notes.writing import (
    answer_note,
    refuse_text,
    reopen_note,
    resolve_note,
    settling,
    write_note,
)
from prelabel_tui.core.outcomes import Outcome, Result
from prelabel_tui.core.text import printable
from prelabel_tui.core.times import minute
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.dialog_commands import NoteCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.shared.base import Job, OnEscape
from prelabel_tui.screens.shared.dialogs import Dialog
from prelabel_tui.widgets.status.bars import KeyBar, KeyHint
from prelabel_tui.widgets.text_line import TextLine

_HINT = "needs_human_review is set. What should somebody look at?"


@dataclass(frozen=True)
class NewNote:
    """A note that could be written: about a label, or (None) about the frame."""

    label_id: str | None


class NoteDialog(Dialog[None]):
    """One note of the frame with its answers, or a line for a new one; others are a key away.

    ``label_id``: whose notes come first, those of the frame where it is None.  ``note_id``: which
    note is shown to begin with, if not the first open one.  ``asks``: the frame was just flagged.
    """

    context = "note"
    DEFAULT_CSS = """
    NoteDialog > #box > .lines { max-height: 8; }
    NoteDialog.-tall > #box > .lines { max-height: 24; }
    """

    def __init__(
        self,
        review: ReviewContext,
        label_id: str | None,
        note_id: str | None = None,
        *,
        asks: bool = False,
    ) -> None:
        super().__init__("Note")
        self.review = review
        self.frame = review.index
        self.label_id = label_id
        self._asks = asks
        open_one = (n.id for n in self._notes() if n.label_id == label_id and n.is_open)
        self._shown: str | NewNote = note_id or next(open_one, None) or NewNote(label_id)

    # --- what can be shown

    def _notes(self) -> Sequence[Note]:
        """Return the frame's notes: those about what was chosen first, the open ones first."""
        return sorted(self.review.notes_here, key=lambda note: note.label_id != self.label_id)

    def _entries(self) -> list[Note | NewNote]:
        """Return every note of the frame, then the new ones that could be written."""
        new = [NewNote(self.label_id), *([NewNote(None)] if self.label_id is not None else [])]
        return [*self._notes(), *new]

    @property
    def _entry(self) -> Note | NewNote:
        entries = self._entries()
        shown = (one for one in entries if self._shown in (one, getattr(one, "id", None)))
        return next(shown, entries[-1])

    # --- showing it

    def compose_body(self) -> ComposeResult:
        """Make the messages and the line for the next one."""
        with VerticalScroll(classes="lines", can_focus=False):
            yield Static("", id="thread", markup=False)
        yield TextLine()

    def on_mount(self) -> None:
        """Show the note; follow what others write in it."""
        self.set_focus(self.query_one(Input))
        self.review.upkeep.notes_changed.subscribe(self, self._follow)
        self._show()

    def _follow(self, _: ScopeNotes) -> None:
        if self.here:
            self._show()

    def _show(self) -> None:
        entry, entries = self._entry, self._entries()
        place = f" · {entries.index(entry) + 1} of {len(entries)}" if len(entries) > 1 else ""
        self.set_title(f"Note on {self._about(entry)}{place}")
        self.query_one("#thread", Static).update(self._thread(entry))
        self.query_one(Input).placeholder = "Answer" if isinstance(entry, Note) else "Note"
        self.show_keys()
        self.call_after_refresh(self._to_the_end)

    def _to_the_end(self) -> None:
        self.query_one(".lines", VerticalScroll).scroll_end(animate=False)

    def _about(self, entry: Note | NewNote) -> str:
        frame = f"frame {self.frame + 1:,}"
        if entry.label_id is None:
            return frame
        there = self.review.document.frame(self.frame).label(entry.label_id) is not None
        return f"label {entry.label_id}{'' if there else ' (gone)'} in {frame}"

    def _thread(self, entry: Note | NewNote) -> Text:
        if isinstance(entry, NewNote):
            return Text(_HINT if self._asks else "A new note; nothing is written yet.", "dim")
        lines = []
        for message in entry.messages:
            lines.append(Text(f"{printable(message.by)} · {minute(message.at)}", "dim"))
            lines.append(Text(f"  {printable(message.text)}"))
        if entry.resolved_at is not None:
            by = printable(entry.resolved_by or "")
            colour = self.app.theme_variables.get("success", "")
            lines.append(Text(f"✓ resolved by {by} · {minute(entry.resolved_at)}", colour))
        return Text("\n").join(lines)

    def show_keys(self) -> None:
        """Show what the keys do about the note that is shown."""
        entry, name = self._entry, self.shell.keymap.display
        is_note = isinstance(entry, Note)
        hints = [KeyHint(name("note.send"), "Answer" if is_note else "Save note")]
        if isinstance(entry, Note):
            actor = self.shell.actor
            action = settling(entry, "" if actor is None else actor.name)
            able = actor is None or may(actor, action)
            text = "Resolve" if entry.is_open else "Reopen"
            off = "" if able else NEEDS[action].role.value
            hints.append(KeyHint(name("note.settle"), text, off=off))
        if len(self._entries()) > 1:
            hints.append(KeyHint(name("note.next"), "Next note"))
        hints.append(KeyHint(name("note.close"), "Leave it out" if self._asks else "Close"))
        self.query_one(KeyBar).set(hints)

    def on_input_changed(self) -> None:
        """Clear the error: what was wrong may be right now."""
        if not self.query_one(TextLine).is_refused:
            self.show_error("")

    # --- keys

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `note` commands."""
        table: NoteCommands = {
            "note.send": self.do_accept,
            "note.settle": self.settle,
            "note.next": lambda: self._step(1),
            "note.previous": lambda: self._step(-1),
            "note.page_down": self.do_page_down,
            "note.page_up": self.do_page_up,
            "note.close": self.do_cancel,
        }
        return (table,)

    def _step(self, by: int) -> None:
        entries = self._entries()
        if len(entries) == 1:
            self.refuse("This frame has no other note.")
            return
        entry = entries[(entries.index(self._entry) + by) % len(entries)]
        self._shown = entry.id if isinstance(entry, Note) else entry
        self._show()

    def do_accept(self) -> None:
        """Write what was typed: an answer, or the new note."""
        text, entry = self.query_one(Input).value, self._entry
        if refused := refuse_text(text):
            self.query_one(TextLine).refuse()
            self.show_error(refused.detail)
        else:
            self._begin(entry, text)

    def settle(self) -> None:
        """Resolve the note that is shown, or reopen it."""
        if isinstance(self._entry, Note):
            self._begin(self._entry, None)
        else:
            self.refuse("There is nothing to resolve: this note is not written yet.")

    def _begin(self, entry: Note | NewNote, text: str | None) -> None:
        self.hold_keys()
        self.review.screen.start(self._do(entry, text), group="note")

    async def _do(self, entry: Note | NewNote, text: str | None) -> None:
        """Do it; close when it is done, and else say why not, with the text still there."""
        review = self.review
        if text is None:
            assert isinstance(entry, Note)
            outcome = await settle_note(review, entry)
        else:
            outcome = await self._write(entry, text)
        if outcome.ok:
            review.display.set_status(outcome.detail)
            self.dismiss(None)
        elif self.here:
            self.show_error(outcome.headline)
        else:
            review.display.show_outcome(outcome)
        self.release_keys()

    async def _write(self, entry: Note | NewNote, text: str) -> Outcome:
        review, frame = self.review, self.frame
        shell, scope = review.shell, review.open_session.info.scope

        def work(_: Job) -> Result[Note]:
            if isinstance(entry, Note):
                return answer_note(shell.store, shell.who, entry.id, text)
            return write_note(shell.store, shell.who, scope, frame, entry.label_id, text)

        return await _done(review, work, "Writing the note")


async def settle_note(review: ReviewContext, note: Note) -> Outcome:
    """Resolve a note, or reopen it if it is resolved, and show the notes as they are then."""
    shell = review.shell
    settle = resolve_note if note.is_open else reopen_note

    def work(_: Job) -> Result[Note]:
        return settle(shell.store, shell.who, note.id)

    return await _done(review, work, "Resolving the note" if note.is_open else "Reopening the note")


async def _done(review: ReviewContext, work: Callable[[Job], Result[Note]], title: str) -> Outcome:
    result = await review.screen.in_thread(work, title=title, on_escape=OnEscape.REFUSE)
    await review.upkeep.follow_notes()
    return result.outcome
