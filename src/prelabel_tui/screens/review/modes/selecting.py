"""Labels of many frames, selected: shown first, then changed as one by the ordinary keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Final

import numpy as np

from prelabel_tui.core.edits import many_labels
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.many_labels import Sizes
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.edits.selection import Rows, Selection, counted
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Flag, Frame
from prelabel_tui.core.tracks import Tracks
from prelabel_tui.imaging.overlay.scene import Scene, Style
from prelabel_tui.keys.command import Command, Handlers
from prelabel_tui.keys.commands import CONTEXTS, display
from prelabel_tui.keys.mode_commands import ManyCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.member_strip import MemberStrip
from prelabel_tui.screens.review.modes.base import Mode
from prelabel_tui.screens.review.modes.flags import FlagsMode
from prelabel_tui.screens.review.modes.steps import Step, Steps
from prelabel_tui.screens.review.state import Handle
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.widgets.timeline import Lane


class Combine(Enum):
    """How what is found next goes with what is selected."""

    ANEW = ""
    AND = "Narrow: only those that are also in"
    OR = "Widen: also"
    NOT = "Take out"


_PASSING_GROUPS: Final = ("Frames", "Picture", "Macro", "Select")
_PASSING: Final = (
    "review.save",
    "review.edges",
    "review.undo",
    "review.redo",
    "review.time",
    "review.carry",
)
"""What means the same as ever while labels are selected."""


class SelectingMode(Mode):
    """A selection over frames, the keys that change it, and the ordinary keys acting on it."""

    name = "review.many"

    def __init__(
        self,
        context: ReviewContext,
        selection: Selection,
        ask: Callable[[], Awaitable[None] | None],
        why_not: Callable[[Document, Iterable[int]], str],
    ) -> None:
        self.context = context
        self.selection = selection
        self.tracks: Tracks | None = None
        """The tracks of the selection's table, once they were asked for."""
        self.combine = Combine.ANEW
        self._ask = ask
        self._why_not = why_not
        frames = context.open_session.manifest.frames
        self._sizes: Sizes = np.array([(one.width, one.height) for one in frames]) * UNIT
        self._strip = MemberStrip(context)
        self._steps = Steps()
        self._acting = False
        """Whether an edit of the selection is being made, which looks for the labels itself."""

    # --- keys

    @property
    def key_scopes(self) -> tuple[str, ...]:
        """The mode's own scope and those of the review."""
        return (*self.scopes, *CONTEXTS["review"])

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.many` commands."""
        table: ManyCommands = {
            "review.many.and": lambda: self._combine_next(Combine.AND),
            "review.many.or": lambda: self._combine_next(Combine.OR),
            "review.many.not": lambda: self._combine_next(Combine.NOT),
            "review.many.query": lambda: self._ask(),
            "review.many.every": lambda: self.take(self.combining()(self.selection.table.every())),
            "review.many.from_here": self._from_here,
            "review.many.until_here": self._until_here,
            "review.many.toggle": self._toggle,
            "review.many.next": lambda: self._walk(1),
            "review.many.previous": lambda: self._walk(-1),
            "review.many.worst": self._to_worst,
            "review.many.settled": self._settled_too,
            "review.many.leave": self._escape,
        }
        return (table,)

    def takes_over(self) -> Handlers:
        """Return what the ordinary keys do to all that is selected."""
        nudge = self._nudge
        return {
            "review.reject": self._delete,
            "review.only": lambda: self._act(many_labels.keep_only),
            "review.accept": self._accept,
            "review.flag": self._flag_by_letter,
            "review.bad_frame": lambda: self.flag(Flag.BAD_FRAME),
            "review.needs_human_review": lambda: self.flag(Flag.NEEDS_HUMAN_REVIEW),
            "review.false_positive_heavy": lambda: self.flag(Flag.FALSE_POSITIVE_HEAVY),
            "review.false_negative_suspected": lambda: self.flag(Flag.FALSE_NEGATIVE_SUSPECTED),
            "review.left": lambda: nudge(-1, 0, 1),
            "review.right": lambda: nudge(1, 0, 1),
            "review.up": lambda: nudge(0, -1, 1),
            "review.down": lambda: nudge(0, 1, 1),
            "review.left_ten": lambda: nudge(-1, 0, 10),
            "review.right_ten": lambda: nudge(1, 0, 10),
            "review.up_ten": lambda: nudge(0, -1, 10),
            "review.down_ten": lambda: nudge(0, 1, 10),
        }

    def take_key(self, key: str, command: Command | None) -> bool:
        """Take digits of a count; refuse commands that mean nothing for many labels."""
        context = self.context
        if context.take_digit(key):
            return True
        if command is None or self.works(command):
            return False
        leave = context.shell.keymap.display("review.many.leave")
        context.display.refuse(
            f"{display(key)} ({command.text}) does nothing to a selection; {leave} lets it go."
        )
        return True

    def works(self, command: Command) -> bool:
        """Say whether a command means something for many labels."""
        if command.scope != "review" or command.id in self.takes_over() or command.id in _PASSING:
            return True
        return command.group in _PASSING_GROUPS

    # --- what is shown

    @property
    def text(self) -> str:
        """What is selected: how much, what is left alone; or what the next key combines with."""
        if self.combine is not Combine.ANEW:
            name = self.context.shell.keymap.display
            return f"{self.combine.value}: " + " · ".join(
                f"{name(way)} {what}"
                for way, what in (
                    ("review.select_track", "its track"),
                    ("review.select_place", "what lies here"),
                    ("review.many.query", "what a query finds"),
                )
            )
        census = self.selection.census
        parts = [census.much, self._tracks_text, census.left_alone]
        if self.selection.settled_too:
            parts.append("with reviewed and by hand")
        return " · ".join(filter(None, parts))

    @property
    def _tracks_text(self) -> str:
        if self.tracks is None:
            return ""
        every = self.tracks.numbers(0, len(self.selection.table.reviewed))
        numbers = every[self.selection.members]
        return counted(int((np.bincount(numbers) > 0).sum()), "track")

    def _here(self, rows: Rows) -> list[str]:
        """Return the ids of the labels of this frame that are among ``rows``."""
        table, index = self.selection.table, self.context.index
        start, stop = table.starts[index : index + 2]
        return [
            table.name(int(start) + int(place))[1] for place in np.flatnonzero(rows[start:stop])
        ]

    def decorate(self, scene: Scene) -> Scene:
        """Make the members of this frame stand out."""
        members = frozenset(self._here(self.selection.rows))
        marks = (
            replace(mark, styles=mark.styles | {Style.HOVERED})
            if mark.label_id in members
            else mark
            for mark in scene.marks
        )
        return replace(scene, marks=tuple(marks))

    def shown(self, frame: Frame) -> Frame:
        """Return the frame with the steps that are still being made of all frames."""
        context, index = self.context, self.context.index
        before = self.selection.table.document.encoded(index)
        steps = self._steps.not_made(made_here=context.document.encoded(index) != before)
        if steps:
            ids, size = self._here(self.selection.free), self._sizes[index : index + 1]
            for step in steps:
                make = partial(step.operation, sizes=size)
                frame = many_labels.seen_on(frame, context.capability, ids, make)
        return frame

    def show(self) -> None:
        """Show what is selected: the line, the lane, the picture, the small pictures."""
        context = self.context
        context.display.show_mode(self.text)
        context.display.timeline.set_lane(Lane.of_selection(*self.selection.per_frame))
        context.display.redraw()
        self._strip.show(self.selection)

    def combining(self) -> Callable[[Rows], Selection]:
        """Return what combines what is selected now with rows, as the key before said."""
        selection = self.selection
        return {
            Combine.ANEW: lambda rows: replace(selection, rows=rows),
            Combine.AND: selection.narrowed,
            Combine.OR: selection.widened,
            Combine.NOT: selection.without,
        }[self.combine]

    def take(self, selection: Selection) -> None:
        """Select what :meth:`combining` gave; the key before is done with."""
        self.combine = Combine.ANEW
        self.use(selection)

    def use(self, selection: Selection) -> None:
        """Select this instead; the last label is never taken out."""
        if not len(selection.members):
            self.context.display.refuse("That would leave nothing selected.")
            self.context.display.show_mode(self.text)
            return
        self.selection = selection
        self.context.display.set_status("")
        self.show()

    def content_changed(self) -> None:
        """Look for the labels again after an undo, or a key that acts on one frame."""
        if self._acting:
            return
        self.context.screen.start(self.look_again(), group="selection")

    async def look_again(self) -> None:
        """Find the selected labels in the content as it is now."""
        context, selection = self.context, self.selection
        read = context.label_table_reader()

        def work(_: Job) -> Selection:
            return selection.on(read()).prepare()

        result = await context.screen.in_thread(work, title="Reading the labels")
        if result.value is None or not context.is_home(self):
            return
        self.selection = result.value
        if len(self.selection.table) != len(selection.table):
            self.tracks = None
        if not len(self.selection.members):
            self.let_go()
            return
        self.show()

    async def open(self) -> None:
        """Make room for the small pictures, then show all that is selected."""
        await self._strip.open()
        if self.context.is_home(self):
            self.show()
        else:  # it was let go meanwhile
            await self._strip.close()

    def let_go(self) -> None:
        """Return to the review's own keys with nothing selected."""
        self.context.go_home()
        self.context.display.redraw()

    def leave(self) -> None:
        """Take away the lane and the small pictures."""
        self.context.display.timeline.set_lane(None)
        self.context.screen.start(self._strip.close(), group="drawer")

    # --- which labels

    def _combine_next(self, combine: Combine) -> None:
        self.combine = Combine.ANEW if self.combine is combine else combine
        self.context.display.show_mode(self.text)

    def _from_here(self) -> None:
        table, last = self.selection.table, len(self.context.document) - 1
        self.use(self.selection.narrowed(table.between(self.context.index, last)))

    def _until_here(self) -> None:
        self.use(self.selection.narrowed(self.selection.table.between(0, self.context.index)))

    def _toggle(self) -> None:
        label = self.context.chosen()
        if label is None:
            return
        row = self.selection.table.row(self.context.index, label.id)
        if row is not None:
            self.use(self.selection.toggled(row))

    def _settled_too(self) -> None:
        self.use(replace(self.selection, settled_too=not self.selection.settled_too))

    # --- members

    def _walk(self, step: int) -> None:
        context = self.context
        row: int | None = None
        for _ in range(context.times):
            following = self.selection.beside(context.index, context.selected, step)
            if following is None:
                break
            row = following
            self._go(row)
        if row is None:
            way = "after" if step > 0 else "before"
            context.display.refuse(f"No selected label {way} this one.")

    def _go(self, row: int) -> None:
        context = self.context
        context.go(*self.selection.table.name(row))
        place = int(np.searchsorted(self.selection.members, row)) + 1
        context.display.set_status(f"{place:,} of {len(self.selection.members):,}")

    def _to_worst(self) -> None:
        self._go(self.selection.worst)
        self.context.display.set_status("The one that fits the others least.")

    # --- acting

    async def at_rest(self) -> Selection:
        """Return what is selected once the steps under way are made."""
        await self._steps.made()
        return self.selection

    def _nudge(self, dx: int, dy: int, by: int) -> None:
        """Move all labels, or an edge of each; what is held down is made in one go."""
        context = self.context
        if self._all_left_alone():
            return
        units = by * context.times * UNIT
        edge = context.handle.edge(dx, dy)
        idle = self._steps.add(Step(edge, dx * units, dy * units))
        context.display.redraw()
        if idle:
            context.screen.start(self._make_steps(), group="many")

    async def _make_steps(self) -> None:
        try:
            await self._steps.make(self._make_step)
        finally:
            self.context.display.redraw()

    async def _make_step(self, step: Step) -> None:
        if await self._edit(partial(step.operation, self.selection, self._sizes)):
            await self.look_again()

    def _all_left_alone(self) -> bool:
        """Say whether nothing can be changed, and by which key what is settled can be."""
        census = self.selection.census
        if census.labels or not (census.reviewed or census.by_hand):
            return False
        key = self.context.shell.keymap.display("review.many.settled")
        self.context.display.refuse(f"{key} changes these too: {census.left_alone}.")
        return True

    async def _edit(self, make: Callable[[], Operation | Refusal]) -> bool:
        self._acting = True
        try:
            return await self.context.edit_many(make)
        finally:
            self._acting = False

    async def _act(
        self, make: Callable[[Selection], Operation | Refusal], *, stay: bool = False
    ) -> bool:
        """Make one operation of all, after the steps under way; then let the selection go."""
        await self._steps.made()
        if self._all_left_alone() or not await self._edit(partial(make, self.selection)):
            return False
        if stay:
            await self.look_again()
        else:
            self.let_go()
        return True

    async def _delete(self) -> None:
        """Delete them, and select what follows the label shown, which may be the next to go."""
        context = self.context
        ids = [label.id for label in context.frame.listed()]
        place = ids.index(context.selected) if context.selected in ids else 0
        if await self._act(many_labels.delete):
            left = [name for name in ids[place:] + ids[:place] if context.frame.label(name)]
            context.select(left[0] if left else None)

    async def _accept(self) -> None:
        frames = np.unique(self.selection.table.frame[self.selection.changeable]).tolist()
        self.context.look()
        seen = self.context.open_session.seen

        def accept(selection: Selection) -> Operation | Refusal:
            why = self._why_not(selection.table.document, frames)
            return Refusal(why) if why else many_labels.accept(selection, seen)

        if await self._act(accept) and self.context.repeats is not None:
            self.context.repeats.skip(frames)

    def _flag_by_letter(self) -> None:
        def set_flag(which: Flag) -> None:
            self.context.screen.start(self.flag(which), group="flag")

        self.context.enter(FlagsMode(self.context, set_flag), FlagsMode.text)

    async def flag(self, which: Flag) -> None:
        """Flag the frames of the selection, or take the flag off where all have it."""
        await self._act(lambda selection: many_labels.flag(selection, which), stay=True)

    async def _escape(self) -> None:
        """Cancel what is under way, one thing at a time; then leave."""
        context = self.context
        if context.screen.banner.shown:
            context.screen.clear_banner()
        elif self.combine is not Combine.ANEW:
            self._combine_next(self.combine)
        elif context.handle is not Handle.WHOLE:
            context.handle = Handle.WHOLE
            context.display.redraw()
        else:
            await self._steps.made()
            self.let_go()
            context.display.set_status("Selection let go.")
