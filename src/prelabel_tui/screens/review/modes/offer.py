"""A change to many labels that is shown as ghosts and has not been made yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.model.labels import Frame
from prelabel_tui.core.patterns.notice import Notice, Offer
from prelabel_tui.core.patterns.proposal import ClipFrames, Proposal, Reach
from prelabel_tui.core.patterns.rows import Rows
from prelabel_tui.core.patterns.rules import MOST_FRAMES, Later, Moved, in_frames
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.mode_commands import CarryingCommands, OfferCommands, TimingCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.base import Mode
from prelabel_tui.screens.shared.base import Job


class OfferMode(Mode):
    """Do it everywhere as one step, leave it, or look at it on other frames."""

    def __init__(self, context: ReviewContext, offer: Offer, title: str) -> None:
        self.context = context
        self._offer = offer
        self._title = title

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.offer` commands."""
        table: OfferCommands = {
            "review.offer.take": self.take,
            "review.offer.next_frame": lambda: self.context.go(self.context.index + 1),
            "review.offer.previous_frame": lambda: self.context.go(self.context.index - 1),
            "review.offer.cancel": self.cancel,
        }
        return (table,)

    def ghosts(self) -> Frame | None:
        """Return what would become of the labels of the frame that is shown."""
        return self._offer.ghost(self.context.document, self.context.index)

    def begin(self) -> None:
        """Take the keys, and show what is offered."""
        self.context.enter(self, self._title)
        self._show()

    def _show(self) -> None:
        """Show the ghosts at once, and the counts as soon as they are known."""
        self.context.display.show_mode(self._title)
        self.context.display.redraw()
        self.context.screen.start(self._count(), group="counting")

    async def _count(self) -> None:
        offer = self._offer
        result = await self.context.screen.in_thread(lambda _: offer.text, title="Counting")
        if result.value is not None and self.context.mode is self and self._offer is offer:
            self.context.display.set_status(f"{result.value}{self._further}")

    @property
    def _further(self) -> str:
        """What else is to be said of it than how much it would change."""
        return ""

    def take(self) -> None:
        """Make the change, as one operation."""
        self.context.screen.start(self._take(), group="offer")

    async def _take(self) -> None:
        context, offer, document = self.context, self._offer, self.context.document.copy()

        def work(job: Job) -> Operation | Refusal:
            return offer.operation(document, job)

        result = await context.screen.in_thread(work, title="Correcting labels")
        if context.mode is not self:
            return
        if not result.ok:
            context.display.show_outcome(result.outcome)
            return
        context.browse()
        self._answered()
        if not context.edit(result.value):
            context.display.redraw()

    def cancel(self) -> None:
        """Leave everything as it is."""
        self.context.browse()
        self.context.display.redraw()
        self.context.display.set_status("Nothing was changed.")
        self._answered()

    def _answered(self) -> None:
        """Take note that it was made or left."""


_NAMED: Final = 3


class NoticeMode(OfferMode):
    """What the program noticed: answered once, it is not spoken of again."""

    name = "review.offer"

    def __init__(self, context: ReviewContext, notice: Notice) -> None:
        settles = f"{notice.frames:,} frame{'' if notice.frames == 1 else 's'}"
        super().__init__(context, notice.offer, f"{notice.said}; {settles}")
        self._kind, self._against = notice.kind, notice.against

    @property
    def _further(self) -> str:
        """Name the tracks that were corrected otherwise."""
        tracks = self.context.tracks
        if tracks is None or not self._against:
            return ""
        named = [tracks.name(track) for track in self._against[:_NAMED]]
        more = len(self._against) - len(named)
        listed = ", ".join(named) + (f" and {more} more" if more else "")
        verb = "disagrees" if len(self._against) == 1 else "disagree"
        return f" · {listed} {verb}"

    def _answered(self) -> None:
        self.context.answer_notice(self._kind)


