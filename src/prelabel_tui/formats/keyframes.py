"""Boxes between the key frames of a track, as annotation tools show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from prelabel_tui.formats.labels_file import Rect


@dataclass(frozen=True)
class Key:
    """A box that a file gives for a frame; ``visible``: there, and on the frames after it."""

    frame: int
    rect: Rect
    visible: bool
    place: int


def every_box(keys: Sequence[Key], step: int = 1, last: int | None = None) -> Iterator[Key]:
    """Return the visible boxes of a track, including those between its key frames.

    Between two of them a box moves straight.  After the last it stays until ``last``, if that is
    known.  Frames are ``step`` apart.
    """
    ordered = sorted(keys, key=lambda key: key.frame)
    for one, two in pairwise(ordered):
        if one.visible:
            yield one
            for frame in range(one.frame + step, two.frame, step):
                share = (frame - one.frame) / (two.frame - one.frame)
                # Towards a box that is not there it stays where it was.
                rect = _between(one.rect, two.rect, share) if two.visible else one.rect
                yield Key(frame, rect, True, one.place)
    if ordered and ordered[-1].visible:
        final = ordered[-1]
        yield final
        for frame in range(final.frame + step, (final.frame if last is None else last) + 1, step):
            yield Key(frame, final.rect, True, final.place)


def _between(one: Rect, two: Rect, share: float) -> Rect:
    x, y, w, h = (a + (b - a) * share for a, b in zip(one, two, strict=True))
    return x, y, w, h
