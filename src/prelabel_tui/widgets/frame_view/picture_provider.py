"""The pictures of a frame view: requested, and the best of those available until they come."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from prelabel_tui.imaging.frames.decode import PictureLoader, PictureRequest
from prelabel_tui.imaging.frames.picture import Picture, blank
from prelabel_tui.imaging.frames.tone import Tone
from prelabel_tui.imaging.overlay.viewport import Viewport
from prelabel_tui.widgets.frame_view.magnifier import Magnifier

_NEAR: Final = 4
"""A picture of this many frames away is shown until the right one is decoded."""


class PictureProvider:
    """``picture`` is what to show: of another frame or view until the right one is decoded."""

    def __init__(self, viewport: Viewport) -> None:
        self.loader: PictureLoader | None = None
        self.picture = blank(-1, viewport)
        self.magnifier = Magnifier()
        self._tone = Tone()

    def open(self, loader: PictureLoader, viewport: Viewport) -> None:
        """Take the pictures from another clip; the previous one must be closed first."""
        self.loader = loader
        self.magnifier.drop()
        self.picture = blank(-1, viewport)

    def close(self) -> None:
        """Stop loading."""
        loader, self.loader = self.loader, None
        if loader is not None:
            loader.close()

    def tone(self, tone: Tone) -> None:
        """Ask for pictures in another tone from here on."""
        self._tone = tone
        self.magnifier.drop()

    def request(self, index: int, viewport: Viewport) -> PictureRequest:
        """Return the request for a frame under a viewport, in the current tone."""
        return PictureRequest(index, viewport, self._tone)

    def look(self, request: PictureRequest) -> bool:
        """Take what is available of a picture, and ask for it if that is not all.

        Returns whether the view is a new one without its picture: that will come soon, and the old
        picture under the new view would only fill the link.
        """
        loader = self.loader
        assert loader is not None
        turned = self.picture.viewport != request.viewport
        ready = loader.at_once(request) if turned else self._nearest(loader, request)
        if ready is not None:
            self.picture = ready
        if not self._has_picture(request):
            loader.want(request)
        return turned and ready is None and self.picture.index >= 0

    def look_ahead(self, request: PictureRequest) -> None:
        """Load the neighbours of a picture that was there at once.

        Called when it is shown: two threads that decode would hold that up.
        """
        if self.loader is not None and self._has_picture(request):
            self.loader.want(request)

    def _nearest(self, loader: PictureLoader, request: PictureRequest) -> Picture | None:
        """Return the frame's picture, or one between it and what is shown now."""
        way = 1 if self.picture.index > request.index else -1
        for distance in range(_NEAR + 1):
            index = request.index + way * distance
            if distance and index == self.picture.index:
                return None
            picture = loader.ready(replace(request, index=index))
            if picture is not None:
                return picture
        return None

    def request_loupe(self, request: PictureRequest) -> None:
        """Ask for what the loupe still needs, if anything."""
        if self.magnifier.due is not None and self.loader is not None:
            self.loader.want(request, self.magnifier.due)

    def has(self, request: PictureRequest) -> bool:
        """Say whether the picture and the loupe are the right ones."""
        return self._has_picture(request) and self.magnifier.due is None

    def _has_picture(self, request: PictureRequest) -> bool:
        shown = (self.picture.index, self.picture.viewport)
        return shown == (request.index, request.viewport)

    def missing(self, index: int) -> str | None:
        """Say why a frame has only a placeholder, as far as is known."""
        if self.loader is None:
            return "no clip is open"
        if self.picture.index == index:
            return self.picture.missing
        return self.loader.missing(index)
