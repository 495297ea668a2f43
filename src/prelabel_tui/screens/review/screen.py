"""The review screen put together: opening a draft, taking keys, keeping up with the session."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from textual.events import Key

from prelabel_tui.core.metrics.session_counters import Tally
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.blind_repeats import BlindRepeats
from prelabel_tui.keys.commands import CONTEXTS, display
from prelabel_tui.screens.review.commands.decide import DecidingActions
from prelabel_tui.screens.review.commands.draft import DraftActions
from prelabel_tui.screens.review.commands.edit import EditingActions, Handle
from prelabel_tui.screens.review.commands.leave import LeavingActions
from prelabel_tui.screens.review.commands.macros import MacroActions
from prelabel_tui.screens.review.commands.navigate import MovingActions
from prelabel_tui.screens.review.dialogs.recovery import RecoveryDialog
from prelabel_tui.screens.review.modes.drawer import DrawerActions
from prelabel_tui.screens.review.modes.grid import PointingActions
from prelabel_tui.screens.review.modes.timeline import TimelineActions
from prelabel_tui.screens.shared.base import Job, OnEscape, key_of
from prelabel_tui.widgets.status.flags_bar import FlagsBar
from prelabel_tui.widgets.timeline import Timeline, Track

if TYPE_CHECKING:
    from prelabel_tui.core.session.session import EditingSession

_TICK_S = 1.0
"""How often the autosave's age is brought up to date."""

_BEFORE_OPEN = frozenset(("review.leave", "app.help", "app.command", "app.palette", "app.quit"))


def repeats_of(session: EditingSession) -> BlindRepeats | None:
    """The blind repeats of a session, if its workspace wants any.  Blocks.  FAILURES."""
    from prelabel_tui.core.catalog import workspaces

    info = session.info
    share = workspaces.repeats_of(session.store, info.scope.workspace_id)
    if not share:
        return None
    return BlindRepeats(session.document, share, f"{info.id} v{info.version} {session.actor.name}")


