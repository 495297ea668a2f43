"""What the keys of the review screen do to a draft, without the screen; every key is recorded.

Hours of keys run through this in seconds.  That it does what the screen does is proved by
benchmarks.key_screen, which sends the same keys to the real one and compares the drafts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.core.edits import interpolation, many_frames, one_frame
from prelabel_tui.core.edits.many_frames import Refusal, ball_size
from prelabel_tui.core.edits.one_frame import Bounds, Edge
from prelabel_tui.core.edits.operations import LabelChange, Operation, apply
from prelabel_tui.core.edits.pointing import Grid, hints, reading_order, typical_size
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Ball, Box, Capability, Frame, Label
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.patterns.proposal import ClipFrames, between_corrections
from prelabel_tui.core.tracks import Member
from prelabel_tui.core.validation import Validator
from prelabel_tui.imaging.snapping import snap_ball, snap_box, snap_player
from prelabel_tui.keys.commands import BY_ID
from prelabel_tui.screens.review.analysis import Analysis

Pixels = NDArray[np.uint8]

WHOLE, OUTER, INNER = range(3)
"""What the moving keys move."""

_WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
_EDGES = {
    OUTER: {"left": Edge.LEFT, "right": Edge.RIGHT, "up": Edge.TOP, "down": Edge.BOTTOM},
    INNER: {"left": Edge.RIGHT, "right": Edge.LEFT, "up": Edge.BOTTOM, "down": Edge.TOP},
}


class KeyModel:
    """A draft under review.  Each method presses a command's key and does what it does."""

    def __init__(
        self, document: Document, manifest: Manifest, picture: Callable[[int], Pixels]
    ) -> None:
        self.document = document.copy()
        self.manifest = manifest
        self.keys: list[str] = []
        self.index = 0
        self.selected: str | None = None
        self._followed: Member | None = None
        self.handle = WHOLE
        self.pending: Operation | None = None
        self.grid: Grid | None = None
        self.analysis = Analysis(self.document, manifest, Validator(self.document, manifest))
        self._picture = picture
        self._pictures: dict[int, Pixels] = {}
        self.done: list[Operation] = []
        self._target: Label | None = None
        self._added = 0
        self._range_start = 0
        first = self.analysis.queue.first()
        self._go(
            0 if first is None else first, None if first is None else self.analysis.suspect(first)
        )

    # --- what the screen shows

    @property
    def is_ball(self) -> bool:
        """Whether the draft is of the ball."""
        return self.document.capability is Capability.BALL

    @property
    def frame(self) -> Frame:
        """The frame shown."""
        return self.document.frame(self.index)

    @property
    def bounds(self) -> Bounds:
        """Its size, units."""
        media = self.manifest.frames[self.index]
        return media.width * UNIT, media.height * UNIT

    @property
    def shown(self) -> Sequence[Label]:
        """Ghosts of an interpolation that has not been taken yet."""
        return () if self.pending is None else interpolation.ghost(self.pending, self.index).labels

    # --- pressing

    def _press(self, command: str, count: int = 1) -> None:
        """Press a command's key, with a count typed before it if there is one."""
        if not command.startswith("review.ghost."):
            self.pending = None
        self.keys += [*(str(count) if count > 1 else ""), BY_ID[command].keys[0]]

    def _edit(self, operation: Operation | Refusal | None) -> bool:
        if operation is None or isinstance(operation, Refusal):
            return False
        self._make(interpolation.with_redone(self.document, operation, self.analysis.tracks))
        return True

    def _make(self, operation: Operation, undone: bool = False) -> None:
        apply(self.document, operation)
        if not undone:
            self.done.append(operation)
        self.analysis.follow(self.document, operation.frames)
        self.analysis.update(self.document, operation.frames)
        if self.selected is not None and self.frame.label(self.selected) is None:
            self.selected = None

    def _pixels(self) -> Pixels:
        if self.index not in self._pictures:
            self._pictures = {self.index: self._picture(self.index)}
        return self._pictures[self.index]

    # --- frames

    def _go(self, index: int, select: str | None) -> None:
        track = self._track
        if select is None and index == self.index:
            select = self.selected
        elif select is None and track is not None:
            select = self.analysis.tracks.find(track, index)
        if select is not None:
            self._followed = Member(index, select)
        before, self.index = self.selected, index
        if select is None and self.is_ball and self.frame.labels:
            select = self.frame.labels[0].id
            self._followed = self._followed or Member(index, select)
        self.selected = select
        if select != before:
            self.handle = WHOLE

    @property
    def _track(self) -> int | None:
        """The track that the selection follows."""
        return None if self._followed is None else self.analysis.tracks.at(*self._followed)

    def _select(self, name: str | None) -> None:
        self.selected = name
        self._followed = None if name is None else Member(self.index, name)

    def accept(self) -> bool:
        """Press Enter: take what is shown, accept the frame; return whether the queue goes on."""
        if self.pending is not None:
            pending, self.pending = self.pending, None
            self._press_again("review.ghost.accept")
            self._edit(pending)
        else:
            self._press("review.accept")
        self._edit(many_frames.accept_frame(self.document, self.index))
        return self._go_on()

    def _go_on(self) -> bool:
        target = self.analysis.queue.next(self.index)
        if target is None:
            return False
        self._go(target, self.analysis.suspect(target))
        return True

    @property
    def stretch(self) -> range:
        """The frames that :meth:`watch` would show, this one first."""
        return self.analysis.ranking.stretch(self.index)

    def watch(self) -> None:
        """Look at the stretch, frame after frame; a range of it is begun."""
        self._press("review.watch")
        self._range_start = self.index
        self._go(self.stretch[-1], None)

    def accept_seen(self, last: int) -> bool:
        """Accept the range up to ``last``, going back to it first; return as :meth:`accept`."""
        if back := self.index - last:
            self._press("review.previous_frame", back)
            self._go(last, None)
        self._press("review.accept")
        self._edit(many_frames.accept_range(self.document, self._range_start, last))
        return self._go_on()

    def _press_again(self, command: str) -> None:
        self.keys.append(BY_ID[command].keys[0])

    def first_frame(self) -> None:
        """Go to the first frame of the clip."""
        if self.index:
            self._press("review.first_frame")
            self._go(0, None)

    def next_frame(self) -> None:
        """Go one frame forward without deciding anything."""
        self._press("review.next_frame")
        if self.index + 1 < len(self.document):
            self._go(self.index + 1, None)

    # --- labels

    def select_by_letters(self, name: str) -> None:
        """Select a label by its letters, if it is not selected."""
        if self.selected != name:
            self._press("review.by_letter")
            self.keys += hints(reading_order(self.frame))[name]
            self._select(name)

    def select_by_tab(self, name: str) -> None:
        """Select a label by going through the list, the shorter way."""
        ids = [label.id for label in self.frame.labels]
        to, many = ids.index(name), len(ids)
        ahead, back = to + 1, many - to
        if self.selected in ids:
            ahead = (to - ids.index(self.selected)) % many
            back = many - ahead
        for _ in range(min(ahead, back)):
            self._press("review.next_label" if ahead <= back else "review.previous_label")
        self._select(name)

    def deselect(self) -> None:
        """Select nothing; Esc drops what is shown and leaves an edge first."""
        if self.pending is not None:
            self.pending = None
            self._press_again("review.ghost.cancel")
        if self.handle != WHOLE:
            self._press("review.deselect")
            self.handle = WHOLE
        self._press("review.deselect")
        self._select(None)

    def reject(self) -> None:
        """Delete the selected label; the next one is selected."""
        self._press("review.reject")
        assert self.selected is not None
        ids = [label.id for label in self.frame.labels]
        place = ids.index(self.selected)
        following = (ids[place + 1 :] + ids[:place])[:1]
        self._edit(many_frames.reject_label(self.document, self.index, self.selected))
        self._select(following[0] if following else None)

    def only(self) -> None:
        """Keep the selected ball, delete the others of the frame."""
        self._press("review.only")
        others = [label for label in self.frame.labels if label.id != self.selected]
        changes = tuple(LabelChange(self.index, other.id, other, None) for other in others)
        self._edit(Operation("delete", "", changes))

    def nudge(self, way: str, ones: int, tens: int, counts: bool) -> None:
        """Move what the handle selects: ``tens`` of 10 px, ``ones`` of 1 px."""
        for name, times, by in ((f"{way}_ten", tens, 10), (way, ones, 1)):
            presses = [times] if counts and times > len(str(times)) + 1 else [1] * times
            for count in presses:
                self._press(f"review.{name}", count)
                self._shift(way, by * count * UNIT)

    def _shift(self, way: str, by: int) -> None:
        assert self.selected is not None
        here = self.document, self.index, self.selected
        dx, dy = _WAYS[way]
        if self.handle == WHOLE:
            self._edit(one_frame.move(*here, dx * by, dy * by, self.bounds))
        else:
            edge = _EDGES[self.handle][way]
            self._edit(one_frame.resize(*here, edge, (dx or dy) * by, self.bounds))

    def edges(self) -> None:
        """Switch to the next handle: whole, outer, inner."""
        self._press("review.edges")
        self.handle = (self.handle + 1) % 3

    def snap(self) -> None:
        """Snap the selected label; if unsure, it stays."""
        self._press("review.snap")
        label = self.frame.label(self.selected or "")
        if isinstance(label, Box):
            box = snap_box(self._pixels(), label.geometry)
            sure, geometry = box.sure, box.geometry
        else:
            assert isinstance(label, Ball)
            spot = snap_ball(self._pixels(), label.x, label.y, size=label.size)
            sure, geometry = spot.sure, (spot.x, spot.y)  # type: ignore[assignment]
        if sure:
            self._edit(one_frame.place(self.document, self.index, label.id, geometry, self.bounds))

    def undo(self) -> None:
        """Undo the last step."""
        self._press("review.undo")
        self._make(self.done.pop().inverse(), undone=True)

    # --- through time

    def interpolate(self) -> None:
        """Show what interpolation would place."""
        self._press("review.interpolate")
        done = self._interpolation()
        self.pending = done if isinstance(done, Operation) else None

    @property
    def lacks_one(self) -> bool:
        """Whether a missing label is what is most doubtful here."""
        reasons = self.analysis.ranking.entry(self.index).reasons
        return bool(reasons) and reasons[0].code == "missing"

    def _interpolation(self) -> Operation | Refusal:
        if not self.is_ball and (self.selected is None or self.lacks_one):
            return interpolation.fill_missing(self.document, self.analysis.tracks, self.index)
        tracks, index = self.analysis.tracks, self.index
        if not self.is_ball and self.selected is not None:
            sizes = [(frame.width * UNIT, frame.height * UNIT) for frame in self.manifest.frames]
            here = self.document, tracks, index, self.selected
            corrected = between_corrections(*here, ClipFrames(sizes))
            if corrected is not None:
                return corrected.operation(self.document)
        own = None if self.selected is None else tracks.at(index, self.selected)
        wanted: tuple[int | None, ...] = (own,)
        if self.is_ball:
            gone = self._track is not None and tracks.find(self._track, index) is None
            wanted = (*((self._track,) * gone), *((own,) * (len(self.frame.labels) > 1)), None)
        for track in wanted:
            doubtful = self.analysis.ranking.doubtful
            gap = interpolation.find_gap(self.document, tracks, index, track, doubtful)
            if gap is not None:
                return interpolation.interpolate(self.document, tracks, *gap, track, anew=index)
        return Refusal("")

    def take(self) -> None:
        """Take what is shown."""
        pending, self.pending = self.pending, None
        self._press_again("review.ghost.take")
        self._edit(pending)

    def copy_previous(self) -> None:
        """Copy the selected label from the previous frame, or all that are missing here."""
        self._press("review.copy_previous")
        here = self.document, self.analysis.tracks, self.index, self.selected
        self._edit(many_frames.copy_from_previous(*here))
        if self.selected is None and len(self.frame.labels) == 1:
            self._select(self.frame.labels[0].id)

    # --- the grid

    def where(self) -> None:
        """Choose by grid where the selected label goes; for the ball, the only one."""
        self._press("review.where")
        self._target = self.frame.label(self.selected or "")
        if self._target is None and self.is_ball and len(self.frame.labels) == 1:
            self._target = self.frame.labels[0]
        self.grid = Grid.start((0, 0, *self.bounds))

    def new(self) -> None:
        """Choose by grid where a new label goes."""
        self._press("review.new")
        self._target = None
        self.grid = Grid.start((0, 0, *self.bounds))

    def towards(self, x: int, y: int) -> None:
        """Press the key of the grid cell that holds a place."""
        assert self.grid is not None
        for key, (left, top, w, h) in self.grid.cells:
            if left <= x < left + w and top <= y < top + h:
                self.keys.append(key)
                self.grid = self.grid.press(key)
                return
        raise ValueError(f"{x},{y} is outside the grid")

    @property
    def spot(self) -> tuple[int, ...] | None:
        """Where a snap would place it, as the screen shows; None while that is not sure."""
        assert self.grid is not None
        x, y = self.grid.point
        if self.is_ball:
            size = self._target.size if isinstance(self._target, Ball) else self._ball_size()
            found = snap_ball(self._pixels(), x, y, size=size)
            return (found.x, found.y) if found.sure else None
        box = snap_player(self._pixels(), x, y, self._box_size(y))
        return box.geometry if box.sure else None

    def _ball_size(self) -> int:
        near = many_frames.ball_size_near(self.document, self.index)
        return near if near is not None else ball_size(self.document)

    def _box_size(self, y: int) -> tuple[int, int]:
        if isinstance(self._target, Box):
            return self._target.w, self._target.h
        return typical_size(self.document, y)

    def put(self, snapped: bool) -> None:
        """Place it at the grid's point, or (Space) where the snap is sure of it."""
        assert self.grid is not None
        spot = self.spot if snapped else None
        self._press("review.grid.put_snapped" if snapped else "review.grid.put")
        x, y = self.grid.point
        w, h = (0, 0) if self.is_ball else self._box_size(y)
        geometry = spot or ((x, y) if self.is_ball else (x - w // 2, y - h // 2, w, h))
        self.grid = None
        if self._target is not None:
            here = self.document, self.index, self._target.id
            self._select(self._target.id)
            self._edit(one_frame.place(*here, geometry, self.bounds))
            return
        if self.is_ball:
            place = geometry[0], geometry[1], self._ball_size()
            added = one_frame.add_ball(self.document, self.index, *place, self.bounds)
        else:
            self._added += 1
            box = (geometry[0], geometry[1], geometry[2], geometry[3])  # type: ignore[misc]
            token = f"{self._added:06x}"
            added = one_frame.add_box(self.document, self.index, box, self.bounds, token)
        self._edit(added)
        change = added.changes[0]
        assert isinstance(change, LabelChange)
        self._select(change.id)
