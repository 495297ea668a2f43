"""The tracks of a document: which of its labels are one thing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, overload

import numpy as np

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.label_arrays import has_tracks, label_ids, label_tracks
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.tracks.joining import join
from prelabel_tui.core.tracks.linking import link
from prelabel_tui.core.tracks.places import (
    Ints,
    Places,
    far_off,
    model_places,
    only_nudged,
    read_places,
)

_FROM_ROW: Final = re.compile(r"[ad]?[0-9]+")
"""Ids that are only places in a file: they name nothing."""


class Member(NamedTuple):
    """A label of a track: frame (from 0) and id."""

    frame: int
    id: str


class Tracks:
    """The tracks of one state of a document, by number; never changes.

    Each label belongs to one track, and none has two labels of a frame.  Numbers go up from 0 in
    order of appearance, and stay the same when the document is edited (:meth:`follow`).
    """

    def __init__(
        self,
        document: Document,
        first: Ints,
        numbers: Ints,
        names: tuple[str, ...],
        given: dict[str, int],
        places: Places,
        moved: frozenset[int] = frozenset(),
    ) -> None:
        self._document = document
        self._first = first
        self._numbers = numbers
        self._names = names
        self._given = given
        self._places = places
        self._moved = moved
        """Frames whose labels have moved since ``places`` was read."""

    def __len__(self) -> int:
        """How many numbers there are; a track whose labels were all deleted keeps its own."""
        return len(self._names)

    def at(self, frame: int, label_id: str) -> int | None:
        """Return the number of a label's track; None when there is no such label."""
        ids = self._ids(frame)
        if label_id not in ids:
            return None
        return int(self._numbers[self._first[frame] + ids.index(label_id)])

    def find(self, track: int, frame: int) -> str | None:
        """Return the id of a track's label in a frame; None where it has none."""
        first = self._first
        if not 0 <= frame < len(first) - 1:
            return None
        slot = np.flatnonzero(self._numbers[first[frame] : first[frame + 1]] == track)
        return self._ids(frame)[int(slot[0])] if len(slot) else None

    def frames(self, track: int) -> Ints:
        """Return the frames that a track has a label in, in order."""
        labels = np.flatnonzero(self._numbers == track)
        return np.searchsorted(self._first, labels, side="right") - 1

    def members(self, track: int) -> Sequence[Member]:
        """Return the labels of a track in order of frames; ids are read when asked for."""
        return self.members_within(track, 0, len(self._first) - 2)

    def members_within(self, track: int, first: int, last: int) -> Sequence[Member]:
        """Return the labels of a track in frames ``first`` to ``last``, both included."""
        low, high = self._first[max(0, first)], self._first[min(last + 1, len(self._first) - 1)]
        return _Members(self, low + np.flatnonzero(self._numbers[low:high] == track))

    def numbers(self, start: int, stop: int) -> Ints:
        """Return the track of each label of frames ``start`` to ``stop`` (not included)."""
        return self._numbers[self._first[start] : self._first[stop]]

    def name(self, track: int) -> str:
        """Return the source's name of a track, else a short one that no other track has."""
        return self._names[track]

    def names_in(self, frame: int) -> list[str]:
        """Return the names of the tracks that have a label in a frame."""
        return [self._names[number] for number in self._of(frame).tolist()]

    def named(self, name: str) -> int | None:
        """Return the number of the track of that name."""
        return self._names.index(name) if name in self._names else None

    def is_given(self, track: int) -> bool:
        """Say whether the name is content (the source's or a person's), not worked out."""
        return self._given.get(self._names[track]) == track

    def follow(self, document: Document, frames: Collection[int]) -> Tracks:
        """Return the tracks after these frames were edited.

        Labels that were there keep their track, but one that was put far off joins the track that
        lacks a label there; so do new ones.  Quick, unless labels were given another name of their
        track: then all is worked out anew.
        """
        moved = self._moved.union(frames)
        changed = [
            frame
            for frame in sorted(set(frames))
            if not only_nudged(self._document.encoded(frame), document.encoded(frame))
        ]
        if self.renamed(document, changed):
            return work_out(document)
        document = document.copy()
        changed = [frame for frame in changed if self._needs_joining(document, frame)]
        if not changed:
            return Tracks(
                document, self._first, self._numbers, self._names, self._given, self._places, moved
            )
        names, given = [*self._names], dict(self._given)
        pieces, kept, before, shift = list[Ints](), 0, dict[int, int](), 0
        for frame in changed:
            low, high = int(self._first[frame]), int(self._first[frame + 1])
            now, old = self._kept(document, frame, names, given)
            before |= {low + shift + at: number for at, number in old.items()}
            pieces += [self._numbers[kept:low], now]
            kept, shift = high, shift + len(now) - (high - low)
        numbers = np.concatenate([*pieces, self._numbers[kept:]])
        places = _replaced(self._places, document, sorted(moved))
        for number in range(len(names), join(places, numbers, changed, len(names), before)):
            names.append(_free(f"t{number + 1}", names))
        return Tracks(document, places.first, numbers, tuple(names), given, places)

    def _needs_joining(self, document: Document, frame: int) -> bool:
        """Say whether a frame has new labels, lost some, or has one that was put far off."""
        ids = _ids(document, frame)
        return ids != self._ids(frame) or bool(self._far_off(document, frame))

    def _far_off(self, document: Document, frame: int) -> set[str]:
        """Return the labels of a frame that an edit put far off.

        That is by more than their height, from where they were or at last from the model's place:
        such a label was not corrected, but taken for another thing.
        """
        is_ball = document.capability is Capability.BALL
        old, new = self._document.encoded(frame), document.encoded(frame)
        there, here = read_places([old], is_ball), read_places([new], is_ball)
        was_off = dict(
            zip(label_ids(old), far_off(there, model_places(there, [old], is_ball)), strict=True)
        )
        is_off = far_off(here, model_places(here, [new], is_ball))
        at = {name: slot for slot, name in enumerate(label_ids(old))}
        far = set()
        for slot, (name, track) in enumerate(zip(label_ids(new), label_tracks(new), strict=True)):
            if name in at and track is None:
                step = np.hypot(*(here.what[:2, slot] - there.what[:2, at[name]]))
                if step > np.exp(here.what[2, slot]) or (is_off[slot] and not was_off[name]):
                    far.add(name)
        return far

    def _kept(
        self, document: Document, frame: int, names: list[str], given: dict[str, int]
    ) -> tuple[Ints, dict[int, int]]:
        """Return the tracks of a frame's labels as far as they are known (-1: not).

        And which track those had that were put far off, by their place in the frame.  New names
        of tracks are added to ``names`` and ``given``.
        """
        encoded, far = document.encoded(frame), self._far_off(document, frame)
        before = dict(zip(self._ids(frame), self._of(frame).tolist(), strict=True))
        taken = {number for name, number in before.items() if name not in far}
        now: list[int] = []
        old: dict[int, int] = {}
        for slot, (name, source) in enumerate(
            zip(label_ids(encoded), label_tracks(encoded), strict=True)
        ):
            number = before.get(name, -1)
            if name in far:
                old[slot], number = number, -1
            elif name not in before and source is not None:
                number = given.setdefault(source, len(names))
                if number == len(names):
                    names.append(source)
                if number in taken:
                    number = -1
                taken.add(number)
            now.append(number)
        return np.array(now, dtype=np.int64), old

    def renamed(self, document: Document, frames: Iterable[int]) -> bool:
        """Say whether labels that were in these frames name another track now."""
        for frame in frames:
            old, new = self._document.encoded(frame), document.encoded(frame)
            if not (has_tracks(old) or has_tracks(new)):
                continue
            before = dict(zip(label_ids(old), label_tracks(old), strict=True))
            after = zip(label_ids(new), label_tracks(new), strict=True)
            if any(before.get(name, track) != track for name, track in after):
                return True
        return False

    def _ids(self, frame: int) -> tuple[str, ...]:
        return _ids(self._document, frame)

    def _of(self, frame: int) -> Ints:
        return self._numbers[self._first[frame] : self._first[frame + 1]]

    def _member(self, label: int) -> Member:
        frame = int(np.searchsorted(self._first, label, side="right")) - 1
        return Member(frame, self._ids(frame)[label - int(self._first[frame])])


