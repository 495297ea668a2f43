"""The review screen put together: opening a draft, taking keys, keeping up with the session."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual.events import Key

from prelabel_tui.core.metrics.session_counters import Tally
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.session.blind_repeats import BlindRepeats
from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.commands import CONTEXTS, display
from prelabel_tui.keys.review_commands import (
    DrawerListCommands,
    FindingsCommands,
    FlagsCommands,
    GhostCommands,
    GridCommands,
    LettersCommands,
    PacksCommands,
    ReviewCommands,
    TimelineCommands,
)
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
    return BlindRepeats(
        session.document, session.editable, share, f"{info.id} v{info.version} {session.actor.name}"
    )


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

        def work(job: Job) -> Result[tuple[EditingSession, dict[str, Any]]]:
            from prelabel_tui.core.identity.preferences import recall
            from prelabel_tui.core.session.session import EditingSession

            place = recall(shell.store, shell.who, f"review.{draft_id}")
            opened = EditingSession.open(shell.store, shell.who, draft_id, on_change)
            if opened.value is None:
                return Result(opened.outcome)
            if job.cancelled:
                opened.value.close()
                return Result(Outcome(Code.OK))
            return Result(opened.outcome, (opened.value, place))

        result = await self.in_thread(work, title="Opening the draft", on_escape=OnEscape.CANCEL)
        if result.ok and result.value is None:
            self.dismiss(None)
            return
        if result.value is None:
            self.announce(result.outcome)
            self.tell("The draft could not be opened.")
            return
        session, place = result.value
        if session.recovery is not None:
            answer = await self.app.push_screen_wait(RecoveryDialog(session.recovery))
            if answer is None:
                await self.in_thread(
                    lambda _: session.close(), title="Closing", on_escape=OnEscape.REFUSE
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
        repeats = await self.in_thread(look_back, title=title, on_escape=OnEscape.CANCEL)
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

    # --- commands

    def handlers(self) -> Iterable[Handlers]:
        """What does the commands of the review and its modes."""
        review: ReviewCommands = {
            "review.accept": self.do_accept,
            "review.next": self.do_next,
            "review.where": self.do_where,
            "review.reject": self.do_reject,
            "review.snap": self.do_snap,
            "review.undo": self.do_undo,
            "review.zoom": self.do_zoom,
            "review.findings": self.do_findings,
            "review.packs": self.do_packs,
            "review.publish": self.do_publish,
            "review.previous": self.do_previous,
            "review.next_scope": self.do_next_scope,
            "review.previous_scope": self.do_previous_scope,
            "review.queue": self.do_queue,
            "review.query": self.do_query,
            "review.next_frame": self.do_next_frame,
            "review.previous_frame": self.do_previous_frame,
            "review.ahead_ten": self.do_ahead_ten,
            "review.back_ten": self.do_back_ten,
            "review.first_frame": self.do_first_frame,
            "review.last_frame": self.do_last_frame,
            "review.go_to": self.do_go_to,
            "review.next_marked": self.do_next_marked,
            "review.previous_marked": self.do_previous_marked,
            "review.timeline": self.do_timeline,
            "review.middle_of_gap": self.do_middle_of_gap,
            "review.play": self.do_play,
            "review.accept_label": self.do_accept_label,
            "review.unaccept": self.do_unaccept,
            "review.only": self.do_only,
            "review.range": self.do_range,
            "review.flag": self.do_flag,
            "review.bad_frame": self.do_bad_frame,
            "review.needs_human_review": self.do_needs_human_review,
            "review.false_positive_heavy": self.do_false_positive_heavy,
            "review.false_negative_suspected": self.do_false_negative_suspected,
            "review.ball_visible": self.do_ball_visible,
            "review.ball_blurred": self.do_ball_blurred,
            "review.ball_occluded": self.do_ball_occluded,
            "review.ball_out": self.do_ball_out,
            "review.ball_absent": self.do_ball_absent,
            "review.next_label": self.do_next_label,
            "review.previous_label": self.do_previous_label,
            "review.by_letter": self.do_by_letter,
            "review.deselect": self.do_deselect,
            "review.left": self.do_left,
            "review.down": self.do_down,
            "review.up": self.do_up,
            "review.right": self.do_right,
            "review.left_ten": self.do_left_ten,
            "review.down_ten": self.do_down_ten,
            "review.up_ten": self.do_up_ten,
            "review.right_ten": self.do_right_ten,
            "review.edges": self.do_edges,
            "review.new": self.do_new,
            "review.copy_previous": self.do_copy_previous,
            "review.propagate": self.do_propagate,
            "review.interpolate": self.do_interpolate,
            "review.redo": self.do_redo,
            "review.zoom_in": self.do_zoom_in,
            "review.zoom_out": self.do_zoom_out,
            "review.fit": self.do_fit,
            "review.actual": self.do_actual,
            "review.pan_left": self.do_pan_left,
            "review.pan_right": self.do_pan_right,
            "review.pan_up": self.do_pan_up,
            "review.pan_down": self.do_pan_down,
            "review.centre": self.do_centre,
            "review.follow": self.do_follow,
            "review.labels": self.do_labels,
            "review.prelabels": self.do_prelabels,
            "review.tone": self.do_tone,
            "review.save": self.do_save,
            "review.settle": self.do_settle,
            "review.versions": self.do_versions,
            "review.reset": self.do_reset,
            "review.lineage": self.do_lineage,
            "review.meters": self.do_meters,
            "review.leave": self.do_leave,
            "review.record": self.do_record,
            "review.replay": self.do_replay,
        }
        grid: GridCommands = {
            "review.grid.put": self.do_grid_put,
            "review.grid.put_snapped": self.do_grid_put_snapped,
            "review.grid.back": self.do_grid_back,
            "review.grid.cancel": self.do_grid_cancel,
            "review.grid.left": self.do_grid_left,
            "review.grid.right": self.do_grid_right,
            "review.grid.up": self.do_grid_up,
            "review.grid.down": self.do_grid_down,
        }
        timeline: TimelineCommands = {
            "review.timeline.left": self.do_timeline_left,
            "review.timeline.right": self.do_timeline_right,
            "review.timeline.tenth_back": self.do_timeline_tenth_back,
            "review.timeline.tenth_on": self.do_timeline_tenth_on,
            "review.timeline.start": self.do_timeline_start,
            "review.timeline.end": self.do_timeline_end,
            "review.timeline.next_flag": self.do_timeline_next_flag,
            "review.timeline.previous_flag": self.do_timeline_previous_flag,
            "review.timeline.next_finding": self.do_timeline_next_finding,
            "review.timeline.previous_finding": self.do_timeline_previous_finding,
            "review.timeline.next_gap": self.do_timeline_next_gap,
            "review.timeline.previous_gap": self.do_timeline_previous_gap,
            "review.timeline.next_edit": self.do_timeline_next_edit,
            "review.timeline.previous_edit": self.do_timeline_previous_edit,
            "review.timeline.next_unreviewed": self.do_timeline_next_unreviewed,
            "review.timeline.previous_unreviewed": self.do_timeline_previous_unreviewed,
            "review.timeline.stay": self.do_timeline_stay,
            "review.timeline.back": self.do_timeline_back,
        }
        letters: LettersCommands = {
            "review.letters.cancel": self.do_letters_cancel,
        }
        flags: FlagsCommands = {
            "review.flags.bad": self.do_flags_bad,
            "review.flags.review": self.do_flags_review,
            "review.flags.positive": self.do_flags_positive,
            "review.flags.negative": self.do_flags_negative,
            "review.flags.cancel": self.do_flags_cancel,
        }
        ghost: GhostCommands = {
            "review.ghost.accept": self.do_ghost_accept,
            "review.ghost.take": self.do_ghost_take,
            "review.ghost.curve": self.do_ghost_curve,
            "review.ghost.next_frame": self.do_ghost_next_frame,
            "review.ghost.previous_frame": self.do_ghost_previous_frame,
            "review.ghost.cancel": self.do_ghost_cancel,
        }
        rows: DrawerListCommands = {
            "review.list.down": self.do_list_down,
            "review.list.up": self.do_list_up,
            "review.list.page_down": self.do_list_page_down,
            "review.list.page_up": self.do_list_page_up,
            "review.list.close": self.do_list_close,
        }
        findings: FindingsCommands = {
            "review.findings.jump": self.do_findings_jump,
        }
        packs: PacksCommands = {
            "review.packs.approve": self.do_packs_approve,
            "review.packs.select": self.do_packs_select,
            "review.packs.reject": self.do_packs_reject,
            "review.packs.retire": self.do_packs_retire,
            "review.packs.details": self.do_packs_details,
        }
        return (review, grid, timeline, letters, flags, ghost, rows, findings, packs)

    # --- keys

    @property
    def key_scopes(self) -> tuple[str, ...]:
        """While an interpolation is shown a key of the review means what it always does."""
        return (*self.scopes, *CONTEXTS["review"]) if self.mode == "ghost" else self.scopes

    def take_key(self, event: Key, command: Command | None) -> bool:
        """Counts, the keys of modes, and an answer for every key."""
        key = key_of(event)
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
        if self.mode == "ghost" and (
            key.isdigit() if command is None else command.scope != "review.ghost"
        ):
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
        if self.take_pending():
            self.do_accept()

    def do_deselect(self) -> None:
        """Cancel what is under way, one thing at a time."""
        if self.banner.shown:
            self.clear_banner()
        elif self.range_start is not None:
            self.end_range()
        elif self.handle is not Handle.WHOLE:
            self.use_handle(Handle.WHOLE)
        elif self.selected is not None:
            self.select(None)
        else:
            leave = self.shell.keymap.display("review.leave")
            self.tell(f"Nothing to cancel; {leave} goes back to the list.")
