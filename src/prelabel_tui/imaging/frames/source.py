"""Reads a clip's pictures, at full size or shrunk while decoding; else their placeholders."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import numpy as np
from PIL import Image

from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.reading import PatientFile, unreadable
from prelabel_tui.imaging.frames.opening import BadPicture
from prelabel_tui.imaging.frames.picture import MAT, Picture, Pixels
from prelabel_tui.imaging.frames.picture_file import PictureFile
from prelabel_tui.imaging.frames.placeholder import placeholder
from prelabel_tui.imaging.frames.video import VideoError, VideoReader, frame_memory
from prelabel_tui.imaging.frames.video_file import decoder_memory
from prelabel_tui.imaging.overlay.viewport import Viewport
from prelabel_tui.imaging.terminal.choose_backend import PICTURE_BYTES

ReadArtifact = Callable[[str], bytes]

SHRINKS = (1, 2, 4, 8)
"""How much smaller a frame can be decoded."""

_BUFFER = 256 << 10


class Memory(Protocol):
    """What decoding may take."""

    @property
    def bound(self) -> int:
        """Bytes that all of it may take."""

    def reserve(self, size: int) -> AbstractContextManager[None]:
        """Take ``size`` bytes, at most ``bound``, while the context lasts; may wait for them."""


@dataclass(frozen=True)
class OneAtATime:
    """The memory of whoever decodes one frame after the other and keeps none."""

    bound: int = PICTURE_BYTES

    def reserve(self, _size: int) -> AbstractContextManager[None]:
        """Do nothing: nothing else is in memory."""
        return nullcontext()


@dataclass(frozen=True, eq=False)
class Decoded:
    """A whole frame's pixels, perhaps shrunk; ``missing`` says why it is only a placeholder.

    ``may_come``: it could not be read now, but perhaps can be later.
    """

    pixels: Pixels
    missing: str | None = None
    may_come: bool = False


class Source:
    """The pictures of one clip.  Thread-safe."""

    def __init__(
        self,
        name: str,
        manifest: Manifest,
        read_artifact: ReadArtifact | None,
        memory: Memory | None = None,
    ) -> None:
        self.name = name
        self.manifest = manifest
        self._read_artifact = read_artifact
        self._memory: Memory = memory or OneAtATime()
        self._video = VideoReader(manifest.video, manifest.packets) if manifest.video else None
        largest = max((frame.width * frame.height for frame in manifest.frames), default=0)
        self.standing = decoder_memory(largest) if manifest.video else 0
        """Bytes of memory that are taken as long as the clip is open."""

    def __len__(self) -> int:
        return len(self.manifest.frames)

    def read(self, index: int, shrink: int, keep: Callable[[int, Decoded], None]) -> Decoded:
        """Decode a frame at 1/``shrink`` (1, 2, 4 or 8), smaller where memory does not do.

        Never fails: what cannot be read becomes the placeholder.  Frames of a video that were
        decoded on the way are handed to ``keep`` with their index.
        """
        frame = self.manifest.frames[index]
        if frame.missing is not None:
            return self._without(index, frame.missing)
        try:
            if frame.at is not None and self._video is not None and frame.path is None:
                return Decoded(self._of_video(self._video, index, frame, shrink, keep))
            return Decoded(self._of_file(frame, shrink))
        except OSError as error:
            return self._without(index, unreadable(error), may_come=True)
        except (VideoError, BadPicture) as error:
            return self._without(index, str(error))

    def _of_file(self, frame: MediaFrame, shrink: int) -> Pixels:
        with self._opened(frame) as (file, length):
            picture = PictureFile(file, length)
            if picture.size != (frame.width, frame.height):
                width, height = picture.size
                raise BadPicture(
                    f"is {width}×{height} px, imported as {frame.width}×{frame.height}"
                )
            shrink = self._fitting(shrink, picture.memory)
            with self._memory.reserve(picture.memory(shrink)):
                return picture.pixels(shrink)

    def _of_video(
        self,
        video: VideoReader,
        index: int,
        frame: MediaFrame,
        shrink: int,
        keep: Callable[[int, Decoded], None],
    ) -> Pixels:
        assert frame.at is not None
        first = index - frame.at

        def passed(at: int, pixels: Pixels) -> None:
            if 0 <= first + at < len(self) and self.manifest.frames[first + at].at == at:
                keep(first + at, Decoded(pixels))

        size = (frame.width, frame.height)
        shrink = self._fitting(shrink, lambda shrink: frame_memory(size, shrink))
        with self._memory.reserve(frame_memory(size, shrink)):
            return video.read(frame.at, passed, -(-frame.width // shrink))

    def _fitting(self, shrink: int, memory: Callable[[int], int]) -> int:
        """Return how much smaller a frame must be decoded to fit into memory.  BadPicture."""
        bound = self._memory.bound
        for smaller in SHRINKS:
            if smaller >= shrink and memory(smaller) + self.standing <= bound:
                return smaller
        need = memory(SHRINKS[-1]) + self.standing
        raise BadPicture(
            f"takes {-(-need >> 20):,} MB to decode; {bound >> 20:,} MB are allowed here "
            "(--picture-memory)"
        )

    @contextmanager
    def _opened(self, frame: MediaFrame) -> Iterator[tuple[IO[bytes], int]]:
        """Open a frame's file; yield it with its length in bytes."""
        if frame.path is not None:
            with PatientFile(Path(frame.path)) as file:
                yield io.BufferedReader(file, _BUFFER), file.length
        elif frame.sha256 is not None and self._read_artifact is not None:
            try:
                data = self._read_artifact(frame.sha256)
            except Exception as error:  # of a database or a bucket, which imaging does not know
                raise OSError(errno.EIO, str(error)) from error
            yield io.BytesIO(data), len(data)
        else:
            raise BadPicture("this frame has no picture in the clip")

    def _without(self, index: int, why: str, *, may_come: bool = False) -> Decoded:
        frame = self.manifest.frames[index]
        pixels = placeholder(self.name, index + 1, (frame.width, frame.height))
        return Decoded(pixels, why, may_come)

    def close(self) -> None:
        """Close the video, if there is one."""
        if self._video is not None:
            self._video.close()


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
    return Picture(index, viewport, dots, decoded.missing, decoded.may_come)
