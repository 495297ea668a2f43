"""Queues of frames to walk with two keys: by suspicion, in time, by flag, change or query."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Frame
from prelabel_tui.core.session.blind_repeats import BlindRepeats
from prelabel_tui.core.triage.query import Facts, Query
from prelabel_tui.core.triage.suspicion import Ranking


class QueueKind(StrEnum):
    """What a queue holds."""

    SUSPICION = "suspicion"
    TIME = "time"
    FLAGS = "flags"
    CHANGED = "changed"
    UNREVIEWED = "unreviewed"
    QUERY = "query"


class Position(NamedTuple):
    """Where a frame is in a queue; ``at`` counts from 1, None: not in it."""

    at: int | None
    of: int

    def __str__(self) -> str:
        return f"{'–' if self.at is None else self.at} of {self.of}"


class Queue:
    """Frames in time order for which ``belongs`` holds, each of them walked once.

    What was walked keeps its place, whether it still belongs or not.
    """

    repeat: int | None = None
    """The frame that the last :meth:`next` gave, when it is one that comes back."""

    def __init__(
        self, kind: QueueKind, title: str, count: int, belongs: Callable[[int], bool]
    ) -> None:
        self.kind = kind
        self.title = title
        self._belongs = belongs
        self._members = [index for index in range(count) if belongs(index)]
        self._shown: list[int] = []

    @property
    def members(self) -> Sequence[int]:
        """The frames, in the order of the walk."""
        return self._members

    def first(self) -> int | None:
        """Begin the walk at its first frame; None when it is empty."""
        return self._walk(self._members[0]) if self._members else None

    def next(self, index: int) -> int | None:
        """Find the frame after this one; at the end, what was passed over; None without any.

        ``index`` need not be in the queue.
        """
        at = bisect_right(self._members, index)
        after, before = self._members[at:], self._members[:at]
        walked = set(self._shown)
        if index in walked:
            ahead = self._shown[self._shown.index(index) + 1 :]
            after = ahead[:1] or [frame for frame in after if frame not in walked]
        elif self._place(index) is not None:
            self._shown.append(index)
            walked.add(index)
        passed = (frame for frame in before if frame not in walked)
        found = after[0] if after else next(passed, None)
        return None if found is None else self._walk(found)

    def previous(self, index: int) -> int | None:
        """Find the frame walked before this one, else the one before it; None at the start."""
        if index in self._shown[1:]:
            return self._shown[self._shown.index(index) - 1]
        at = bisect_left(self._members, index)
        return self._walk(self._members[at - 1]) if at else None

    def position(self, index: int) -> Position:
        """Return a frame's position, as in `7 of 31`."""
        at = self._place(index)
        return Position(None if at is None else at + 1, len(self._members))

    def rank_by(self, ranking: Ranking) -> None:
        """Take another ranking of the same clip; only a queue by suspicion has one."""

    def update(self, indices: Iterable[int]) -> None:
        """Look again at frames about which something changed."""
        for index in indices:
            here = self._place(index)
            if self._belongs(index):
                if here is None:
                    insort(self._members, index)
            elif here is not None and index not in self._shown:
                del self._members[here]

    def _walk(self, index: int) -> int:
        if index not in self._shown:
            self._shown.append(index)
        return index

    def _place(self, index: int) -> int | None:
        at = bisect_left(self._members, index)
        return at if at < len(self._members) and self._members[at] == index else None


