"""CVAT XML 1.1: ``CVAT for images`` (its images are the clip) or ``CVAT for video`` (tracks).

Boxes have corners.  In a video's file a box with ``outside="1"`` says that the track is not there;
between boxes that are given a track moves straight, and after its last it stays to the end.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from prelabel_tui.core.ingest.pairing import LabelFrames, Listed, ListedFrame
from prelabel_tui.core.model.labels import DEFAULT_BALL_SIZE, UNIT
from prelabel_tui.core.model.media import LARGEST_SIDE, LONGEST_FRAME_NAME, natural_key
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.formats.dialects import wrong_dialect
from prelabel_tui.formats.errors import BadLabels, FormatError
from prelabel_tui.formats.input_file import read_bytes
from prelabel_tui.formats.keyframes import Key, every_box
from prelabel_tui.formats.labels_file import LabelFile, Rect, Rows, SequenceInfo, numbered

_TOLD_EVERY: Final = 5_000
_LONGEST_TRACK: Final = 1_000_000
"""Frames of a track, at most."""

_BALL_PX: Final = DEFAULT_BALL_SIZE / UNIT


def read_cvat(
    path: Path, bad: BadLabels | None = None, progress: Progress = unwatched
) -> LabelFile:
    """Read a file of either kind.  FormatError names image or track."""
    data = read_bytes(path, progress)
    reading = _Reading(path, bad or BadLabels(), progress)
    root: Element | None = None
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end")):
            if root is None:
                root = element
                if element.tag != "annotations":
                    raise FormatError(
                        path, "", f"is XML with the root {element.tag[:40]!r}, not annotations",
                        "Give a file in CVAT XML 1.1",
                    )  # fmt: skip
            if event == "end":
                reading.take(element)
    except ParseError as error:
        if other := wrong_dialect(path, data, "cvat"):
            raise other from error
        line, _column = error.position
        raise FormatError(path, f"line {line}", "is not valid XML", "Fix that line") from error
    except DefusedXmlException as error:
        raise FormatError(path, "", "declares entities, which are not read", "Remove them") from (
            error
        )
    except (LookupError, ValueError) as error:
        raise FormatError(path, "", f"is not XML text ({error})", "Give it in UTF-8") from error
    return reading.labels()


class _Reading:
    def __init__(self, path: Path, bad: BadLabels, progress: Progress) -> None:
        self.path, self.bad, self.progress = path, bad, progress
        self.rows = Rows("image", [path])
        self.categories: dict[str, int] = {}
        self.images: list[ListedFrame] = []
        self.image_at: list[int] = []
        self.left_out: Counter[str] = Counter()
        self.step = 1
        self.last: int | None = None
        self.size: tuple[int, int] | None = None
        self.taken = self.tracks = 0

    def take(self, element: Element) -> None:
        """Take an element that has ended, and forget what is in it."""
        if element.tag == "meta":
            self._meta(element)
        elif element.tag == "image":
            self._image(element)
        elif element.tag == "track":
            self._track(element)
        else:
            return
        element.clear()
        self.taken += 1
        if self.taken % _TOLD_EVERY == 0:
            self.progress("elements read", self.taken)

    def labels(self) -> LabelFile:
        """All that was read."""
        if self.images and self.tracks:
            raise FormatError(
                self.path, "", "has images and tracks", "Give a file of one of the two kinds"
            )
        frames: LabelFrames
        if self.images:
            kind = "images"
            order = sorted(
                range(len(self.images)), key=lambda at: natural_key(self.images[at].name)
            )
            place = {old: new for new, old in enumerate(order)}
            for row in range(len(self.rows)):
                self.rows.frame[row] = place[self.rows.frame[row]]
            frames = Listed(tuple(self.images[at] for at in order))
        else:
            kind = "video"
            if not self.tracks:
                raise FormatError(self.path, "", "has neither images nor tracks", "Give another")
            frames = numbered(self.rows, 0)
        return LabelFile(
            "cvat",
            f"CVAT XML for {kind}",
            self.path,
            frames,
            self.rows,
            tuple(self.categories),
            left_out=self.left_out,
            info=None if self.size is None else SequenceInfo(self.path, self.size),
        )

    def _meta(self, meta: Element) -> None:
        """Read what the task says: its labels, last frame, step between frames and size."""
        for label in meta.iter("label"):
            if name := (label.findtext("name") or "").strip():
                self.categories.setdefault(name[:200], len(self.categories))
        task = meta.find("task")
        if task is None:
            return
        step = (task.findtext("frame_filter") or "").strip().removeprefix("step=")
        self.step = int(step) if step.isdecimal() and 0 < int(step) < 1e6 else 1
        stop = (task.findtext("stop_frame") or "").strip()
        self.last = int(stop) if stop.isdecimal() and len(stop) < 10 else None
        sides = [
            (task.findtext(f"original_size/{side}") or "").strip() for side in ("width", "height")
        ]
        if all(side.isdecimal() and 0 < int(side[:9]) <= LARGEST_SIDE for side in sides):
            self.size = (int(sides[0]), int(sides[1]))

    def _image(self, image: Element) -> None:
        number = len(self.images) + 1
        place = f"image {number}"
        name = image.get("name") or ""
        if (
            not 0 < len(name) <= LONGEST_FRAME_NAME
            or name.startswith("/")
            or ".." in name.split("/")
        ):
            raise FormatError(
                self.path, place, f"the name {name[:60]!r} leads to no picture", "Correct it"
            )
        sides = [self._number(place, image, side) for side in ("width", "height")]
        if not all(side.is_integer() and 1 <= side <= LARGEST_SIDE for side in sides):
            raise FormatError(self.path, place, "has no size in px", "Write width and height")
        self.images.append(ListedFrame(name, (int(sides[0]), int(sides[1]))))
        for shape in image:
            try:
                rect = self._shape(place, shape)
                if rect is not None:
                    self._add(place, number, number - 1, shape, rect, self._own_track(shape))
            except FormatError as error:
                self.bad.add(error)

    def _own_track(self, shape: Element) -> str | None:
        for attribute in shape.iter("attribute"):
            if attribute.get("name") == "track_id":
                return (attribute.text or "").strip()[:200] or None
        return None

    def _track(self, track: Element) -> None:
        self.tracks += 1
        self.rows.unit = "track"
        place = f"track {self.tracks}"
        keys: list[Key] = []
        for shape in track:
            try:
                rect = self._shape(place, shape)
                if rect is None:
                    continue
                frame = self._number(place, shape, "frame")
                if not frame.is_integer() or not 0 <= frame < 1e9:
                    raise FormatError(self.path, place, "has no frame", "Write frame numbers")
                keys.append(Key(int(frame), rect, shape.get("outside") != "1", self.tracks))
            except FormatError as error:
                self.bad.add(error)
        seen = Counter(key.frame for key in keys)
        if twice := [frame for frame, count in seen.items() if count > 1]:
            self.bad.add(
                FormatError(self.path, place, f"has frame {twice[0]} twice", "Keep one of them")
            )
            return
        self.left_out["outside"] += sum(not key.visible for key in keys)
        ends = [key.frame for key in keys] + ([] if self.last is None else [self.last])
        if ends and max(ends) - min(ends) > _LONGEST_TRACK * self.step:
            self.bad.add(FormatError(self.path, place, "is too long", "Correct its frames"))
            return
        name = track.get("id") or str(self.tracks - 1)
        for key in every_box(keys, self.step, self.last):
            self._add(place, self.tracks, key.frame, track, key.rect, name[:200])

    def _add(
        self, place: str, number: int, frame: int, of: Element, rect: Rect, track: str | None
    ) -> None:
        label = (of.get("label") or "")[:200]
        if not label:
            raise FormatError(self.path, place, "has a shape without label", "Give it one")
        category = self.categories.setdefault(label, len(self.categories))
        name = None if track is None else f"t{track}"[:200]
        self.rows.add(0, number, frame, category, rect, None, name, track)

    def _shape(self, place: str, shape: Element) -> Rect | None:
        """Return the box of a shape; None, counted, where it has none."""
        if shape.tag in ("attribute", "tag"):
            return None
        if shape.get("rotation") and self._number(place, shape, "rotation"):
            raise FormatError(self.path, place, "has a rotated shape", "Give upright boxes")
        if shape.tag == "box":
            left, top, right, bottom = (
                self._number(place, shape, key) for key in ("xtl", "ytl", "xbr", "ybr")
            )
            return left, top, right - left, bottom - top
        if shape.tag == "ellipse":
            x, y, rx, ry = (self._number(place, shape, key) for key in ("cx", "cy", "rx", "ry"))
            return x - rx, y - ry, 2 * rx, 2 * ry
        if shape.tag == "points" and ";" not in (points := shape.get("points") or ""):
            x, y = self._point(place, points)
            return x - _BALL_PX / 2, y - _BALL_PX / 2, _BALL_PX, _BALL_PX
        self.left_out[f"{shape.tag[:40]} (not a box)"] += 1
        return None

    def _point(self, place: str, text: str) -> tuple[float, float]:
        parts = text.split(",")
        if len(parts) != 2 or not all(map(_is_float, parts)):
            raise FormatError(self.path, place, f"{text[:40]!r} is not a point", "Write x,y")
        return float(parts[0]), float(parts[1])

    def _number(self, place: str, element: Element, key: str) -> float:
        text = element.get(key)
        if not _is_float(text):
            raise FormatError(
                self.path, place, f"{element.tag[:40]} has no number {key}", "Correct or remove it"
            )
        return float(text or 0)


def _is_float(text: str | None) -> bool:
    try:
        return text is not None and math.isfinite(float(text))
    except ValueError:
        return False
