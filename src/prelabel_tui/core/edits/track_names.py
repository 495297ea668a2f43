"""Edits of tracks: another name, split in two, two joined, two swapped from a frame on.

A track is what its labels say it is, so each is a change of :attr:`Box.track` on the labels
concerned, one undoable step; a track that was worked out gets its name written down by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from prelabel_tui.core.bounds import LABEL_NAME_LENGTH
from prelabel_tui.core.edits.many_frames import Refusal, span
from prelabel_tui.core.edits.operations import Change, Operation, label_change
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.tracks import Member, Tracks

_MOST_RUNS = 3
"""Runs of frames that a refusal names."""


def rename(document: Document, tracks: Tracks, track: int, name: str) -> Operation | Refusal:
    """Give a track another name, on all of its labels."""
    name = name.strip()
    if not name:
        return Refusal("A track needs a name.")
    if len(name) > LABEL_NAME_LENGTH:
        return Refusal(f"A track's name has at most {LABEL_NAME_LENGTH} characters.")
    other = tracks.named(name)
    if other is not None and other != track:
        return Refusal(f"There is a track {name} already: join the two, or choose another name.")
    changes = _named(document, {name: tracks.members(track)})
    if not changes:
        return Refusal(f"The track is called {name} already.")
    return Operation("track", f"Rename track {tracks.name(track)} to {name}", changes)


def split(document: Document, tracks: Tracks, track: int, at: int) -> Operation | Refusal:
    """Make two tracks of one: the labels from frame ``at`` on get a name of their own."""
    name, before, after = tracks.name(track), *_parted(tracks, track, at)
    if not before or not after:
        where = "before" if not before else "from"
        return Refusal(f"Track {name} has no label {where} frame {at + 1}: nothing to split.")
    new = next(
        free for n in range(2, len(tracks) + 3) if tracks.named(free := f"{name}-{n}") is None
    )
    changes = _named(document, {name: before, new: after})
    return Operation("track", f"Split track {name} at {at + 1}: {new} from there on", changes)


def join(document: Document, tracks: Tracks, track: int, other: int) -> Operation | Refusal:
    """Make one track of two, under the name that is given; of two such, the one that begins first.

    Refused where both have a label in one frame.
    """
    if track == other:
        return Refusal(f"{tracks.name(track)} is one track already.")
    both = sorted(set(tracks.frames(track).tolist()) & set(tracks.frames(other).tolist()))
    one, two = tracks.name(track), tracks.name(other)
    if both:
        return Refusal(f"{one} and {two} are both in {_runs(both)}: they cannot be one track.")
    members = [*tracks.members(track), *tracks.members(other)]
    if not members:
        return Refusal(f"Neither {one} nor {two} has a label.")
    given = [each for each in (track, other) if tracks.is_given(each)]
    if len(given) != 1:
        given = [tracks.at(*min(members)) or 0]
    name = tracks.name(given[0])
    changes = _named(document, {name: members})
    return Operation("track", f"Join tracks {one} and {two} as {name}", changes)


def swap(
    document: Document, tracks: Tracks, track: int, other: int, at: int
) -> Operation | Refusal:
    """Exchange two tracks from frame ``at`` on."""
    one, two = tracks.name(track), tracks.name(other)
    if track == other:
        return Refusal(f"{one} cannot be swapped with itself.")
    (before, after), (before_two, after_two) = (
        _parted(tracks, each, at) for each in (track, other)
    )
    if not after and not after_two:
        return Refusal(f"Neither {one} nor {two} has a label from frame {at + 1} on.")
    changes = _named(document, {one: [*before, *after_two], two: [*before_two, *after]})
    return Operation("track", f"Swap tracks {one} and {two} from {at + 1} on", changes)


def _parted(tracks: Tracks, track: int, at: int) -> tuple[list[Member], list[Member]]:
    """Return a track's labels before frame ``at`` and from it on."""
    members = [*tracks.members(track)]
    return [m for m in members if m.frame < at], [m for m in members if m.frame >= at]


def _named(document: Document, wanted: Mapping[str, Iterable[Member]]) -> tuple[Change, ...]:
    """Return the changes that write these names on labels, in order of frames."""
    changes: list[Change] = []
    for name, members in wanted.items():
        for member in members:
            label = document.frame(member.frame).label(member.id)
            if label is not None and label.track != name:
                named = msgspec.structs.replace(label, track=name)
                changes.append(label_change(member.frame, label, named))
    return tuple(sorted(changes, key=lambda change: change.frame))


def _runs(frames: list[int]) -> str:
    """Write frames as people count them: ``frames 12, 14–20 and 3 more``."""
    runs: list[tuple[int, int]] = []
    for frame in frames:
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], frame
        else:
            runs.append((frame, frame))
    named = ", ".join(span(first, last) for first, last in runs[:_MOST_RUNS])
    more = sum(last - first + 1 for first, last in runs[_MOST_RUNS:])
    return f"frame{'s'[: len(frames) != 1]} {named}" + (f" and {more} more" if more else "")
