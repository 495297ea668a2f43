"""The one error of all readers, and what becomes of labels that cannot be taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from prelabel_tui.core.text import printable

_LONGEST = 300
_LISTED: Final = 1_000


class FormatError(Exception):
    """A file that cannot be read.  Says where, what, and what to do about it.

    ``place`` is a line or an item of the file (``line 12``, ``item 7``), or empty for the whole.
    """

    def __init__(self, path: Path, place: str, what: str, remedy: str) -> None:
        self.path = path
        self.place = place
        self.what = printable(what, _LONGEST)
        self.remedy = remedy
        name = printable(str(path))
        where = f"{name}, {place}" if place else name
        super().__init__(f"{where}: {self.what}. {remedy}.")


@dataclass
class BadLabels:
    """Labels that cannot be taken: refused one by one, or left out, counted and listed.

    ``keep_going``: count them instead of raising the first.
    """

    keep_going: bool = False
    count: int = 0
    listed: list[str] = field(default_factory=list)

    def add(self, error: FormatError) -> None:
        """Take note of a bad label.  FormatError when bad labels are refused."""
        if not self.keep_going:
            raise error
        self.count += 1
        if len(self.listed) < _LISTED:
            self.listed.append(printable(str(error)))
