"""Which frames of a clip may be edited, and what of an edit may therefore be made.

Without its picture nobody sees what a frame shows: its labels and its ball state stay as they are.
Such a frame, and no other, can be left out of the content.  Frame flags and the reviewed mark can
be changed on every frame.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from prelabel_tui.core.edits.operations import Change, Operation, StateChange
from prelabel_tui.core.model.media import Manifest


class EditRefused(Exception):
    """Nothing of an edit may be made; the text tells the person why.  Nothing was changed."""


class Permitted(NamedTuple):
    """The part of an edit that may be made, and the frames without a picture that it skips."""

    operation: Operation
    skipped: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """What was done, and how many frames were skipped."""
        match len(self.skipped):
            case 0:
                return self.operation.text
            case 1:
                return f"{self.operation.text} · 1 frame without a picture left as it is"
            case count:
                return f"{self.operation.text} · {count} frames without a picture left as they are"


class EditableFrames:
    """The frames of one clip: those that its manifest has a picture of.

    The manifest may promise a picture that turns out to be broken: see :meth:`picture_shown`.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._without = {
            at: why for at, frame in enumerate(manifest.frames) if (why := frame.no_picture)
        }

    def picture_shown(self, index: int, missing: str | None) -> None:
        """Take note of what can be shown of a frame now: its picture, or why there is none."""
        if missing is None:
            self._without.pop(index, None)
        else:
            self._without[index] = missing

    def no_picture(self, index: int) -> str | None:
        """Say why a frame has no picture, as far as is known; None when it has one."""
        return self._without.get(index)

    @property
    def without_picture(self) -> list[int]:
        """The frames that have no picture, as far as is known, in order."""
        return sorted(self._without)

    def permit(self, operation: Operation) -> Permitted:
        """Skip what an edit would change where there is no picture.

        EditRefused when that is all of it, and for leaving out a frame that has its picture.
        """
        kept: list[Change] = []
        skipped: dict[int, None] = {}
        for change in operation.changes:
            shown = self.no_picture(change.frame) is None
            if shown and isinstance(change, StateChange) and _leaves_out(change):
                raise EditRefused(
                    f"Frame {change.frame + 1} has its picture: only frames without one can be "
                    "left out."
                )
            may = change if shown else _unseen(change)
            if may is not change:
                skipped[change.frame] = None
            if may is not None:
                kept.append(may)
        if not skipped:
            return Permitted(operation)
        if not kept:
            raise EditRefused("No picture there: editing is off for those frames.")
        changes = tuple(kept)
        return Permitted(msgspec.structs.replace(operation, changes=changes), tuple(skipped))


def _leaves_out(change: StateChange) -> bool:
    return change.after.left_out and not change.before.left_out


def _unseen(change: Change) -> StateChange | None:
    """Return the part of a change that may be made to a frame that nobody can see."""
    if not isinstance(change, StateChange):
        return None
    if change.after.ball == change.before.ball:
        return change
    after = msgspec.structs.replace(change.after, ball=change.before.ball)
    return None if after == change.before else msgspec.structs.replace(change, after=after)
