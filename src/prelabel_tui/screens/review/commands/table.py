"""Which group handles which command of the review: the way from a key to its code.

To add a command: its row in `keys/review_commands.py`, its method in the group where it belongs,
and its row here.
"""

from __future__ import annotations

from functools import cached_property

from prelabel_tui.core.model.labels import BallState, Flag
from prelabel_tui.keys.review_commands import ReviewCommands
from prelabel_tui.screens.review.commands.blocking import BlockingFindings
from prelabel_tui.screens.review.commands.conflicts import ConflictCommands
from prelabel_tui.screens.review.commands.decide import DecideCommands
from prelabel_tui.screens.review.commands.draft import DraftCommands
from prelabel_tui.screens.review.commands.edit import EditCommands
from prelabel_tui.screens.review.commands.flags import FlagCommands
from prelabel_tui.screens.review.commands.frames import FrameCommands
from prelabel_tui.screens.review.commands.leave import LeaveCommands
from prelabel_tui.screens.review.commands.left_out import LeftOutCommands
from prelabel_tui.screens.review.commands.macros import MacroCommands
from prelabel_tui.screens.review.commands.metrics import MetricsCommands
from prelabel_tui.screens.review.commands.newer_run import NewerRunCommands
from prelabel_tui.screens.review.commands.notes import NoteCommands
from prelabel_tui.screens.review.commands.patterns import PatternCommands
from prelabel_tui.screens.review.commands.publish import PublishCommands
from prelabel_tui.screens.review.commands.queue import QueueCommands
from prelabel_tui.screens.review.commands.select import SelectCommands
from prelabel_tui.screens.review.commands.undo import UndoCommands
from prelabel_tui.screens.review.commands.view import ViewCommands
from prelabel_tui.screens.review.context import ReviewContext


