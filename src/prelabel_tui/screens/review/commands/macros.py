"""Macros: keys recorded once, played on as many frames as wanted."""

from __future__ import annotations

import asyncio

from textual.events import Key

from prelabel_tui.screens.review.context import ReviewBase

_MOST = 500
"""Frames that one call plays on at most."""


class MacroActions(ReviewBase):
    """Recording and playing."""

    _recording: list[tuple[str, str | None]] | None = None
    _macro: tuple[tuple[str, str | None], ...] = ()
    _playing = False
    _played: Key | None = None
    """The key that a macro is at."""

    def keep_key(self, event: Key) -> None:
        """Take down a key while recording."""
        if self._recording is not None:
            self._recording.append((event.key, event.character))

    def do_record(self) -> None:
        """Start to record, or stop and keep what was pressed."""
        if self._recording is None:
            self._recording = []
            self.enter_mode(None, "Recording")
            self.tell(f"{self.shell.keymap.display('review.record')} again ends the recording.")
            return
        # The key that ends it was taken down too.
        self._macro, self._recording = tuple(self._recording[:-1]), None
        self.enter_mode(None)
        play = self.shell.keymap.display("review.replay")
        self.tell(f"{len(self._macro)} keys recorded; {play} plays them, 5{play} on 5 frames.")

    def do_replay(self) -> None:
        """Play it here; with a count on that many frames, a step forward after each."""
        if self._playing:
            self.refuse("A macro does not play itself.")
        elif self._recording is not None:
            self.refuse("Recording: end that first.")
        elif not self._macro:
            self.refuse("Nothing is recorded yet.")
        else:
            self._playing = True
            self.start(self._replay(min(self.times(), _MOST)), group="macro")

    async def _replay(self, times: int) -> None:
        frames = 0
        try:
            for turn in range(times):
                index = self.index
                for key, character in self._macro:
                    self._played = Key(key, character)
                    await self.on_key(self._played)
                    if not self._playing or self.leaving or not self.is_current:
                        return
                frames = turn + 1
                if times > 1 and self.index == index:
                    if index + 1 >= len(self.document):
                        return
                    self.go(index + 1)
                self.tell(f"Playing: {frames} of {times} frames; Esc stops.")
                await asyncio.sleep(0)  # the screen shows it, and Esc is heard
        finally:
            self._playing, self._played = False, None
            if self.is_attached:
                self.tell(f"{len(self._macro)} keys played on {frames} frame{'s'[: frames != 1]}.")

    def stops_replay(self, event: Key) -> bool:
        """While a macro plays: whether the key is a person's, of which only Esc is heard."""
        if not self._playing or event is self._played:
            return False
        if event.key == "escape":
            self._playing = False
        return True
