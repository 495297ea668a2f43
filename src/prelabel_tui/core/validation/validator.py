"""Validation of a whole document, kept up to date frame by frame while it is edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from prelabel_tui.core.model.codec import PayloadError, decode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import EMPTY_FRAME, Capability
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.text import printable
from prelabel_tui.core.validation import clip_checks
from prelabel_tui.core.validation.columns import Clip, screen
from prelabel_tui.core.validation.findings import Finding, Findings
from prelabel_tui.core.validation.frame_checks import FrameRules
from prelabel_tui.core.validation.rules import DEFAULTS, NEIGHBOURS, Settings


class Validator:
    """The findings of a document.

    Making one reads every frame (build it off the UI thread); :meth:`update` then re-checks
    edited frames and those beside them only.  ``source_labels``: number of labels of the pack
    the draft came from.  ``pack``: judge a run's pack, not a review.
    """

    def __init__(
        self,
        document: Document,
        manifest: Manifest,
        settings: Settings = DEFAULTS,
        source_labels: int | None = None,
        *,
        pack: bool = False,
    ) -> None:
        self._manifest = manifest
        self._settings = settings
        self._source_labels = source_labels
        self._pack = pack
        self.rules = FrameRules(document.capability, settings, pack)
        self._clip = Clip.of(manifest)
        screening = screen(document, self._clip, settings)
        self._columns = screening.columns
        self._own: dict[int, tuple[Finding, ...]] = {}
        self._beside: dict[int, Finding] = {}
        self._lengths = tuple(clip_checks.lengths(document, len(manifest.frames)))
        for index in screening.suspects:
            self._check(document, index)
        ball = document.capability is Capability.BALL
        candidates = (
            clip_checks.fast_balls(self._columns, self._clip, settings)
            if ball
            else clip_checks.count_jumps(self._columns, settings)
        )
        for index in candidates.tolist():
            self._compare(document, index)
        self._findings: Findings | None = None

    def update(self, document: Document, indices: Iterable[int]) -> Findings:
        """Re-check edited frames of the same clip.  IndexError beyond it."""
        touched = set(indices)
        for index in touched:
            self._check(document, index)
        reach = 1 if document.capability is Capability.BALL else NEIGHBOURS
        beside = {at for index in touched for at in range(index - reach, index + reach + 1)}
        for index in beside:
            if 0 <= index < len(document):
                self._compare(document, index)
        self._findings = None
        return self.findings

    def picture_shown(self, index: int, missing: str | None) -> bool:
        """Take note that a frame has its picture, or none; say whether that is news."""
        without = self._clip.without_picture
        if not 0 <= index < len(without) or without[index] == (missing is not None):
            return False
        without[index] = missing is not None
        self._findings = None
        return True

    @property
    def findings(self) -> Findings:
        """All findings, in order."""
        if self._findings is None:
            self._findings = Findings.of(self._all(), self._columns.judged)
        return self._findings

    def of_frame(self, index: int) -> tuple[Finding, ...]:
        """Return the findings of one frame, without those about the whole clip."""
        beside = self._beside.get(index)
        return self._own.get(index, ()) + ((beside,) if beside else ())

    def _all(self) -> Iterator[Finding]:
        yield from chain.from_iterable(self._own.values())
        yield from self._beside.values()
        yield from self._lengths
        if not self._pack:
            yield from clip_checks.whole_clip(
                self._columns, self._clip, self._settings, self._source_labels
            )

    def _check(self, document: Document, index: int) -> None:
        media = self._manifest.frames[index] if index < len(self._manifest.frames) else None
        try:
            frame = decode_frame(document.encoded(index))
        except PayloadError as error:
            self._columns.set(index, EMPTY_FRAME)
            text = f"cannot be read: {printable(str(error), 120)}"
            self._own[index] = (Finding("frame.unreadable", index, text),)
            return
        self._columns.set(index, frame)
        found = tuple(self.rules.check(index, frame, media))
        if found:
            self._own[index] = found
        else:
            self._own.pop(index, None)

    def _compare(self, document: Document, index: int) -> None:
        if document.capability is Capability.BALL:
            found = clip_checks.fast_ball(
                index, self._columns, self._clip, document, self._settings
            )
        else:
            found = clip_checks.count_jump(index, self._columns, self._settings)
        if found:
            self._beside[index] = found
        else:
            self._beside.pop(index, None)


def validate(
    document: Document,
    manifest: Manifest,
    settings: Settings = DEFAULTS,
    source_labels: int | None = None,
    *,
    pack: bool = False,
) -> Findings:
    """Find everything in a whole document.  Its frames are read one by one: safe in a thread."""
    return Validator(document, manifest, settings, source_labels, pack=pack).findings
