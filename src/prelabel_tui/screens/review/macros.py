"""Macros: keys recorded once, played on as many frames as wanted."""

from __future__ import annotations

from textual.events import Key

from prelabel_tui.screens.review.base import ReviewBase

_MOST = 500
"""Frames that one call plays on at most."""


class MacroActions(ReviewBase):
    """Recording and playing."""

    _recording: list[tuple[str, str | None]] | None = None
    _macro: tuple[tuple[str, str | None], ...] = ()
    _replaying = False

    def keep_key(self, event: Key) -> None:
        """Take down a key while recording."""
        if self._recording is not None and not self._replaying:
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

    async def do_replay(self) -> None:
        """Play it here; with a count on that many frames, a step forward after each."""
        if self._replaying:
            return
        if self._recording is not None:
            self.refuse("Recording: end that first.")
            return
        if not self._macro:
            self.refuse("Nothing is recorded yet.")
            return
        times = min(self.times(), _MOST)
        self._replaying = True
        played = 0
        try:
            for turn in range(times):
                index = self.index
                for key, character in self._macro:
                    await self.on_key(Key(key, character))
                played = turn + 1
                if times > 1 and self.index == index:
                    if index + 1 >= len(self.document):
                        break
                    self.go(index + 1)
        finally:
            self._replaying = False
        self.tell(f"{len(self._macro)} keys played on {played} frame{'s'[: played != 1]}.")
