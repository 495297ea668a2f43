"""The rules that compare neighbouring frames, and those about the clip as a whole."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

import numpy as np

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT
from prelabel_tui.core.validation.columns import Clip, Columns, Ints
from prelabel_tui.core.validation.findings import Finding
from prelabel_tui.core.validation.rules import NEIGHBOURS, Settings


def fast_balls(columns: Columns, clip: Clip, settings: Settings) -> Ints:
    """Find the indices at which the ball arrives faster than allowed."""
    limit = settings.threshold("ball.speed")
    steps = min(len(columns.labels), len(clip.widths)) - 1
    if limit is None or steps < 1:
        return np.zeros(0, np.int64)
    moved = np.diff(columns.ball[: steps + 1], axis=0)
    speed = np.hypot(moved[:, 0], moved[:, 1]) / UNIT
    speed /= clip.seconds[:steps] * np.maximum(clip.widths[:steps], 1)
    return np.flatnonzero(speed > limit) + 1


def fast_ball(
    index: int, columns: Columns, clip: Clip, document: Document, settings: Settings
) -> Finding | None:
    """Return the finding at one frame, if the ball arrives there faster than allowed."""
    limit = settings.threshold("ball.speed")
    if limit is None or not 0 < index < min(len(columns.labels), len(clip.widths)):
        return None
    dx, dy = columns.ball[index] - columns.ball[index - 1]
    distance = math.hypot(dx, dy) / UNIT
    seconds = float(clip.seconds[index - 1])
    speed = distance / (seconds * max(float(clip.widths[index - 1]), 1.0))
    if not speed > limit:  # also when either position is unknown (nan)
        return None
    return Finding(
        "ball.speed", index,
        f"the ball moved {distance:.0f} px in {seconds:.3g} s: {speed:.2f} frame widths per "
        f"second, at most {limit:g}",
        document.frame(index).labels[0].id,
        {"distance": round(distance, 2), "seconds": seconds, "speed": round(speed, 3),
         "limit": limit},
    )  # fmt: skip


def neighbours_median(columns: Columns, index: int) -> float | None:
    """Return the median count of the frames beside one; None when it has no neighbour.

    Frames that are left out are none.
    """
    beside = [
        int(columns.labels[at])
        for at in range(max(0, index - NEIGHBOURS), index + NEIGHBOURS + 1)
        if at != index and at < len(columns.labels) and not columns.left_out[at]
    ]
    return float(statistics.median(beside)) if beside else None


def count_jumps(columns: Columns, settings: Settings) -> Ints:
    """Find the indices whose number of labels is too far from their neighbours'."""
    limit = settings.threshold("player.count_jump")
    counts = columns.labels
    if limit is None:
        return np.zeros(0, np.int64)
    window = 2 * NEIGHBOURS + 1
    edge = range(min(NEIGHBOURS, len(counts)))
    suspects = {*edge, *(len(counts) - 1 - at for at in edge)}
    if len(counts) >= window:
        around = np.lib.stride_tricks.sliding_window_view(counts, window)
        beside = np.delete(around, NEIGHBOURS, axis=1)
        apart = np.abs(around[:, NEIGHBOURS] - np.median(beside, axis=1))
        suspects.update((np.flatnonzero(apart > limit) + NEIGHBOURS).tolist())
    for at in np.flatnonzero(columns.left_out).tolist():  # they are no neighbours
        suspects.update(range(max(0, at - NEIGHBOURS), min(len(counts), at + NEIGHBOURS + 1)))
    return np.array(sorted(suspects), np.int64)


def count_jump(index: int, columns: Columns, settings: Settings) -> Finding | None:
    """Return the finding at one frame, if its player count is too far from its neighbours'."""
    limit = settings.threshold("player.count_jump")
    if limit is None or columns.left_out[index]:
        return None
    median = neighbours_median(columns, index)
    if median is None:
        return None
    count = int(columns.labels[index])
    if abs(count - median) <= limit:
        return None
    return Finding(
        "player.count_jump", index,
        f"{count} players, the neighbouring frames have {median:g} (more than {limit:g} apart)",
        numbers={"players": count, "neighbours": median, "limit": limit},
    )  # fmt: skip


def lengths(document: Document, media_frames: int) -> Iterator[Finding]:
    """Check that draft and media have the same frames."""
    have = len(document)
    numbers = {"draft": have, "media": media_frames}
    if have > media_frames:
        text = f"the draft has {have} frames, the media {media_frames}"
        yield Finding("clip.beyond_media", media_frames, text, None, numbers, True)
    elif have < media_frames:
        text = f"the draft has only {have} of the media's {media_frames} frames"
        yield Finding("clip.frames_lacking", max(0, have - 1), text, None, numbers, True)


def whole_clip(
    columns: Columns, clip: Clip, settings: Settings, source_labels: int | None
) -> Iterator[Finding]:
    """Check the rules about a clip's review; each finding points at the first frame concerned.

    Frames that are left out are not judged; their labels were not deleted.
    """
    here = ~columns.left_out
    count = int(np.count_nonzero(here))
    without = np.zeros(len(here), np.bool_)
    known = min(len(here), len(clip.without_picture))
    without[:known] = clip.without_picture[:known]
    for rule, mask, what in (
        ("frame.unreviewed", here & ~columns.reviewed & ~without, "were not reviewed"),
        (
            "frame.unseen",
            here & without & (columns.labels > 0),
            "have labels but no thumbnail",
        ),
        (
            "frame.accepted_unseen",
            here & columns.unseen,
            "were accepted while their picture was not shown",
        ),
    ):
        limit = settings.threshold(rule)
        found = int(np.count_nonzero(mask))
        if limit is not None and found > limit * count:
            first = int(np.argmax(mask))
            text = f"{found} of {count} frames {what} (the first is frame {first + 1})"
            yield Finding(rule, first, text, None, {"frames": found, "of": count}, True)
    limit = settings.threshold("clip.mostly_deleted")
    if limit is not None and source_labels:
        kept = int(columns.labels.sum())
        if source_labels - kept > limit * source_labels:
            text = f"{kept} of the source pack's {source_labels} labels are left"
            numbers = {"labels": kept, "source": source_labels, "limit": limit}
            yield Finding("clip.mostly_deleted", 0, text, None, numbers, True)
