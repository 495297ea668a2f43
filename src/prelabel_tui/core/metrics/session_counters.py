"""What is counted while somebody reviews, and subtracted again when it is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prelabel_tui.core.edits.operations import Operation, StateChange
from prelabel_tui.core.metrics.agreement import Agreement
from prelabel_tui.core.metrics.throughput import Activity, Retention, frame_retention, retention_of
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Frame


class SessionCounters:
    """The counts of one session.  ``clock``: seconds, of any origin.

    A reviewed mark that is taken off again, by undo or by hand, is subtracted, and so is a label
    change that is undone.  When an earlier session had counted it, this one may count below zero:
    the sums over all sessions hold nothing that was taken back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = clock()
        self._marked: dict[int, int] = {}  # frame → minute in which it was marked as reviewed
        self._answered: dict[int, int] = {}  # the same of frames that came back
        self._taken_off: dict[int, Frame] = {}  # marks that were found → the frame as it was then
        self.keys = 0
        self.labels = 0

    @property
    def frames(self) -> int:
        """Frames marked as reviewed, with second answers, less the marks found and taken off."""
        return len(self._marked) + len(self._answered) - len(self._taken_off)

    def made(self, operation: Operation, document: Document, *, again: bool = False) -> None:
        """Count an edit that was made, or made again; ``document`` is as it left it.

        ``again``: of a frame that came back.
        """
        self.labels += _labels(operation)
        self._mark(operation, document, again)

    def undone(self, inverse: Operation, document: Document, *, again: bool = False) -> None:
        """Subtract an edit that ``inverse`` took back; otherwise as :meth:`made`."""
        self.labels -= _labels(inverse)
        self._mark(inverse, document, again)

    def _mark(self, operation: Operation, document: Document, again: bool) -> None:
        minute = int((self._clock() - self._started) // 60)
        marks = self._answered if again else self._marked
        for index, reviewed in _marks(operation):
            if reviewed:
                marks[index] = minute
            elif marks.pop(index, None) is None and not again:
                self._taken_off.setdefault(index, document.frame(index))

    def look(self, document: Document) -> None:
        """Count anew after the content was replaced: what is not there no longer counts."""
        for index in [at for at in self._marked if not document.frame(at).reviewed]:
            del self._marked[index]
        for index in [at for at in self._taken_off if at not in self._marked]:
            if document.frame(index).reviewed:
                del self._taken_off[index]

    def retention(self, source: Document, document: Document) -> Retention:
        """Measure what became of the labels of ``source`` on the frames that count."""
        whole = retention_of(source, document, self._marked)
        for index, frame in self._taken_off.items():
            whole -= frame_retention(source.frame(index), frame)
        return whole

    def activity(self, user: str, now: float, again: Agreement) -> Activity:
        """Return the stretch of work up to ``now`` (seconds since the epoch)."""
        seconds = self._clock() - self._started
        minutes = [*self._marked.values(), *self._answered.values()]
        by_minute = [0] * (max(minutes, default=-1) + 1)
        for minute in minutes:
            by_minute[minute] += 1
        return Activity(
            user, None, "", now - seconds, now, self.keys, self.frames, self.labels,
            tuple(by_minute), again,
        )  # fmt: skip


def _labels(operation: Operation) -> int:
    return sum(len(change.label_ids) for change in operation.changes)


def _marks(operation: Operation) -> Iterator[tuple[int, bool]]:
    """Yield the frames whose reviewed mark an operation sets (True) or takes off (False)."""
    for change in operation.changes:
        if isinstance(change, StateChange) and change.before.reviewed is not change.after.reviewed:
            yield change.frame, change.after.reviewed
