"""The list of tracks under the picture, and the edits of tracks."""

from __future__ import annotations

from collections.abc import Iterable

from prelabel_tui.core.edits import track_names
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.tracks import Tracks, TrackSummary, summaries
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.mode_commands import TracksCommands
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.review.modes.drawer import DrawerMode
from prelabel_tui.screens.shared.dialogs import PromptDialog
from prelabel_tui.widgets.tables.track_table import TrackTable
from prelabel_tui.widgets.timeline import Lane


class TracksMode(DrawerMode):
    """Every track: where it is, its gaps, score and changes; and what may be done to one.

    Joining and swapping are of the selection's track with the one under the cursor.
    """

    name = "review.tracks"

    def __init__(self, context: ReviewContext) -> None:
        self._list = TrackTable()
        super().__init__(context, self._list)

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `review.tracks` commands."""
        own: TracksCommands = {
            "review.tracks.jump": self.jump,
            "review.tracks.rename": self.rename,
            "review.tracks.split": self.split,
            "review.tracks.join": self.join,
            "review.tracks.swap": self.swap,
        }
        return (own, *super().handlers())

    async def show(self) -> None:
        """Open the list at the selection's track."""
        await self.open("Tracks")
        self._load_soon(None)

    def _load_soon(self, cursor: str | None) -> None:
        self.context.screen.start(self._load(cursor), group="tracks list")

    async def _load(self, cursor: str | None) -> None:
        context = self.context
        await context.upkeep.tracks_known.wait()
        tracks, document = context.tracks, context.document.copy()
        if tracks is None:
            return
        result = await context.screen.in_thread(
            lambda _: summaries(document, tracks), title="Looking at the tracks"
        )
        if result.value is None:
            context.display.show_outcome(result.outcome)
        elif context.mode is self:
            selected = None if context.track is None else tracks.name(context.track)
            context.display.fit_drawer(len(result.value))
            self._list.show(result.value, selected, cursor or selected)
            many = len(result.value)
            given = sum(track.given for track in result.value)
            title = f"Tracks: {many} · {given} named by source or hand, {many - given} worked out"
            context.display.drawer.border_title = title
            self.moved()

    def moved(self) -> None:
        """Show on the timeline where the track under the cursor is."""
        row, tracks = self._list.row, self.context.tracks
        number = None if row is None or tracks is None else tracks.named(row.value.name)
        if row is not None and tracks is not None and number is not None:
            count = len(self.context.document)
            lane = Lane.of_track(count, tracks.frames(number), row.value.changed)
            self.context.display.timeline.set_lane(lane)

    def end(self) -> None:
        """Take the track off the timeline."""
        self.context.display.timeline.set_lane(None)

    @property
    def _row(self) -> TrackSummary | None:
        """The track under the cursor; says so when there is none."""
        row = self._list.row
        if row is None:
            self.context.display.refuse("There is no track in this list.")
        return None if row is None else row.value

    def _track(self) -> tuple[Tracks, int] | None:
        """Return the track under the cursor, as it is now."""
        row, tracks = self._row, self.context.needed_tracks()
        number = None if row is None or tracks is None else tracks.named(row.name)
        return None if tracks is None or number is None else (tracks, number)

    async def jump(self) -> None:
        """Go to the track: in this frame, else in the nearest one that it is in."""
        found = self._track()
        if found is None:
            return
        tracks, number = found
        index = self.context.index
        frames = tracks.frames(number).tolist()
        if not frames:
            self.context.display.refuse("This track has no label any more.")
            return
        nearest = min(frames, key=lambda frame: (abs(frame - index), frame))
        self.context.go(nearest, tracks.find(number, nearest))
        await self.close()

    def rename(self) -> None:
        """Ask for another name of the track."""
        found = self._track()
        if found is not None:
            self.context.screen.ask(self._rename(*found))

    async def _rename(self, tracks: Tracks, number: int) -> None:
        context = self.context
        name = tracks.name(number)
        many = len(tracks.members(number))
        answer = await context.screen.app.push_screen_wait(
            PromptDialog(
                "Rename the track",
                f"Its {many} label{'s'[: many != 1]} get the name.",
                value=name,
                confirm="Rename",
            )
        )
        if answer is not None:
            operation = track_names.rename(context.document, tracks, number, answer)
            self._edit(operation, answer)

    def split(self) -> None:
        """Make two tracks of one, from the frame shown on."""
        if (found := self._track()) is not None:
            context, (tracks, number) = self.context, found
            operation = track_names.split(context.document, tracks, number, context.index)
            self._edit(operation, tracks.name(number))

    def join(self) -> None:
        """Make one track of the selection's and this one."""
        if (pair := self._pair("joined")) is not None:
            operation = track_names.join(self.context.document, *pair)
            self._edit(operation, pair[0].name(pair[1]))

    def swap(self) -> None:
        """Exchange the selection's track and this one from the frame shown on."""
        if (pair := self._pair("swapped")) is not None:
            context = self.context
            operation = track_names.swap(context.document, *pair, context.index)
            self._edit(operation, pair[0].name(pair[2]))

    def _pair(self, done: str) -> tuple[Tracks, int, int] | None:
        """Return the selection's track and the one under the cursor; say what is missing."""
        found, selected = self._track(), self.context.track
        if found is None:
            return None
        if selected is None:
            self.context.display.refuse(
                f"Select a label first: its track is {done} with the one chosen here."
            )
            return None
        return found[0], selected, found[1]

    def _edit(self, operation: Operation | Refusal, cursor: str) -> None:
        self.context.put_off_repeat()
        if self.context.edit(operation):
            self._load_soon(cursor)
