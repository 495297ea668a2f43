"""Letters on all labels: typing them selects one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from prelabel_tui.core.edits.pointing import choose_hint, hints, is_prefix, reading_order
from prelabel_tui.imaging.overlay.scene import Scene
from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.mode_commands import LettersCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.base import Mode


class LettersMode(Mode):
    """Takes letters until those typed belong to one label."""

    name = "review.letters"
    text = "Select: type the letters of a label"

    def __init__(self, context: ReviewContext) -> None:
        self.context = context
        self._letters = dict(hints(reading_order(context.frame)))
        self._typed = ""

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.letters` commands."""
        table: LettersCommands = {"review.letters.cancel": self.cancel}
        return (table,)

    def decorate(self, scene: Scene) -> Scene:
        """Draw the letters beside their labels."""
        marks = tuple(
            replace(mark, hint=self._letters.get(mark.label_id, "")) for mark in scene.marks
        )
        return replace(scene, marks=marks)

    def take_key(self, key: str, command: Command | None) -> bool:
        """Take a letter of a label."""
        if len(key) != 1:
            return False
        self._type(key.lower())
        return True

    def _type(self, letter: str) -> None:
        context, typed = self.context, self._typed + letter
        chosen = choose_hint(self._letters, typed)
        if chosen is not None:
            context.browse()
            context.select(chosen)
            context.display.set_status(f"{chosen} selected.")
        elif is_prefix(self._letters, typed):
            self._typed = typed
            context.display.set_status(f"{typed}…")
        else:
            self._typed = ""
            context.display.refuse(f"No label has the letters {typed}.")

    def cancel(self) -> None:
        """Leave the selection as it is."""
        self.context.browse()
        self.context.display.redraw()