class _Members(Sequence[Member]):
    """The labels of a track."""

    def __init__(self, tracks: Tracks, labels: Ints) -> None:
        self._tracks, self._labels = tracks, labels

    def __len__(self) -> int:
        return len(self._labels)

    @overload
    def __getitem__(self, at: int) -> Member: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Member]: ...
    def __getitem__(self, at: int | slice) -> Member | Sequence[Member]:
        if isinstance(at, slice):
            return _Members(self._tracks, self._labels[at])
        return self._tracks._member(int(self._labels[at]))


def work_out(document: Document, progress: Progress = unwatched) -> Tracks:
    """Work out the tracks of a document; the same labels always give the same tracks.

    What labels say of their track decides, except for two of a name in one frame.  Else it is where
    the model put them, so that no correction changes a track; only a label that was put far off
    joins one that lacks a label there.
    """
    encoded = document.every_encoded()
    is_ball = document.capability is Capability.BALL
    places = read_places(encoded, is_ball)
    said = model_places(places, encoded, is_ball)
    given: dict[str, int] = {}
    named = np.zeros(places.what.shape[1], dtype=np.bool_)
    if not any(map(has_tracks, encoded)):
        numbers = link(said, _ids_hold(document, said), progress)
    else:
        sources = [name for frame in encoded for name in label_tracks(frame)]
        known = [-1 if name is None else given.setdefault(name, len(given)) for name in sources]
        numbers = np.array(known, dtype=np.int64)
        named = numbers >= 0
        first = places.first.tolist()
        lacking = []
        for frame, (low, high) in enumerate(pairwise(first)):
            here = known[low:high]
            if -1 in here or len(set(here)) < len(here):
                numbers[low:high] = _once(here)
                lacking.append(frame)
        join(said, numbers, lacking, len(given))
    if said is not places:
        _rejoin(places, numbers, np.flatnonzero(far_off(places, said) & ~named))
    if given:
        numbers, given = _in_order(numbers, given)
    document = document.copy()
    names = _names(document, places, numbers, given)
    return Tracks(document, places.first, numbers, names, given, places)


