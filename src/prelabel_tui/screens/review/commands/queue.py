"""The queue of frames to look at: which one, the position in it, the next frame."""

from __future__ import annotations

from prelabel_tui.core.model.codec import encode_frame, published_bytes
from prelabel_tui.core.model.labels import EMPTY_FRAME, Frame
from prelabel_tui.core.triage import frame_queue as queues
from prelabel_tui.core.triage.frame_queue import Queue, QueueKind
from prelabel_tui.core.triage.query import HELP, Facts, QueryError, facts_of, parse
from prelabel_tui.screens.review.analysis import Analysis
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.offer import NoticeMode
from prelabel_tui.screens.shared.dialogs import PromptDialog
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog

_KINDS = {
    QueueKind.SUSPICION: "frames that the data makes doubtful, worst first",
    QueueKind.TIME: "every frame, in order",
    QueueKind.FLAGS: "frames with a flag",
    QueueKind.CHANGED: "frames that I changed",
    QueueKind.UNREVIEWED: "frames not reviewed yet, in order",
    QueueKind.QUERY: "frames that match a query",
}


_EMPTY = encode_frame(EMPTY_FRAME)


class QueueCommands:
    """The keys that walk the queue and choose another one."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context
        self._query_text = ""

    # --- walking

    def _ranked(self) -> Analysis | None:
        """Return what is known of the frames, up to date; say so while there is nothing yet."""
        context = self.context
        if context.analysis is None:
            context.display.refuse("The frames are still being ranked.")
        else:
            context.upkeep.settle()
        return context.analysis

    def _arrive(self, analysis: Analysis, index: int) -> None:
        """Show a frame of the queue with its suspect selected."""
        context = self.context
        context.put_off_repeat()
        if analysis.queue.repeat == index:
            context.show_again(index)
        context.go(index, analysis.suspect(index))

    def next(self) -> None:
        """Skip to the next frame of the queue; nothing is decided here."""
        analysis = self._ranked()
        if analysis is None or self._pattern_first(analysis):
            return
        for _ in range(self.context.times):
            target = analysis.queue.next(self.context.index)
            if target is None:
                title = analysis.queue.title
                self.context.display.refuse(f"End of the queue “{title}”; {self._further}.")
                return
            self._arrive(analysis, target)

    def _pattern_first(self, analysis: Analysis) -> bool:
        """Show what was noticed as one entry before single frames; return whether there is any.

        It says how many frames an answer settles; once it is answered the frames go on.
        """
        context, notice = self.context, self.context.notice
        if notice is None or analysis.queue.kind is not QueueKind.SUSPICION:
            return False
        context.put_off_repeat()
        frames = notice.offer.frames
        if context.index not in frames:
            context.go(int(frames[0]))
        NoticeMode(context, notice).begin()
        return True

    def go_on(self) -> None:
        """Go from a frame that was just accepted to the next of the queue."""
        context, analysis = self.context, self._ranked()
        if analysis is None:
            if context.index + 1 < len(context.document):
                context.go(context.index + 1)
            return
        target = analysis.queue.next(context.index)
        if target is None:
            title = analysis.queue.title
            done = f"Frame {context.index + 1} accepted: end of the queue “{title}”"
            context.display.set_status(f"{done}; {self._further}.")
        else:
            self._arrive(analysis, target)

    def previous(self) -> None:
        """Go to the previous frame of the queue."""
        analysis = self._ranked()
        if analysis is None:
            return
        queue = analysis.queue
        queue.repeat = None
        target = queue.previous(self.context.index)
        if target is None:
            self.context.display.refuse(f"Start of the queue “{queue.title}”.")
        else:
            self._arrive(analysis, target)

    @property
    def _further(self) -> str:
        key = self.context.shell.keymap.display("review.next_scope")
        return f"{key} goes on to the most doubtful scope"

    # --- choosing another

    def choose(self, argument: str = "") -> None:
        """Choose another queue for the same keys."""
        if not argument:
            self.context.screen.ask(self._ask_kind())
            return
        wanted = [kind for kind in QueueKind if kind.value.startswith(argument.lower())]
        if len(wanted) != 1:
            self.context.display.refuse(f"Queues: {', '.join(QueueKind)}.")
        else:
            self._use(wanted[0])

    async def _ask_kind(self) -> None:
        analysis = self._ranked()
        if analysis is None:
            return
        chosen = await self.context.screen.app.push_screen_wait(
            ChoiceDialog(
                "Queue",
                [Choice(kind, kind.value, text) for kind, text in _KINDS.items()],
                current=analysis.queue.kind,
            )
        )
        if chosen is not None:
            self._use(chosen.value)

    def _use(self, kind: QueueKind) -> None:
        if kind is QueueKind.QUERY:
            self.query()
        elif (analysis := self._ranked()) is not None:
            self._start(analysis, self._made(analysis, kind))

    def _made(self, analysis: Analysis, kind: QueueKind) -> Queue:
        context, document = self.context, self.context.document
        match kind:
            case QueueKind.SUSPICION:
                return queues.suspicion_queue(analysis.ranking, context.repeats)
            case QueueKind.TIME:
                return queues.time_queue(len(document))
            case QueueKind.FLAGS:
                return queues.flags_queue(document)
            case QueueKind.CHANGED:
                return queues.changed_queue(document, context.open_session.changed.indices)
            case _:
                return queues.unreviewed_queue(document)

    def _start(self, analysis: Analysis, queue: Queue) -> None:
        display = self.context.display
        analysis.queue = queue
        first = queue.first()
        if first is None:
            display.show_queue()
            display.refuse(f"The queue “{queue.title}” is empty.")
        else:
            self._arrive(analysis, first)
            many = len(queue.members)
            display.set_status(f"Queue: {queue.title}, {many} frame{'' if many == 1 else 's'}.")

    def query(self, argument: str = "") -> None:
        """Make a queue of the frames that match a query."""
        if not argument:
            self.context.screen.ask(self._ask_query())
        elif wrong := query_fault(argument):
            self.context.display.refuse(wrong)
        else:
            self._find(argument)

    async def _ask_query(self) -> None:
        text = await self.context.screen.app.push_screen_wait(
            PromptDialog(
                "Queue by query",
                *HELP.splitlines(),
                value=self._query_text,
                confirm="Find",
                check=query_fault,
            )
        )
        if text:
            self._find(text)

    def _find(self, text: str) -> None:
        analysis = self._ranked()
        if analysis is None:
            return
        self._query_text = text
        context, query = self.context, parse(text)
        if "changed" in query.words and not context.source_known:
            context.screen.ask(self._find_with_source(text))
            return
        context.look()
        session, source, document = context.open_session, context.source, context.document
        changed, seen, editable = session.changed.indices, session.seen, session.editable
        tracks = analysis.tracks

        def facts(index: int, frame: Frame) -> Facts:
            before = _EMPTY if source is None else source.encoded(index)
            return facts_of(
                index,
                frame,
                edited=index in changed,
                changed=published_bytes(document.encoded(index)) != before,
                seen=index in seen or (frame.reviewed and not frame.unseen),
                missing=editable.no_picture(index) is not None,
                findings=analysis.findings.by_frame.get(index, ()),
                suspicion=analysis.ranking.score(index),
                tracks=tracks.names_in(index),
            )

        self._start(analysis, queues.query_queue(document, query, facts))

    async def _find_with_source(self, text: str) -> None:
        await self.context.load_source()
        if self.context.source_known:
            self._find(text)


def query_fault(text: str) -> str | None:
    """Return what is wrong with a query, or None."""
    try:
        parse(text)
    except QueryError as error:
        return str(error)
    return None
