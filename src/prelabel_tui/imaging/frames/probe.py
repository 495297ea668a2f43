"""What a folder of pictures or a video holds: the manifest of a clip.

A picture that is missing or broken becomes a frame whose thumbnail is missing, with the reason.
"""

from __future__ import annotations

import io
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from prelabel_tui.core.ingest.pairing import ClipFrame, Pictures, Size
from prelabel_tui.core.model.media import Manifest, MediaFrame, natural_key
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.reading import (
    PatientFile,
    answer_of,
    folder_names,
    is_file,
    unreadable,
)
from prelabel_tui.core.text import printable
from prelabel_tui.imaging.frames.opening import SUFFIXES, BadPicture
from prelabel_tui.imaging.frames.picture_file import PictureFile
from prelabel_tui.imaging.frames.video import VideoError, video_info
from prelabel_tui.imaging.terminal.choose_backend import PICTURE_BYTES

_BUFFER: Final = 64 << 10


class ProbeError(Exception):
    """Nothing here can be a clip.  The text says what is wrong and what to do."""


class FolderPictures:
    """The pictures of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pictures(self, listed: Sequence[str] = (), progress: Progress = unwatched) -> Pictures:
        """List the pictures, in natural order; names that begin with a dot do not count.

        Of the names ``listed``, which may lead into subfolders, those that exist come last.
        ProbeError when the folder cannot be read, or has no pictures and none are listed.
        """
        try:
            names = [
                name
                for name in folder_names(self.folder)
                if Path(name).suffix.lower() in SUFFIXES and not name.startswith(".")
            ]
        except NotADirectoryError as error:
            raise ProbeError(
                f"{self.folder} is a file. Give a folder of pictures, or a video with --video."
            ) from error
        except OSError as error:
            reason = error.strerror
            raise ProbeError(f"{self.folder} cannot be read ({reason}). Check the path.") from (
                error
            )
        if not listed:
            _refuse_unstorable(self.folder, names)
        if not names and not listed:
            kinds = ", ".join(sorted(SUFFIXES))
            raise ProbeError(f"{self.folder} has no pictures ({kinds}). Give the folder of frames.")
        names.sort(key=natural_key)
        there = set(names)
        for number, name in enumerate(listed):
            progress("listed pictures found", number, len(listed))
            if name not in there and is_file(self.folder / name):
                names.append(name)
        return Pictures(str(self.folder), tuple(names))

    def clip(
        self,
        frames: Sequence[ClipFrame],
        rate: float | None = None,
        progress: Progress = unwatched,
    ) -> Manifest:
        """Look at the pictures of these frames.  ``rate``: frame numbers a second, if known.

        A picture of another size than its labels counts as broken.  A frame without a size of
        its own, whose picture cannot be read, gets the most common size of the others.
        ProbeError when no picture can be read, when all have another size than their labels, or
        when a name is not UTF-8.
        """
        _refuse_unstorable(self.folder.absolute(), [str(f.picture) for f in frames if f.picture])
        found: list[tuple[str | None, Size | None, str | None]] = []
        readable = Counter[Size]()
        wrong_size = ""
        for number, frame in enumerate(frames):
            path = None if frame.picture is None else (self.folder / str(frame.picture)).absolute()
            size, missing = _inspect(path) if path else (None, "does not exist")
            if size:
                readable[size] += 1
            if frame.size and size and size != frame.size:
                missing = _other_size(size, frame.size)
                wrong_size = f"{frame.name} {missing}"
                readable[size] -= 1
            found.append((str(path) if path else None, frame.size or size, missing))
            progress("frames inspected", number + 1, len(frames))
        usual = _usual_size(self.folder, +readable, wrong_size, found)
        shown = []
        for frame, (place, known, missing) in zip(frames, found, strict=True):
            width, height = known or usual
            time = _time(frame, frames[0], rate)
            shown.append(MediaFrame(frame.name, width, height, time, path=place, missing=missing))
        numbers = [frame.number for frame in frames]
        step = min((after - before for before, after in pairwise(numbers)), default=1)
        return Manifest(tuple(shown), round(rate * 1000 / step) if rate else None)


def place_pictures(manifest: Manifest, folder: Path, progress: Progress = unwatched) -> Manifest:
    """Find each frame's picture in a folder, and return the clip with their paths.  ProbeError."""
    found = FolderPictures(folder).clip(
        [
            ClipFrame(frame.name, frame.name, number, (frame.width, frame.height))
            for number, frame in enumerate(manifest.frames)
        ],
        progress=progress,
    )
    placed = (
        replace(frame, path=picture.path, missing=picture.missing)
        for frame, picture in zip(manifest.frames, found.frames, strict=True)
    )
    return replace(manifest, frames=tuple(placed))