class SuspicionQueue(Queue):
    """All unreviewed frames, most suspicious first.

    What was walked keeps its place, reviewed or not; what lies ahead is ranked anew.  At the end,
    frames that were skipped come round again.  Blind repeats come among them like any other frame,
    and are counted from the start, so that nothing gives them away.
    """

    def __init__(self, ranking: Ranking, repeats: BlindRepeats | None = None) -> None:
        self.kind = QueueKind.SUSPICION
        self.title = "most suspicious first"
        self._ranking = ranking
        self._repeats = repeats
        self._walked: list[int | None] = []
        """None: the place that a frame had before it came back."""
        self._ahead = ranking.order()
        self._decided: set[int] = set()
        """Frames that were reviewed elsewhere than where the walk was, as in a range."""

    @property
    def members(self) -> Sequence[int]:
        """What was walked, then what lies ahead."""
        return [index for index in self._walked if index is not None] + self._ahead

    def first(self) -> int | None:
        """Begin the walk at the most suspicious frame; None when all are reviewed."""
        if self._ahead:
            self._walked.append(self._ahead.pop(0))
        return next((frame for frame in self._walked if frame is not None), None)

    def next(self, index: int) -> int | None:
        """Find the next frame of the walk; beyond its end, the most suspicious one ahead."""
        self.repeat = None
        self._note(index)
        if index in self._walked:
            after = self._walked[self._walked.index(index) + 1 :]
            found = next((frame for frame in after if frame is not None), None)
            if found is not None:
                return found
        if self._comes_back(index):
            return self.repeat
        if not self._ahead:
            self._ahead = self._ranking.order(without=(index,))
            passed = set(self._ahead)
            self._walked = [i for i in self._walked if i not in passed]
        if not self._ahead:
            self._comes_back(index, at_end=True)
            return self.repeat
        self._walked.append(self._ahead.pop(0))
        return self._walked[-1]

    def _comes_back(self, index: int, *, at_end: bool = False) -> bool:
        """Say whether a blind repeat is next; it is then put at the end of the walk."""
        if self._repeats is not None:
            self.repeat = self._repeats.due(index, at_end=at_end)
        if self.repeat is None:
            return False
        self._walked = [None if frame == self.repeat else frame for frame in self._walked]
        self._walked.append(self.repeat)
        return True

    def previous(self, index: int) -> int | None:
        """Find the frame walked before this one; from outside the walk, the last one walked."""
        end = self._walked.index(index) if index in self._walked else len(self._walked)
        return next((frame for frame in self._walked[:end][::-1] if frame is not None), None)

    def position(self, index: int) -> Position:
        """Return a frame's place in the walk, walked frames included."""
        before = len(self._decided)
        of = before + len(self._walked) + len(self._ahead)
        if self._repeats is not None:
            of += self._repeats.left
        if index in self._walked:
            return Position(before + self._walked.index(index) + 1, of)
        if index in self._ahead:
            return Position(before + len(self._walked) + self._ahead.index(index) + 1, of)
        return Position(None, of)

    def rank_by(self, ranking: Ranking) -> None:
        """Rank what lies ahead by another ranking from now on."""
        self._ranking = ranking

    def update(self, indices: Iterable[int]) -> None:
        """Rank what lies ahead anew; call ``Ranking.update`` first."""
        walked = {index for index in self._walked if index is not None}
        before, self._ahead = set(self._ahead), self._ranking.order(without=walked)
        self._decided |= before - set(self._ahead)

    def _note(self, index: int) -> None:
        """Note as walked a frame that is left by the queue's key, if it was decided or was next.

        One that was only looked at still comes when its turn is.
        """
        self._decided.discard(index)
        if self._ahead[:1] == [index]:
            del self._ahead[0]
        elif index in self._walked or index in self._ahead:
            return
        self._walked.append(index)


def suspicion_queue(ranking: Ranking, repeats: BlindRepeats | None = None) -> Queue:
    """Queue the unreviewed frames, most suspicious first, ``repeats`` among them."""
    return SuspicionQueue(ranking, repeats)


def time_queue(count: int) -> Queue:
    """Queue all frames in order."""
    return Queue(QueueKind.TIME, "in time order", count, lambda _: True)


def flags_queue(document: Document) -> Queue:
    """Queue the frames with a flag.  ``document`` is looked at again on update."""
    return Queue(
        QueueKind.FLAGS, "flagged", len(document), lambda index: bool(document.frame(index).flags)
    )


def changed_queue(document: Document, changed: Collection[int]) -> Queue:
    """Queue the frames whose index is in ``changed``, which may grow and shrink."""
    return Queue(QueueKind.CHANGED, "changed by me", len(document), lambda index: index in changed)


def unreviewed_queue(document: Document) -> Queue:
    """Queue the frames that are not reviewed, in time order."""
    return Queue(
        QueueKind.UNREVIEWED,
        "unreviewed",
        len(document),
        lambda index: not (document.frame(index).reviewed or document.frame(index).left_out),
    )


def query_queue(document: Document, query: Query, facts: Callable[[int, Frame], Facts]) -> Queue:
    """Queue the frames that answer a query; ``facts`` says what is known of a frame."""
    return Queue(
        QueueKind.QUERY,
        query.text,
        len(document),
        lambda index: query.matches(facts(index, document.frame(index))),
    )
