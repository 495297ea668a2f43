"""What writers of a folder for each clip share: its side file, names of classes and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Final

from prelabel_tui.core.datasets.images import Image, OpenClip
from prelabel_tui.core.datasets.names import clip_path, picture_name
from prelabel_tui.core.model.labels import Capability, Label
from prelabel_tui.formats.side_file import SIDE_FILE, VERSION, SideHeader, SideImage, encode_line

CLASS_NAMES: Final[Mapping[Capability, str]] = {
    Capability.PLAYER: "player",
    Capability.BALL: "ball",
}
"""What the classes are called, in the order in which formats number them."""

PICTURES: Final = "images"


def nested_picture(image: Image) -> str:
    """``workspace/media/name``: the same whatever else goes out."""
    clip = image.of.clip
    return f"{clip_path(clip.workspace, clip.media)}/{picture_name(image.of.manifest, image.frame)}"


def labels_of(image: Image) -> Iterator[tuple[Capability, Label]]:
    """Return the labels of an image in the order in which they are written."""
    for capability, frame in image.labels.items():
        for label in frame.labels:
            yield capability, label


class ClipFiles:
    """The folder of a clip's label files, and the side file in it."""

    def __init__(self, folder: Path, dialect: str, opened: OpenClip) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._side: IO[bytes] = (folder / SIDE_FILE).open("xb")
        manifest, clip = opened.manifest, opened.clip
        numbered = manifest.video is not None and any(f.at is not None for f in manifest.frames)
        self._side.write(
            encode_line(
                SideHeader(
                    VERSION,
                    dialect,
                    clip.workspace,
                    clip.media,
                    pixels_from=0,
                    frames=clip.frame_count,
                    fps=manifest.fps,
                    video=PurePosixPath(manifest.video or "").name if numbered else None,
                )
            )
        )

    def add(self, image: Image, name: str) -> None:
        """Enter an image by what the label file calls it."""
        frame = image.frame
        states = [f.ball for f in image.labels.values() if f.ball is not None]
        self._side.write(
            encode_line(
                SideImage(
                    name,
                    image.index,
                    frame.name,
                    frame.width,
                    frame.height,
                    tuple(image.labels),
                    frame.time,
                    frame.at,
                    {c: f.flags for c, f in image.labels.items() if f.flags},
                    states[0] if states else None,
                    tuple(label for _, label in labels_of(image)),
                    image.left_out,
                )
            )
        )

    def close(self) -> None:
        """End the side file."""
        self._side.close()
