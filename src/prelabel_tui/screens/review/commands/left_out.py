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
        one = len(without) == 1
        verb, they, their = ("has", "it", "its") if one else ("have", "them", "their")
        context.screen.show_message(
            f"{counted(len(without), 'frame')} of {len(document):,} {verb} no picture: nobody can "
            f"check {their} labels.",
            Severity.WARNING,
            [(context.shell.keymap.display("review.left_out"), f"Leave {they} out")],
        )
