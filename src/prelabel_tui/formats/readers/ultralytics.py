"""Ultralytics' JSON: ``predictions.json`` of a validation, or what ``Results.to_json`` gives.

``predictions.json`` names pictures by their stem.  ``to_json`` gives a list of boxes for one
picture: a folder has such a file for each picture, by its name; one file has a list of such lists,
an entry for each picture in the order in which Ultralytics reads a folder (names as text).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from prelabel_tui.core.ingest.pairing import LabelFrames, Named, Sequenced
from prelabel_tui.core.model.media import natural_key
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.labels_file import LabelFile, Rows
from prelabel_tui.formats.records import decode_item, decode_items, decode_json, read_json_bytes

_MINE: Final = "ultralytics"
_Stem = int | Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class _Prediction(msgspec.Struct, gc=False):
    image_id: _Stem
    category_id: int
    bbox: tuple[float, float, float, float]
    score: float
    file_name: str | None = None


class _Corners(msgspec.Struct, gc=False):
    x1: float
    y1: float
    x2: float
    y2: float
    x3: float | None = None


class _Box(msgspec.Struct, gc=False):
    box: _Corners
    name: _Text | None = None
    class_: int | None = msgspec.field(default=None, name="class")
    confidence: float | None = None
    track_id: int | None = None


def read_ultralytics(
    path: Path,
    shares: bool = False,
    bad: BadLabels | None = None,
    progress: Progress = unwatched,
) -> LabelFile:
    """Read a file, or a folder of files.  ``shares``: ``to_json(normalize=True)``.

    FormatError names the item.
    """
    reading = _Reading(path, shares, bad or BadLabels())
    if path.is_dir():
        return reading.folder(progress)
    data = read_json_bytes(path, progress)
    first = decode_json(path, data, list[msgspec.Raw], _MINE)[:1]
    if first and bytes(first[0]).lstrip()[:1] == b"[":
        return reading.entries(data)
    return reading.predictions(data)


class _Reading:
    def __init__(self, path: Path, shares: bool, bad: BadLabels) -> None:
        self.path, self.shares, self.bad = path, shares, bad
        self.categories: dict[str, int] = {}

    def predictions(self, data: bytes) -> LabelFile:
        """Read a ``predictions.json``."""
        path, rows = self.path, Rows("item", [self.path])
        stems: dict[str, int] = {}
        for number, item in decode_items(path, data, _Prediction, _MINE, "item", self.bad):
            stem = str(item.image_id)
            name = item.file_name
            if name is not None and Path(name).stem.lstrip("0") != stem.lstrip("0"):
                self.bad.add(
                    FormatError(
                        path, f"item {number}",
                        f"its file_name is {name!r}, and its image_id {stem!r}",
                        "Correct the one that is wrong",
                    )
                )  # fmt: skip
                continue
            frame = stems.setdefault(name or f"{stem}.txt", len(stems))
            rows.add(0, number, frame, self._category(str(item.category_id)), item.bbox, item.score)
        frames = Named(tuple(stems), zeros_dropped=True)
        return self._file(frames, rows, "predictions.json")

    def entries(self, data: bytes) -> LabelFile:
        """Read a list of lists of boxes, an entry for each picture."""
        found = decode_json(self.path, data, list[list[msgspec.Raw]], _MINE, "entry")
        rows = Rows("entry", [self.path])
        for index, items in enumerate(found):
            self._add(rows, 0, index + 1, index, self.path, items)
        return self._file(Sequenced(len(found), as_text=True), rows, "to_json, an entry a picture")

    def folder(self, progress: Progress) -> LabelFile:
        """Read a folder with a file for each picture."""
        names = sorted(
            (p.name for p in self.path.iterdir() if p.suffix == ".json" and p.name[0] != "."),
            key=natural_key,
        )
        if not names:
            raise FormatError(
                self.path, "", "has no .json files",
                "Use `import yolo` for its .txt files" if any(self.path.glob("*.txt")) else
                "Give a folder with what to_json() gives for each picture, or one file",
            )  # fmt: skip
        rows = Rows("item", [self.path / name for name in names])
        for at, path in enumerate(rows.paths):
            progress("label files read", at, len(names))
            items = decode_json(path, read_json_bytes(path), list[msgspec.Raw], _MINE)
            self._add(rows, at, None, at, path, items)
        return self._file(Named(tuple(names), 1), rows, "to_json, a file a picture")

    def _add(
        self,
        rows: Rows,
        file: int,
        entry: int | None,
        frame: int,
        path: Path,
        items: list[msgspec.Raw],
    ) -> None:
        """Add the boxes of one picture; ``entry``: its place in a list of pictures."""
        for number, raw in enumerate(items, start=1):
            place = f"item {number}" if entry is None else f"entry {entry}, item {number}"
            try:
                item = decode_item(path, raw, _Box, place)
            except FormatError as error:
                self.bad.add(error)
                continue
            box = item.box
            if box.x3 is not None:
                self.bad.add(FormatError(path, place, "is rotated", "Give boxes with two corners"))
                continue
            name = item.name or (None if item.class_ is None else str(item.class_))
            rows.add(
                file, number if entry is None else entry, frame, self._category(name or "no class"),
                (box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1), item.confidence, None,
                None if item.track_id is None else str(item.track_id),
            )  # fmt: skip

    def _category(self, name: str) -> int:
        return self.categories.setdefault(name, len(self.categories))

    def _file(self, frames: LabelFrames, rows: Rows, kind: str) -> LabelFile:
        found: Mapping[str, int] = self.categories
        return LabelFile(
            "ultralytics",
            f"Ultralytics {kind}{', shares' if self.shares else ''}",
            self.path,
            frames,
            rows,
            tuple(found),
            shares=self.shares,
        )
