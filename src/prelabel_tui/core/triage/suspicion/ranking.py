"""All frames of a document in order of suspicion, each with its reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import SCORE_UNIT, UNIT, Flag
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.tracks import Tracks, work_out
from prelabel_tui.core.triage.suspicion.columns import Bools, Columns, Floats, Ints
from prelabel_tui.core.triage.suspicion.evidence import Evidence, Kind
from prelabel_tui.core.triage.suspicion.habits import Habits, habits_of
from prelabel_tui.core.triage.suspicion.scan import REACH, evidence_of

_PART = 1024
"""Frames ranked at a time."""

_DOUBT = 0.5
"""Suspicion from which a frame counts as doubtful."""

_DECLINED = 5
"""Frames accepted as they were, a reason shown, from which that kind of reason counts for less."""

_SUNK = 0.4
"""What it counts for then."""

_SHOWN = 2
"""Reasons that are shown of a frame."""

_FLAGS: Final = {
    Flag.NEEDS_HUMAN_REVIEW: 0.9,
    Flag.FALSE_NEGATIVE_SUSPECTED: 0.7,
    Flag.FALSE_POSITIVE_HEAVY: 0.7,
    Flag.BAD_FRAME: 0.4,
}
_OTHERS_FLAG = 0.8
_FINDING = 0.8


class Reason(NamedTuple):
    """Why a frame is suspect: ``weight`` 0..1, its kind, a few words for people and the label."""

    weight: float
    code: str
    text: str
    label: str | None


@dataclass(frozen=True)
class Entry:
    """A frame in the ranking; reasons strongest first."""

    index: int
    score: float
    reasons: tuple[Reason, ...]

    @property
    def text(self) -> str:
        """The two strongest reasons, or that there is none."""
        return ", ".join(reason.text for reason in self.reasons[:_SHOWN]) or "nothing odd"

    @property
    def label(self) -> str | None:
        """The label to look at first."""
        return next((reason.label for reason in self.reasons if reason.label), None)


@dataclass(frozen=True)
class Profile:
    """One value per frame, for a timeline."""

    reviewed: Bools
    left_out: Bools
    """Not part of the content: nothing to review."""
    flagged: Bools
    findings: Bools
    count: Ints
    """Labels."""
    score: Ints
    """Lowest score, 1/10,000; -1 without."""
    speed: Floats
    """Speed of the ball, px per frame; NaN when unknown or not a ball document."""
    missing: Bools
    """No ball and nobody said why; of players, one that is missing between two frames."""
    suspicion: Floats


class Ranking:
    """Ranks once (in a thread: some hundred ms for 10,000 frames), then keeps up with edits.

    ``tracks``: those of the document, if they are known.  ``habits``: what is usual in the clip,
    instead of what this document says.
    """

    def __init__(
        self,
        document: Document,
        manifest: Manifest | None = None,
        findings: Mapping[int, Sequence[str]] | None = None,
        flagged_by_others: Iterable[int] = (),
        habits: Habits | None = None,
        tracks: Tracks | None = None,
    ) -> None:
        self.tracks = work_out(document) if tracks is None else tracks
        self._columns = Columns(document, flagged_by_others)
        width = height = None
        if manifest is not None and manifest.frames:
            width = float(max(frame.width for frame in manifest.frames) * UNIT)
            height = float(max(frame.height for frame in manifest.frames) * UNIT)
        self.habits = habits or habits_of(self._columns, self.tracks, width, height)
        """What is usual in this clip, as it was at first."""
        count = len(self._columns)
        self._evidence = Evidence.none(count)
        self._score = np.zeros(count)
        self._declined = np.zeros((count, len(Kind)), dtype=np.bool_)
        """Reasons that stand in a frame although a person saw and accepted it."""
        self._worth = np.ones(len(Kind))
        """What each kind of evidence counts for: less where it was declined again and again."""
        self._findings: dict[int, tuple[str, ...]] = {}
        self._rank()
        self.set_findings(findings or {})

    def __len__(self) -> int:
        return len(self._columns)

    def _rank(self) -> None:
        """Look at all frames and their flags."""
        for first in range(0, len(self), _PART):
            last = min(len(self), first + _PART)
            self._look(first, last)
        for index in {*self._columns.flags, *self._columns.others}:
            self._note_flags(index)
        self._rescore(np.arange(len(self)))

    def _look(self, start: int, stop: int) -> None:
        found = evidence_of(self._columns, self.tracks, self.habits, start, stop)
        self._evidence.put(start, found)

    def update(
        self, document: Document, indices: Collection[int], tracks: Tracks | None = None
    ) -> set[int]:
        """Look again at frames that were edited and at what is near them; return all of these.

        ``tracks``: those of the document now, if they are known.
        """
        self.tracks = self.tracks.follow(document, indices) if tracks is None else tracks
        changed = sorted(i for i in set(indices) if self._columns.reread(document, i))
        reach = REACH
        stretches: list[tuple[int, int]] = []
        for index in changed:
            start, stop = max(0, index - reach), min(len(self), index + reach + 1)
            if stretches and start <= stretches[-1][1] + reach:
                stretches[-1] = (stretches[-1][0], stop)
            else:
                stretches.append((start, stop))
        touched = set(indices)
        for start, stop in stretches:
            self._look(start, stop)
            touched.update(range(start, stop))
        for index in touched:
            self._note_flags(index)
            self._note_findings(index)
        if touched:
            self._rescore(np.fromiter(sorted(touched), dtype=np.int64, count=len(touched)))
        return touched

    def set_findings(self, findings: Mapping[int, Sequence[str]]) -> None:
        """Take the validation's rule ids, by frame."""
        before = set(self._findings)
        self._findings = {index: tuple(rules) for index, rules in findings.items() if rules}
        for index in before | set(self._findings):
            self._note_findings(index)
        self._rescore(np.arange(len(self)))

    def _note_flags(self, index: int) -> None:
        flags = self._columns.flags.get(index, ())
        strength = max((_FLAGS[Flag(flag)] for flag in flags), default=0.0)
        if index in self._columns.others:
            strength = max(strength, _OTHERS_FLAG)
        self._evidence.strength[index, Kind.FLAG] = strength

    def _note_findings(self, index: int) -> None:
        self._evidence.strength[index, Kind.FINDING] = _FINDING if index in self._findings else 0.0

    def _rescore(self, indices: Ints) -> None:
        strength = self._evidence.strength[indices]
        shown = np.zeros(strength.shape, dtype=np.bool_)
        strongest = np.argsort(-strength, axis=1, kind="stable")[:, :_SHOWN]
        np.put_along_axis(shown, strongest, True, axis=1)
        shown &= (strength > 0) & self._columns.judged[indices, None]
        shown[:, [Kind.FINDING, Kind.FLAG]] = False  # a person's own, and the rules'
        self._declined[indices] = shown
        worth = np.where(self._declined.sum(axis=0) >= _DECLINED, _SUNK, 1.0)
        if not np.array_equal(worth, self._worth):
            self._worth, indices = worth, np.arange(len(self))
        weighed = self._evidence.strength[indices] * self._worth
        self._score[indices] = 1.0 - np.prod(1.0 - weighed, axis=1)

    def order(self, without: Collection[int] = ()) -> list[int]:
        """List the frames to review, most suspicious first, ties in time order.

        Those are all that are not reviewed, not left out of the content and not in ``without``.
        """
        left = ~(self._columns.reviewed | self._columns.left_out)
        left[np.fromiter(without, dtype=np.int64, count=len(without))] = False
        index = np.flatnonzero(left)
        order: list[int] = index[np.argsort(-self._score[index], kind="stable")].tolist()
        return order

    def score(self, index: int) -> float:
        """Return the suspicion of a frame, 0..1."""
        return float(self._score[index])

    def stretch(self, index: int) -> range:
        """Return the frames from this one on, until one is doubtful or reviewed already."""
        stops = self._columns.reviewed | (self._score >= _DOUBT)
        ends = np.flatnonzero(stops[index:])
        return range(index, index + int(ends[0]) if len(ends) else len(self))

    @property
    def doubtful(self) -> frozenset[int]:
        """Frames whose labels should not be trusted as ends of an interpolation."""
        return frozenset(np.flatnonzero(self._score >= _DOUBT).tolist())

    def entry(self, index: int) -> Entry:
        """Return a frame's suspicion and its reasons."""
        strength = self._evidence.strength[index] * self._worth
        kinds = [Kind(int(kind)) for kind in np.argsort(-strength, kind="stable")]
        reasons = [self._reason(index, kind) for kind in kinds if strength[kind] > 0]
        return Entry(index, self.score(index), tuple(reasons))

    def _reason(self, index: int, kind: Kind) -> Reason:
        evidence = self._evidence
        slot = int(evidence.slot[index, kind])
        names = self._columns.ids(index)
        label = names[slot] if 0 <= slot < len(names) else None
        if kind is Kind.FINDING:
            text = "finding " + ", ".join(self._findings[index])
        elif kind is Kind.FLAG:
            text = ", ".join(self._columns.flags.get(index, ())) or "flagged by another reviewer"
        else:
            what = "ball" if self._columns.is_ball else label or "player"
            text = _words(kind, what, float(evidence.value[index, kind]), self._columns.is_ball)
        weight = round(float(evidence.strength[index, kind] * self._worth[kind]), 3)
        return Reason(weight, kind.name.lower(), text, label)

    @property
    def profile(self) -> Profile:
        """The clip at a glance; the arrays are new."""
        columns = self._columns
        count = len(self)
        flagged = np.zeros(count, dtype=np.bool_)
        flagged[[*columns.flags, *columns.others]] = True
        findings = np.zeros(count, dtype=np.bool_)
        findings[list(self._findings)] = True
        score = np.full(count, -1, dtype=np.int64)
        (x, y, w, h, scores), _ = columns.labels(0, count)
        frame = np.repeat(np.arange(count), columns.counts)
        if len(frame):
            lowest = np.full(count, np.iinfo(np.int64).max)
            scored = scores >= 0
            np.minimum.at(lowest, frame[scored], scores[scored])
            score = np.where(lowest == np.iinfo(np.int64).max, -1, lowest)
        speed = np.full(count, np.nan)
        if columns.is_ball:
            centre = np.full((count, 2), np.nan)
            centre[frame] = np.stack((x + w // 2, y + h // 2), axis=1)
            speed[1:] = np.hypot(*np.diff(centre, axis=0).T) / UNIT
        return Profile(
            columns.reviewed.copy(), columns.left_out.copy(), flagged, findings,
            columns.counts.copy(), score, speed,
            self._evidence.strength[:, Kind.MISSING] > 0, self._score.copy(),
        )  # fmt: skip


def _words(kind: Kind, what: str, value: float, is_ball: bool) -> str:
    frames = f"{value:.0f} frame{'' if round(value) == 1 else 's'}"
    pixels = f"{value / UNIT:.0f} px"
    words = {
        Kind.DOUBLED: f"{value:.0f} balls",
        Kind.MISSING: f"{what} missing" + (f" for {frames}" if value else ""),
        Kind.JUMP: f"{what} jumps {pixels}",
        Kind.SIZE: f"{what} size jumps {100 * (np.exp(min(value, 5.0)) - 1):.0f} %",
        Kind.BRIEF: f"{what} there for {frames} only",
        Kind.STEP: f"{what} steps {pixels}",
        Kind.COMES: f"{what} appears",
        Kind.GOES: f"{what} vanishes",
        Kind.OVERLAP: f"{what} overlaps another by {100 * value:.0f} %",
        Kind.OUTSIDE: f"{what} is {pixels} outside",
        Kind.ODD_SIZE: f"{what} is {value:.1f} × the height usual there",
        Kind.COUNT: f"{abs(value):.0f} {'more' if value > 0 else 'fewer'} labels than around",
        Kind.STILL: f"{what} stays still for {frames}",
        Kind.SWAP: f"{what} may be swapped",
        Kind.SCORE: f"score {value / SCORE_UNIT:.2f}",
        Kind.DROP: f"score drops to {value / SCORE_UNIT:.2f}",
    }
    return words[kind]


class ScopeSuspicion(NamedTuple):
    """How much a whole scope needs review; sort descending."""

    doubtful: int
    """Unreviewed frames with suspicion of a half or more."""
    expected: float
    """Sum of suspicion over unreviewed frames."""
    unreviewed: int

    @property
    def text(self) -> str:
        """`12 doubtful of 150 left`."""
        return f"{self.doubtful} doubtful of {self.unreviewed} left"


def scope_suspicion(ranking: Ranking) -> ScopeSuspicion:
    """Sum up a ranking, to order scopes across drafts."""
    profile = ranking.profile
    left = profile.suspicion[~(profile.reviewed | profile.left_out)]
    return ScopeSuspicion(int((left >= _DOUBT).sum()), float(left.sum()), len(left))