def _rejoin(places: Places, numbers: Ints, labels: Ints) -> None:
    """Let labels join the tracks that lack one where they are now; others stay where they are."""
    before = dict(zip(labels.tolist(), numbers[labels].tolist(), strict=True))
    numbers[labels] = -1
    frames = np.unique(np.searchsorted(places.first, labels, side="right") - 1)
    join(places, numbers, frames.tolist(), int(numbers.max(initial=-1)) + 1, before)


def _ids(document: Document, frame: int) -> tuple[str, ...]:
    return label_ids(document.encoded(frame))


def _ids_hold(document: Document, places: Places) -> bool:
    """Say whether equal ids in neighbouring frames are mostly near each other, and mostly there.

    Those that are only numbers of rows never are.
    """
    counts = np.diff(places.first)
    filled = np.flatnonzero(counts)
    if not len(filled) or any(map(_FROM_ROW.fullmatch, _ids(document, int(filled[0])))):
        return False
    frame = places.frame_of()
    order = np.lexsort((frame, places.ids))
    ids, times = places.ids[order], frame[order]
    same = np.flatnonzero((np.diff(ids) == 0) & (np.diff(times) == 1))
    before, after = order[same], order[same + 1]
    off = np.abs(places.what[:2, after] - places.what[:2, before]).sum(axis=0)
    near = np.count_nonzero(off < places.room[before])
    possible = int(np.minimum(counts[1:], counts[:-1]).sum())
    return bool(near > 0.7 * len(same) and len(same) > 0.5 * possible)


