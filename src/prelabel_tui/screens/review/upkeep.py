"""Keeps findings, ranking, queue and timeline up to date with the edits, when the keys pause."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from textual.signal import Signal
from textual.timer import Timer

from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.drafts.findings import validator
from prelabel_tui.core.drafts.loading import LoadedDraft
from prelabel_tui.core.drafts.reviews import FrameReview, reviews
from prelabel_tui.core.model.codec import is_reviewed
from prelabel_tui.core.notes.reading import ScopeNotes, scope_notes
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.patterns.notice import Notice
from prelabel_tui.core.patterns.rows import read_rows
from prelabel_tui.core.patterns.watch import Watch
from prelabel_tui.core.store import Store, attempt
from prelabel_tui.core.tracks import Tracks
from prelabel_tui.screens.review.analysis import Analysis
from prelabel_tui.screens.review.display import ReviewDisplay
from prelabel_tui.screens.review.state import ReviewState
from prelabel_tui.screens.shared.base import Job, KeyedScreen, OnEscape

_SETTLE_S: Final = 0.3
"""Quiet time after an edit before findings and ranking are updated.

Longer than between keys that are pressed one by one: work for each of them nobody would look at.
Commands that go by findings or ranking do not wait for it: they settle first.
"""

_TIMELINE_S: Final = 0.12
"""The timeline follows so long after them."""

_AT_ONCE: Final = 64
"""Frames that are followed and ranked at once; more, or other names of tracks, take a thread."""


def _notes_since(store: Store, scope: Scope, known: ScopeNotes) -> Result[ScopeNotes]:
    return attempt(scope_notes, store, scope, known)


class Upkeep:
    """What is known of the clip's frames, worked out in a thread and updated after each edit."""

    def __init__(
        self, screen: KeyedScreen[None], state: ReviewState, display: ReviewDisplay
    ) -> None:
        self._screen = screen
        self._state = state
        self._display = display
        self._dirty: set[int] = set()
        self._unfollowed: set[int] = set()
        self._since: set[int] = set()
        """Frames that changed since an analysis of the whole clip began."""
        self.tracks_known = asyncio.Event()
        """Set while the tracks of what is edited are known."""
        self.notes_changed = Signal[ScopeNotes](screen, "notes changed")
        """Published when anybody wrote, resolved or reopened a note of the scope."""
        self._reading_notes = asyncio.Lock()
        self._settling: Timer | None = None
        self._tracking: Timer | None = None

    def forget(self) -> None:
        """Forget everything: the content was replaced."""
        self._dirty.clear()
        self._unfollowed.clear()
        self._state.analysis = self._state.notice = None
        self._keep(None)

    async def look_through(self) -> bool:
        """Find findings, ranking and queue of the whole clip, off this thread; return whether."""
        found = await self._analysed()
        if found is None:
            return False
        self._state.analysis, self._state.frame_rules = found, found.validator.rules
        self.settle()
        self.look_for_patterns()
        return True

    async def look_up_reviews(self) -> None:
        """Find out who reviewed the frames that are marked, off this thread."""
        state, store = self._state, self._screen.shell.store
        info = state.open_session.info

        def work(_: Job) -> Result[dict[int, FrameReview]]:
            return reviews(store, info.id, info.version)

        result = await self._screen.in_thread(work, title="Looking up who reviewed")
        if result.value is None:
            self._display.show_outcome(result.outcome)
            return
        state.reviews = result.value
        self._drop_reviews(state.reviews)
        self._display.show_numbers()

    @property
    def reads_notes(self) -> bool:
        """Whether the notes are being read: a slow database is not asked again meanwhile."""
        return self._reading_notes.locked()

    async def follow_notes(self) -> None:
        """Show the notes as they are now, and say what others wrote; unreadable ones later."""
        state, screen = self._state, self._screen
        async with self._reading_notes:
            known, scope = state.notes, state.open_session.info.scope
            found = await asyncio.to_thread(_notes_since, screen.shell.store, scope, known)
            if found.value is None or found.value is known or not screen.here:
                return
            state.notes = found.value
        if state.notes.notes == known.notes:
            return
        self._display.show_notes()
        self.notes_changed.publish(state.notes)
        if known.mark:
            self._display.tell_notes(
                state.notes.written_since(known, state.open_session.actor.name)
            )

    def _drop_reviews(self, frames: Iterable[int]) -> None:
        """Forget who reviewed frames whose mark was taken off: marked again, it is this person."""
        document, known = self._state.open_session.document, self._state.reviews
        for index in known.keys() & frames:
            if not is_reviewed(document.encoded(index)):
                del known[index]

    async def _analysed(self) -> Analysis | None:
        """Analyse the clip as it is now in a thread; say why when that cannot be done."""
        state, shell = self._state, self._screen.shell
        session, repeats = state.open_session, state.repeats
        document, info = state.document.copy(), session.info
        self._since = set()

        def work(job: Job) -> Analysis:
            loaded = LoadedDraft(info, document, session.manifest)
            checks = validator(shell.store, loaded)
            return Analysis(document, session.manifest, checks, repeats, job)

        result = await self._screen.in_thread(work, title="Analysing the clip")
        if result.value is None:
            self._display.show_outcome(result.outcome)
            return None
        for index in session.editable.without_picture:  # some may have turned out meanwhile
            result.value.picture_shown(index, session.editable.no_picture(index))
        return result.value

    async def _renew(self) -> None:
        """Take in an edit of many frames, off this thread: until then the old analysis is shown."""
        dirty, self._dirty = self._dirty, set()
        state, found = self._state, await self._analysed()
        if found is None or state.analysis is None:
            self._dirty |= dirty
            return
        state.analysis.renew(found)
        state.frame_rules = found.validator.rules
        state.analysis.queue.update(range(len(state.document)))
        self._dirty |= self._since
        self._unfollowed |= self._since
        self._show()
        self.settle()

    def mark(self, frames: Iterable[int]) -> None:
        """Note that these frames changed."""
        frames = [*frames]
        self._dirty.update(frames)
        self._unfollowed.update(frames)
        self._since.update(frames)
        self._drop_reviews(frames)

    def follow(self, *, in_thread: bool = True) -> None:
        """Let the tracks follow what was edited: at once, or in a thread where that takes a while.

        Without ``in_thread`` that waits until the keys have paused.
        """
        state, analysis, frames = self._state, self._state.analysis, self._unfollowed
        if analysis is None:
            return
        if state.tracks is None or frames:
            document = state.document
            if len(frames) > _AT_ONCE or analysis.tracks.renamed(document, frames):
                self._keep(None)
                if in_thread:
                    self._screen.start(self._follow_in_thread(), group="tracks")
                return
            analysis.follow(document, frames)
            self._unfollowed = set()
        self._keep(analysis.tracks)

    def _keep(self, tracks: Tracks | None) -> None:
        self._state.tracks = tracks
        if tracks is None:
            self.tracks_known.clear()
        else:
            self.tracks_known.set()

    async def _follow_in_thread(self) -> None:
        """Follow all that was edited; another edit meanwhile begins it anew."""
        state, analysis, frames = self._state, self._state.analysis, frozenset(self._unfollowed)
        if analysis is None:
            return
        document = state.document.copy()

        def work(_: Job) -> tuple[Tracks, Watch]:
            tracks = analysis.tracks.follow(document, frames)
            return tracks, Watch(document, tracks)

        result = await self._screen.in_thread(
            work, title="Working out the tracks", on_escape=OnEscape.REFUSE
        )
        if result.value is None:
            self._display.show_outcome(result.outcome)
        elif state.analysis is analysis:
            analysis.tracks, analysis.watch = result.value
            self._unfollowed -= frames
            self.settle()

    def wait(self) -> None:
        """Settle once the keys have paused."""
        if self._settling is None:
            self._settling = self._screen.set_timer(_SETTLE_S, self.settle)
        else:
            self._settling.reset()

    def settle(self) -> None:
        """Bring everything up to date now; the timeline follows."""
        if self._settling is not None:
            self._settling.stop()
            self._settling = None
        state = self._state
        if state.analysis is None or state.session is None:
            return
        self.follow()
        if state.tracks is None or not self._dirty:
            return
        if len(self._dirty) > _AT_ONCE:
            self._screen.start(self._renew(), group="analysis")
            return
        dirty, self._dirty = self._dirty, set()
        state.analysis.update(state.document, dirty)
        self._show()

    def _show(self) -> None:
        """Show the queue and what is noticed now, and the timeline soon."""
        self.look_for_patterns()
        self._display.show_queue()
        self._display.show_findings()
        if self._tracking is None:
            self._tracking = self._screen.set_timer(_TIMELINE_S, self.show_track)

    def look_for_patterns(self) -> None:
        """Say what many corrections have in common, if anything; counted off this thread."""
        state = self._state
        if state.watch is not None and state.watch.may_notice(frozenset(state.answered)):
            self._screen.start(self._look_for_patterns(), group="noticing")
        elif state.notice is not None:
            state.notice = None
            self._display.show_notice()

    async def _look_for_patterns(self) -> None:
        state, watch, tracks = self._state, self._state.watch, self._state.tracks
        if watch is None or tracks is None:
            return
        document, clip = state.document.copy(), state.clip_frames
        answered = frozenset(state.answered)

        def work(job: Job) -> Notice | None:
            return watch.notice(read_rows(document, tracks, job), clip, answered)

        result = await self._screen.in_thread(work, title="Looking for a pattern")
        if result.ok and state.watch is watch:
            state.notice = result.value
            self._display.show_notice()

    def show_track(self) -> None:
        """Bring the timeline up to date now."""
        if self._tracking is not None:
            self._tracking.stop()
            self._tracking = None
        self._display.show_track()
