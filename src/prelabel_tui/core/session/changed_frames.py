"""Which frames of a draft one person changed: those that are not as they found them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Set
from typing import Any

from prelabel_tui.core.model.document import Document


class ChangedFrames:
    """A frame is changed while its content differs from what it was before the first edit of it.

    So a frame that undo, an opposite edit or a restored version brings back is not changed,
    whichever session the edit was made in.  Only a checksum of the content before is kept.
    """

    def __init__(self) -> None:
        self._found: dict[int, int] = {}
        self._changed: set[int] = set()

    @property
    def indices(self) -> Set[int]:
        """The frames that are changed; always the same set, which grows and shrinks."""
        return self._changed

    def before_edit(self, document: Document, frames: Iterable[int]) -> None:
        """Take note of frames about to be edited; what is beyond the clip is ignored."""
        for index in frames:
            if index not in self._found and 0 <= index < len(document):
                self._found[index] = _checksum(document, index)

    def after_edit(self, document: Document, frames: Iterable[int] | None = None) -> None:
        """Take note that these frames were edited; None: all content may be different."""
        for index in list(self._found) if frames is None else frames:
            if _checksum(document, index) != self._found[index]:
                self._changed.add(index)
            else:
                self._changed.discard(index)

    def after_merge(self, base: Document, theirs: Document, document: Document) -> None:
        """Take note that what was edited on top of ``base`` met ``theirs``, giving ``document``.

        A frame that is theirs now, and was only edited here since ``base``, is theirs alone.
        """
        for index, found in list(self._found.items()):
            yielded = document.encoded(index) == theirs.encoded(index)
            if yielded and _checksum(base, index) == found:
                del self._found[index]
                self._changed.discard(index)
        self.after_edit(document)

    def stored(self) -> list[tuple[int, int]]:
        """Return, for the next session, the changed frames with checksums of what they were."""
        return [(index, self._found[index]) for index in sorted(self._changed)]

    def recall(self, stored: Any, document: Document) -> None:
        """Take up what :meth:`stored` gave an earlier session; anything else is ignored."""
        for entry in stored if isinstance(stored, list) else ():
            match entry:
                case [int(index), int(checksum)] if 0 <= index < len(document):
                    self._found[index] = checksum
        self.after_edit(document)


def _checksum(document: Document, index: int) -> int:
    return zlib.crc32(document.encoded(index))
