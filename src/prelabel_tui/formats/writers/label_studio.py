"""Label Studio: a ``tasks.json`` for each clip, rectangles in per cent of the picture.

Pictures are named for its local storage, with the export's folder as document root.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

import msgspec

from prelabel_tui.core.datasets.images import Image, OpenClip, Options
from prelabel_tui.core.datasets.names import clip_path
from prelabel_tui.core.datasets.selection import Selection
from prelabel_tui.core.model.labels import SCORE_UNIT, Capability, Label
from prelabel_tui.formats.side_file import rect_of
from prelabel_tui.formats.writers.clip_files import (
    CLASS_NAMES,
    PICTURES,
    ClipFiles,
    labels_of,
    nested_picture,
)

_FILE: Final = "tasks.json"
LOCAL_FILES: Final = "/data/local-files/?d="
"""How Label Studio names a picture of its local storage."""

_encoder = msgspec.json.Encoder()


class LabelStudioWriter:
    """``PART/workspace/media/tasks.json`` and ``images/workspace/media/name``."""

    dialect = "label-studio"

    def __init__(self, folder: Path, _selection: Selection, _options: Options) -> None:
        self._folder = folder
        self._files: ClipFiles | None = None
        self._tasks: IO[bytes] | None = None

    def picture(self, image: Image) -> str:
        """As Writer.picture."""
        return f"{PICTURES}/{nested_picture(image)}"

    def begin(self, opened: OpenClip) -> None:
        """As Writer.begin."""
        clip = opened.clip
        folder = self._folder / opened.part / clip_path(clip.workspace, clip.media)
        self._files = ClipFiles(folder, self.dialect, opened)
        self._tasks = (folder / _FILE).open("xb")

    def add(self, image: Image) -> None:
        """As Writer.add."""
        assert self._files is not None
        assert self._tasks is not None
        name = LOCAL_FILES + quote(self.picture(image))
        results = [
            _result(image, f"{image.number}-{n}", capability, label)
            for n, (capability, label) in enumerate(labels_of(image), start=1)
        ]
        task = {
            "id": image.number,
            "data": {
                "image": name,
                "workspace": image.of.clip.workspace,
                "media": image.of.clip.media,
                "labelled": [capability.value for capability in image.labels],
            },
            "annotations": [{"result": results}],
        }
        separator = b"[\n" if image.number == 1 else b",\n"
        self._tasks.write(separator + _encoder.encode(task))
        self._files.add(image, name)

    def end(self, opened: OpenClip) -> None:
        """As Writer.end."""
        assert self._files is not None
        assert self._tasks is not None
        self._tasks.write(b"\n]\n")
        self._tasks.close()
        self._files.close()

    def close(self) -> None:
        """As Writer.close."""


def _result(image: Image, region: str, capability: Capability, label: Label) -> dict[str, Any]:
    x, y, w, h = rect_of(label)
    width, height = image.frame.width, image.frame.height
    result: dict[str, Any] = {
        "id": region,
        "type": "rectanglelabels",
        "from_name": "label",
        "to_name": "image",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "value": {
            "x": 100 * x / width,
            "y": 100 * y / height,
            "width": 100 * w / width,
            "height": 100 * h / height,
            "rotation": 0,
            "rectanglelabels": [CLASS_NAMES[capability]],
        },
    }
    if label.score is not None:
        result["score"] = label.score / SCORE_UNIT
    return result
