"""A label file that an export of ours wrote comes back as it was, with what its side file says."""

from __future__ import annotations

import dataclasses
from pathlib import Path, PurePosixPath
from typing import Final

from prelabel_tui.core.ingest.pairing import Listed, ListedFrame, Named, Numbered
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import FormatError
from prelabel_tui.formats.gathering import Wanted, meaning_of
from prelabel_tui.formats.labels_file import FrameMarks, LabelFile, SequenceInfo
from prelabel_tui.formats.side_file import (
    Rect,
    SideFile,
    SideHeader,
    SideImage,
    capability_of,
    read_side_file,
    side_file_of,
)

_NUMBERED_PICTURES: Final = frozenset({"mot", "soccernet"})
"""Formats whose exports name pictures by their number."""


def header_beside(labels: Path, dialect: str) -> SideHeader | None:
    """Read what a label file's side file says about the clip, if an export of ours wrote both."""
    side = side_of(labels, dialect)
    return None if side is None else side.header


def side_of(labels: Path, dialect: str, progress: Progress = unwatched) -> SideFile | None:
    """Read the side file of a label file, if an export of ours wrote both.  FormatError."""
    path = side_file_of(labels)
    if path is None:
        return None
    side = read_side_file(path, progress)
    return side if side.header.dialect == dialect else None


def restored(file: LabelFile, side: SideFile, wanted: Wanted) -> LabelFile:
    """Add to a label file everything that its side file says: the clip, and whole labels.

    FormatError when the two have different frames or boxes.
    """
    header = side.header
    images = list(side.images.values())
    keys = [_key(file, frame, header.dialect) for frame in range(len(file.frames))]
    place = {image.image: at for at, image in enumerate(images)}
    if unknown := [key for key in keys if key not in place]:
        raise FormatError(
            file.path, "", f"{unknown[0]} is not in {side.path.name}",
            f"If labels were added since the export, remove {side.path}",
        )  # fmt: skip
    rows = file.rows
    of_image: list[list[int]] = [[] for _ in images]
    new_frame = [place[key] for key in keys]
    for row in range(len(rows)):
        rows.frame[row] = at = new_frame[rows.frame[row]]
        of_image[at].append(row)
    means = meaning_of(file, wanted)
    for image, mine in zip(images, of_image, strict=True):
        for row, label in zip(mine, image.labels, strict=False):
            # Classes that only have numbers mean what they meant when they were written.
            category = file.categories[rows.category[row]].casefold()
            means.setdefault(category, capability_of(label))
        found = [(_meant(file, row, means), _rect(file, row, image)) for row in mine]
        for row, label in zip(mine, side.labels(file.path, image.image, found), strict=True):
            rows.made[row] = label
            rows.names[row], rows.tracks[row] = label.id, label.track
            rows.scores[row] = float("nan") if label.score is None else label.score / 10_000
    info = SequenceInfo(side.path, rate=None if header.fps is None else header.fps / 1000)
    return dataclasses.replace(
        file,
        dialect=f"{file.dialect}, an export of {header.workspace} / {header.media}",
        frames=Listed(tuple(_listed(image, header.dialect) for image in images)),
        meanings=means,
        declared=frozenset(c for image in images for c in image.labelled),
        info=file.info or info,
        marks={
            at: FrameMarks(image.flags, image.ball, image.left_out)
            for at, image in enumerate(images)
            if image.flags or image.ball or image.left_out
        },
    )


def _key(file: LabelFile, frame: int, dialect: str) -> str:
    """Return what the side file calls a frame of the label file."""
    frames = file.frames
    if file.called:
        return file.called[frame]
    if isinstance(frames, Numbered):
        return str(frames.numbers[frame])
    if isinstance(frames, Listed):
        name = frames.frames[frame].name
        # A YOLO data set lists pictures; its label files, and the side file, have no ending.
        return PurePosixPath(name).stem if dialect == "yolo" else name
    if isinstance(frames, Named):
        return frames.names[frame].removesuffix(".txt")
    return str(frame)


def _listed(image: SideImage, dialect: str) -> ListedFrame:
    ending = PurePosixPath(image.name).suffix or ".jpg"
    if dialect in _NUMBERED_PICTURES:
        exported = f"{int(image.image):06d}{ending}"
    elif dialect == "yolo":
        exported = f"{image.image}{ending}"
    else:
        exported = PurePosixPath(image.image).name
    return ListedFrame(image.name, (image.width, image.height), image.at, (exported,), image.frame)


def _meant(file: LabelFile, row: int, means: dict[str, Capability]) -> Capability:
    return means[file.categories[file.rows.category[row]].casefold()]


def _rect(file: LabelFile, row: int, image: SideImage) -> Rect:
    x, y, w, h = file.rows.rects[4 * row : 4 * row + 4]
    if file.shares:
        return x * image.width, y * image.height, w * image.width, h * image.height
    return x, y, w, h
