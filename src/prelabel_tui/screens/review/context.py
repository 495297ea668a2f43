"""The review's context: the only writer of session, frame, selection and mode.

Every group of commands and every mode holds it.  It knows how an edit is made and shown, and
whether one is allowed here; it does not know any key.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from prelabel_tui.core.edits.editable import EditRefused, Permitted
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import Operation, OperationConflict
from prelabel_tui.core.edits.selection import LabelTable
from prelabel_tui.core.metrics.activity import source_document
from prelabel_tui.core.metrics.agreement import Agreement
from prelabel_tui.core.metrics.session_counters import SessionCounters
from prelabel_tui.core.metrics.throughput import Activity, throughput
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Label
from prelabel_tui.core.session.blind_repeats import BlindRepeats, Repeat
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.tracks import Member, Tracks
from prelabel_tui.core.triage.scope_queue import ScopePlace
from prelabel_tui.core.validation.frame_checks import FrameRules
from prelabel_tui.screens.review.display import ReviewDisplay
from prelabel_tui.screens.review.modes.base import Mode
from prelabel_tui.screens.review.modes.browsing import Browsing, Count
from prelabel_tui.screens.review.state import Handle, ReviewState
from prelabel_tui.screens.review.upkeep import Upkeep
from prelabel_tui.screens.shared.base import Job, KeyedScreen, OnEscape
from prelabel_tui.screens.shared.shell import Shell


class ReviewContext(ReviewState):
    """What is open, and what may be done about it; ``screen`` runs the work."""

    def __init__(self, screen: KeyedScreen[None], place: ScopePlace | None = None) -> None:
        super().__init__(place)
        self.screen = screen
        self.display = ReviewDisplay(screen, self)
        self.upkeep = Upkeep(screen, self, self.display)
        self._browsing = Browsing(self.display.set_status)
        self._mode = self._browsing
        self._home: Mode = self._browsing
        self._answered: Repeat | None = None
        """The blind repeat answered last, as long as undo concerns it."""
        self._paced = 0  # frames that the pace on the last line is of

    @property
    def shell(self) -> Shell:
        """The application."""
        return self.screen.shell

    # --- the session

    def open(
        self, session: EditingSession, rules: FrameRules, repeats: BlindRepeats | None
    ) -> None:
        """Take over a session that was opened; ``rules``: what is asked of its frames."""
        self._session = session
        self.frame_rules = rules
        self.answered.begin(session.info.lineage.pack_id)
        self.repeats = repeats
        self.counters = SessionCounters(time.monotonic)

    def reload(self) -> None:
        """Show the draft anew: its content was replaced."""
        self.put_off_repeat()
        self._answered = None
        self.counters.look(self.document)
        self._index = min(self._index, len(self.document) - 1)
        self._drop_lost_selection()
        self.go_home()
        self.screen.clear_banner()
        self.display.set_status("")
        pack = self.open_session.info.lineage.pack_id
        if self.source is not None and self.source_pack != pack:
            self.source, self.show_prelabels = None, False
        self.answered.begin(pack)
        self.display.show_scope()
        self.display.repaint()
        self.display.show_autosave()
        self.analyse()

    def analyse(self, *, begin: bool = False) -> None:
        """Analyse findings, ranking and timeline, off this thread.

        ``begin``: go to the queue's first frame then, unless keys were pressed meanwhile.
        """
        self.upkeep.forget()
        self.screen.start(self._analyse(begin), group="analysis")

    async def _analyse(self, begin: bool) -> None:
        if not await self.upkeep.look_through() or self.analysis is None:
            return
        begin = begin and not self.counters.keys
        if begin and (first := self.analysis.queue.first()) is not None:
            self.go(first, self.analysis.suspect(first))
        self.upkeep.show_track()
        self.display.show_queue()
        await self.upkeep.look_up_reviews()

    @property
    def source_known(self) -> bool:
        """Whether what the model said is loaded, or there is nothing to load."""
        return self.source is not None or self.open_session.info.lineage.pack_id is None

    async def load_source(self) -> bool:
        """Read what the model said; return whether there is any."""
        if self.source is None:
            shell, info = self.shell, self.open_session.info

            def read(_: Job) -> Document | None:
                return source_document(shell.store, info)

            result = await self.screen.in_thread(read, title="Reading the prelabels")
            if not result.ok:
                self.display.show_outcome(result.outcome)
            self.keep_source(result.value)
        return self.source is not None

    def keep_source(self, source: Document | None) -> None:
        """Keep what the model said, if it is about the draft's frames."""
        if source is not None and len(source) == len(self.document):
            self.source = source
            self.source_pack = self.open_session.info.lineage.pack_id

    # --- the mode

    def enter(self, mode: Mode, text: str = "") -> None:
        """Give the keys to another mode; ``text`` names it at the start of the queue line."""
        self._mode.end()
        if mode is not self._mode:
            self.display.moved_on()
        self._mode = mode
        self.display.show_mode(text)

    def browse(self, text: str = "") -> None:
        """Return to the keys of the review itself, or of what it was made for now."""
        self.enter(self._home, text or self._home.text)

    def make_home(self, mode: Mode) -> None:
        """Enter a mode that others return to, until :meth:`go_home`."""
        self._home = mode
        self.browse()

    def is_home(self, mode: Mode) -> bool:
        """Say whether other modes return to this one."""
        return self._home is mode

    def go_home(self) -> None:
        """Return to the keys of the review itself."""
        self._home.leave()
        self._home = self._browsing
        self.browse()

    def take_digit(self, key: str) -> bool:
        """Take a key into the count if it is a digit of one; any other uses the count."""
        return self._browsing.take_key(key, None)

    @property
    def counts(self) -> Count:
        """The number typed before the key, and whether the key had a use for it."""
        return self._browsing.count

    @property
    def count(self) -> int | None:
        """The number typed before the key."""
        return self.counts.take()

    @property
    def times(self) -> int:
        """The number typed before the key, 1 without one."""
        return self.counts.take() or 1

    def look(self) -> bool:
        """Say whether the frame's picture is on the screen, and take note that it was."""
        shown = self.display.view.index == self._index and self.display.view.on_screen
        if shown and self._session is not None:
            self._session.seen.add(self._index)
        return shown

    def picture_shown(self, index: int, missing: str | None) -> None:
        """Take note of what can be shown of a frame now: its picture, or why there is none."""
        self.open_session.editable.picture_shown(index, missing)
        if self.analysis is not None:
            self.analysis.picture_shown(index, missing)

    # --- frame and selection

    def go(self, index: int, select: str | None = None) -> None:
        """Show another frame; the selection follows its track there, unless a label is given."""
        self.look()
        index = max(0, min(index, len(self.document) - 1))
        before, track = self._selected, self.track
        if select is None and index == self._index:
            select = before
        elif select is None and self.tracks is not None and track is not None:
            select = self.tracks.find(track, index)
        if select is not None:
            self._followed = Member(index, select)
        moved, self._index = index != self._index, index
        labels = self.document.frame(index).labels
        if select is None and self.is_ball and labels:
            select = labels[0].id
            self._followed = self._followed or Member(index, select)
        self._selected = select
        if select != before:
            self.handle = Handle.WHOLE
        if moved or select != before:
            self.display.moved_on()
        self.display.repaint()

    def select(self, label_id: str | None) -> None:
        """Select a label of the frame, or nothing."""
        if label_id != self._selected:
            self.display.moved_on()
        self._selected = label_id
        self._followed = None if label_id is None else Member(self._index, label_id)
        self.display.redraw()

    def show_change(self, operation: Operation) -> bool:
        """Go to where an operation was undone or redone, and show it.

        Returns whether that was another frame.
        """
        frames = operation.frames
        elsewhere = bool(frames) and self._index not in frames
        if elsewhere:
            self._index = frames[0]
        here = (
            name
            for change in operation.changes
            if change.frame == self._index
            for name in change.label_ids
        )
        self._selected = next(filter(self.frame.label, here), self._selected)
        if self._selected is not None:
            self._followed = Member(self._index, self._selected)
        self.after_change(frames)
        if elsewhere:
            self.display.repaint()
        return elsewhere

    def begin_range(self) -> None:
        """Begin a range at this frame."""
        self._range_start = self._index

    def end_range(self) -> None:
        """End the range."""
        self._range_start = None
        self.browse()
        self.display.repaint()

    def _drop_lost_selection(self) -> None:
        if self._selected is not None and self.frame.label(self._selected) is None:
            self._selected = None

    # --- editing

    def editable(self) -> bool:
        """Say whether labels of this frame may be edited; show why not."""
        why = self.open_session.editing_off(self._index)
        if why is not None:
            self.display.refuse(why)
        return why is None

    def chosen(self) -> Label | None:
        """Return the selected label, or the only one; say how to select when there is none."""
        labels = self.frame.labels
        if self._selected is None and len(labels) == 1:
            self.select(labels[0].id)
        label = self.frame.label(self._selected) if self._selected else None
        if label is None:
            name = self.shell.keymap.display
            self.display.refuse(
                f"Select a label first: {name('review.next_label')}, or letters with "
                f"{name('review.by_letter')}."
                if labels
                else f"This frame has no labels: {name('review.new')} adds one."
            )
        return label

    def needed_tracks(self) -> Tracks | None:
        """Return the tracks; say that they are being worked out while they are."""
        if self.tracks is None:
            self.display.refuse("The tracks are being worked out; try again in a moment.")
        return self.tracks

    def edit(self, operation: Operation | Refusal | None, nothing: str = "") -> bool:
        """Apply an operation, as far as the session permits, and show it.

        ``nothing``: what to say when there is nothing to do.
        """
        if not self.screen.here:
            return False
        if self.leaving:  # a key that had to read the picture may come here after `q`
            self.display.refuse("Saving before leaving.")
            return False
        if operation is None:
            self.display.refuse(nothing or "Nothing to change.")
            return False
        if isinstance(operation, Refusal):
            self.display.refuse(operation.text)
            return False
        try:
            made = self._apply(operation)
        except EditRefused as refused:
            self.display.refuse(str(refused))
            return False
        except OperationConflict:
            self.display.refuse("The frame changed in the meantime: look at it, then try again.")
            return False
        self.after_change(made.operation.frames)
        self.display.set_status(made.text)
        return True

    def _apply(self, operation: Operation) -> Permitted:
        """Apply it: for a blind repeat to its frame alone, else to the draft."""
        repeat = self._repeat
        if repeat is not None and repeat.index in operation.frames:
            permitted = repeat.apply(operation)
            self.counters.made(permitted.operation, repeat.document, again=True)
            return permitted
        permitted = self.open_session.apply(operation, self.tracks)
        self.counters.made(permitted.operation, self.open_session.document)
        self._answered = None
        return permitted

    async def edit_many(self, make: Callable[[], Operation | Refusal]) -> bool:
        """Make an operation on many frames and apply it, off this thread, and show it.

        Returns whether anything was changed; until then the screen says nothing of it.
        """
        self.put_off_repeat()
        session, counters, tracks = self.open_session, self.counters, self.tracks

        def work(_: Job) -> Permitted | Refusal:
            operation = make()
            if isinstance(operation, Refusal):
                return operation
            try:
                permitted = session.apply(operation, tracks)
            except EditRefused as refused:
                return Refusal(str(refused))
            except OperationConflict:
                return Refusal("These frames changed in the meantime: look, then try again.")
            counters.made(permitted.operation, session.document)
            return permitted

        title = "Changing many labels"
        result = await self.screen.in_thread(work, title=title, on_escape=OnEscape.REFUSE)
        made = result.value
        if isinstance(made, Permitted):
            self._answered = None
            self.after_change(made.operation.frames)
            self.display.set_status(made.text)
            return True
        if made is None:
            self.display.show_outcome(result.outcome)
        else:
            self.display.refuse(made.text)
        return False

    def label_table_reader(self) -> Callable[[], LabelTable]:
        """Return what reads the labels of the draft as it is now, in any thread."""
        document, editable = self.document.copy(), self.open_session.editable

        def read() -> LabelTable:
            return LabelTable.read(document, editable.without_picture)

        return read

    def after_change(self, frames: tuple[int, ...]) -> None:
        """Show what changed: this frame at once, the rest when the keys pause."""
        self._drop_lost_selection()
        if self._repeat is not None:
            self._repeat.follow(self.open_session.document, frames)
        if self.repeats is not None:
            self.repeats.changed(self.open_session.document, frames)
        self.upkeep.mark(frames)
        self.upkeep.follow(in_thread=False)
        self._home.content_changed()
        self.display.redraw()
        self.display.show_autosave()
        self._show_pace()
        self.upkeep.wait()

    def activity(self) -> Activity:
        """Return what this session took until now."""
        again = Agreement() if self.repeats is None else self.repeats.again
        return self.counters.activity(self.shell.who.name, self.shell.clock().timestamp(), again)

    def _show_pace(self) -> None:
        """Show the pace as it was when the last frame was marked.

        One that falls by the second while somebody looks at a frame would send bytes at rest.
        """
        if self.counters.frames != self._paced:
            self._paced = self.counters.frames
            self.display.show_pace(throughput([self.activity()]))

    def answer_notice(self, kind: str) -> None:
        """Say no more of a kind of pattern: it was answered."""
        self.answered.add(kind)
        self.notice = None
        self.display.show_notice()
        self.upkeep.look_for_patterns()

    # --- blind repeats: a frame comes back as it was, and looks like any other

    def show_again(self, index: int) -> None:
        """Take a frame back to how it was before it was reviewed, on the screen only."""
        assert self.repeats is not None
        self._turn_to(self.repeats.begin(index, self.open_session.document))
        self.decisions.forget(index)

    def put_off_repeat(self) -> None:
        """Show the draft again: left without an answer, or something concerns several frames."""
        if self._repeat is not None and self.repeats is not None:
            self.repeats.put_off(self._repeat)
            self._turn_to(None)

    def answer_repeat(self) -> bool:
        """Compare the frame just accepted if it was a repeat, leaving the draft; return whether."""
        repeat = self._repeat
        if repeat is None or repeat.index != self._index or self.repeats is None:
            return False
        self.repeats.answer(repeat, self.open_session.document)
        self._turn_to(None)
        self._answered = repeat
        return True

    def reopen_repeat(self) -> int:
        """Show the repeat answered last again, for undo; return the frame that undo concerns."""
        answered, self._answered = self._answered, None
        if answered is None or self.repeats is None:
            return self._index
        self.repeats.reopen(answered)
        self._turn_to(answered)
        return answered.index

    def _turn_to(self, repeat: Repeat | None) -> None:
        """Show this repeat, or none, with its findings and reasons."""
        for shown in (self._repeat, repeat):
            if shown is not None:
                self.upkeep.mark((shown.index,))
        self._repeat = repeat
        self.upkeep.settle()
