"""Picture files of a video's frames, for exports."""

from __future__ import annotations

import io

from PIL import Image

from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.reading import unreadable
from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.frames.video import VideoError, VideoReader

_QUALITY = 95


class VideoStills:
    """Makes JPEGs of frames, one video after the other.  Fastest in frame order."""

    def __init__(self) -> None:
        self._path: str | None = None
        self._reader: VideoReader | None = None

    def __call__(self, manifest: Manifest, frame: MediaFrame) -> bytes:
        """Make the picture of one of the manifest's frames, at full size.  LookupError."""
        if manifest.video is None or frame.at is None:
            raise LookupError(f"{frame.name} is not a frame of a video")
        if self._reader is None or manifest.video != self._path:
            self.close()
            self._path = manifest.video
            self._reader = VideoReader(manifest.video, manifest.packets)
        try:
            pixels = self._reader.read(frame.at, _drop, frame.width)
        except VideoError as error:
            raise LookupError(str(error)) from error
        except OSError as error:
            raise LookupError(f"the video {unreadable(error)}") from error
        file = io.BytesIO()
        # Full chroma: labels are about the edges of small things.
        Image.fromarray(pixels).save(file, "JPEG", quality=_QUALITY, subsampling=0)
        return file.getvalue()

    def close(self) -> None:
        """Free the decoder."""
        if self._reader is not None:
            self._reader.close()
        self._path = self._reader = None


def _drop(_at: int, _pixels: Pixels) -> None:
    """Ignore frames decoded on the way: they have had their turn."""
