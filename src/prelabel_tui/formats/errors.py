"""The one error of all readers."""

from __future__ import annotations

from pathlib import Path

from prelabel_tui.core.text import printable

_LONGEST = 300


class FormatError(Exception):
    """A file that cannot be read.  Says where, what, and what to do about it.

    ``place`` is a line or an item of the file (``line 12``, ``item 7``), or empty for the whole.
    """

    def __init__(self, path: Path, place: str, what: str, remedy: str) -> None:
        self.path = path
        self.place = place
        self.what = printable(what, _LONGEST)
        self.remedy = remedy
        where = f"{path}, {place}" if place else f"{path}"
        super().__init__(f"{where}: {self.what}. {remedy}.")
