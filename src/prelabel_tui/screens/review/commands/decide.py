"""Deciding: the queue, accepting and rejecting, ranges."""

from __future__ import annotations

from prelabel_tui.core.edits import many_frames
from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.model.labels import Frame
from prelabel_tui.core.triage import frame_queue as queues
from prelabel_tui.core.triage.frame_queue import Queue, QueueKind
from prelabel_tui.core.triage.query import HELP, Facts, QueryError, facts_of, parse
from prelabel_tui.screens.review.repeating import Repeating
from prelabel_tui.screens.shared.dialogs import Choice, ChoiceDialog, PromptDialog

_KINDS = {
    QueueKind.SUSPICION: "what the data makes doubtful, worst first",
    QueueKind.TIME: "every frame, in order",
    QueueKind.FLAGS: "frames with a flag",
    QueueKind.CHANGED: "frames that I changed",
    QueueKind.UNREVIEWED: "frames not reviewed yet, in order",
    QueueKind.QUERY: "frames that answer a query",
}


class DecidingActions(Repeating):
    """The keys that judge."""

    query_text = ""

    # --- the queue

    def _queue(self) -> Queue | None:
        if self.analysis is None:
            self.refuse("Still ranking the frames.")
            return None
        self.settle()
        return self.analysis.queue

    def _arrive(self, index: int) -> None:
        """Show a frame of the queue with its suspect selected."""
        self.put_off_repeat()
        if self.analysis is not None and self.analysis.queue.repeat == index:
            self.show_again(index)
        suspect = self.analysis.suspect(index) if self.analysis is not None else None
        self.go(index, suspect)

    def do_next(self) -> None:
        """Skip: the next frame of the queue, nothing decided here."""
        queue = self._queue()
        if queue is None:
            return
        for _ in range(self.times()):
            target = queue.next(self.index)
            if target is None:
                self.refuse(f"End of the queue “{queue.title}”; {self._further}.")
                return
            self._arrive(target)

    @property
    def _further(self) -> str:
        key = self.shell.keymap.display("review.next_scope")
        return f"{key} goes on to the most doubtful scope"

    def do_previous(self) -> None:
        """The one before."""
        queue = self._queue()
        if queue is None:
            return
        queue.repeat = None
        target = queue.previous(self.index)
        if target is None:
            self.refuse(f"Start of the queue “{queue.title}”.")
        else:
            self._arrive(target)

    def do_queue(self, argument: str = "") -> None:
        """Another queue over the same keys."""
        if argument:
            wanted = [kind for kind in QueueKind if kind.value.startswith(argument.lower())]
            if len(wanted) != 1:
                self.refuse(f"Queues: {', '.join(QueueKind)}.")
            elif wanted[0] is QueueKind.QUERY:
                self.do_query()
            else:
                self._use(wanted[0])
            return
        self.start(self._ask_queue(), group="dialog")

    async def _ask_queue(self) -> None:
        if self._queue() is None:
            return
        assert self.analysis is not None
        chosen = await self.app.push_screen_wait(
            ChoiceDialog(
                "Queue",
                [Choice(kind, kind.value, text) for kind, text in _KINDS.items()],
                current=self.analysis.queue.kind,
            )
        )
        if chosen is None:
            return
        if chosen.value is QueueKind.QUERY:
            self.do_query()
        else:
            self._use(chosen.value)

    def _use(self, kind: QueueKind) -> None:
        if self._queue() is None:
            return
        assert self.analysis is not None
        ranking, document = self.analysis.ranking, self.document
        made: dict[QueueKind, Queue] = {}
        if kind is QueueKind.SUSPICION:
            made[kind] = queues.suspicion_queue(ranking, self.repeats)
        elif kind is QueueKind.TIME:
            made[kind] = queues.time_queue(len(document))
        elif kind is QueueKind.FLAGS:
            made[kind] = queues.flags_queue(document)
        elif kind is QueueKind.CHANGED:
            made[kind] = queues.changed_queue(document, self.open_session.changed.indices)
        else:
            made[kind] = queues.unreviewed_queue(document)
        self._start_queue(made[kind])

    def _start_queue(self, queue: Queue) -> None:
        assert self.analysis is not None
        self.analysis.queue = queue
        self.show_queue()
        if not queue.members:
            self.refuse(f"The queue “{queue.title}” is empty.")
        else:
            self.tell(f"Queue: {queue.title}, {len(queue.members)} frames.")

    def do_query(self, argument: str = "") -> None:
        """A queue of the frames that answer a query."""
        if argument:
            if wrong := query_fault(argument):
                self.refuse(wrong)
            else:
                self._ask_for(argument)
            return
        self.start(self._ask_query(), group="dialog")

    async def _ask_query(self) -> None:
        text = await self.app.push_screen_wait(
            PromptDialog(
                "Queue by query",
                *HELP.splitlines(),
                value=self.query_text,
                confirm="Find",
                check=query_fault,
            )
        )
        if text:
            self._ask_for(text)

    def _ask_for(self, text: str) -> None:
        if self._queue() is None:
            return
        self.query_text = text
        self._start_queue(queues.query_queue(self.document, parse(text), self._facts))

    def _facts(self, index: int, frame: Frame) -> Facts:
        assert self.analysis is not None
        return facts_of(
            index,
            frame,
            edited=index in self.open_session.changed.indices,
            findings=self.analysis.findings.by_frame.get(index, ()),
            suspicion=self.analysis.ranking.score(index),
        )

    # --- frames

    def do_accept(self) -> None:
        """The frame (or the range) is reviewed; on to the next of the queue."""
        if self.range_start is not None:
            first, last = sorted((self.range_start, self.index))
            accepted = self.edit(many_frames.accept_range(self.document, first, last))
            if accepted and self.repeats is not None:
                self.repeats.skip(range(first, last + 1))
            self.end_range()
            return
        self._mark(many_frames.accept_frame(self.document, self.index))
        queue = self._queue()
        if queue is None:
            if self.index + 1 < len(self.document):
                self.go(self.index + 1)
            return
        target = queue.next(self.index)
        if target is None:
            done = f"Frame {self.index + 1} accepted: end of the queue “{queue.title}”"
            self.tell(f"{done}; {self._further}.")
        else:
            self._arrive(target)

    def _mark(self, operation: Operation | None) -> None:
        """The frame is reviewed, if ``operation`` says so."""
        accepted = operation is not None and self.edit(operation)
        if accepted and not self.answer_repeat() and self.repeats is not None:
            self.repeats.accepted(self.index)

    def do_unaccept(self) -> None:
        """Take the reviewed mark off."""
        done = many_frames.unaccept_frame(self.document, self.index)
        self.edit(done, "This frame is not marked as reviewed.")

    # --- labels

    def do_accept_label(self) -> None:
        """Accept one label; the frame with its last one."""
        if self.selected is None:
            name = self.decisions.next_label(self.document, self.index)
            if name is None:
                self.refuse("There is no label left to accept here.")
            else:
                self.select(name)
            return
        name = self.selected
        self._mark(self.decisions.accept(self.document, self.index, name))
        following = self.decisions.next_label(self.document, self.index, name)
        self.select(following if following is not None else name)
        if following is None:
            self.tell("All labels of this frame are accepted.")
        else:
            self.tell(f"{name} accepted.")

    def do_reject(self) -> None:
        """Delete the selected label, here or through the range."""
        if not self.editable() or (label := self.chosen()) is None:
            return
        if self.range_start is not None:
            first, last = sorted((self.range_start, self.index))
            done = many_frames.delete_through(
                self.document, first, last, label.id, seen_at=self.index
            )
            if self.edit(done):
                self.end_range()
            return
        ids = [other.id for other in self.frame.labels]
        place = ids.index(label.id)
        following = (ids[place + 1 :] + ids[:place])[:1]
        self.edit(many_frames.reject_label(self.document, self.index, label.id))
        self.select(following[0] if following else None)

    def do_only(self) -> None:
        """Keep the selected ball, delete the other ones of the frame."""
        if not self.is_ball:
            self.refuse("Only the ball is one of a kind; reject players one by one.")
        elif self.editable() and (label := self.chosen()) is not None:
            others = [other for other in self.frame.labels if other.id != label.id]
            changes = tuple(label_change(self.index, other, None) for other in others)
            plural = "" if len(others) == 1 else "s"
            done = Operation("delete", f"Delete {len(others)} other ball{plural}", changes)
            self.edit(done if changes else None, "There is no other ball here.")

    # --- ranges

    def do_range(self) -> None:
        """From here on; deciding keys then act on every frame up to where one goes."""
        if self.range_start is not None:
            self.end_range()
            self.tell("No range.")
            return
        self.put_off_repeat()
        self.range_start = self.index
        self.say_range()
        self.repaint()

    def say_range(self) -> None:
        """Say that a range is on."""
        assert self.range_start is not None
        self.enter_mode(None, f"Range from {self.range_start + 1}")
        self.tell("⏎ accepts, x deletes the selected label, F5–F8 flag every frame of it.")


def query_fault(text: str) -> str | None:
    """What is wrong with a query, or None."""
    try:
        parse(text)
    except QueryError as error:
        return str(error)
    return None
