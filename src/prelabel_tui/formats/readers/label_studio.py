"""Label Studio's JSON export: a task for each picture, or for a video with tracks.

Places are per cents of the picture.  Annotations of people or predictions of a model: where a file
has both, which of them is said.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from prelabel_tui.core.ingest.pairing import LabelFrames, Listed, ListedFrame
from prelabel_tui.core.model.media import LARGEST_SIDE, natural_key
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.keyframes import Key, every_box
from prelabel_tui.formats.labels_file import LabelFile, Rect, Rows, numbered
from prelabel_tui.formats.records import decode_item, decode_json, read_json_bytes

TAKE: Final = ("annotations", "predictions")

_MINE: Final = "label-studio"
_ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_UPLOAD: Final = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of a file that is uploaded."""

_Side = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_SIDE)]
_Words = list[Annotated[str, msgspec.Meta(max_length=200)]] | None


class _Step(msgspec.Struct, gc=False):
    frame: Annotated[int, msgspec.Meta(ge=0, le=10**9)]
    x: float
    y: float
    width: float
    height: float
    enabled: bool = True
    rotation: float = 0


class _Value(msgspec.Struct, gc=False):
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None
    radiusX: float | None = None
    radiusY: float | None = None
    rotation: float = 0
    rectanglelabels: _Words = None
    ellipselabels: _Words = None
    keypointlabels: _Words = None
    labels: _Words = None
    sequence: list[_Step] | None = None
    framesCount: Annotated[int, msgspec.Meta(ge=0, le=10**6)] | None = None


class _Result(msgspec.Struct, gc=False):
    type: str = ""
    value: _Value | None = None
    id: str | int | None = None
    original_width: _Side | None = None
    original_height: _Side | None = None
    image_rotation: float | None = 0
    score: float | None = None


class _Answer(msgspec.Struct, gc=False):
    result: list[msgspec.Raw] = []
    was_cancelled: bool = False
    id: int | str | None = None


class _Task(msgspec.Struct, gc=False):
    data: dict[str, Any]
    id: int | str | None = None
    annotations: list[_Answer] = []
    predictions: list[_Answer] = []


def read_label_studio(
    path: Path,
    take: str | None = None,
    image_field: str | None = None,
    bad: BadLabels | None = None,
    progress: Progress = unwatched,
) -> LabelFile:
    """Read an export.  ``take``: annotations or predictions; ``image_field``: of the task's data.

    FormatError names the task.
    """
    tasks = decode_json(path, read_json_bytes(path, progress), list[_Task], _MINE, "task")
    if not tasks:
        raise FormatError(path, "", "has no tasks", "Give an export with tasks")
    reading = _Reading(path, bad or BadLabels(), take or _taken(path, tasks))
    for number, task in enumerate(tasks, start=1):
        progress("tasks read", number, len(tasks))
        reading.task(number, task, image_field)
    return reading.labels()


def _taken(path: Path, tasks: list[_Task]) -> str:
    """Annotations or predictions, where there is only one of the two."""
    there = [
        kind for kind in TAKE if any(answer.result for t in tasks for answer in getattr(t, kind))
    ]
    if len(there) > 1:
        raise FormatError(
            path, "", "has annotations and predictions",
            "Say which with --take annotations or --take predictions",
        )  # fmt: skip
    return there[0] if there else "annotations"


