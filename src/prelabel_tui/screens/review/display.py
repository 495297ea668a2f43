"""What the review screen shows: its widgets, painted from the state; it takes no action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget

from prelabel_tui.core.metrics.throughput import Throughput
from prelabel_tui.core.model.labels import Ball, Flag, Frame
from prelabel_tui.core.notes.reading import Note
from prelabel_tui.core.outcomes import Code, Outcome, Severity
from prelabel_tui.core.session.session import JournalState
from prelabel_tui.core.text import counted, printable
from prelabel_tui.core.times import clock, minute
from prelabel_tui.imaging.overlay.scene import Scene, scene_of
from prelabel_tui.imaging.overlay.viewport import zoom_name
from prelabel_tui.screens.review.state import ReviewState
from prelabel_tui.screens.shared.base import KeyedScreen
from prelabel_tui.widgets.frame_view.widget import FrameView
from prelabel_tui.widgets.status.autosave_line import AutosaveLine
from prelabel_tui.widgets.status.bars import KeyBar, ProgressLine, TitleBar
from prelabel_tui.widgets.status.flags_bar import FlagsBar
from prelabel_tui.widgets.status.outcome_banner import Hint, OutcomeBanner
from prelabel_tui.widgets.status.queue_line import QueueLine
from prelabel_tui.widgets.tables.findings_list import FindingsList
from prelabel_tui.widgets.tables.label_list import LabelList
from prelabel_tui.widgets.timeline import Timeline, Track

_READING: Final = 10.0
"""Seconds for which a long message has the line of the keys."""

LOW_SCORE: Final = 4_000
"""Scores below this are drawn and listed as low (1/10,000)."""

_NARROW: Final = 100
"""Cells of a screen below which the names in its title need the room that words would take."""

_REFUSED = "✗ "

_TRAIL = 3
"""Frames before and after this one whose ball places are drawn."""

_HELPS: Final = {
    Code.DRAFT_VERSION_CONFLICT: ("review.settle", "Settle it"),
    Code.STALE_DRAFT_VERSION: ("review.settle", "Settle it"),
    Code.RESET_DRAFT_REQUIRED: ("review.reset", "Reset draft"),
    Code.VALIDATION_HARD_FAIL: ("review.findings", "Findings"),
    Code.WARNINGS_REQUIRE_OVERRIDE: ("review.findings", "Findings"),
    Code.OVERRIDE_FORBIDDEN: ("review.findings", "Findings"),
    Code.PACK_APPROVAL_REQUIRED: ("review.submit", "Submit for approval"),
    Code.PUBLISH_LOCK_CONFLICT: ("review.publish", "Publish again"),
    Code.PUBLISH_SUCCESS: ("review.history", "Revision history"),
    Code.NO_OP_ALREADY_PUBLISHED: ("review.history", "Revision history"),
}
"""The command that helps with an outcome."""


class ReviewDisplay:
    """Picture, numbers, queue, autosave: reads the state and writes only to the screen."""

    view: FrameView
    labels: LabelList
    drawer: Vertical
    timeline: Timeline
    flags: FlagsBar
    queue: QueueLine
    autosave: AutosaveLine
    _keys: KeyBar

    def __init__(self, screen: KeyedScreen[None], state: ReviewState) -> None:
        self._screen = screen
        self._state = state
        self._journal = JournalState()
        self._reading: Timer | None = None
        self.view_hint = ""
        """What is said beside the zoom until it changes."""
        self._pressed = self._told_at = 0
        """Keys that were pressed, and the one that was told something last."""

    def compose(self) -> ComposeResult:
        """Make picture and numbers, then what is known of the frame, line by line."""
        shell = self._screen.shell
        # The rest is for what may lie over it: a conflict, a version.
        memory = shell.picture_memory.part(3 / 4)
        self.view = FrameView(shell.graphics, memory=memory, id="view")
        self.labels = LabelList(low_score=LOW_SCORE)
        self.drawer = Vertical(id="drawer")
        self.timeline, self.flags = Timeline(), FlagsBar()
        self.queue, self.autosave, self._keys = QueueLine(), AutosaveLine(), KeyBar()
        yield TitleBar()
        with Horizontal(id="body"):
            yield self.view
            yield self.labels
        yield self.drawer
        yield ProgressLine()
        yield OutcomeBanner()
        yield self.timeline
        yield self.flags
        yield self.queue
        yield self.autosave
        yield self._keys

    def prepare(self) -> None:
        """Show the clip of the session that was just opened."""
        state, keymap = self._state, self._screen.shell.keymap
        session = state.open_session
        self.show_scope()
        self.flags.capability = state.capability
        self.flags.keys = {flag: keymap.display(f"review.{flag}") for flag in Flag}
        self.flags.left_out_key = keymap.display("review.left_out")
        self.timeline.set_track(Track.empty(len(state.document)))
        self.view.set_media(session.info.scope.media, session.imported, session.store.artifacts.get)

    # --- messages

    def set_status(self, text: str) -> None:
        """Show what just happened on the last line: no layout, so it costs nothing.

        What does not fit goes on in the line of the keys, until the next key or until it was
        read: the keys are the way on.
        """
        self._told_at = self._pressed
        rest = self.autosave.tell(text)
        self._keys.lend(rest)
        if self._reading is not None:
            self._reading.stop()
        self._reading = self._screen.set_timer(_READING, self._end_reading) if rest else None

    def _end_reading(self) -> None:
        self.autosave.shorten()
        self._keys.lend("")

    def note(self, text: str) -> None:
        """Add to what just happened, unless that was refused."""
        told = self.autosave.message
        if not told:
            self.refuse(f"{text}.")
        elif not told.startswith(_REFUSED):
            self.set_status(f"{told} · {text}")

    def next_key(self) -> None:
        """Take back what was said until another key is pressed: that is now.

        So it is with why a key did nothing, with a count, and with what covers the keys.  The rest
        goes with what it is about: see :meth:`moved_on`.
        """
        told = self.autosave.message
        if told.startswith(_REFUSED) or told[:-1].isdigit() or self._keys.lent:
            self.set_status("")
        self._pressed += 1

    def moved_on(self) -> None:
        """Take back what an earlier key was told: its frame, label or mode was left."""
        if self._told_at < self._pressed and self.autosave.message:
            self.set_status("")

    def take_back(self, why: str) -> None:
        """Take back a refusal that no longer holds, if it is still shown."""
        if self.autosave.message == f"{_REFUSED}{printable(why)}":
            self.set_status("")

    def refuse(self, why: str) -> None:
        """Say why a key does nothing now."""
        self.set_status(f"{_REFUSED}{why}")

    @property
    def hints(self) -> dict[Code, Hint]:
        """The key that helps with an outcome, and what it does."""
        keymap = self._screen.shell.keymap
        return {code: (keymap.display(name), text) for code, (name, text) in _HELPS.items()}

    def show_outcome(self, outcome: Outcome, *, stays: bool = False) -> None:
        """Show an outcome in the banner, with the key that helps now.

        ``stays``: it is about something that lasts, and does not go with the next key.
        """
        hint = self.hints.get(outcome.code)
        self._screen.show_outcome(outcome, [] if hint is None else [hint], stays=stays)

    # --- the picture

    def scene(self) -> Scene:
        """Return what is drawn over the picture now."""
        state = self._state
        scene = scene_of(
            state.mode.shown(state.frame),
            selected=state.selected,
            low_score=LOW_SCORE,
            trail=self._trail(),
            show_labels=state.show_labels,
            ghosts=self._ghosts(),
        )
        return state.mode.decorate(scene)

    def _ghosts(self) -> Frame | None:
        """Return what the mode would place, else what the model said."""
        state = self._state
        ghosts = state.mode.ghosts()
        if ghosts is None and state.show_prelabels and state.source is not None:
            return state.source.frame(state.index)
        return ghosts

    def _trail(self) -> tuple[tuple[int, int], ...]:
        state = self._state
        if not state.is_ball:
            return ()
        places = []
        first, last = max(0, state.index - _TRAIL), min(len(state.document), state.index + _TRAIL)
        for at in range(first, last):
            labels = state.document.frame(at).labels
            ball = next((label for label in labels if isinstance(label, Ball)), None)
            if ball is not None and at != state.index:
                places.append((ball.x, ball.y))
        return tuple(places)

    def redraw(self) -> None:
        """Paint after an edit or a selection: the overlay first, then the numbers."""
        self.view.set_scene(self.scene())
        self.show_numbers()

    def repaint(self) -> None:
        """Paint after the frame changed: the picture too."""
        state = self._state
        self.view.show_frame(state.index, self.scene())
        self.show_numbers()
        marked = None if state.range_start is None else (state.range_start, state.index)
        self.timeline.show(state.index, marked)
        self.show_queue()

    def stop_playing(self) -> bool:
        """Stop, and say whether it was playing."""
        playing = self.view.playing
        self.view.stop()
        return playing

    # --- the lines below it

    def show_numbers(self) -> None:
        """Show the labels beside the picture, the frame's flags, the view."""
        state = self._state
        done = state.decisions.accepted(state.document, state.index)
        frame = state.mode.shown(state.frame)
        notes = [note for note in state.notes_here if note.is_open]
        noted = {note.label_id for note in notes if note.label_id is not None}
        self.labels.show(frame, state.selected, done, state.handle.value, noted)
        name = state.open_session.manifest.frames[state.index].name
        missing = state.missing(state.index)
        count = len(state.document)
        by = self._reviewed_by()
        self.flags.show(state.index, count, name, state.frame, missing, by, len(notes))
        self.show_view()

    def _reviewed_by(self) -> str:
        """Say who else reviewed the frame, and when; of one's own frames nothing is said."""
        state, review = self._state, self._state.reviews.get(self._state.index)
        if review is None or review.person == state.open_session.actor.name:
            return ""
        text = f" by {printable(review.person, 16)} {minute(review.at)}"
        if review.changed_by is not None:
            text += f", changed by {printable(review.changed_by, 16)}"
        return text

    def show_view(self) -> None:
        """Show the zoom and what else is special about the view."""
        state = self._state
        parts = [zoom_name(self.view.zoom)]
        if self.view_hint:
            parts.append(self.view_hint)
        if not self.view.follow and not state.mode.holds_view:
            parts.append("free")
        if not state.show_labels:
            parts.append("labels hidden")
        if state.show_prelabels:
            parts.append("prelabels")
        self.queue.show(view=" · ".join(parts))

    def show_mode(self, text: str) -> None:
        """Show what is under way at the start of the queue line, and the keys for it."""
        self.queue.show(mode=text)
        self._screen.keys_changed()

    def show_notice(self) -> None:
        """Show what was noticed, with the key that shows more, in place of the queue."""
        notice = self._state.notice
        key = self._screen.shell.keymap.display("review.pattern")
        self.queue.show(notice="" if notice is None else f"{notice.text}; {key} shows them")

    def show_queue(self) -> None:
        """Show the frame's position in the queue, and why it is there."""
        state = self._state
        if state.analysis is None:
            self.queue.show(title="ranking…", position="", why="")
            return
        queue = state.analysis.queue
        self.queue.show(
            title=queue.title,
            position=str(queue.position(state.index)),
            why=state.analysis.why(state.index),
        )

    def show_track(self) -> None:
        """Show the timeline; a few ms for a long clip, so not with each accepted frame."""
        state = self._state
        if state.analysis is None:
            return
        changed, noted = set(state.open_session.changed.indices), set(state.notes.open_frames)
        if state.repeat is not None:  # a repeat must look like any other frame
            changed.discard(state.repeat.index)
            noted.discard(state.repeat.index)
        self.timeline.set_track(state.analysis.track(state.capability, changed, noted))

    def show_notes(self) -> None:
        """Show which frames and labels have an open note."""
        self.show_numbers()
        self.show_track()

    def tell_notes(self, notes: Sequence[Note]) -> None:
        """Say in which notes others wrote, with the key that lists them."""
        if notes:
            last = notes[-1]
            where = last.about if len(notes) == 1 else counted(len(notes), "note")
            key = self._screen.shell.keymap.display("review.notes")
            name = printable(last.messages[-1].by, 16)
            self.set_status(f"{name} wrote about {where}: {key} lists the notes.")

    def show_scope(self) -> None:
        """Show whose draft this is, and where it came from, in the title."""
        info = self._state.open_session.info
        self._screen.set_title("Review", info.scope.title, lineage=info.lineage.label)

    def show_autosave(self) -> None:
        """Show the autosave's state, what somebody saved since, and who else is here."""
        session = self._state.open_session
        status, newer, line = session.status, session.newer, session.status.line
        if newer is not None and status.healthy:
            key = self._screen.shell.keymap.display("review.settle")
            name = printable(newer.their_name, 16)
            line = f"{line} · v{newer.their_version} by {name}: {key} loads it"
        self.autosave.show(status.kind.value, line)
        present = ", ".join(f"{who.user} since {clock(who.since)}" for who in session.others)
        parts = (
            f"also here: {present}" if present else "",
            str(self._state.place or ""),
            f"{'draft ' * (self._screen.size.width >= _NARROW)}v{status.version}",
        )
        self._screen.set_title(right="  ".join(filter(None, parts)))
        self._show_journal(session.journal)

    def show_pace(self, total: Throughput) -> None:
        """Show how fast frames are reviewed, beside the autosave's state."""
        text = ""
        if total.frames > 0:
            text = f"{total.frames_per_hour or 0:.0f} frames/h · {total.keys_per_frame:.1f} keys"
        self.autosave.measure(text)

    def _show_journal(self, now: JournalState) -> None:
        """Say that the local journal is gone, or cannot be written; and when it is well again."""
        before, self._journal = self._journal, now
        if now.trouble is not None:
            if before.trouble is None:
                detail = (
                    f"The local journal: {now.trouble}. Until it can be written, edits are in "
                    "memory and in the database only."
                )
                self.show_outcome(Outcome(Code.STORAGE_WRITE_FAILED, detail), stays=True)
        elif now.remade > before.remade:
            self._screen.show_message(
                "The local journal was gone. It is well again: made anew, with everything that "
                "is not saved yet.",
                Severity.WARNING,
            )
        elif before.trouble is not None:
            self._screen.show_message("The local journal is written again.", Severity.SUCCESS)

    # --- the list under the picture

    async def open_drawer(self, content: Widget, title: str) -> None:
        """Show a list, or small pictures, under the picture."""
        await self.drawer.remove_children()
        self.drawer.border_title = title
        await self.drawer.mount(content)
        self.drawer.add_class("-shown")
        self.fit_drawer(0)

    def fit_drawer(self, rows: int) -> None:
        """Make it no higher than its rows need, and at most a third of the screen."""
        most = max(6, self._screen.size.height // 3)
        self.drawer.styles.height = min(most, max(4, rows + 2))

    @property
    def findings(self) -> FindingsList | None:
        """The list of findings, while it is open."""
        return next(iter(self.drawer.query(FindingsList)), None)

    def show_findings(self) -> None:
        """Bring the list of findings up to date, if it is open."""
        table, analysis = self.findings, self._state.analysis
        if table is not None and analysis is not None:
            findings = analysis.findings
            table.update_findings(findings)
            self.drawer.border_title = f"Findings: {findings.summary}"
            self.fit_drawer(len(findings.items))

    async def close_drawer(self) -> None:
        """Give the room back to the picture."""
        self.drawer.remove_class("-shown")
        await self.drawer.remove_children()