class ReviewScreen(
    MovingActions,
    TimelineActions,
    DecidingActions,
    PointingActions,
    EditingActions,
    MacroActions,
    DrawerActions,
    DraftActions,
    LeavingActions,
):
    """One draft, frame by frame.

    ``routed``: how a run's review came to this draft; ``place``: where in a walk over the scopes.
    """

    # --- opening

    def on_mount(self) -> None:
        """Open the draft in a thread; the picture follows."""
        super().on_mount()
        self.set_title("Review")
        self.start(self._open(), group="open")

    async def _open(self) -> None:
        shell, draft_id = self.shell, self.draft_id
        await shell.ready.wait()

        def on_change() -> None:
            if self.is_attached:
                self.post_message(self.SessionChanged())

        def work(job: Job) -> tuple[Result[EditingSession], dict[str, Any]] | None:
            from prelabel_tui.core.identity.preferences import recall
            from prelabel_tui.core.session.session import EditingSession

            place = recall(shell.store, shell.who, f"review.{draft_id}")
            opened = EditingSession.open(shell.store, shell.who, draft_id, on_change)
            if opened.value is not None and job.cancelled:
                opened.value.close()
                return None
            return opened, place

        result = await self.in_thread(work, title="Opening the draft", on_escape=OnEscape.ASK)
        if result.ok and result.value is None:
            self.dismiss(None)
            return
        opened, place = result.value or (Result(result.outcome), {})
        if opened.value is None:
            self.announce(opened.outcome)
            self.tell("The draft could not be opened.")
            return
        session = opened.value
        if session.recovery is not None:
            answer = await self.app.push_screen_wait(RecoveryDialog(session.recovery))
            if answer is None:
                await self.in_thread(
                    lambda _: session.close(), title="Closing", on_escape=OnEscape.SAY
                )
                self.dismiss(None)
                return
            if answer == "apply":
                session.apply_recovery()
            else:
                session.discard_recovery()

        def look_back(job: Job) -> BlindRepeats | None:
            repeats = repeats_of(session)
            if job.cancelled:
                session.close()
            return repeats

        title = "Opening the draft"
        repeats = await self.in_thread(look_back, title=title, on_escape=OnEscape.ASK)
        if session.closed:
            self.dismiss(None)
            return
        self.session = session
        self.tally = Tally(time.monotonic)
        self.repeats = repeats.value
        scope = session.info.scope
        self.show_scope()
        flags = self.query_one(FlagsBar)
        flags.capability = self.capability
        flags.keys = self.flag_keys()
        self.query_one(Timeline).set_track(Track.empty(len(self.document)))
        self.view.set_media(scope.media, session.manifest, session.store.artifacts.get)
        self._resume(place)
        if self.routed is not None:
            self.tell(self.routed.headline if self.place is None else self.routed.detail)
        self.show_autosave()
        self._tell_trouble(session)  # a recovered edit may have met a newer version by now
        self.set_interval(_TICK_S, self._tick)
        self.analyse()

    def _resume(self, place: dict[str, Any]) -> None:
        """Where this person left the draft, and what he changed in it so far."""
        session = self.open_session
        session.changed.recall(place.get("changed"), session.document)
        index = place.get("index", 0)
        self.index = min(index if isinstance(index, int) else 0, len(self.document) - 1)
        selected = place.get("selected")
        self.go(self.index, selected if self.frame.label(str(selected)) else None)
        zoom = place.get("zoom", "fit")
        if zoom != "fit":
            self.zoom_to(zoom)

    # --- keeping up

    def _tick(self) -> None:
        if self.session is not None:
            self.show_autosave()
            self.show_meters()

    def on_review_display_session_changed(self) -> None:
        """Autosave, conflict or presence changed."""
        if self.session is None or not self.here:
            return
        self.show_autosave()
        self._tell_trouble(self.session)

    def _tell_trouble(self, session: EditingSession) -> None:
        """Announce a conflict or a failed save, once each time it begins."""
        conflict, status = session.conflict, session.status
        trouble = "conflict" if conflict is not None else status.kind
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if conflict is not None:
            self.announce(conflict.outcome)
        elif trouble == "failed":
            self.announce(Outcome(Code(status.code), status.detail))

    def on_unmount(self) -> None:
        """However it is left, nothing stays behind."""
        if self.session is not None:
            self.closing(timeout=1.0)(None)

    # --- keys

    def take_key(self, event: Key) -> bool:
        """Counts, the keys of modes, and an answer for every key."""
        key = key_of(event)
        command = self.shell.keymap.find(self.scopes, key)
        self.tally.keys += 1
        if self.session is None:
            if command is None or command.id not in _BEFORE_OPEN:
                self.refuse("The draft is not open yet.")
                return True
            return False
        if self.leaving:
            self.refuse("Saving before leaving.")
            return True
        if self.stops_replay(event):
            return True
        if self.stop_playing() and (command is None or command.id == "review.play"):
            return True
        self.keep_key(event)
        if self.mode == "ghost" and command is None:
            command = self.shell.keymap.find(CONTEXTS["review"], key)
            if command is not None or key.isdigit():
                self.do_ghost_cancel()
        if self.take_mode_key(event):
            return True
        if self.mode is None and key.isascii() and key.isdigit() and (key != "0" or self._typed):
            self._typed = (self._typed + key)[:5]
            self.tell(f"{self._typed}…")
            return True
        self.count = int(self._typed) if self._typed else None
        self._typed = ""
        if command is None:
            name = self.shell.keymap.display
            way = f"{name('app.help')} shows the keys" if "app" in self.scopes else "see below"
            self.refuse(f"{display(key)} does nothing here; {way}.")
            return True
        return False

    def do_ghost_accept(self) -> None:
        """Take what is shown; with that the frame is right."""
        if self.do_ghost_take():
            self.do_accept()

    def do_deselect(self) -> None:
        """Cancel what is under way, one thing at a time."""
        if self.banner.shown:
            self.unsay()
        elif self.range_start is not None:
            self.end_range()
        elif self.handle is not Handle.WHOLE:
            self.use_handle(Handle.WHOLE)
        elif self.selected is not None:
            self.select(None)
        else:
            leave = self.shell.keymap.display("review.leave")
            self.tell(f"Nothing to cancel; {leave} goes back to the list.")
