"""What the draft's data says about its frames: findings, suspicion, the queue, the timeline."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import numpy as np

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.patterns.watch import Watch
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.tracks import work_out
from prelabel_tui.core.triage.frame_queue import Queue, suspicion_queue
from prelabel_tui.core.triage.suspicion import Ranking
from prelabel_tui.widgets.timeline import Track

if TYPE_CHECKING:
    from prelabel_tui.core.model.document import Document
    from prelabel_tui.core.model.media import Manifest
    from prelabel_tui.core.session.blind_repeats import BlindRepeats
    from prelabel_tui.core.validation import Findings, Validator

_FAST_BALL = 60.0
"""Ball speed (px per frame) that fills the timeline's curve."""


class Analysis:
    """Built on a copy off the interface's thread; kept up to date on it, a few ms each time."""

    def __init__(
        self,
        document: Document,
        manifest: Manifest,
        validator: Validator,
        repeats: BlindRepeats | None = None,
        progress: Progress = unwatched,
    ) -> None:
        self.validator = validator
        self.findings: Findings = validator.findings
        self.tracks = work_out(document, progress)
        """Those of the document as it was when :meth:`follow` was called last."""
        self.ranking = Ranking(document, manifest, self.findings.by_frame, tracks=self.tracks)
        self.queue: Queue = suspicion_queue(self.ranking, repeats)
        self.watch = Watch(document, self.tracks)
        """What the corrections may have in common."""

    def follow(self, document: Document, indices: Collection[int]) -> None:
        """Take in the edits of these frames as far as tracks go: soon, they are needed next."""
        self.tracks = self.tracks.follow(document, indices)

    def update(self, document: Document, indices: Iterable[int]) -> None:
        """Take in the edits of these frames; the tracks followed them."""
        dirty = sorted(set(indices))
        before = self.findings
        self.findings = self.validator.update(document, dirty)
        touched = self.ranking.update(document, dirty, self.tracks)
        now, was = self.findings.by_frame, before.by_frame
        if now != was:
            self.ranking.set_findings(now)
            touched.update(at for at in now.keys() | was.keys() if now.get(at) != was.get(at))
        self.queue.update(touched)
        self.watch.update(document, self.tracks, dirty)

    def picture_shown(self, index: int, missing: str | None) -> None:
        """Take note that a frame has its picture, or why it has none."""
        if self.validator.picture_shown(index, missing):
            self.findings = self.validator.findings

    def renew(self, other: Analysis) -> None:
        """Take what was worked out anew of the whole clip; the queue goes on as it was."""
        self.validator, self.findings = other.validator, other.findings
        self.ranking, self.tracks = other.ranking, other.tracks
        self.watch = other.watch
        self.queue.rank_by(other.ranking)

    def why(self, index: int) -> str:
        """Say why a frame is doubtful, in a few words and numbers."""
        return self.ranking.entry(index).text

    def suspect(self, index: int) -> str | None:
        """Return the most doubtful label of a frame."""
        return self.ranking.entry(index).label

    def track(self, capability: Capability, edited: Iterable[int], noted: Iterable[int]) -> Track:
        """Return the timeline: ball speed or suspicion, with everything that was decided.

        ``noted``: the frames with an open note.
        """
        profile = self.ranking.profile
        count = len(profile.reviewed)
        doubt = np.asarray(profile.suspicion, dtype=np.float64)
        if capability is Capability.BALL:
            height = np.clip(np.asarray(profile.speed) / _FAST_BALL, 0, 1)
        else:
            # Players: suspicion relative to the other frames, so that the worst stand out.
            height = doubt = np.argsort(np.argsort(doubt, kind="stable")) / max(1, count - 1)
        touched, with_note = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
        touched[[*edited]] = True
        with_note[[*noted]] = True
        return Track(
            height=height,
            doubt=doubt,
            gap=np.asarray(profile.missing),
            left_out=np.asarray(profile.left_out),
            reviewed=np.asarray(profile.reviewed),
            flagged=np.asarray(profile.flagged),
            finding=np.asarray(profile.findings),
            edited=touched,
            noted=with_note,
        )
