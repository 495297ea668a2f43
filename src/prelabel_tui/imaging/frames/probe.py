"""What a folder of pictures or a video holds: the manifest of a clip.

A picture that is missing or broken becomes a frame whose thumbnail is missing, with the reason.
"""

from __future__ import annotations

import re
import stat
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from prelabel_tui.core.model.media import Manifest, MediaFrame, natural_key
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.imaging.frames.orientation import upright_size
from prelabel_tui.imaging.frames.video import VideoError, video_info

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
"""Endings of the files that are taken for pictures."""

_LARGEST_PICTURE: Final = 512 << 20
"""Bytes of a file; some pictures are read whole only to learn their size."""

Size = tuple[int, int]


class ProbeError(Exception):
    """Nothing that could be a clip.  The text says what and what to do."""


def picture_names(folder: Path) -> list[str]:
    """Names of the pictures in a folder, in natural order.  ProbeError when there are none."""
    try:
        names = [path.name for path in folder.iterdir() if path.suffix.lower() in PICTURES]
    except OSError as error:
        raise ProbeError(f"{folder}: cannot be read ({error.strerror}). Check the path.") from error
    if not names:
        kinds = ", ".join(sorted(PICTURES))
        raise ProbeError(f"{folder}: has no pictures ({kinds}). Give the folder of frames.")
    return sorted(names, key=natural_key)


def probe_folder(
    folder: Path,
    names: Sequence[str] | None = None,
    sizes: Mapping[str, Size] | None = None,
    fps: float | None = None,
    progress: Progress = unwatched,
) -> Manifest:
    """The clip of these pictures (``names`` are relative to ``folder``; default: all of them).

    ``sizes`` gives the size in px that labels are for: a picture of another size counts as
    broken.  Without it, a picture that cannot be read is given the commonest size of the others.
    ProbeError when not one picture can be read, or a name is no UTF-8.
    """
    listed = picture_names(folder) if names is None else list(names)
    found: list[tuple[Path, Size | None, str | None]] = []
    readable = Counter[Size]()
    for number, name in enumerate(listed):
        path = (folder / name).absolute()
        if not _is_unicode(str(path)):
            raise ProbeError(f"{folder / name}: the name is no UTF-8. Rename it.")
        size, missing = _inspect(path)
        if size:
            readable[size] += 1
        wanted = sizes.get(name) if sizes else None
        if wanted and size and size != wanted:
            missing = f"is {size[0]}×{size[1]} px, labelled as {wanted[0]}×{wanted[1]}"
        found.append((path, wanted or size, missing))
        progress("frames looked at", number + 1, len(listed))
    if not readable:
        reason = next((missing for _, _, missing in found if missing), "no frames")
        raise ProbeError(f"{folder}: no picture can be read ({reason}). Give readable frames.")
    usual = readable.most_common(1)[0][0]
    frames = []
    for number, (name, (path, size, missing)) in enumerate(zip(listed, found, strict=True)):
        width, height = size or usual
        time = round(number * 1_000_000 / fps) if fps else 0
        frames.append(MediaFrame(name, width, height, time, path=str(path), missing=missing))
    return Manifest(tuple(frames), round(fps * 1000) if fps else None)


def _inspect(path: Path) -> tuple[Size | None, str | None]:
    """Size of a picture, and why it cannot be shown (None: it can)."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            return None, "is no file"
        if status.st_size > _LARGEST_PICTURE:
            return None, "is too large to be a frame"
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                size, kind = upright_size(image), image.format
                if kind != "JPEG":
                    image.verify()
        if kind == "JPEG" and not _ends(path):
            return size, "is cut off"
    except FileNotFoundError:
        return None, "is not there"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None, "is too large to be a frame"
    except OSError as error:
        return None, f"cannot be read ({error.strerror or 'no picture'})"
    except (SyntaxError, ValueError, EOFError) as error:
        return None, f"is broken ({error})"
    return size, None


def _is_unicode(text: str) -> bool:
    """Whether a name from the file system can be stored as text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _ends(path: Path) -> bool:
    """Whether a JPEG has its end mark: decoding each picture whole would take minutes."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - 1024))
        return b"\xff\xd9" in file.read()


def probe_video(path: Path, progress: Progress = unwatched) -> Manifest:
    """The clip of a video file: the frames that can be decoded.

    ProbeError when there are none, or PyAV (extra ``video``) is not installed.
    """
    whole = str(path.absolute())
    if not path.is_file() or not _is_unicode(whole):
        raise ProbeError(f"{path}: is no file with a name in UTF-8. Give a video file.")
    try:
        found = video_info(whole, progress)
    except VideoError as error:
        raise ProbeError(f"{error}.") from error
    frames = (
        MediaFrame(f"{number:06d}", *size, time, at=number)
        for number, (size, time) in enumerate(zip(found.sizes, found.times, strict=True))
    )
    return Manifest(tuple(frames), found.fps, whole, found.packets)


def pick_frames(video: Manifest, sizes: Mapping[str, Size], number_from: int) -> Manifest:
    """The clip of some frames of a video: ``sizes`` gives names, in order, with sizes in px.

    The last number in a name says which frame it is; ``number_from`` is the first frame's.
    """
    frames = []
    for name, (width, height) in sizes.items():
        numbers = re.findall(r"[0-9]+", Path(name).stem)
        at = int(numbers[-1][-9:]) - number_from if numbers else -1
        if not 0 <= at < len(video.frames):
            missing = f"is not among the {len(video.frames)} frames of the video"
            frames.append(MediaFrame(name, width, height, missing=missing))
            continue
        frame = video.frames[at]
        missing_size = None
        if (frame.width, frame.height) != (width, height):
            missing_size = f"is {frame.width}×{frame.height} px, labelled as {width}×{height}"
        frames.append(
            MediaFrame(name, width, height, frame.time, at=frame.at, missing=missing_size)
        )
    return Manifest(tuple(frames), video.fps, video.video, video.packets)
