"""YOLO: a text file for each image, ``class cx cy width height`` as shares of the picture.

Ten decimals, so that 1/100 px survives in pictures of any size.  An image where nothing was found
has an empty file.  The sets of a split are lists of pictures, so that no picture's name depends
on the split.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Final

from prelabel_tui.core.datasets.images import Image, OpenClip, Options
from prelabel_tui.core.datasets.names import clip_path, picture_name
from prelabel_tui.core.datasets.output import refuse
from prelabel_tui.core.datasets.selection import Selection
from prelabel_tui.core.datasets.splits import WHOLE
from prelabel_tui.formats.side_file import rect_of
from prelabel_tui.formats.writers.clip_files import (
    CLASS_NAMES,
    PICTURES,
    ClipFiles,
    labels_of,
    nested_picture,
)

_LABELS: Final = "labels"


class YoloWriter:
    """``data.yaml``, ``PART.txt``, ``images/workspace/media/name`` and ``labels/…``."""

    dialect = "yolo"

    def __init__(self, folder: Path, _selection: Selection, options: Options) -> None:
        self._folder = folder
        wanted = [capability for capability in CLASS_NAMES if capability in options.wanted]
        self._classes = {capability: n for n, capability in enumerate(wanted)}
        self._files: ClipFiles | None = None
        self._lists: dict[str, IO[bytes]] = {}

    def picture(self, image: Image) -> str:
        """As Writer.picture."""
        return f"{PICTURES}/{nested_picture(image)}"

    def begin(self, opened: OpenClip) -> None:
        """As Writer.begin."""
        if opened.part not in self._lists:
            self._lists[opened.part] = (self._folder / f"{opened.part}.txt").open("xb")
        clip = opened.clip
        folder = self._folder / _LABELS / clip_path(clip.workspace, clip.media)
        self._files = ClipFiles(folder, self.dialect, opened)

    def add(self, image: Image) -> None:
        """As Writer.add."""
        assert self._files is not None
        stem = picture_name(image.of.manifest, image.frame).rpartition(".")
        name = stem[0] or stem[2]
        lines = []
        for capability, label in labels_of(image):
            x, y, w, h = rect_of(label)
            width, height = image.frame.width, image.frame.height
            shares = ((x + w / 2) / width, (y + h / 2) / height, w / width, h / height)
            lines.append(f"{self._classes[capability]} {' '.join(f'{s:.10f}' for s in shares)}\n")
        path = self._files.folder / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="ascii") as file:
                file.write("".join(lines))
        except FileExistsError:
            raise refuse(
                f"{image.of.clip.title}: {image.frame.name} and another picture differ only in "
                f"their ending, and YOLO would keep the labels of both in {name}.txt."
            ) from None
        self._files.add(image, name)
        self._lists[image.of.part].write(f"./{self.picture(image)}\n".encode())

    def end(self, opened: OpenClip) -> None:
        """As Writer.end."""
        assert self._files is not None
        self._files.close()

    def close(self) -> None:
        """As Writer.close."""
        for file in self._lists.values():
            file.close()
        lists = {part: part for part in self._lists}
        if WHOLE in lists:
            # Ultralytics asks for both; what was not split is both.
            lists = {"train": WHOLE, "val": WHOLE}
        lines = [f"{part}: {name}.txt\n" for part, name in lists.items()]
        names = [f"  {n}: {CLASS_NAMES[c]}\n" for c, n in self._classes.items()]
        text = "".join([*lines, "names:\n", *names])
        (self._folder / "data.yaml").write_text(text, encoding="ascii")
