"""Macros: keys recorded once and played on as many frames as wanted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from textual.events import Key

from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.edits.selection import counted
from prelabel_tui.core.tracks import Tracks
from prelabel_tui.screens.review.context import ReviewContext

_MOST = 500
"""How many frames one call plays on at most."""

_NAMED = 3
"""How many tracks are named in what is told; the others are counted."""

_A_MOMENT = 0.01
_PATIENCE = 500
"""How often a macro looks whether a picture is on the screen, moments apart."""


class MacroCommands:
    """The keys that record and play; the screen shows every key to it.

    On several frames a macro follows the track of the label that was selected when it began.
    """

    def __init__(self, context: ReviewContext) -> None:
        self.context = context
        self._recording: list[tuple[str, str | None]] | None = None
        self._macro: tuple[tuple[str, str | None], ...] = ()
        self._playing = False
        self._played: Key | None = None
        """The position in the macro that is being played."""

    @property
    def playing(self) -> bool:
        """Whether keys come from a macro now."""
        return self._playing

    def keep_key(self, event: Key) -> None:
        """Record a key if recording is on."""
        if self._recording is not None:
            self._recording.append((event.key, event.character))

    def record(self) -> None:
        """Start recording, or stop and keep what was pressed."""
        context, name = self.context, self.context.shell.keymap.display
        if self._recording is None:
            self._recording = []
            context.browse("Recording")
            context.display.set_status(f"{name('review.record')} again stops recording.")
            return
        # The key that ends it was recorded too.
        self._macro, self._recording = tuple(self._recording[:-1]), None
        context.browse()
        play = name("review.replay")
        context.display.set_status(
            f"{len(self._macro)} keys recorded; {play} plays them, 5{play} on 5 frames."
        )

    def replay(self) -> None:
        """Play the macro here; with a count on that many frames, one step forward after each."""
        context = self.context
        if self._playing:
            context.display.refuse("A macro cannot play itself.")
        elif self._recording is not None:
            context.display.refuse("A recording is under way; stop it first.")
        elif not self._macro:
            context.display.refuse("Nothing has been recorded yet.")
        elif (tracks := context.needed_tracks()) is not None:
            self._playing = True
            context.screen.start(self._replay(min(context.times, _MOST), tracks), group="macro")

    async def _replay(self, times: int, tracks: Tracks) -> None:
        """Play, make one undo of it, and tell what it changed."""
        context = self.context
        before = context.open_session.undo_log
        frames = lacking = 0
        try:
            frames, lacking = await self._play(times, tracks)
        finally:
            self._playing, self._played = False, None
            if context.screen.is_attached:
                played = f"{counted(len(self._macro), 'key')} on {counted(frames, 'frame')}"
                made = context.open_session.made_since(before)
                told = ": ".join(filter(None, (f"Play {played}", _changed(made, tracks))))
                context.open_session.join(before, "macro", told)
                if lacking:
                    told += f" · {counted(lacking, 'frame')} without the track left out"
                context.display.set_status(told)

    async def _play(self, times: int, tracks: Tracks) -> tuple[int, int]:
        """Play on frames; return on how many, and how many were left out for lack of the track."""
        context, screen = self.context, self.context.screen
        track = None if context.selected is None else tracks.at(context.index, context.selected)
        frames = lacking = 0
        for turn in range(times):
            index = context.index
            if turn and track is not None:
                name = tracks.find(track, index)
                if name is None or context.frame.label(name) is None:
                    lacking += 1
                    if not self._go_on(index):
                        break
                    continue
                context.select(name)
            for key, character in self._macro:
                await self._picture()
                self._played = Key(key, character)
                await screen.on_key(self._played)
                if not self._playing or context.leaving or not screen.is_current:
                    return frames + 1, lacking
            frames += 1
            if times > 1 and context.index == index and not self._go_on(index):
                break
            context.display.set_status(f"Playing: {turn + 1} of {times} frames; Esc stops.")
            await asyncio.sleep(0)  # the screen shows it, and Esc gets through
        return frames, lacking

    def _go_on(self, index: int) -> bool:
        """Go to the next frame; return whether there is one."""
        if index + 1 >= len(self.context.document):
            return False
        self.context.go(index + 1)
        return True

    async def _picture(self) -> None:
        """Wait for the frame's picture, as a person would; not for ever."""
        context = self.context
        for _ in range(_PATIENCE):
            if not self._playing or context.look() or context.missing(context.index) is not None:
                return
            await asyncio.sleep(_A_MOMENT)

    def stops_replay(self, event: Key) -> bool:
        """Say whether a macro is playing and the key is a person's: only Esc then has an effect."""
        if not self._playing or event is self._played:
            return False
        if event.key == "escape":
            self._playing = False
        return True


def _changed(operations: Iterable[Operation], tracks: Tracks) -> str:
    """Say how many labels of which tracks were changed, and how many frames otherwise."""
    changes = [change for operation in operations for change in operation.changes]
    labels = {(change.frame, name) for change in changes for name in change.label_ids}
    states = {change.frame for change in changes if not change.label_ids}
    counts = Counter(
        "no track" if (number := tracks.at(*label)) is None else tracks.name(number)
        for label in labels
    )
    parts = [f"{counted(count, 'label')} of {name}" for name, count in counts.most_common(_NAMED)]
    others = counts.most_common()[_NAMED:]
    if others:
        rest = sum(count for _, count in others)
        parts.append(f"{counted(rest, 'label')} of {counted(len(others), 'other track')}")
    if states:
        parts.append(f"marks of {counted(len(states), 'frame')}")
    return ", ".join(parts) or "nothing was changed"
