"""Reads a clip's pictures, at full size or shrunk while decoding; else their placeholders."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.imaging.frames.orientation import turn_of, upright_size
from prelabel_tui.imaging.frames.picture import MAT, Picture, Pixels
from prelabel_tui.imaging.frames.placeholder import placeholder
from prelabel_tui.imaging.frames.video import VideoError, VideoReader
from prelabel_tui.imaging.overlay.viewport import Viewport

ReadArtifact = Callable[[str], bytes]


@dataclass(frozen=True, eq=False)
class Decoded:
    """A whole frame's pixels, perhaps shrunk; ``missing`` says why it is only a placeholder."""

    pixels: Pixels
    missing: str | None = None


class Source:
    """The pictures of one clip.  Thread-safe."""

    def __init__(self, name: str, manifest: Manifest, read_artifact: ReadArtifact | None) -> None:
        self.name = name
        self.manifest = manifest
        self._read_artifact = read_artifact
        self._video = VideoReader(manifest.video, manifest.packets) if manifest.video else None

    def __len__(self) -> int:
        return len(self.manifest.frames)

    def read(self, index: int, shrink: int, keep: Callable[[int, Decoded], None]) -> Decoded:
        """Decode a frame at 1/``shrink`` (1, 2, 4 or 8; a picture may come larger).

        Never fails: what cannot be read becomes the placeholder.  Frames of a video that were
        decoded on the way are handed to ``keep`` with their index.
        """
        frame = self.manifest.frames[index]
        if frame.missing is not None:
            return self._without(index, frame.missing)
        try:
            if frame.at is not None and self._video is not None and frame.path is None:
                first = index - frame.at

                def passed(at: int, pixels: Pixels) -> None:
                    if 0 <= first + at < len(self) and self.manifest.frames[first + at].at == at:
                        keep(first + at, Decoded(pixels))

                return Decoded(self._video.read(frame.at, passed, -(-frame.width // shrink)))
            return Decoded(_picture(self._file(frame), frame, shrink))
        except (VideoError, LookupError) as error:
            return self._without(index, str(error))
        except Exception as error:
            # Pillow raises all kinds of errors on a broken file.
            return self._without(index, f"{frame.name}: {type(error).__name__}: {error}")

    def _file(self, frame: MediaFrame) -> str | io.BytesIO:
        if frame.path is not None:
            return frame.path
        if frame.sha256 is not None and self._read_artifact is not None:
            return io.BytesIO(self._read_artifact(frame.sha256))
        raise LookupError("this frame has no picture in the clip")

    def _without(self, index: int, why: str) -> Decoded:
        frame = self.manifest.frames[index]
        return Decoded(placeholder(self.name, index + 1, (frame.width, frame.height)), why)

    def close(self) -> None:
        """Close the video, if there is one."""
        if self._video is not None:
            self._video.close()


def _picture(file: str | io.BytesIO, frame: MediaFrame, shrink: int) -> Pixels:
    with Image.open(file) as image:
        width, height = upright_size(image)
        if (width, height) != (frame.width, frame.height):
            raise LookupError(f"is {width}×{height} px, imported as {frame.width}×{frame.height}")
        turn = turn_of(image)
        if shrink > 1:
            # JPEG decodes straight to 1/2, 1/4 or 1/8; other formats ignore this.
            image.draft("RGB", (image.width // shrink, image.height // shrink))
        rgb = image.convert("RGB")
    if turn is not None:
        rgb = rgb.transpose(turn)
    return np.asarray(rgb)


def shrink_for(viewport: Viewport) -> int:
    """Return how much smaller a frame may be decoded and still give each dot its own pixel."""
    finest = max(viewport.scale)
    return next((shrink for shrink in (8, 4, 2) if shrink * finest <= 1), 1)


def picture_of(index: int, decoded: Decoded, viewport: Viewport) -> Picture:
    """Return the dots that a viewport shows of a decoded frame: means when coarser than a pixel."""
    width, height = viewport.size
    dots = np.full((height, width, 3), MAT, dtype=np.uint8)
    spans = []
    for axis in (0, 1):
        start = viewport.origin[axis]
        last = int(viewport.frame[axis] * viewport.scale[axis] + 1e-6)
        first, end = max(start, 0), min(start + viewport.size[axis], last)
        spans.append((first - start, end - start, first, end))
    (x0, x1, left, right), (y0, y1, top, bottom) = spans
    if x1 > x0 and y1 > y0:
        pixels = decoded.pixels
        per_x = pixels.shape[1] / viewport.frame[0] / viewport.scale[0]
        per_y = pixels.shape[0] / viewport.frame[1] / viewport.scale[1]
        # Only the part in view is handed to Pillow: converting a whole 4K array costs more.
        cut_x, cut_y = int(left * per_x), int(top * per_y)
        part = pixels[cut_y : int(bottom * per_y) + 2, cut_x : int(right * per_x) + 2]
        box = (
            left * per_x - cut_x,
            top * per_y - cut_y,
            min(right * per_x - cut_x, part.shape[1]),
            min(bottom * per_y - cut_y, part.shape[0]),
        )
        image = Image.fromarray(np.ascontiguousarray(part))
        shown = image.resize((x1 - x0, y1 - y0), Image.Resampling.BOX, box=box)
        dots[y0:y1, x0:x1] = np.asarray(shown)
        # A last dot that the frame covers only partly repeats its neighbour.
        if x1 < width and (right / viewport.scale[0]) < viewport.frame[0] - 1e-6:
            dots[y0:y1, x1] = dots[y0:y1, x1 - 1]
            x1 += 1
        if y1 < height and (bottom / viewport.scale[1]) < viewport.frame[1] - 1e-6:
            dots[y1, x0:x1] = dots[y1 - 1, x0:x1]
    return Picture(index, viewport, dots, decoded.missing)
