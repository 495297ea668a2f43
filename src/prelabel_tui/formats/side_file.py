"""The side file of an export: what its format has no word for, beside the label files of a clip.

``prelabel.jsonl``, JSON Lines: first a :class:`SideHeader`, then a :class:`SideImage` for each
image of the export, in the order of the label file.  A label stands there exactly as it is stored
(places in 1/100 px, scores in 1/10,000), in the order of the label file's rows of that image.  So
our own reader gets back ids, scores, origins, sizes, what the model had said, flags and states of
the ball, once it has seen that both files tell of the same boxes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from prelabel_tui.core.model.labels import (
    DEFAULT_BALL_SIZE,
    Ball,
    BallState,
    Box,
    Capability,
    Flag,
    Label,
)
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.input_file import read_bytes
from prelabel_tui.formats.records import refuse_repeated

SIDE_FILE: Final = "prelabel.jsonl"
VERSION: Final = 1

CLOSE_PX: Final = 0.02
"""How far a coordinate of the two files may differ: both are rounded."""

Rect = tuple[float, float, float, float]
"""Left, top, width, height in px of the full-size frame, its top left corner being 0, 0."""


class SideHeader(msgspec.Struct, frozen=True, omit_defaults=True, tag="prelabel-side-file"):
    """First line: which clip, and how its label file is to be read.

    ``dialect`` is the command that wrote it (``mot``, ``yolo``, …).  ``pixels_from``: the number
    of the first pixel in the label file.  ``fps`` is in frames a second × 1000.  ``video`` is the
    name of the file that the clip's frames are numbered by, if it is a video.  ``frames``: of the
    clip; the export may have left some out.
    """

    version: int
    dialect: str
    workspace: str
    media: str
    pixels_from: int
    frames: int
    fps: int | None = None
    video: str | None = None


class SideImage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One image of the export.

    ``image`` is what the label file calls it: a name, or the number of a MOT frame as text.
    ``frame`` is its index in the clip, from 0, ``name`` the frame's own name, ``time`` in µs,
    ``at`` the frame's number in the video, from 0.  ``labelled``: the capabilities that somebody
    labelled there; ``left_out``: those whose content the frame was left out of, for want of a
    picture; of others nothing is known.
    """

    image: str
    frame: int
    name: str
    width: int
    height: int
    labelled: tuple[Capability, ...]
    time: int = 0
    at: int | None = None
    flags: Mapping[Capability, tuple[Flag, ...]] = {}
    ball: BallState | None = None
    labels: tuple[Label, ...] = ()
    left_out: tuple[Capability, ...] = ()


@dataclass(frozen=True)
class SideFile:
    """A side file that was read: its images by what the label file calls them, in order."""

    path: Path
    header: SideHeader
    images: Mapping[str, SideImage]

    def labels(
        self, path: Path, image: str, found: Sequence[tuple[Capability, Rect]]
    ) -> tuple[Label, ...]:
        """Return an image's labels as they were, for the boxes of the label file ``path`` in order.

        FormatError when the two have different boxes.
        """
        told = self.images.get(image)
        if told is None:
            raise self._differs(path, f"{image}: is not in {self.path.name}")
        if len(found) != len(told.labels):
            raise self._differs(
                path, f"{image}: {len(found)} labels, {len(told.labels)} in {self.path.name}"
            )
        for number, ((capability, rect), label) in enumerate(
            zip(found, told.labels, strict=True), start=1
        ):
            if capability is not capability_of(label) or not _close(rect, rect_of(label)):
                raise self._differs(
                    path, f"{image}: label {number} is not where {self.path.name} has it"
                )
        return told.labels

    def _differs(self, path: Path, what: str) -> FormatError:
        return FormatError(
            path, "", what, f"If it was changed since the export, remove {self.path}"
        )


def capability_of(label: Label) -> Capability:
    """Return what a label is of."""
    return Capability.BALL if isinstance(label, Ball) else Capability.PLAYER


def rect_of(label: Label) -> Rect:
    """Return the box of a label in px.

    Of a ball, the square around its point, as wide as its size (the default size if it has none).
    """
    if isinstance(label, Box):
        return label.x / 100, label.y / 100, label.w / 100, label.h / 100
    size = DEFAULT_BALL_SIZE if label.size is None else label.size
    return (2 * label.x - size) / 200, (2 * label.y - size) / 200, size / 100, size / 100


def _close(one: Rect, two: Rect) -> bool:
    return all(abs(a - b) <= CLOSE_PX for a, b in zip(one, two, strict=True))


_encoder = msgspec.json.Encoder(order="sorted")
_header = msgspec.json.Decoder(SideHeader)
_image = msgspec.json.Decoder(SideImage)


def encode_line(part: SideHeader | SideImage) -> bytes:
    """Encode a line of a side file."""
    return _encoder.encode(part) + b"\n"


def side_file_of(labels: Path) -> Path | None:
    """Find the side file beside a label file (or in a folder of them), if there is one."""
    folder = labels if labels.is_dir() else labels.absolute().parent
    found = folder / SIDE_FILE
    return found if found.is_file() else None


def read_side_file(path: Path, progress: Progress = unwatched) -> SideFile:
    """Read a side file.  FormatError names the line that is wrong."""
    lines = read_bytes(path, progress).splitlines()
    number, images = 1, dict[str, SideImage]()
    try:
        header = _header.decode(lines[0] if lines else b"")
        if header.version != VERSION:
            raise FormatError(
                path, "line 1", f"has version {header.version}, not {VERSION}",
                "Import it with the version of prelabel-tui that wrote it",
            )  # fmt: skip
        for number, line in enumerate(lines[1:], start=2):
            image = _image.decode(line)
            if encode_line(image) != line + b"\n":  # not as we wrote it
                refuse_repeated(path, line, line=number)
            if images.setdefault(image.image, image) is not image:
                raise FormatError(path, f"line {number}", f"{image.image} occurs twice",
                                  "Remove one of them")  # fmt: skip
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(
            path, f"line {number}", f"is not a line of a side file ({error})",
            "Remove the side file to import the labels without it",
        ) from error  # fmt: skip
    return SideFile(path, header, images)
