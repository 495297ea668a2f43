"""The ball and boxes between two fixed frames.

Boxes go linearly.  The ball goes linearly or as a parabola in the picture, whichever the frames
beside the gap speak for.  Where a person has settled the label (put it there, or reviewed the
frame) it stays and is passed through, unless they ask in that very frame; so do frames without it
that are reviewed, or where the ball is known to be out of the picture or absent.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec
import numpy as np

from prelabel_tui.core.edits.corrections import Floats, at_edges, blended, edges, model_edges
from prelabel_tui.core.edits.many_frames import Refusal, placed, span, standing, with_left_alone
from prelabel_tui.core.edits.matching import DERIVED, settled
from prelabel_tui.core.edits.one_frame import Bounds
from prelabel_tui.core.edits.operations import (
    Change,
    LabelChange,
    Operation,
    ShiftChange,
    changed_frame,
    changed_frames,
    label_change,
)
from prelabel_tui.core.model.codec import has_state
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import (
    Ball,
    BallState,
    Box,
    Frame,
    Label,
    Origin,
    make_frame,
    with_geometry,
)
from prelabel_tui.core.tracks import Tracks, work_out

NO_BALL = (BallState.OUT_OF_FRAME, BallState.ABSENT)
_INTERPOLATED = Origin.INTERPOLATED.value.encode()
_BESIDE = 4
"""Frames looked at on each side of a gap to estimate how the ball flies."""
_THERE = "is already there in every frame between"
_LONGEST_GAP = 12
_ROUNDED = 1.0
"""How far (1/100 px) a label may be from where it was computed."""
_ANYWHERE = (1 << 30, 1 << 30)
_LONGEST = 300
"""The most frames over which a run of interpolated labels is followed."""


class Curve(StrEnum):
    """How a label moves through a gap."""

    AUTO = "auto"
    LINEAR = "linear"
    FLIGHT = "flight"


def find_gap(
    document: Document,
    tracks: Tracks,
    index: int,
    track: int | None = None,
    doubtful: Container[int] = (),
) -> tuple[int, int] | None:
    """Find the fixed frames before and after ``index``: where a person or model has the track.

    ``doubtful`` frames (Ranking.doubtful) do not count as fixed, unless a person settled the label
    there; nor do those it was interpolated or propagated to.  Without a track: the ball.
    """

    def search(way: range) -> int | None:
        for at in way:
            frame = document.frame(at)
            found = _label(document, tracks, at, track)
            if found is None:
                continue
            fixed = settled(frame, found)
            if found.origin in DERIVED and not fixed:
                continue
            if fixed or at not in doubtful:
                return at
        return None

    first = search(range(index - 1, max(-1, index - _LONGEST), -1))
    last = search(range(index + 1, min(len(document), index + _LONGEST)))
    return None if first is None or last is None else (first, last)


def interpolate(
    document: Document,
    tracks: Tracks,
    first: int,
    last: int,
    track: int | None = None,
    curve: Curve = Curve.AUTO,
    anew: int | None = None,
) -> Operation | Refusal:
    """Place a track's label on the frames between ``first`` and ``last``; without one, the ball.

    ``anew``: a frame between them where it is placed even if a person has settled it.
    """
    if last - first < 2:
        return Refusal("There is no frame between the two.")
    ends = []
    for at in (first, last):
        end = _label(document, tracks, at, track)
        if end is None:
            name = "ball" if track is None else tracks.name(track)
            return Refusal(f"There is no {name} in frame {at + 1}.")
        ends.append((at, end))
    start = ends[0]
    name = "ball" if track is None else start[1].id
    knots = [start]
    for at in range(first + 1, last):
        frame = document.frame(at)
        found = _label(document, tracks, at, tracks.at(first, start[1].id))
        if found is not None and settled(frame, found) and at != anew:
            knots.append((at, found))
    left = {at for at, _ in knots[1:]}
    knots.append(ends[1])
    changes: list[Change] = []
    for before, after in pairwise(knots):
        found_changes, passed = _fill(document, tracks, before, after, curve, anew)
        changes += found_changes
        left |= passed
    if not changes:
        why = "stays: the frames between are reviewed or edited by hand" if left else _THERE
        return Refusal(f"{name} {why}.")
    text = f"Interpolate {name} through {span(first + 1, last - 1)}"
    return Operation("interpolate", with_left_alone(text, left), tuple(changes))


def fill_missing(document: Document, tracks: Tracks, index: int) -> Operation | Refusal:
    """Place the boxes that are missing in this frame but there before and after it.

    Each through all of its gap (up to 12 frames), linearly.
    """
    changes: list[Change] = []
    left: set[int] = set()
    names: list[str] = []
    filled = document.copy()
    for first, last, track in _gaps(tracks, index, len(document)):
        one, two = _label(document, tracks, first, track), _label(document, tracks, last, track)
        if not isinstance(one, Box) or not isinstance(two, Box):
            continue
        names.append(one.id)
        # On what is filled so far: two boxes may want the same id in a frame.
        found, passed = _fill(filled, tracks, (first, one), (last, two), Curve.LINEAR, index)
        for change in found:
            frame = changed_frame(filled.frame(change.frame), change)
            filled.replace(change.frame, frame)
        changes += found
        left |= passed
    if not changes:
        return Refusal("No box that is there before and after is missing here.")
    what = names[0] if len(names) == 1 else f"{len(names)} players"
    frames = [change.frame for change in changes]
    text = f"Interpolate {what} through {span(min(frames), max(frames))}"
    return Operation("interpolate", with_left_alone(text, left), tuple(changes))


def _gaps(tracks: Tracks, index: int, count: int) -> list[tuple[int, int, int]]:
    """Return the gaps around a frame: the frames before and after, and the track."""
    before: dict[int, int] = {}
    for at in range(max(0, index - _LONGEST_GAP), index):
        before |= dict.fromkeys(tracks.numbers(at, at + 1).tolist(), at)
    for track in tracks.numbers(index, index + 1).tolist():
        before.pop(track, None)
    found: list[tuple[int, int, int]] = []
    for at in range(index + 1, min(count, index + _LONGEST_GAP + 1)):
        for track in tracks.numbers(at, at + 1).tolist():
            first = before.pop(track, None)
            if first is not None and at - first <= _LONGEST_GAP + 1:
                found.append((first, at, track))
    return sorted(found, key=lambda gap: (-gap[0], gap[1:]))


def with_redone(
    document: Document,
    operation: Operation,
    tracks: Tracks | None = None,
    bounds: Sequence[Bounds] = (),
) -> Operation:
    """Add to an operation, in the same step, the interpolated runs beside the labels it moves.

    A run goes to the next label of the track that is not interpolated or is reviewed; its text says
    where a reviewed one held it.  ``document`` is as before the operation, and so are ``tracks``,
    which are worked out where they are not given and there is such a run.  Without any the
    operation is returned as it is.  ``bounds``: of the frames, at which corrected boxes are cut.
    OperationConflict when the document is not what it was made for.

    A run between corrections is done again as such, any other by the places of its ends.
    """
    if operation.action in ("interpolate", "correct"):
        return operation
    if not _beside_runs(document, operation.frames):
        return operation
    changed = changed_frames(document, operation)
    moved = [
        (index, label, step)
        for index, label in _moved(operation, changed)
        for step in (-1, 1)
        if _may_run_on(document, index + step, changed)
    ]
    if not moved:
        return operation
    tracks = work_out(document) if tracks is None else tracks
    view = document.copy()
    for index, frame in changed.items():
        view.replace(index, frame)
    redone: list[Change] = []
    held: set[int] = set()
    for index, label, step in moved:
        other = _end_of_run(view, tracks, index, label, step, changed)
        if other is not None:
            ends = ((index, label), other) if step == 1 else (other, (index, label))
            corrected = _corrected_anew(document, view, tracks, *ends, bounds)
            if corrected is None:
                redone += _fill(view, tracks, *ends, Curve.AUTO)[0]
            else:
                redone += corrected
            if other[1].origin is Origin.INTERPOLATED:
                held.add(other[0])
    if not redone and not held:
        return operation
    return msgspec.structs.replace(
        operation,
        text=with_left_alone(operation.text, held),
        changes=operation.changes + tuple(redone),
    )


def _beside_runs(document: Document, frames: Iterable[int]) -> bool:
    """Say whether a run of interpolated labels may begin beside these frames; mostly none does."""
    changed = set(frames)
    beside = {at for index in changed for at in (index - 1, index + 1)} - changed
    encoded = (document.encoded(at) for at in beside if 0 <= at < len(document))
    return any(_INTERPOLATED in frame or has_state(frame) for frame in encoded)


def _moved(operation: Operation, changed: Mapping[int, Frame]) -> Iterator[tuple[int, Label]]:
    """Yield the labels that an operation moves, as it leaves them."""
    for change in operation.changes:
        if isinstance(change, LabelChange):
            if change.before and change.after:
                yield change.frame, change.after
        elif isinstance(change, ShiftChange):
            labels = map(changed[change.frame].label, change.ids)
            yield from ((change.frame, label) for label in labels if label is not None)


def _corrected_anew(
    before: Document,
    view: Document,
    tracks: Tracks,
    left: tuple[int, Label],
    right: tuple[int, Label],
    bounds: Sequence[Bounds],
) -> list[Change] | None:
    """Do a run between two corrections again; None for one that was made in another way.

    ``before``: the document in which it still fits its ends.
    """
    track = tracks.at(left[0], left[1].id)
    inner: list[tuple[int, Label, Floats]] = []
    for at in range(left[0] + 1, right[0]):
        label = _label(before, tracks, at, track)
        model = None if label is None else model_edges(label)
        if label is not None and model is not None and not before.frame(at).reviewed:
            inner.append((at, label, model))
    if track is None or not inner:
        return None
    shares = np.array([(at - left[0]) / (right[0] - left[0]) for at, _, _ in inner])
    model = np.array([said for _, _, said in inner])
    found = []
    for document in (before, view):
        ends = [_label(document, tracks, at, track) for at in (left[0], right[0])]
        said = [None if end is None else model_edges(end) for end in ends]
        if any(edge is None for edge in said):
            return None
        steps = [edges(end) - edge for end, edge in zip(ends, said, strict=True)]  # type: ignore[arg-type,operator]
        found.append(blended(model, shares, np.array(steps)))
    was, wanted = found
    now = np.array([edges(label) for _, label, _ in inner])
    # Cut at the frame a label may be elsewhere; most of them tell.
    if np.median(np.abs(now - was).max(axis=1)) > _ROUNDED:
        return None
    changes: list[Change] = []
    for (at, label, _), place in zip(inner, wanted, strict=True):
        after = at_edges(label, place, bounds[at] if bounds else _ANYWHERE, Origin.INTERPOLATED)
        if after != label:
            changes.append(label_change(at, label, after))
    return changes


def _may_run_on(document: Document, index: int, changed: Container[int]) -> bool:
    """Say whether a run may go on into a frame, which is not changed itself."""
    if not 0 <= index < len(document) or index in changed:
        return False
    frame = document.frame(index)
    return frame.ball in NO_BALL or any(
        label.origin is Origin.INTERPOLATED for label in frame.labels
    )


def ghost(operation: Operation, index: int) -> Frame:
    """Return only the labels that an operation would put on a frame."""
    labels: dict[str, Label] = {}
    for change in operation.changes:
        if isinstance(change, LabelChange) and change.frame == index and change.after:
            labels[change.id] = change.after
    return make_frame(list(labels.values()))


def _ball(frame: Frame) -> Label | None:
    balls = [label for label in frame.labels if isinstance(label, Ball)]
    return max(balls, key=lambda ball: (ball.score or 0, ball.id), default=None)


def _label(document: Document, tracks: Tracks, at: int, track: int | None) -> Label | None:
    """Return a track's label in a frame; without a track, the ball."""
    if track is None:
        return _ball(document.frame(at))
    name = tracks.find(track, at)
    return None if name is None else document.frame(at).label(name)


