"""An interpolation that is shown as ghosts and has not been taken yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prelabel_tui.core.edits import interpolation
from prelabel_tui.core.edits.interpolation import Curve
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.model.labels import Frame
from prelabel_tui.core.patterns.proposal import between_corrections
from prelabel_tui.core.tracks import Tracks
from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.commands import CONTEXTS
from prelabel_tui.keys.mode_commands import GhostCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.base import Mode


def offer(context: ReviewContext, accept: Callable[[], None], curve: Curve = Curve.AUTO) -> None:
    """Show what interpolation would place, or say why nothing; ``accept`` accepts the frame."""
    context.upkeep.settle()  # the fixed frames are known from the doubtful ones
    if (tracks := context.needed_tracks()) is None:
        return
    found = _interpolation(context, tracks, curve)
    if isinstance(found, Refusal):
        context.browse()
        context.display.redraw()
        context.display.refuse(found.text)
        return
    context.enter(GhostMode(context, found, curve, accept), f"{found.text} · {curve}")
    context.display.redraw()


def _interpolation(context: ReviewContext, tracks: Tracks, curve: Curve) -> Operation | Refusal:
    """Interpolate the ball, the selected box, or the boxes that are missing here."""
    document, index, selected = context.document, context.index, context.selected
    if not context.is_ball and (selected is None or _lacks_one(context)):
        return interpolation.fill_missing(document, tracks, index)
    if not context.is_ball and selected is not None:
        frames = context.clip_frames
        corrected = between_corrections(document, tracks, index, selected, frames)
        if corrected is not None:
            return corrected.operation(document)
    own = None if selected is None else tracks.at(index, selected)
    wanted: tuple[int | None, ...] = (own,)
    if context.is_ball:
        # The ball that was followed here and is gone; of several, the one selected; else the ball.
        gone = context.track is not None and tracks.find(context.track, index) is None
        several = len(document.frame(index).labels) > 1
        wanted = (*((context.track,) * gone), *((own,) * several), None)
    doubtful = () if context.analysis is None else context.analysis.ranking.doubtful
    for track in wanted:
        gap = interpolation.find_gap(document, tracks, index, track, doubtful)
        if gap is not None:
            return interpolation.interpolate(document, tracks, *gap, track, curve, anew=index)
    return Refusal("Interpolation needs a fixed frame on both sides of this one.")


def _lacks_one(context: ReviewContext) -> bool:
    """Say whether a missing label is what is most doubtful here."""
    if context.analysis is None:
        return False
    reasons = context.analysis.ranking.entry(context.index).reasons
    return bool(reasons) and reasons[0].code == "missing"


class GhostMode(Mode):
    """Take it, drop it, or look at it on other frames.

    Any other key of the review drops it and does what it always does.
    """

    name = "review.ghost"

    def __init__(
        self,
        context: ReviewContext,
        pending: Operation,
        curve: Curve,
        accept: Callable[[], None],
    ) -> None:
        self.context = context
        self._pending = pending
        self._curve = curve
        self._accept = accept

    @property
    def key_scopes(self) -> tuple[str, ...]:
        """The mode's own scopes and those of the review."""
        return (*self.scopes, *CONTEXTS["review"])

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.ghost` commands."""
        table: GhostCommands = {
            "review.ghost.accept": self.take_and_accept,
            "review.ghost.take": self.take,
            "review.ghost.curve": self.next_curve,
            "review.ghost.next_frame": lambda: self.context.go(self.context.index + 1),
            "review.ghost.previous_frame": lambda: self.context.go(self.context.index - 1),
            "review.ghost.cancel": self.cancel,
        }
        return (table,)

    def ghosts(self) -> Frame | None:
        """Return what would be placed on the frame that is shown."""
        return interpolation.ghost(self._pending, self.context.index)

    def take_key(self, key: str, command: Command | None) -> bool:
        """Drop the interpolation on a key that is not of this mode; the review then takes it."""
        if command is not None and command.id == "review.replay":
            name = self.context.shell.keymap.display
            take, drop = name("review.ghost.take"), name("review.ghost.cancel")
            self.context.display.refuse(f"Take the interpolation ({take}) or drop it ({drop}).")
            return True
        own = not key.isdigit() if command is None else command.scope == self.name
        if own:
            return False
        self.cancel()
        return self.context.mode.take_key(key, command)

    def _drop(self) -> None:
        self.context.browse()
        self.context.display.redraw()

    def take(self) -> None:
        """Take what is shown."""
        self._drop()
        self.context.edit(self._pending)

    def take_and_accept(self) -> None:
        """Take what is shown and accept the frame."""
        self._drop()
        if self.context.edit(self._pending):
            self._accept()

    def next_curve(self) -> None:
        """Switch the curve: straight, in flight, or what the neighbouring frames suggest."""
        curves = list(Curve)
        following = curves[(curves.index(self._curve) + 1) % len(curves)]
        offer(self.context, self._accept, following)

    def cancel(self) -> None:
        """Leave everything as it is."""
        self._drop()
        self.context.display.set_status("Nothing was interpolated.")
