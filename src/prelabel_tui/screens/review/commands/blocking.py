"""Blocking findings: what is about to be accepted is not accepted in silence."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.text import counted, printable
from prelabel_tui.core.validation import Finding
from prelabel_tui.screens.review.context import ReviewContext

READ_S = 0.7
"""Seconds that a person needs to read a finding; a key that is held comes sooner."""

_MENDS: Final = {
    "ball.too_many": ("review.only", "keeps one"),
    "ball.no_size": ("review.reset", "resets the draft"),
    "box.no_area": ("review.reject", "deletes it"),
    "label.duplicate_id": ("review.reject", "deletes one"),
    "label.outside": ("review.reject", "deletes it"),
    "label.wrong_kind": ("review.reject", "deletes it"),
}
"""The command that mends a blocking finding of a frame, and what it does."""


class BlockingFindings:
    """Names them once for each content of the frames; the key again accepts."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context
        self._told: dict[int, bytes] = {}
        """The frames named last, as they were, until they are accepted."""
        self._told_at = 0.0

    def why_not(self, document: Document, frames: Iterable[int]) -> str:
        """Say why these frames are not accepted now; empty when there is nothing, or it was said.

        Asks of each frame alone, so it needs no analysis of the clip.
        """
        errors_of = self.context.errors
        found = {index: errors for index in frames if (errors := errors_of(document, index))}
        now, content = time.monotonic(), {index: document.encoded(index) for index in found}
        again = content == self._told and now - self._told_at >= READ_S
        if not found or again:
            self._told = {}
            return ""
        self._told, self._told_at = content, now
        first = min(found)
        return self._named(first, found[first][0], len(found))

    def _named(self, index: int, finding: Finding, many: int) -> str:
        name = self.context.shell.keymap.display
        accept, text = name("review.accept"), printable(finding.text, 60)
        if many > 1 or index != self.context.index:
            blocked = "has a blocking finding" if many == 1 else "have blocking findings"
            return (
                f"{counted(many, 'frame')} {blocked}, first {index + 1} ({text}): "
                f"{accept} again accepts."
            )
        mend = _MENDS.get(finding.rule)
        how = f"{name(mend[0])} {mend[1]}, " if mend else ""
        return f"{text}: {how}{accept} again accepts it."
