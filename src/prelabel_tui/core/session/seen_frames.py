"""Which frames of a draft one person has had on their screen."""

from __future__ import annotations

from typing import Any


class SeenFrames:
    """Frames whose picture was shown to one person, in this session and the earlier ones."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def __contains__(self, index: object) -> bool:
        return index in self._seen

    def add(self, index: int) -> None:
        """Take note that a frame's picture is on the screen."""
        self._seen.add(index)

    def stored(self) -> list[tuple[int, int]]:
        """Return the frames for the next session, as first and last frames of stretches."""
        stretches: list[tuple[int, int]] = []
        for index in sorted(self._seen):
            if stretches and stretches[-1][1] == index - 1:
                stretches[-1] = (stretches[-1][0], index)
            else:
                stretches.append((index, index))
        return stretches

    def recall(self, stored: Any, count: int) -> None:
        """Take up what :meth:`stored` gave an earlier session; anything else is ignored."""
        for entry in stored if isinstance(stored, list) else ():
            match entry:
                case [int(first), int(last)] if 0 <= first <= last < count:
                    self._seen.update(range(first, last + 1))
