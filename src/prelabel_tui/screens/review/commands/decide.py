"""Deciding: frames and labels accepted or rejected, one by one or through a range."""

from __future__ import annotations

import itertools

from prelabel_tui.core.edits import many_frames
from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.text import counted
from prelabel_tui.screens.review.commands.blocking import BlockingFindings
from prelabel_tui.screens.review.commands.queue import QueueCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.dialogs.unseen import UnseenDialog


class DecideCommands:
    """The keys that accept and reject."""

    def __init__(
        self, context: ReviewContext, queue: QueueCommands, blocking: BlockingFindings
    ) -> None:
        self.context = context
        self._queue = queue
        self._blocking = blocking

    # --- frames

    def accept(self) -> None:
        """Mark the frame (or the range) as reviewed and go on to the next of the queue."""
        context = self.context
        if context.range is not None:
            self._accept_range(*context.range)
        elif self._mark(many_frames.accept_frame(context.document, context.index)):
            self._queue.go_on()

    def watch(self) -> None:
        """Show the frames from here on one after the other, to accept all that were seen."""
        context = self.context
        if context.analysis is None:
            context.display.refuse("The clip is still being analysed.")
            return
        context.put_off_repeat()
        context.upkeep.settle()
        stretch = context.analysis.ranking.stretch(context.index)
        with_picture = itertools.takewhile(lambda at: context.missing(at) is None, stretch)
        last = max(with_picture, default=context.index)
        if last == context.index:
            why = "the next one is doubtful, reviewed or without a picture, or this one is"
            context.display.refuse(f"No frames to watch from here: {why}.")
            return
        context.begin_range()
        context.browse(f"Watching from {context.index + 1}")
        context.display.set_status(
            f"Up to {last + 1}; any key stops. Then ⏎ accepts what was seen."
        )
        context.display.view.play_each(context.go, last)

    def _accept_range(self, first: int, last: int) -> None:
        """Accept the frames that have a picture; ask first if some were never on the screen."""
        context = self.context
        context.look()
        session = context.open_session
        without = {at for at in session.editable.without_picture if first <= at <= last}
        wanted = [
            at
            for at in many_frames.to_accept(context.document, range(first, last + 1))
            if at not in without
        ]
        if why := self._blocking.why_not(context.document, wanted):
            context.display.refuse(why)
            return
        unseen = {at for at in wanted if at not in session.seen}
        if unseen:
            context.screen.ask(self._ask_unseen(first, last, unseen, without, len(wanted)))
        else:
            self._accept_these(first, last, unseen, without)

    async def _ask_unseen(
        self, first: int, last: int, unseen: set[int], without: set[int], of: int
    ) -> None:
        answer = await self.context.screen.app.push_screen_wait(UnseenDialog(len(unseen), of))
        if answer == "all":
            self._accept_these(first, last, unseen, without)
        elif answer == "seen":
            self._accept_these(first, last, set(), without | unseen)

    def _accept_these(self, first: int, last: int, unseen: set[int], without: set[int]) -> None:
        context = self.context
        made = many_frames.accept_range(context.document, first, last, unseen, without)
        accepted = context.edit(made)
        if accepted:
            told = [f"{len(unseen):,} of them unseen"] if unseen else []
            if skipped := len(without):
                told.append(f"{counted(skipped, 'frame')} left as they are")
            if told and isinstance(made, Operation):
                context.display.set_status(" · ".join((made.text, *told)))
            if context.repeats is not None:
                context.repeats.skip(range(first, last + 1))
        context.end_range()
        if accepted:
            self._queue.go_on()

    def _mark(self, operation: Operation | None) -> bool:
        """Apply ``operation``, which marks the frame as reviewed; say whether one may go on.

        That is so too if it is reviewed already (None).  The screen says why it may not.
        """
        context = self.context
        seen = context.look()
        if operation is None and context.frame.reviewed:
            return True
        if why := self._why_not(seen):
            context.display.refuse(why)
            return False
        if operation is None or not context.edit(operation):
            return False
        if not context.answer_repeat() and context.repeats is not None:
            context.repeats.accepted(context.index)
        return True

    def _why_not(self, seen: bool) -> str:
        """Say why the frame is not accepted now and what to do; empty when it may be."""
        context, number = self.context, self.context.index + 1
        name = context.shell.keymap.display
        if context.frame.left_out:
            back, following = name("review.left_out"), name("review.next")
            return f"Frame {number} is left out: {back} brings it back, {following} goes on."
        if context.missing(context.index) is not None:
            leave, following = name("review.left_out"), name("review.next")
            return f"Frame {number} has no picture: {leave} leaves it out, {following} goes on."
        if not seen:
            accept = name("review.accept")
            return f"Frame {number} is not on the screen yet: {accept} again when it is."
        return self._blocking.why_not(context.document, [context.index])

    def unaccept(self) -> None:
        """Remove the reviewed mark."""
        context = self.context
        done = many_frames.unaccept_frame(context.document, context.index)
        context.edit(done, "This frame is not marked as reviewed.")

    # --- labels

    def accept_label(self) -> None:
        """Accept one label, and the frame with its last one."""
        context, decisions = self.context, self.context.decisions
        name = context.selected
        if name is None:
            name = decisions.next_label(context.document, context.index)
            if name is None:
                context.display.refuse("No label is left to accept in this frame.")
            else:
                context.select(name)
            return
        marked = decisions.accept(context.document, context.index, name)
        if marked is not None and not self._mark(marked):
            return
        following = decisions.next_label(context.document, context.index, name)
        context.select(following if following is not None else name)
        if following is None:
            context.display.set_status("All labels of this frame are accepted.")
        else:
            context.display.set_status(f"{name} accepted.")

    def reject(self) -> None:
        """Delete the selected label, here or through the range."""
        context = self.context
        if not context.editable() or (label := context.chosen()) is None:
            return
        through = context.range
        if through is None and context.times > 1:
            last = min(context.index + context.times, len(context.document)) - 1
            through = (context.index, last)
        if through is not None:
            if (tracks := context.needed_tracks()) is None:
                return
            done = many_frames.delete_through(
                context.document, tracks, *through, context.index, label.id
            )
            if context.edit(done) and context.range is not None:
                context.end_range()
            return
        ids = [other.id for other in context.frame.listed()]
        place = ids.index(label.id)
        following = (ids[place + 1 :] + ids[:place])[:1]
        context.edit(many_frames.reject_label(context.document, context.index, label.id))
        context.select(following[0] if following else None)

    def only(self) -> None:
        """Keep the selected ball, delete the others of the frame."""
        context = self.context
        if not context.is_ball:
            context.display.refuse("This works for balls only; reject players one by one.")
        elif context.editable() and (label := context.chosen()) is not None:
            rest = [other for other in context.frame.labels if other.id != label.id]
            changes = tuple(label_change(context.index, other, None) for other in rest)
            plural = "" if len(rest) == 1 else "s"
            done = Operation("delete", f"Delete {len(rest)} other ball{plural}", changes)
            context.edit(done if changes else None, "There is no other ball in this frame.")

    # --- ranges

    def begin_range(self) -> None:
        """Begin a range here; deciding keys then act on every frame up to the one shown."""
        context = self.context
        if context.range is not None:
            context.end_range()
            context.display.set_status("No range.")
            return
        context.put_off_repeat()
        context.begin_range()
        context.browse(f"Range from {context.index + 1}")
        context.display.set_status(
            "⏎ accepts, x deletes the selected label, F5–F8 flag every frame of it."
        )
        context.display.repaint()
