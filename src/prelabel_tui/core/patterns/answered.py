"""Which notices one person has answered, whether by Enter or by Esc: they are not repeated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Answered:
    """Kinds of notices, as long as the draft is of the same prelabels."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()
        self._pack: str | None = None

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._kinds))

    def add(self, kind: str) -> None:
        """Take note that a kind was answered."""
        self._kinds.add(kind)

    def begin(self, pack: str | None) -> None:
        """Forget what was answered of other prelabels; ``pack``: those of the draft now."""
        if pack != self._pack:
            self._pack = pack
            self._kinds.clear()

    def stored(self) -> list[str | None]:
        """Return what the next session of the same person on the draft takes up."""
        return [self._pack, *self]

    def recall(self, stored: Any) -> None:
        """Take up what :meth:`stored` gave an earlier session; anything else is ignored."""
        match stored:
            case [pack, *kinds] if pack == self._pack:
                self._kinds.update(kind for kind in kinds if isinstance(kind, str))
