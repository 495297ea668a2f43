"""Frames without a picture: left out of the content, and brought back."""

from __future__ import annotations

from prelabel_tui.core.edits.left_out import switch_left_out
from prelabel_tui.core.model.codec import is_left_out
from prelabel_tui.core.outcomes import Severity
from prelabel_tui.core.text import counted
from prelabel_tui.screens.review.context import ReviewContext


class LeftOutCommands:
    """The key for frames whose labels nobody can check."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    def switch(self) -> None:
        """Leave out every frame without a picture, or those of the range; or bring them back."""
        context = self.context
        context.put_off_repeat()
        first, last = context.range or (0, len(context.document) - 1)
        document, editable = context.document, context.open_session.editable
        frames = [
            at
            for at in range(first, last + 1)
            if editable.no_picture(at) is not None or is_left_out(document.encoded(at))
        ]
        if context.edit(switch_left_out(document, frames)):
            if context.range is not None:
                context.end_range()
            context.screen.clear_banner()
            context.display.repaint()

    def offer(self) -> None:
        """Say, when a draft is opened, how many of its frames nobody can check."""
        context = self.context
        document, editable = context.document, context.open_session.editable
        without = [at for at in editable.without_picture if not is_left_out(document.encoded(at))]
        if not without:
            return
        verb, they = ("has", "it") if len(without) == 1 else ("have", "them")
        context.screen.show_message(
            f"{len(without):,} of {counted(len(document), 'frame')} {verb} no picture to check.",
            Severity.WARNING,
            [(context.shell.keymap.display("review.left_out"), f"Leave {they} out")],
        )
