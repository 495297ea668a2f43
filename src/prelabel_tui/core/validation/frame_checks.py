"""The rules that look at one frame: the one place that decides them and words their findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prelabel_tui.core.model.labels import (
    UNIT,
    Ball,
    BallState,
    Box,
    Capability,
    Flag,
    Frame,
    Label,
    to_pixels,
)
from prelabel_tui.core.model.media import MediaFrame
from prelabel_tui.core.text import printable
from prelabel_tui.core.validation.findings import Finding
from prelabel_tui.core.validation.rules import Settings, Severity

NO_BALL = (BallState.ABSENT, BallState.OUT_OF_FRAME)

Extent = tuple[int, int, int, int]


@dataclass(frozen=True)
class FrameRules:
    """The frame rules with the thresholds in force.  ``pack``: leave out rules about reviewing."""

    capability: Capability
    settings: Settings
    pack: bool = False

    def check(self, index: int, frame: Frame, media: MediaFrame | None) -> Iterator[Finding]:
        """Yield every finding of one frame; ``media`` None (beyond the media) skips its size.

        A frame that is left out has none.
        """
        if frame.left_out:
            return
        yield from self._flags(index, frame)
        yield from self._ids(index, frame)
        if self.capability is Capability.BALL:
            yield from self._balls(index, frame)
        for label in frame.labels:
            yield from self._label(index, label, media)
        if self.capability is Capability.PLAYER:
            yield from self._near_identical(index, frame)

    def errors(self, index: int, frame: Frame, media: MediaFrame | None) -> list[Finding]:
        """Return what of a frame blocks publishing; quick, for many frames in a row."""
        if frame.left_out:
            return []
        found = [*self._ids(index, frame)]
        if self.capability is Capability.BALL:
            found += self._balls(index, frame)
        for label in frame.labels:
            found += self._label(index, label, media)
        return [finding for finding in found if finding.severity is Severity.ERROR]

    def _flags(self, index: int, frame: Frame) -> Iterator[Finding]:
        rule = "frame.needs_human_review"
        if Flag.NEEDS_HUMAN_REVIEW in frame.flags and not self.pack and self.settings.on(rule):
            yield Finding(rule, index, "still flagged needs_human_review")

    def _ids(self, index: int, frame: Frame) -> Iterator[Finding]:
        seen: set[str] = set()
        for label in frame.labels:
            if label.id in seen:
                text = f"two labels have the id {printable(label.id, 40)}"
                yield Finding("label.duplicate_id", index, text, label.id)
            seen.add(label.id)

    def _balls(self, index: int, frame: Frame) -> Iterator[Finding]:
        count = len(frame.labels)
        limit = self.settings.threshold("ball.too_many")
        if limit is not None and count > limit:
            yield Finding(
                "ball.too_many", index, f"{count} balls, at most {limit:g} allowed",
                frame.labels[-1].id, {"balls": count, "allowed": limit},
            )  # fmt: skip
        if frame.ball in NO_BALL and count and self.settings.on("ball.contradiction"):
            yield Finding(
                "ball.contradiction", index,
                f"the ball is said to be {frame.ball}, but it has {count} ball label",
                frame.labels[0].id, {"balls": count},
            )  # fmt: skip

    def _label(self, index: int, label: Label, media: MediaFrame | None) -> Iterator[Finding]:
        if isinstance(label, Ball) is not (self.capability is Capability.BALL):
            kind = "ball" if isinstance(label, Ball) else "box"
            yield Finding(
                "label.wrong_kind", index, f"a {kind} in a {self.capability} draft", label.id
            )
            return
        if isinstance(label, Box):
            if label.w <= 0 or label.h <= 0:
                w, h = to_pixels(label.w), to_pixels(label.h)
                text = f"the box is {w:g}×{h:g} px"
                yield Finding("box.no_area", index, text, label.id, {"width": w, "height": h})
        elif label.size is None or label.size <= 0:
            size = "no size" if label.size is None else f"a size of {to_pixels(label.size):g} px"
            yield Finding("ball.no_size", index, f"the ball has {size}", label.id)
        if media is not None:
            yield from self._place(index, label, media)

    def _place(self, index: int, label: Label, media: MediaFrame) -> Iterator[Finding]:
        left, top, right, bottom = extent(label)
        width, height = media.width * UNIT, media.height * UNIT
        numbers = {
            "left": to_pixels(left),
            "top": to_pixels(top),
            "right": to_pixels(right),
            "bottom": to_pixels(bottom),
        }
        if right <= 0 or bottom <= 0 or left >= width or top >= height:
            text = (
                f"lies at {to_pixels(left):g},{to_pixels(top):g}, outside the "
                f"{media.width}×{media.height} frame"
            )
            yield Finding("label.outside", index, text, label.id, numbers)
            return
        limit = self.settings.threshold("label.beyond_edge")
        beyond = max(-left, -top, right - width, bottom - height)
        if limit is not None and beyond > limit * UNIT:
            text = f"reaches {to_pixels(beyond):g} px beyond the edge (at most {limit:g})"
            numbers["beyond"] = to_pixels(beyond)
            yield Finding("label.beyond_edge", index, text, label.id, numbers)

    def _near_identical(self, index: int, frame: Frame) -> Iterator[Finding]:
        limit = self.settings.threshold("box.near_identical")
        if limit is None:
            return
        boxes = [label for label in frame.labels if isinstance(label, Box)]
        boxes.sort(key=lambda box: (box.x, box.id))
        for at, first in enumerate(boxes):
            reach = first.x + (1 - limit) * first.w + 1  # beyond it the overlap cannot be so large
            for second in boxes[at + 1 :]:
                if second.x > reach:
                    break
                share = overlap(first, second)
                if share >= limit:
                    text = (
                        f"overlaps {printable(first.id, 40)} by {share:.2f} (from {limit:g} on: "
                        "nearly the same)"
                    )
                    numbers = {"overlap": round(share, 4), "limit": limit}
                    yield Finding("box.near_identical", index, text, second.id, numbers)


def extent(label: Label) -> Extent:
    """Return (left, top, right, bottom) in 1/100 px; a ball without a size reaches 1 unit."""
    if isinstance(label, Box):
        return (label.x, label.y, label.x + label.w, label.y + label.h)
    half = max(label.size or 0, 2) // 2
    return (label.x - half, label.y - half, label.x + half, label.y + half)


def overlap(a: Box, b: Box) -> float:
    """Return the intersection over union, 0 when either box has no area."""
    wide = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    high = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    return shared / (a.w * a.h + b.w * b.h - shared)
