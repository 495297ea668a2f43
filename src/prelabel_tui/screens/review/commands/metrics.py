"""What a session took, in numbers: on the last line, in a window, and kept for the lists."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from prelabel_tui.core.drafts.reviews import FrameReview
from prelabel_tui.core.metrics.activity import activities, note, source_document
from prelabel_tui.core.metrics.throughput import (
    Activity,
    Retention,
    Throughput,
    by_user,
    retention_of,
    throughput,
)
from prelabel_tui.core.model.codec import is_left_out, is_reviewed
from prelabel_tui.core.model.counts import Counts, count
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.store import FAILURES
from prelabel_tui.screens.review.context import ReviewContext
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.screens.shared.list_dialogs import TextDialog
from prelabel_tui.widgets.plots import hourly, retention_line, sparkline


class MetricsCommands:
    """The key that shows the metrics, and the measuring."""

    def __init__(self, context: ReviewContext) -> None:
        self.context = context

    def _retention_now(self) -> Retention | None:
        """Of the prelabels on the frames marked in this session, once they have been read."""
        context = self.context
        if context.source is None:
            return None
        return context.counters.retention(context.source, context.open_session.document)

    def metrics(self) -> None:
        """Show this session and everybody's reviewing of this draft, in numbers."""
        self.context.screen.ask(self._metrics())

    async def _metrics(self) -> None:
        context = self.context
        context.upkeep.settle()
        await context.load_source()
        session, shell, source = context.open_session, context.shell, context.source
        info, document = session.info, session.document.copy()
        known = dict(context.reviews)
        now = replace(self.context.activity(), retention=self._retention_now())

        def counted(_: Job) -> list[tuple[str, str]]:
            counts = count(document)
            rows = [
                ("Frames reviewed", _reviewed(counts)),
                ("Reviewed by", _people(document, known, shell.who.name)),
                ("This session", _speed(throughput([now]))),
                ("Frames/h", f"{sparkline(hourly(now.minutes), 40)}  minute by minute"),
            ]
            if now.retention is not None:
                rows.append(("Prelabels", retention_line(now.retention)))
            past = by_user(activities(shell.store, info.id))
            for user, total in past.items():
                rows.append((f"{user}, before", _speed(total)))
                if total.retention is not None:
                    rows.append(("", retention_line(total.retention)))
            if source is not None:
                reviewed = [at for at, frame in enumerate(document) if frame.reviewed]
                rows.append(
                    ("All reviewed", retention_line(retention_of(source, document, reviewed)))
                )
            return rows + [(flag, str(number)) for flag, number in counts.flags.items()]

        result = await context.screen.in_thread(counted, title="Counting")
        if result.value is None:
            context.display.show_outcome(result.outcome)
            return
        rows = result.value
        if context.analysis is not None:
            rows.append(("Findings", context.analysis.findings.summary))
        await context.screen.app.push_screen_wait(TextDialog("Metrics", rows))

    def note(self, activity: Activity) -> None:
        """Store what the session took; blocks.  What cannot be read or written is left out."""
        context, shell, info = self.context, self.context.shell, self.context.open_session.info
        if context.source is None:
            with contextlib.suppress(*FAILURES):
                context.keep_source(source_document(shell.store, info))
        note(shell.store, shell.who, info.id, replace(activity, retention=self._retention_now()))


def _reviewed(counts: Counts) -> str:
    text = f"{counts.reviewed} of {counts.frames - counts.left_out}"
    if counts.unseen:
        text += f", {counts.unseen} accepted unseen"
    return f"{text}; {counts.left_out} left out" if counts.left_out else text


def _people(document: Document, known: Mapping[int, FrameReview], me: str) -> str:
    """Say how many frames each person reviewed; what nobody is known for yet, this one marked."""
    people = Counter(
        known[at].person if at in known else me
        for at, encoded in enumerate(document.every_encoded())
        if is_reviewed(encoded) and not is_left_out(encoded)
    )
    return ", ".join(f"{person} {frames:,}" for person, frames in people.most_common()) or "nobody"


def _speed(total: Throughput) -> str:
    parts = [
        f"{count:,} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((total.frames, "frame"), (total.labels, "label"), (total.keys, "key"))
    ]
    if total.frames > 0:
        parts.append(f"{total.frames_per_hour or 0:.0f} frames per hour")
        parts.append(f"{total.keys_per_frame or 0:.1f} keys per frame")
    return ", ".join(parts)
