"""The loupe of a frame view: which pixels it needs, and when it has them."""

from __future__ import annotations

from prelabel_tui.imaging.backends import Loupe
from prelabel_tui.imaging.frames.decode import PictureLoader, PictureRequest
from prelabel_tui.imaging.overlay.loupe import LoupeKeeper
from prelabel_tui.imaging.overlay.scene import Scene


class Magnifier:
    """Keeps the loupe to show.

    True pixels need a frame at full size, which is slow to decode: until it is there, those of the
    frame before are shown, or nothing if they are of another place.
    """

    def __init__(self) -> None:
        self._keeper = LoupeKeeper()
        self.loupe: Loupe | None = None
        self.due: PictureRequest | None = None
        """The picture that the loupe still needs."""

    def look(self, loader: PictureLoader | None, request: PictureRequest, scene: Scene) -> bool:
        """Put the loupe where it belongs in the view of ``request``; return whether it changed."""
        before, self.loupe, self.due = self.loupe, None, None
        lens = self._keeper.lens(request.viewport, scene)
        if lens is None or loader is None:
            return before is not None
        if before is not None and before.picture.viewport == lens.viewport:
            self.loupe = before
            if (before.column, before.row) != (lens.column, lens.row):
                self.loupe = Loupe(before.picture, lens.column, lens.row)
            if before.picture.index == request.index:
                return self.loupe is not before
        needed = PictureRequest(request.index, lens.viewport, request.tone)
        ready = loader.ready(needed)
        if ready is None:
            self.due = needed
        else:
            self.loupe = Loupe(ready, lens.column, lens.row)
        return self.loupe is not before

    def drop(self) -> None:
        """Forget everything: the clip or the tone is another one."""
        self.loupe = self.due = None
