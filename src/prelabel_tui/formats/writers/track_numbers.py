"""Whole numbers for the tracks of a clip, as MOT files want them."""

from __future__ import annotations

import re
from typing import Final

from prelabel_tui.core.model.labels import Capability, Label

_NUMBERED: Final = re.compile(r"[pb]?([0-9]{1,9})")
_FROM_ROW: Final = re.compile(r"[ad][0-9]+")


class TrackNumbers:
    """Gives each track of a clip one number.

    A track is what the label's source called it, else the labels of one id, as older imports of
    MOT files named them (``p12``).  A track that is a number keeps it unless it is taken.  Labels
    that are only named by their place in a file get a number each, used once.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[Capability, str], int] = {}
        self._taken: set[int] = set()
        self._next = 1

    def of(self, capability: Capability, label: Label) -> int:
        """Return the number of the label's track."""
        if label.track is None and _FROM_ROW.fullmatch(label.id):
            return self._take(None)
        name = label.id if label.track is None else label.track
        key = capability, name
        if key not in self._numbers:
            told = _NUMBERED.fullmatch(name)
            self._numbers[key] = self._take(int(told[1]) if told else None)
        return self._numbers[key]

    def _take(self, wanted: int | None) -> int:
        if wanted and wanted not in self._taken:
            self._taken.add(wanted)
            return wanted
        while self._next in self._taken:
            self._next += 1
        self._taken.add(self._next)
        return self._next