def _once(numbers: Sequence[int]) -> list[int]:
    """Leave a number that a frame has more than once to none of its labels (-1)."""
    return [number if numbers.count(number) == 1 else -1 for number in numbers]


def _in_order(numbers: Ints, given: dict[str, int]) -> tuple[Ints, dict[str, int]]:
    """Count the tracks anew, in order of appearance; drop names that no label has."""
    old, begins, which = np.unique(numbers, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(begins))
    new = dict(zip(old.tolist(), rank.tolist(), strict=True))
    return rank[which], {name: new[number] for name, number in given.items() if number in new}


def _names(
    document: Document, places: Places, numbers: Ints, given: dict[str, int]
) -> tuple[str, ...]:
    """Name each track: as its source does, by the id that most of its labels have, or by number."""
    count = int(numbers.max(initial=-1)) + 1
    sources = {number: name for name, number in given.items()}
    names: list[str] = []
    taken = set(given)
    common = _common_ids(document, places, numbers, count)
    for number in range(count):
        name = sources.get(number)
        if name is None:
            told = common.get(number)
            name = f"t{number + 1}" if told is None or told in taken else told
            name = _free(name, taken)
            taken.add(name)
        names.append(name)
    return tuple(names)


def _common_ids(document: Document, places: Places, numbers: Ints, count: int) -> dict[int, str]:
    """Return the id that most labels of a track have, if it says more than a place in a file.

    An id goes to the track that has it most.
    """
    order = np.lexsort((places.ids, numbers))
    number, ids = numbers[order], places.ids[order]
    starts = np.flatnonzero(np.append(True, (np.diff(number) != 0) | (np.diff(ids) != 0)))
    if not len(order):
        return {}
    many = np.diff(np.append(starts, len(order)))
    total = np.bincount(numbers, minlength=count)
    found: dict[int, str] = {}
    taken: set[str] = set()
    for at in np.argsort(-many, kind="stable").tolist():
        track = int(number[starts[at]])
        if 2 * many[at] <= total[track]:
            continue
        label = int(order[starts[at]])
        frame = int(np.searchsorted(places.first, label, side="right")) - 1
        name = label_ids(document.encoded(frame))[label - int(places.first[frame])]
        if name not in taken and not _FROM_ROW.fullmatch(name):
            taken.add(name)
            found[track] = name
    return found


def _free(wanted: str, taken: Collection[str]) -> str:
    """Return ``wanted``, with the smallest number after it that makes it free."""
    if wanted not in taken:
        return wanted
    return next(name for n in range(2, len(taken) + 3) if (name := f"{wanted}-{n}") not in taken)


def _replaced(places: Places, document: Document, frames: Sequence[int]) -> Places:
    """Read some frames anew."""
    now = read_places(
        [document.encoded(frame) for frame in frames], document.capability is Capability.BALL
    )
    counts = np.diff(places.first)
    what, room, ids = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    kept = 0
    for at, frame in enumerate(frames):
        stop, low, high = places.first[frame], now.first[at], now.first[at + 1]
        what += [places.what[:, kept:stop], now.what[:, low:high]]
        room += [places.room[kept:stop], now.room[low:high]]
        ids += [places.ids[kept:stop], now.ids[low:high]]
        kept = places.first[frame + 1]
        counts[frame] = high - low
    return Places(
        np.concatenate(([0], np.cumsum(counts))),
        np.concatenate([*what, places.what[:, kept:]], axis=1),
        np.concatenate([*room, places.room[kept:]]),
        np.concatenate([*ids, places.ids[kept:]]),
    )