def _end_of_run(
    document: Document,
    tracks: Tracks,
    index: int,
    label: Label,
    step: int,
    stop: Container[int],
) -> tuple[int, Label] | None:
    """Find the fixed frame at the other end of the interpolated run that begins beside ``index``.

    A reviewed frame is one, also when the label was interpolated there.
    """
    track = tracks.at(index, label.id)
    at = index + step
    while 0 <= at < len(document) and abs(at - index) < _LONGEST and at not in stop:
        frame = document.frame(at)
        found = None if track is None else _label(document, tracks, at, track)
        if found is None:
            if frame.ball not in NO_BALL:
                return None
        elif found.origin is not Origin.INTERPOLATED:
            return (at, found) if abs(at - index) > 1 else None
        elif frame.reviewed:
            return at, found
        at += step
    return None


def _fill(
    document: Document,
    tracks: Tracks,
    left: tuple[int, Label],
    right: tuple[int, Label],
    curve: Curve,
    anew: int | None = None,
) -> tuple[list[Change], set[int]]:
    """Return the changes between two frames, and the frames left alone as settled.

    ``anew``: a frame that is changed even if it is settled.
    """
    (first, start), (last, end) = left, right
    inner = np.arange(first + 1, last, dtype=np.float64)
    ends = np.array([[_number(v) for v in start.geometry], [_number(v) for v in end.geometry]])
    ratio = ((inner - first) / (last - first))[:, None]
    values = ends[0] + (ends[1] - ends[0]) * ratio
    if isinstance(start, Ball) and curve is not Curve.LINEAR:
        times, points = _beside(document, tracks, first, last, start, end)
        values[:, :2] = flight(times, points, first, last, inner, curve is Curve.FLIGHT)
    changes: list[Change] = []
    alone: set[int] = set()
    for at, value in zip(range(first + 1, last), np.rint(values).astype(int), strict=True):
        frame = document.frame(at)
        if frame.ball in NO_BALL and isinstance(start, Ball):
            continue
        geometry: tuple[int, ...] | tuple[int, int, int | None] = tuple(int(v) for v in value)
        if isinstance(start, Ball) and start.size is None:
            geometry = (int(value[0]), int(value[1]), None)
        wanted = with_geometry(start, geometry)
        there = standing(document, tracks, at, wanted, first)
        if at != anew and settled(frame, there):
            alone.add(at)
        elif change := placed(at, frame, wanted, there, Origin.INTERPOLATED):
            changes.append(change)
    return changes, alone


