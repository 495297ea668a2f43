"""What is the case while the tour runs: where the person is, and what became of the clip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prelabel_tui.core.model.labels import Capability, Frame, Label
from prelabel_tui.tour.score import distance, score, true_label

if TYPE_CHECKING:
    from prelabel_tui.core.model.document import Document
    from prelabel_tui.demo import DemoMatch
    from prelabel_tui.screens.review.state import ReviewState


@dataclass(frozen=True)
class Stored:
    """What the database has of the tour's clip, as it was looked up last."""

    drafts: frozenset[Capability] = frozenset()
    published: bool = False
    approved: bool = False


@dataclass
class Scene:
    """What steps look at.

    ``context``: the screen or dialog on top, by its name in the registry of commands; ``mode``:
    that of the review.  ``review``: the open review of the tour's clip, if it is the screen in
    view or under the dialog.  ``documents``: what is in the drafts by now, as far as they were
    opened; ``filtered``: whether the list of runs has a filter.
    """

    match: DemoMatch
    media: str
    context: str = ""
    mode: str = ""
    reach: str = ""
    filtered: bool = False
    review: ReviewState | None = None
    documents: dict[Capability, Document] = field(default_factory=dict)
    stored: Stored = field(default_factory=Stored)

    @property
    def capability(self) -> Capability | None:
        """What the review in view labels."""
        return None if self.review is None else self.review.capability

    @property
    def selected(self) -> Label | None:
        """The label that is selected in the review, or the frame's only one."""
        if self.review is None:
            return None
        frame = self.review.frame
        if self.review.selected is None and len(frame.labels) == 1:
            return frame.labels[0]
        return frame.label(self.review.selected or "")

    def truth_of(self, label: Label) -> Label | None:
        """Return the truth of a label of the frame in view."""
        assert self.review is not None
        return true_label(label, self.match.truth[self.review.capability].frame(self.review.index))

    def mended(self, capability: Capability, within: float) -> bool:
        """Say whether a person mended a label: it is within so many px of its truth only now.

        A label where nothing is that is gone now, and one that was missed, count too.
        """
        document = self.documents.get(capability)
        if document is None:
            return False
        said, truth = self.match.prelabels[capability], self.match.truth[capability]
        return any(
            _errors(document.frame(index), truth.frame(index), within)
            < _errors(said.frame(index), truth.frame(index), within)
            for index in document.changed_from(said)
        )

    def changed_labels(self, capability: Capability) -> int:
        """Count the labels that are not where the model had them."""
        document = self.documents.get(capability)
        if document is None:
            return 0
        said = self.match.prelabels[capability]
        count = 0
        for index in document.changed_from(said):
            before = said.frame(index)
            for label in document.frame(index).labels:
                was = before.label(label.id)
                count += was is None or was.geometry != label.geometry
        return count

    def halved_errors(self, capability: Capability) -> bool:
        """Say whether fewer than half as many labels are off as the model left."""
        document, truth = self.documents[capability], self.match.truth[capability]
        return score(document, truth).off < score(self.match.prelabels[capability], truth).off / 2

    def any_frame(self, what: str) -> bool:
        """Say whether any frame of the opened drafts has ``flags`` or is ``reviewed``."""
        return any(
            getattr(document.frame(index), what)
            for capability, document in self.documents.items()
            for index in document.changed_from(self.match.prelabels[capability])
        )


def _errors(said: Frame, truth: Frame, within: float) -> int:
    """Count truths without a label within so many px, and labels that are no truth's."""
    wrong, found = 0, set()
    for label in said.labels:
        of = true_label(label, truth)
        if of is None:
            wrong += 1
        elif distance(label, of) <= within:
            found.add(of.id)
    return wrong + len(truth.labels) - len(found)
