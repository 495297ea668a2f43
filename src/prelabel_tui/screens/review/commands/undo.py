"""Undo and redo, of the draft or of a blind repeat."""

from __future__ import annotations

from collections.abc import Callable

from prelabel_tui.core.session.working_copy import Undone
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.shared.base import OnEscape


class UndoCommands:
    """The keys that take steps back and make them again."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    async def undo(self) -> None:
        """Undo the last step, in whatever frame it was."""
        for _ in range(self.context.times):
            if not self._shown(await self._take_back(), "Nothing to undo."):
                break

    async def redo(self) -> None:
        """Redo the step undone last."""
        for _ in range(self.context.times):
            if not self._shown(await self._make_again(), "Nothing to redo."):
                break

    async def _in_time(self, move: Callable[[], Undone | None], *, long: bool) -> Undone | None:
        """Make a step: here, or off this thread if it is long."""
        if not long:
            return move()
        result = await self.context.screen.in_thread(
            lambda _: move(), title="Undoing or redoing many changes", on_escape=OnEscape.REFUSE
        )
        return result.value

    async def _take_back(self) -> Undone | None:
        """Undo the newest edit of what is shown."""
        context = self.context
        here = context.reopen_repeat()
        repeat = context.repeat
        if repeat is not None and repeat.index == here and (step := repeat.undo()):
            context.counters.undone(step.operation, repeat.document, again=True)
            return step
        session = context.open_session
        step = self._in_draft(await self._in_time(session.undo, long=session.is_long()))
        if step is not None and step.done:
            context.counters.undone(step.operation, context.open_session.document)
        return step

    async def _make_again(self) -> Undone | None:
        context, repeat = self.context, self.context.repeat
        if repeat is not None and repeat.index == context.index and (step := repeat.redo()):
            context.counters.made(step.operation, repeat.document, again=True)
            if context.frame.reviewed:
                context.answer_repeat()
            return step
        session = context.open_session
        step = self._in_draft(await self._in_time(session.redo, long=session.is_long(redo=True)))
        if step is not None and step.done:
            context.counters.made(step.operation, context.open_session.document)
        return step

    def _in_draft(self, step: Undone | None) -> Undone | None:
        """Show the draft if a step concerns the frame of a blind repeat."""
        repeat = self.context.repeat
        if step is not None and repeat is not None and repeat.index in step.frames:
            self.context.put_off_repeat()
        return step

    def _shown(self, step: Undone | None, nothing: str) -> bool:
        """Show a step, or say why there is none; return whether there was one."""
        context = self.context
        if step is None:
            context.display.refuse(nothing)
            return False
        if not step.done:
            context.display.refuse(step.refusal or nothing)
            return False
        elsewhere = context.show_change(step.operation)
        frame = f" · frame {context.index + 1}" if elsewhere else ""
        context.display.set_status(step.text + frame)
        return True