def _beside(
    document: Document, tracks: Tracks, first: int, last: int, start: Label, end: Label
) -> tuple[Floats, Floats]:
    """Return times and places of the ball in the frames just outside a gap, its ends included."""
    times: list[float] = []
    points: list[tuple[float, float]] = []
    for edge, label, step in ((first, start, -1), (last, end, 1)):
        track = tracks.at(edge, label.id)
        for away in range(_BESIDE + 1):
            at = edge + step * away
            if not 0 <= at < len(document):
                break
            found = label if away == 0 or track is None else _label(document, tracks, at, track)
            if found is None:
                break
            times.append(float(at))
            points.append((float(found.x), float(found.y)))
    order = np.argsort(times)
    return np.array(times)[order], np.array(points).reshape(-1, 2)[order]


def flight(
    times: Floats, points: Floats, first: int, last: int, inner: Floats, forced: bool
) -> Floats:
    """Compute the places (n × 2) of the ball at times ``inner`` between ``first`` and ``last``.

    A parabola through both ends, bent as the places beside the gap say; straight where they say
    little (unless ``forced``) or there are none.
    """
    ends = np.stack([points[times == first][0], points[times == last][0]])
    ratio = ((inner - first) / (last - first))[:, None]
    straight: Floats = ends[0] + (ends[1] - ends[0]) * ratio
    outside = (times < first) | (times > last)
    if not (times < first).any() or not (times > last).any():
        return straight
    share = ((times[outside] - first) / (last - first))[:, None]
    off = points[outside] - (ends[0] + (ends[1] - ends[0]) * share)
    basis = (times[outside] - first) * (times[outside] - last)
    bend = (basis[:, None] * off).sum(axis=0) / (basis**2).sum()
    left = off - basis[:, None] * bend
    explained = (left**2).sum() < 0.5 * (off**2).sum()
    if not (explained or forced):
        return straight
    curved: Floats = straight + ((inner - first) * (inner - last))[:, None] * bend
    return curved


def _number(value: int | None) -> float:
    return 0.0 if value is None else float(value)