class _Reading:
    def __init__(self, path: Path, bad: BadLabels, take: str) -> None:
        self.path, self.bad, self.take = path, bad, take
        self.rows = Rows("task", [path])
        self.categories: dict[str, int] = {}
        self.images: list[tuple[str, ListedFrame]] = []
        self.left_out: Counter[str] = Counter()
        self.tracks = 0

    def task(self, number: int, task: _Task, image_field: str | None) -> None:
        """Add a task."""
        place = f"task {number}"
        answers: list[_Answer] = getattr(task, self.take)
        cancelled = [answer for answer in answers if answer.was_cancelled]
        if cancelled:
            self.left_out["cancelled annotations"] += len(cancelled)
            answers = [answer for answer in answers if not answer.was_cancelled]
        if len(answers) > 1:
            names = ", ".join(str(answer.id) for answer in answers[:5])
            raise FormatError(
                self.path, place, f"has {len(answers)} {self.take} ({names})",
                "Export one for each task",
            )  # fmt: skip
        results: list[_Result] = []
        for at, raw in enumerate(answers[0].result if answers else (), start=1):
            try:
                results.append(decode_item(self.path, raw, _Result, f"{place}, result {at}"))
            except FormatError as error:
                self.bad.add(error)
        if any(result.type == "videorectangle" for result in results):
            for result in results:
                self._track(number, place, result)
            return
        called = _called(self.path, place, task, image_field)
        sizes = {
            (result.original_width, result.original_height)
            for result in results
            if result.original_width and result.original_height
        }
        if len(sizes) > 1:
            raise FormatError(self.path, place, "has results for two sizes", "Correct them")
        size = sizes.pop() if sizes else None
        self.images.append((called, _listed(called, size)))
        for at, result in enumerate(results, start=1):
            try:
                self._box(number, f"{place}, result {at}", result)
            except FormatError as error:
                self.bad.add(error)

    def labels(self) -> LabelFile:
        """All that was read."""
        frames: LabelFrames
        called: tuple[str, ...] = ()
        if self.images and self.tracks:
            raise FormatError(
                self.path, "", "has pictures and videos", "Export tasks of one of the two kinds"
            )
        if self.tracks:
            frames = numbered(self.rows, 1)
        else:
            order = sorted(
                range(len(self.images)), key=lambda at: natural_key(self.images[at][1].name)
            )
            place = {old: new for new, old in enumerate(order)}
            for row in range(len(self.rows)):
                self.rows.frame[row] = place[self.rows.frame[row]]
            frames = Listed(tuple(self.images[at][1] for at in order))
            called = tuple(self.images[at][0] for at in order)
        return LabelFile(
            "label-studio",
            f"Label Studio {self.take}",
            self.path,
            frames,
            self.rows,
            tuple(self.categories),
            left_out=self.left_out,
            shares=True,
            called=called,
        )

    def _box(self, number: int, place: str, result: _Result) -> None:
        value = result.value or _Value()
        words = value.rectanglelabels or value.ellipselabels or value.keypointlabels
        if result.type not in ("rectanglelabels", "ellipselabels", "keypointlabels"):
            self.left_out[f"{result.type[:40]} (not a box)"] += 1
            return
        if value.rotation or result.image_rotation:
            raise FormatError(self.path, place, "is rotated", "Give upright boxes")
        if not words or len(words) > 1:
            raise FormatError(self.path, place, f"has {len(words or ())} labels", "Give it one")
        rect = self._rect(place, result, value)
        name = None if result.id is None else str(result.id)[:200]
        self._add(number, len(self.images) - 1, words[0], rect, result.score, name, None)

    def _rect(self, place: str, result: _Result, value: _Value) -> Rect:
        """Return the box as shares of the picture."""
        x, y = value.x, value.y
        w, h = value.width, value.height
        if result.type == "ellipselabels" and None not in (x, y, value.radiusX, value.radiusY):
            assert x is not None
            assert y is not None
            rx, ry = value.radiusX or 0.0, value.radiusY or 0.0
            return (x - rx) / 100, (y - ry) / 100, rx / 50, ry / 50
        if result.type == "keypointlabels" and None not in (x, y, w):
            # The width of a key point is in per cent of the picture's width, and it is round.
            assert x is not None
            assert y is not None
            across = w or 0.0
            tall = across * (result.original_width or 1) / (result.original_height or 1)
            return (x - across / 2) / 100, (y - tall / 2) / 100, across / 100, tall / 100
        if x is None or y is None or w is None or h is None:
            raise FormatError(self.path, place, "has no x, y, width, height", "Correct it")
        return x / 100, y / 100, w / 100, h / 100

    def _track(self, number: int, place: str, result: _Result) -> None:
        value = result.value or _Value()
        if result.type != "videorectangle" or value.sequence is None:
            self.left_out[f"{result.type[:40]} (not a track)"] += 1
            return
        self.tracks += 1
        if self.tracks > 1 and any(self.rows.place) and self.rows.place[0] != number:
            raise FormatError(self.path, place, "is a second video", "Export one video")
        words = value.labels or ()
        if len(words) != 1:
            self.bad.add(
                FormatError(self.path, place, f"a track has {len(words)} labels", "Give it one")
            )
            return
        keys = [
            Key(step.frame, (step.x, step.y, step.width, step.height), step.enabled, number)
            for step in value.sequence
        ]
        if any(step.rotation for step in value.sequence):
            self.bad.add(FormatError(self.path, place, "a track is rotated", "Give upright boxes"))
            return
        if len({key.frame for key in keys}) < len(keys) or (
            keys and max(k.frame for k in keys) - min(k.frame for k in keys) > 10**6
        ):
            self.bad.add(
                FormatError(self.path, place, "a track has a frame twice", "Correct its frames")
            )
            return
        name = str(result.id or self.tracks)[:199]
        for key in _lasting(keys, value.framesCount):
            x, y, w, h = (side / 100 for side in key.rect)
            self._add(number, key.frame, words[0], (x, y, w, h), result.score, f"t{name}", name)

    def _add(
        self,
        number: int,
        frame: int,
        word: str,
        rect: Rect,
        score: float | None,
        name: str | None,
        track: str | None,
    ) -> None:
        category = self.categories.setdefault(word, len(self.categories))
        self.rows.add(0, number, frame, category, rect, score, name, track)


def _lasting(keys: list[Key], frames: int | None) -> list[Key]:
    """All boxes of a track; its last stays to the end where it is enabled."""
    return list(every_box(keys, last=frames))


def _listed(called: str, size: tuple[int, int] | None) -> ListedFrame:
    """Find the picture that a task's address leads to."""
    name = called
    if "?" in called or "://" in called or called.startswith("/"):
        address = urlsplit(called)
        local = parse_qs(address.query).get("d")
        name = local[0] if local else unquote(address.path)
    name = PurePosixPath(name).name or "picture"
    return ListedFrame(name[:1_000], size, other_names=(_UPLOAD.sub("", name)[:1_000],))


def _called(path: Path, place: str, task: _Task, field: str | None) -> str:
    """Return the address of a task's picture."""
    if field is not None:
        value = task.data.get(field)
        if not isinstance(value, str) or not value:
            raise FormatError(path, place, f"its data has no {field!r}", "Say --image-field")
        return value
    found = {
        key: value
        for key, value in task.data.items()
        if isinstance(value, str) and unquote(value).partition("?X-")[0].lower().endswith(_ENDINGS)
    }
    if len(found) > 1 and "image" in found:
        return found["image"]
    if len(found) != 1:
        known = ", ".join(map(str, task.data)) or "nothing"
        raise FormatError(
            path, place, f"its data ({known[:100]}) names {len(found)} pictures",
            "Say with --image-field which field is the picture",
        )  # fmt: skip
    return next(iter(found.values()))
