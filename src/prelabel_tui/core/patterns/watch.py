"""Watching a document as it is edited for what many corrections have in common."""

from __future__ import annotations

from collections.abc import Collection

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.patterns.explain import LEAST_TRACKS, Explanation, explain, lag
from prelabel_tui.core.patterns.notice import STANDING, Notice, notice_of, notice_standing
from prelabel_tui.core.patterns.opinions import Opinions
from prelabel_tui.core.patterns.proposal import ClipFrames
from prelabel_tui.core.patterns.rows import Rows
from prelabel_tui.core.patterns.standing import find_standing, stands_anything
from prelabel_tui.core.tracks import Tracks


class Watch:
    """What could be noticed of a document.  Made off the interface's thread, kept up on it."""

    def __init__(self, document: Document, tracks: Tracks) -> None:
        self._opinions = Opinions(document, tracks)
        self._explanation = explain(self._opinions.all)
        self._stands = stands_anything(document)

    def update(self, document: Document, tracks: Tracks, frames: Collection[int]) -> None:
        """Take in what was edited in these frames; a few ms."""
        if self._opinions.update(document, tracks, frames):
            self._explanation = explain(self._opinions.all)

    @property
    def tracks(self) -> int:
        """How many tracks somebody corrected by hand."""
        return self._opinions.tracks

    def lag(self, tracks: Collection[int] | None) -> float:
        """Return by how many frames the corrections say that some tracks (None: all) are late."""
        return lag([one for one in self._opinions.all if tracks is None or one.track in tracks])

    def may_notice(self, answered: Collection[str]) -> bool:
        """Say whether :meth:`notice` might return one."""
        return self._standing(answered) or self._found(answered) is not None

    def notice(self, rows: Rows, clip: ClipFrames, answered: Collection[str] = ()) -> Notice | None:
        """Return what is to be said, if anything; takes as long as looking at every label does.

        ``answered``: kinds that are not to be spoken of.
        """
        if self._standing(answered):
            standing = find_standing(rows, clip)
            notice = None if standing is None else notice_standing(standing)
            if notice is not None:
                return notice
        found = self._found(answered)
        return None if found is None else notice_of(found, rows, clip)

    def why_nothing(self) -> str:
        """Say why nothing is noticed."""
        if self.tracks < LEAST_TRACKS:
            return (
                f"No pattern: corrections of {LEAST_TRACKS} tracks are needed, and "
                f"{self.tracks} {'has' if self.tracks == 1 else 'have'} some."
            )
        return f"No pattern: the corrections of {self.tracks} tracks do not agree on one."

    def _standing(self, answered: Collection[str]) -> bool:
        return self._stands and STANDING not in answered

    def _found(self, answered: Collection[str]) -> Explanation | None:
        found = self._explanation
        return None if found is None or found.kind.value in answered else found
