"""What pictures may take of memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prelabel_tui.imaging.terminal.choose_backend import PICTURE_BYTES

if TYPE_CHECKING:
    from prelabel_tui.imaging.frames.shared_pictures import SharedPictures


@dataclass(frozen=True)
class PictureMemory:
    """Bytes of this process's own for pictures, and what it shares with others, if anything."""

    bound: int = PICTURE_BYTES
    shared: SharedPictures | None = None

    def part(self, share: float) -> PictureMemory:
        """Return a part of its own bytes; what is shared stays the same."""
        return replace(self, bound=int(self.bound * share))
