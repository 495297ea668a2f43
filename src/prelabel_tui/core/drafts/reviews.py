"""Who reviewed which frame of a draft, and when: read from the draft's own versions.

A version says who saved it, when, and which frames it changed.  So the person who marked a frame
as reviewed is the one whose version first has the mark; nothing else is stored, no content hash
knows it, and drafts from before it was shown have it too.  Merges, undo, and carrying onto newer
prelabels are versions like any other; a restored version brings back who had reviewed it.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import bindparam, select

from prelabel_tui.core.drafts.deltas import StoredVersion, decode_delta, read_version
from prelabel_tui.core.drafts.info import Kind
from prelabel_tui.core.model.codec import (
    PayloadError,
    is_left_out,
    is_reviewed,
    is_unseen,
    may_have_reviewed,
    published_bytes,
)
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import gives_result, models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store
    from prelabel_tui.core.store.artifacts import ArtifactStore

_versions: Final = models.Base.metadata.tables[models.DraftVersion.__tablename__].c
_SAVED: Final = (
    select(
        _versions.version, _versions.kind, _versions.actor, _versions.created_at,
        _versions.content_hash, _versions.delta,
    )
    .where(
        _versions.draft_id == bindparam("draft_id"),
        _versions.version > bindparam("after"),
        _versions.version <= bindparam("until"),
    )
    .order_by(_versions.version)
)  # fmt: skip


@dataclass(frozen=True)
class FrameReview:
    """Who marked a frame as reviewed; ``unseen``: while its picture was not shown to them.

    ``at`` is when that was saved: within seconds of the key.  ``changed_by``: somebody else who
    changed the frame after it, if anybody did.
    """

    person: str
    at: dt.datetime
    unseen: bool
    changed_by: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "by": self.person,
            "at": self.at.isoformat(),
            "unseen": self.unseen,
            "changed_by": self.changed_by,
        }


@dataclass(frozen=True)
class ReviewShare:
    """How much of a content was reviewed, and by whom.

    ``frames``: those in the content, without the ``left_out`` ones.  ``people``: reviewed frames of
    each, the busiest first; ``unseen``: those of all that were accepted while their picture was
    not shown.
    """

    frames: int
    left_out: int
    unseen: int
    people: Mapping[str, int]

    @property
    def reviewed(self) -> int:
        """Frames that somebody reviewed."""
        return sum(self.people.values())

    @property
    def text(self) -> str:
        """How much, in words: `10 of 150 frames reviewed`."""
        noun = "frame" if self.frames == 1 else "frames"
        return f"{self.reviewed:,} of {self.frames:,} {noun} reviewed"

    @property
    def by(self) -> str:
        """Who, in words: `anna 8, ben 2`; empty when nobody did."""
        return ", ".join(f"{person} {frames:,}" for person, frames in self.people.items())

    def as_json(self) -> dict[str, Any]:
        """Return the object for `--json`, and for the rows that keep it."""
        return {
            "frames": self.frames,
            "left_out": self.left_out,
            "reviewed": self.reviewed,
            "unseen": self.unseen,
            "people": dict(self.people),
        }

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> ReviewShare:
        """Read what :meth:`as_json` wrote."""
        people = _busiest_first(data["people"])
        return cls(data["frames"], data["left_out"], data["unseen"], people)


def share_of(reviews: Mapping[int, FrameReview], frame_count: int, left_out: int) -> ReviewShare:
    """Sum up the reviews of a content of ``frame_count`` frames, some of them left out."""
    people = Counter(review.person for review in reviews.values())
    unseen = sum(review.unseen for review in reviews.values())
    return ReviewShare(frame_count - left_out, left_out, unseen, _busiest_first(people))


def _busiest_first(people: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(people.items(), key=lambda one: (-one[1], one[0])))


@dataclass(frozen=True)
class Stretch:
    """Frames in a row that one person reviewed; ``first`` and ``last`` count from 1."""

    first: int
    last: int
    person: str
    begun: dt.datetime
    ended: dt.datetime
    unseen: bool
    changed_by: str | None

    @property
    def frames(self) -> str:
        """The frames, for people: `12` or `40..59`."""
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def stretches(reviews: Mapping[int, FrameReview]) -> list[Stretch]:
    """Put frames in a row together that the same person reviewed in the same way."""
    found: list[Stretch] = []
    for index, review in sorted(reviews.items()):
        last = found[-1] if found else None
        same = (review.person, review.unseen, review.changed_by)
        if last and (last.last, last.person, last.unseen, last.changed_by) == (index, *same):
            begun, ended = min(last.begun, review.at), max(last.ended, review.at)
            found[-1] = replace(last, last=index + 1, begun=begun, ended=ended)
        else:
            frame = index + 1
            found.append(Stretch(frame, frame, review.person, review.at, review.at, *same[1:]))
    return found


class _State(NamedTuple):
    """A frame from a version on.  ``encoded``: as it was reviewed; empty where nobody did."""

    version: int
    review: FrameReview | None
    left_out: bool
    encoded: bytes


class ReviewLog:
    """The reviews of one draft's frames, version by version."""

    def __init__(self, draft_id: str) -> None:
        self._draft_id = draft_id
        self._hashes: list[str] = []  # content hash of each version read so far
        self._states: dict[int, list[_State]] = {}

    def read_on(self, store: Store, until: int) -> None:
        """Read the versions up to ``until`` that were not read yet.  Blocks.

        PayloadError when a version is missing or damaged; FAILURES.
        """
        if len(self._hashes) >= until:
            return
        wanted = {"draft_id": self._draft_id, "after": len(self._hashes), "until": until}
        with store.read() as session:
            rows = session.connection().execute(_SAVED, wanted).all()
            first = None if self._hashes else read_version(session, self._draft_id, 1)
        for row in rows:
            if row.version != len(self._hashes) + 1:
                break
            frames: Iterable[tuple[int, bytes]]
            if first is not None and row.version == 1:
                frames = _first_frames(first, store.artifacts)
            else:
                frames = decode_delta(row.delta).items()
            earlier = self._restored(row) if row.kind == Kind.RESTORE else None
            self._hashes.append(row.content_hash)
            seen, unseen = (FrameReview(row.actor, row.created_at, un) for un in (False, True))
            for index, encoded in frames:
                self._take(row, index, encoded, earlier, unseen if is_unseen(encoded) else seen)
        if len(self._hashes) < until:
            missing = len(self._hashes) + 1
            raise PayloadError(f"version {missing} of draft {self._draft_id} is missing")

    def _restored(self, row: Any) -> int | None:
        """Return the newest earlier version of the same content, if there is one."""
        for at in range(len(self._hashes), 0, -1):
            if self._hashes[at - 1] == row.content_hash:
                return at
        return None

    def _take(
        self, row: Any, index: int, encoded: bytes, earlier: int | None, new: FrameReview
    ) -> None:
        """Take note of a frame in a version; ``new`` is its review if nobody had reviewed it."""
        states = self._states.setdefault(index, [])
        was = states[-1] if states else None
        if not is_reviewed(encoded):
            if was is not None:
                states.append(_State(row.version, None, False, b""))
            return
        known = was if earlier is None else self._at(index, earlier)
        left_out = is_left_out(encoded)
        if known is None or known.review is None:
            review = new
        else:
            review = known.review
            both = earlier is None and not (left_out or known.left_out)
            if both and published_bytes(encoded) != published_bytes(known.encoded):
                other = row.actor if row.actor != review.person else None
                review = replace(review, changed_by=other)
        states.append(_State(row.version, review, left_out, encoded))

    def _at(self, index: int, version: int) -> _State | None:
        states = self._states.get(index, [])
        place = bisect_right(states, version, key=attrgetter("version"))
        return states[place - 1] if place else None

    def at(self, version: int) -> dict[int, FrameReview]:
        """Return the reviews that a version has, by frame; none of frames that it leaves out."""
        found = ((index, self._at(index, version)) for index in self._states)
        return {
            index: state.review
            for index, state in found
            if state is not None and state.review is not None and not state.left_out
        }


def _first_frames(first: StoredVersion, artifacts: ArtifactStore) -> Iterable[tuple[int, bytes]]:
    """Read the frames of a draft's first version; none where nobody reviewed any of them.

    A draft that was made of prelabels need not be taken apart for that.
    """
    if not may_have_reviewed(artifacts.get(first.checkpoint_sha)):
        return ()
    return enumerate(first.document(artifacts).every_encoded())


def read_reviews(store: Store, draft_id: str, version: int) -> dict[int, FrameReview]:
    """Find out who reviewed which frame of a draft's version.  Blocks.

    PayloadError when a version up to it is missing or damaged; FAILURES.
    """
    log = ReviewLog(draft_id)
    log.read_on(store, version)
    return log.at(version)


@gives_result
def reviews(store: Store, draft_id: str, version: int) -> Result[dict[int, FrameReview]]:
    """Find out as :func:`read_reviews` does.  STORAGE_READ_FAILED, storage codes."""
    return Result(Outcome(Code.OK), read_reviews(store, draft_id, version))