def _usual_size(
    folder: Path,
    readable: Counter[Size],
    wrong_size: str,
    found: Sequence[tuple[str | None, Size | None, str | None]],
) -> Size:
    """Return the most common size of the pictures that can be shown.  ProbeError when none can."""
    if readable:
        return readable.most_common(1)[0][0]
    if wrong_size:
        raise ProbeError(
            f"{folder}: no picture has the size of its labels ({wrong_size}). Give the "
            "pictures that the labels were made on."
        )
    reason = next((missing for _, _, missing in found if missing), "no frames")
    raise ProbeError(f"{folder}: no picture can be read ({reason}). Give frames that can be read.")


def _other_size(size: Size, labelled: Size) -> str:
    return f"is {size[0]}×{size[1]} px, labelled as {labelled[0]}×{labelled[1]}"


def _time(frame: ClipFrame, first: ClipFrame, rate: float | None) -> int:
    """Return the time of a frame in µs from the first; 0 for all when the rate is not known."""
    return round((frame.number - first.number) * 1_000_000 / rate) if rate else 0


def _inspect(path: Path) -> tuple[Size | None, str | None]:
    """Return the size of a picture, and why it cannot be shown (None: it can)."""
    size = None
    try:
        with PatientFile(path) as file:
            picture = PictureFile(io.BufferedReader(file, _BUFFER), file.length)
            size = picture.size
            picture.check()
    except (BadPicture, ValueError) as error:  # a name with a zero byte is a ValueError
        return size, str(error)
    except OSError as error:
        return None, unreadable(error)
    return size, None


def _refuse_unstorable(place: Path, names: Iterable[str] = ()) -> None:
    """Refuse paths that are not UTF-8: they cannot be stored as text.  ProbeError."""
    for path in (place, *(place / name for name in names)):
        try:
            str(path).encode()
        except UnicodeEncodeError as error:
            raise ProbeError(
                f"{printable(str(path))}: this name is not UTF-8. Rename the file or folder."
            ) from error


class VideoPictures:
    """The frames of a video file.  ``memory``: bytes that its decoder may take."""

    def __init__(self, path: Path, memory: int = PICTURE_BYTES) -> None:
        self.path = path
        self._memory = memory
        self._found: Manifest | None = None

    def pictures(self, listed: Sequence[str] = (), progress: Progress = unwatched) -> Pictures:
        """Count the frames of the video, by decoding it.  ProbeError."""
        return Pictures(str(self.path), video_frames=len(self._manifest(progress).frames))

    def clip(
        self,
        frames: Sequence[ClipFrame],
        rate: float | None = None,
        progress: Progress = unwatched,
    ) -> Manifest:
        """Return the clip of these frames of the video, with the video's own times.

        ProbeError when all have another size than their labels.
        """
        video = self._manifest(progress)
        shown = []
        wrong_size = ""
        for frame in frames:
            if not isinstance(frame.picture, int):
                missing = f"is not one of the {len(video.frames)} frames of the video"
                width, height = frame.size or (video.frames[0].width, video.frames[0].height)
                shown.append(MediaFrame(frame.name, width, height, missing=missing))
                continue
            found = video.frames[frame.picture]
            size = (found.width, found.height)
            if frame.size and size != frame.size:
                wrong_size = _other_size(size, frame.size)
                found = replace(found, missing=found.missing or wrong_size)
            width, height = frame.size or size
            shown.append(replace(found, name=frame.name, width=width, height=height))
        if wrong_size and all(frame.missing for frame in shown):
            raise ProbeError(
                f"{self.path}: the video {wrong_size}. Give the video that the labels were made on."
            )
        return Manifest(tuple(shown), video.fps, video.video, video.packets)

    def _manifest(self, progress: Progress) -> Manifest:
        if self._found is None:
            self._found = probe_video(self.path, progress, self._memory)
        return self._found


def probe_video(
    path: Path, progress: Progress = unwatched, memory: int = PICTURE_BYTES
) -> Manifest:
    """Return the clip of a video file: the frames that can be decoded.

    ProbeError when there are none, decoding takes more than ``memory`` bytes, or PyAV (extra
    ``video``) is not installed.
    """
    whole = str(path.absolute())
    try:
        mode = answer_of(lambda: path.stat().st_mode, path)
    except FileNotFoundError as error:
        raise ProbeError(f"{path} does not exist. Check the path.") from error
    except OSError as error:
        raise ProbeError(f"{path} {unreadable(error)}. Check the path.") from error
    if stat.S_ISDIR(mode):
        raise ProbeError(f"{path} is a folder. Give a video file, or a folder with --frames.")
    if not stat.S_ISREG(mode):
        raise ProbeError(f"{path} is not a regular file. Give a video file.")
    _refuse_unstorable(path.absolute())
    try:
        found = video_info(whole, progress, memory)
    except VideoError as error:
        raise ProbeError(f"{error}.") from error
    frames = (
        MediaFrame(f"{number:06d}", *size, time, at=number)
        for number, (size, time) in enumerate(zip(found.sizes, found.times, strict=True))
    )
    return Manifest(tuple(frames), found.fps, whole, found.packets)