class CarryingMode(OfferMode):
    """A label's correction on its way: over some frames, to the end, its track, all tracks."""

    name = "review.carrying"

    def __init__(
        self,
        context: ReviewContext,
        rows: Rows,
        clip: ClipFrames,
        rule: Moved,
        reaches: list[tuple[str, Reach]],
    ) -> None:
        self.context = context
        self._rows, self._clip, self._rule = rows, clip, rule
        self._reaches = reaches
        super().__init__(context, self._proposal(), self._named())

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.carrying` commands, then those of every offer."""
        table: CarryingCommands = {"review.carrying.wider": self.wider}
        return (table, *super().handlers())

    def _proposal(self) -> Proposal:
        return Proposal(self._rows, self._rule, self._reaches[0][1], self._clip)

    @property
    def reach(self) -> str:
        """How far it is carried now, in words."""
        return self._reaches[0][0]

    def _named(self) -> str:
        return f"Carry on: {self.reach}"

    def wider(self) -> None:
        """Carry it farther; after all tracks, as far as at first."""
        self._reaches.append(self._reaches.pop(0))
        self._offer, self._title = self._proposal(), self._named()
        self._show()


_STEP: Final = 0.1
_HALF: Final = 0.5


class TimingMode(OfferMode):
    """Labels on their way to another time: of a track, of several or of all."""

    name = "review.timing"

    def __init__(
        self, context: ReviewContext, rows: Rows, clip: ClipFrames, chosen: Reach, frames: float
    ) -> None:
        self.context = context
        self._rows, self._clip = rows, clip
        self._chosen = self._reach = chosen
        self._frames = frames
        super().__init__(context, self._proposal(), self._named())

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.timing` commands, then those of every offer."""
        table: TimingCommands = {
            "review.timing.later": lambda: self._by(_STEP),
            "review.timing.earlier": lambda: self._by(-_STEP),
            "review.timing.half_later": lambda: self._by(_HALF),
            "review.timing.half_earlier": lambda: self._by(-_HALF),
            "review.timing.wider": self.wider,
            "review.timing.toggle": self.toggle,
            "review.timing.next_label": self.next_label,
        }
        return (table, *super().handlers())

    def _proposal(self) -> Proposal:
        return Proposal(self._rows, Later(self._frames), self._reach, self._clip)

    def _named(self) -> str:
        way = "later" if self._frames >= 0 else "earlier"
        tracks = self._reach.tracks
        if self._reach.labels is not None:
            who = "the selected labels"
        elif tracks is None:
            who = "all tracks"
        elif len(tracks) == 1 and self.context.tracks is not None:
            who = self.context.tracks.name(next(iter(tracks)))
        else:
            who = f"{len(tracks)} tracks"
        return f"{who}: {in_frames(self._frames)} {way}"

    def _changed(self) -> None:
        self._offer, self._title = self._proposal(), self._named()
        self._show()

    def _by(self, step: float) -> None:
        wanted = round(self._frames + step, 1)
        if abs(wanted) > MOST_FRAMES:
            self.context.display.refuse(f"No farther than {MOST_FRAMES:.0f} frames.")
            return
        self._frames = wanted
        self._changed()

    def wider(self) -> None:
        """Move all tracks, or only what was chosen at first."""
        self._reach = self._chosen if self._reach.tracks is None else Reach()
        self._changed()

    def toggle(self) -> None:
        """Move the track of the selected label too, or leave it; one track is always moved."""
        track = self._selected_track()
        if track is None:
            self.context.display.refuse("Select a label of the track.")
            return
        tracks = self._reach.tracks or frozenset()
        self._reach = Reach((tracks ^ {track}) or frozenset({track}))
        self._changed()

    def next_label(self) -> None:
        """Select the next label of the frame."""
        context = self.context
        ids = [label.id for label in context.frame.listed()]
        if ids:
            place = ids.index(context.selected) + 1 if context.selected in ids else 0
            context.select(ids[place % len(ids)])

    def _selected_track(self) -> int | None:
        context = self.context
        if context.selected is None or context.tracks is None:
            return None
        return context.tracks.at(context.index, context.selected)
