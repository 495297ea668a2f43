"""What is paired, with what, and how it came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.progress import Progress

Size = tuple[int, int]
"""Width and height in px."""


@dataclass(frozen=True)
class ListedFrame:
    """An image that a label file lists.

    ``at``: which frame of the video it is (from 0), ``number``: its place in time, in steps of the
    frame rate, where the file says so (else the number in its name).  ``other_names``: what
    its picture may be called instead, as an upload or an export renamed it; the same number of
    them for each image, so that one way of naming is tried on all.
    """

    name: str
    size: Size | None = None
    at: int | None = None
    other_names: tuple[str, ...] = ()
    number: int | None = None


@dataclass(frozen=True)
class Listed:
    """The frames of a label file that lists its images, in the order of the clip."""

    frames: tuple[ListedFrame, ...]

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True)
class Numbered:
    """The frames of a label file that numbers them: those that have labels, ascending.

    ``first``: the number that the format gives a clip's first frame; None when it gives none.
    """

    numbers: tuple[int, ...]
    first: int | None

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True)
class Named:
    """The frames of a label file that names them without listing all: those that have labels.

    ``names``: those of the label files, with their endings.  ``first`` as in :class:`Numbered`,
    for names that number the frames of a video.  ``zeros_dropped``: names that are numbers lost
    their leading zeros.
    """

    names: tuple[str, ...]
    first: int | None = None
    zeros_dropped: bool = False

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Sequenced:
    """The frames of a label file that has an entry for each picture, in order, without names.

    ``as_text``: the order is that of names sorted as text, not as people sort them.
    """

    count: int
    as_text: bool = False

    def __len__(self) -> int:
        return self.count


LabelFrames = Listed | Numbered | Named | Sequenced


@dataclass(frozen=True)
class Pictures:
    """The pictures there are: names in a folder, in natural order, or the frames of a video."""

    where: str
    names: tuple[str, ...] = ()
    video_frames: int | None = None


@dataclass(frozen=True)
class ClipFrame:
    """A frame of the clip.

    ``picture``: its name in the folder, its place in the video (from 0), or None when there is
    none; ``size``: the size that the labels are for; ``number``: its place in time, in steps of
    the frame rate.
    """

    name: str
    picture: str | int | None
    number: int
    size: Size | None = None


class PictureSource(Protocol):
    """Where pictures come from: a folder, or a video."""

    def pictures(self, listed: Sequence[str], progress: Progress) -> Pictures:
        """Say which pictures there are; ``listed``: names that a label file looks for."""

    def clip(self, frames: Sequence[ClipFrame], rate: float | None, progress: Progress) -> Manifest:
        """Look at the pictures of these frames.  ``rate``: frame numbers per second, if known."""


@dataclass(frozen=True)
class Choice:
    """What somebody said about the pairing.

    ``by_position``, and which number the label file gives the first frame (None: what the format
    says).
    """

    by_position: bool = False
    number_from: int | None = None


@dataclass(frozen=True)
class Pairing:
    """Which picture belongs to which frame of the label file.

    ``index_of``: for each frame of the label file its index in ``frames``, or -1 when the clip
    has no such frame.  ``pairs``: the first and the last pair in words.  ``stride``: the step
    between the numbers in the names, if names have numbers.  ``unused``: pictures that belong to
    no frame.  ``notes``: what else people should know.
    """

    rule: str
    frames: tuple[ClipFrame, ...]
    index_of: tuple[int, ...]
    pairs: tuple[tuple[str, str], ...]
    stride: int | None = None
    unused: int = 0
    notes: tuple[str, ...] = ()

    @property
    def gaps(self) -> tuple[str, ...]:
        """Names of the frames that have no picture."""
        return tuple(frame.name for frame in self.frames if frame.picture is None)

    @property
    def extent(self) -> str:
        """The first and the last frame of the clip, by name."""
        return f"{self.frames[0].name} … {self.frames[-1].name}"

    def lines(self) -> list[str]:
        """Describe the pairing, one line per fact."""
        found = [f"matching: {self.rule}"]
        found += [f"  {label} is {picture}" for label, picture in self.pairs]
        gaps = self.gaps
        if self.stride is not None and self.stride > 1:
            found.append(f"  the numbers in the names go up by {self.stride} (stride)")
        if gaps:
            shown = ", ".join(gaps[:3]) + (", …" if len(gaps) > 3 else "")
            have = "has" if len(gaps) == 1 else "have"
            found.append(f"  {len(gaps)} of {len(self.frames)} frames {have} no picture: {shown}")
        if self.unused:
            belong = "picture belongs" if self.unused == 1 else "pictures belong"
            found.append(f"  {self.unused} {belong} to no frame")
        return found + [f"  {note}" for note in self.notes]

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        gaps = self.gaps
        return {
            "rule": self.rule,
            "pairs": [{"label": label, "picture": picture} for label, picture in self.pairs],
            "frames": len(self.frames),
            "stride": self.stride,
            "without_picture": len(gaps),
            "first_without_picture": list(gaps[:20]),
            "unused_pictures": self.unused,
            "notes": list(self.notes),
        }


def picture_words(picture: str | int) -> str:
    """Return what people call a picture: its name, or its place in the video."""
    return picture if isinstance(picture, str) else f"frame {picture + 1} of the video"


def ends(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the first and the last pair."""
    return (pairs[0], pairs[-1]) if len(pairs) > 1 else tuple(pairs)
