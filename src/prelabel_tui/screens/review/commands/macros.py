"""Macros: keys recorded once and played on as many frames as wanted."""

from __future__ import annotations

import asyncio

from textual.events import Key

from prelabel_tui.screens.review.context import ReviewContext

_MOST = 500
"""How many frames one call plays on at most."""


class MacroCommands:
    """The keys that record and play; the screen shows every key to it."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context
        self._recording: list[tuple[str, str | None]] | None = None
        self._macro: tuple[tuple[str, str | None], ...] = ()
        self._playing = False
        self._played: Key | None = None
        """The position in the macro that is being played."""

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
        else:
            self._playing = True
            context.screen.start(self._replay(min(context.times, _MOST)), group="macro")

    async def _replay(self, times: int) -> None:
        context, screen = self.context, self.context.screen
        frames = 0
        try:
            for turn in range(times):
                index = context.index
                for key, character in self._macro:
                    self._played = Key(key, character)
                    await screen.on_key(self._played)
                    if not self._playing or context.leaving or not screen.is_current:
                        return
                frames = turn + 1
                if times > 1 and context.index == index:
                    if index + 1 >= len(context.document):
                        return
                    context.go(index + 1)
                context.display.set_status(f"Playing: {frames} of {times} frames; Esc stops.")
                await asyncio.sleep(0)  # the screen shows it, and Esc gets through
        finally:
            self._playing, self._played = False, None
            if screen.is_attached:
                context.display.set_status(
                    f"{len(self._macro)} keys played on {frames} frame{'s'[: frames != 1]}."
                )

    def stops_replay(self, event: Key) -> bool:
        """Say whether a macro is playing and the key is a person's: only Esc then has an effect."""
        if not self._playing or event is self._played:
            return False
        if event.key == "escape":
            self._playing = False
        return True