class CommandGroups:
    """The groups of commands of one review; each holds its context."""

    def __init__(self, context: ReviewContext) -> None:
        self.frames = FrameCommands(context)
        self.view = ViewCommands(context)
        self.queue = QueueCommands(context)
        blocking = BlockingFindings(context)
        self.decide = DecideCommands(context, self.queue, blocking)
        self.edit = EditCommands(context, self.decide.accept)
        self.left_out = LeftOutCommands(context)
        self.patterns = PatternCommands(context)
        self.undo = UndoCommands(context)
        self.select = SelectCommands(context, blocking)
        self.macros = MacroCommands(context)
        self.notes = NoteCommands(context)
        self.flags = FlagCommands(context, self._ask_for_note)
        self.draft = DraftCommands(context)
        self.newer_run = NewerRunCommands(context)
        self.conflicts = ConflictCommands(context, self.draft)
        self.publish = PublishCommands(context)
        self.metrics = MetricsCommands(context)
        self.leave = LeaveCommands(context, self.metrics)

    def _ask_for_note(self) -> None:
        if not self.macros.playing:
            self.notes.ask()

    @cached_property
    def table(self) -> ReviewCommands:
        """The handlers of the `review` commands."""
        flags = self.flags
        return {
            "review.accept": self.decide.accept,
            "review.next": self.queue.next,
            "review.where": self.edit.where,
            "review.reject": self.decide.reject,
            "review.snap": self.edit.snap,
            "review.undo": self.undo.undo,
            "review.zoom": self.view.zoom,
            "review.findings": self.publish.findings,
            "review.packs": self.publish.packs,
            "review.publish": self.publish.publish,
            "review.history": self.publish.history,
            "review.submit": self.publish.submit,
            "review.previous": self.queue.previous,
            "review.next_scope": self.leave.next_scope,
            "review.previous_scope": self.leave.previous_scope,
            "review.queue": self.queue.choose,
            "review.query": self.queue.query,
            "review.next_frame": self.frames.next_frame,
            "review.previous_frame": self.frames.previous_frame,
            "review.ahead_ten": self.frames.ahead_ten,
            "review.back_ten": self.frames.back_ten,
            "review.first_frame": self.frames.first_frame,
            "review.last_frame": self.frames.last_frame,
            "review.go_to": self.frames.go_to,
            "review.next_marked": self.frames.next_marked,
            "review.previous_marked": self.frames.previous_marked,
            "review.timeline": self.frames.timeline,
            "review.middle_of_gap": self.frames.middle_of_gap,
            "review.play": self.frames.play,
            "review.left_out": self.left_out.switch,
            "review.accept_label": self.decide.accept_label,
            "review.unaccept": self.decide.unaccept,
            "review.only": self.decide.only,
            "review.range": self.decide.begin_range,
            "review.watch": self.decide.watch,
            "review.flag": flags.flag,
            "review.bad_frame": lambda: flags.set_flag(Flag.BAD_FRAME),
            "review.needs_human_review": lambda: flags.set_flag(Flag.NEEDS_HUMAN_REVIEW),
            "review.false_positive_heavy": lambda: flags.set_flag(Flag.FALSE_POSITIVE_HEAVY),
            "review.false_negative_suspected": lambda: flags.set_flag(
                Flag.FALSE_NEGATIVE_SUSPECTED
            ),
            "review.note": self.notes.note,
            "review.notes": self.notes.list,
            "review.ball_visible": lambda: flags.set_ball(BallState.VISIBLE),
            "review.ball_blurred": lambda: flags.set_ball(BallState.BLURRED),
            "review.ball_occluded": lambda: flags.set_ball(BallState.OCCLUDED),
            "review.ball_out": lambda: flags.set_ball(BallState.OUT_OF_FRAME),
            "review.ball_absent": lambda: flags.set_ball(BallState.ABSENT),
            "review.tracks": self.frames.tracks,
            "review.next_label": self.frames.next_label,
            "review.previous_label": self.frames.previous_label,
            "review.by_letter": self.edit.by_letter,
            "review.select_track": self.select.track,
            "review.select_place": self.select.place,
            "review.select_query": self.select.query,
            "review.deselect": self.edit.deselect,
            "review.left": self.edit.left,
            "review.down": self.edit.down,
            "review.up": self.edit.up,
            "review.right": self.edit.right,
            "review.left_ten": self.edit.left_ten,
            "review.down_ten": self.edit.down_ten,
            "review.up_ten": self.edit.up_ten,
            "review.right_ten": self.edit.right_ten,
            "review.edges": self.edit.edges,
            "review.new": self.edit.new,
            "review.copy_previous": self.edit.copy_previous,
            "review.propagate": self.edit.propagate,
            "review.interpolate": self.edit.interpolate,
            "review.carry": self.patterns.carry,
            "review.time": self.patterns.time,
            "review.pattern": self.patterns.show,
            "review.redo": self.undo.redo,
            "review.zoom_in": self.view.zoom_in,
            "review.zoom_out": self.view.zoom_out,
            "review.fit": self.view.fit,
            "review.actual": self.view.actual,
            "review.pan_left": self.view.pan_left,
            "review.pan_right": self.view.pan_right,
            "review.pan_up": self.view.pan_up,
            "review.pan_down": self.view.pan_down,
            "review.centre": self.view.centre,
            "review.follow": self.view.follow,
            "review.labels": self.view.labels,
            "review.prelabels": self.view.prelabels,
            "review.tone": self.view.tone,
            "review.save": self.draft.save,
            "review.settle": self.conflicts.settle,
            "review.versions": self.draft.versions,
            "review.reset": self.draft.reset,
            "review.newer_run": self.newer_run.carry,
            "review.details": self.draft.details,
            "review.lineage": self.draft.lineage,
            "review.metrics": self.metrics.metrics,
            "review.leave": self.leave.leave,
            "review.record": self.macros.record,
            "review.replay": self.macros.replay,
        }
