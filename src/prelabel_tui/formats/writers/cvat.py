"""CVAT for images 1.1: an ``annotations.xml`` for each clip, which is a task.

Boxes have corners.  Only labels that every task has are named, and no attributes: CVAT refuses
what a task does not define.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Final
from xml.sax.saxutils import escape, quoteattr

from prelabel_tui.core.datasets.images import Image, OpenClip, Options
from prelabel_tui.core.datasets.names import clip_path, picture_name
from prelabel_tui.core.datasets.selection import Selection
from prelabel_tui.core.model.labels import BallState, Capability, Label, Origin
from prelabel_tui.core.text import printable
from prelabel_tui.formats.side_file import rect_of
from prelabel_tui.formats.writers.clip_files import (
    CLASS_NAMES,
    PICTURES,
    ClipFiles,
    labels_of,
)

_FILE: Final = "annotations.xml"


class CvatWriter:
    """``PART/workspace/media/annotations.xml`` and beside it ``images/name``, as CVAT has it."""

    dialect = "cvat"

    def __init__(self, folder: Path, _selection: Selection, options: Options) -> None:
        self._folder = folder
        self._wanted = options.wanted
        self._files: ClipFiles | None = None
        self._xml: IO[bytes] | None = None

    def picture(self, image: Image) -> str:
        """As Writer.picture."""
        return f"{_task(image.of)}/{PICTURES}/{_name(image)}"

    def begin(self, opened: OpenClip) -> None:
        """As Writer.begin."""
        folder = self._folder / _task(opened)
        self._files = ClipFiles(folder, self.dialect, opened)
        self._xml = (folder / _FILE).open("xb")
        labels = "".join(
            f"        <label><name>{name}</name><attributes></attributes></label>\n"
            for capability, name in CLASS_NAMES.items()
            if capability in self._wanted
        )
        self._write(
            '<?xml version="1.0" encoding="utf-8"?>\n'
            "<annotations>\n"
            "  <version>1.1</version>\n"
            "  <meta>\n"
            "    <task>\n"
            f"      <name>{escape(printable(opened.clip.title))}</name>\n"
            f"      <labels>\n{labels}      </labels>\n"
            "    </task>\n"
            "  </meta>\n"
        )

    def add(self, image: Image) -> None:
        """As Writer.add."""
        assert self._files is not None
        name = _name(image)
        boxes = "".join(
            _box(capability, label, image.labels[capability].ball)
            for capability, label in labels_of(image)
        )
        self._write(
            f'  <image id="{image.number - 1}" name={quoteattr(name)} '
            f'width="{image.frame.width}" height="{image.frame.height}">\n{boxes}  </image>\n'
        )
        self._files.add(image, name)

    def end(self, opened: OpenClip) -> None:
        """As Writer.end."""
        assert self._files is not None
        assert self._xml is not None
        self._write("</annotations>\n")
        self._xml.close()
        self._files.close()

    def close(self) -> None:
        """As Writer.close."""

    def _write(self, text: str) -> None:
        assert self._xml is not None
        self._xml.write(text.encode())


def _task(opened: OpenClip) -> str:
    return f"{opened.part}/{clip_path(opened.clip.workspace, opened.clip.media)}"


def _name(image: Image) -> str:
    """Return what a task calls the picture: its name within the clip, as it is uploaded."""
    return picture_name(image.of.manifest, image.frame)


def _box(capability: Capability, label: Label, ball: BallState | None) -> str:
    x, y, w, h = rect_of(label)
    corners = (("xtl", x), ("ytl", y), ("xbr", x + w), ("ybr", y + h))
    places = " ".join(f'{name}="{value:.3f}"' for name, value in corners)
    source = "auto" if label.origin is Origin.MODEL else "manual"
    occluded = int(capability is Capability.BALL and ball is BallState.OCCLUDED)
    return (
        f'    <box label="{CLASS_NAMES[capability]}" source="{source}" occluded="{occluded}" '
        f'{places} z_order="0"></box>\n'
    )
