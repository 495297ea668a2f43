"""What the program notices: one line that says what is wrong with many labels, and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Frame
from prelabel_tui.core.patterns.explain import Explanation, Kind
from prelabel_tui.core.patterns.proposal import ClipFrames, Proposal, Reach
from prelabel_tui.core.patterns.rows import Ints, Rows
from prelabel_tui.core.patterns.rules import Later, Moved, in_frames
from prelabel_tui.core.patterns.standing import Standing
from prelabel_tui.core.progress import Progress

STANDING: Final = "standing"


class Offer(Protocol):
    """A change to many labels that is shown first."""

    @property
    def text(self) -> str:
        """What would be done, and to how many labels on how many frames."""
        ...

    @property
    def changed(self) -> Ints:
        """The rows that would change."""
        ...

    @property
    def frames(self) -> Ints:
        """The frames that would change, in order."""
        ...

    def ghost(self, document: Document, index: int) -> Frame:
        """Return the labels of a frame that it concerns, as they would be."""
        ...

    def operation(self, document: Document, progress: Progress = ...) -> Operation | Refusal:
        """Return it as one operation.  Cancelled."""
        ...


@dataclass(frozen=True)
class Notice:
    """A pattern, and what would put it right.

    ``kind``: a word that stays the same; who answered a kind is not told of it again.
    ``against``: tracks that were corrected otherwise.
    """

    kind: str
    said: str
    offer: Offer
    against: tuple[int, ...] = ()

    @property
    def labels(self) -> int:
        """How many labels an answer settles."""
        return len(self.offer.changed)

    @property
    def frames(self) -> int:
        """How many frames an answer settles."""
        return len(self.offer.frames)

    @property
    def text(self) -> str:
        """`6 of 6 players: boxes are 2.7 frames late; 868 more`."""
        return f"{self.said}; {self.labels:,} more"


def notice_of(explanation: Explanation, rows: Rows, clip: ClipFrames) -> Notice | None:
    """Return the notice of an explanation; None when no label is left to put right."""
    offer = Proposal(rows, explanation.rule, Reach(), clip)
    if not len(offer.changed):
        return None
    who = f"{explanation.agreeing} of {explanation.voted} players"
    said = f"{who}: {_wrong(explanation)}"
    return Notice(explanation.kind.value, said, offer, explanation.against)


def notice_standing(standing: Standing) -> Notice | None:
    """Return the notice of what stands still; None when nothing of it is left."""
    if not len(standing.changed):
        return None
    what = "balls" if standing.rows.is_ball else "boxes"
    return Notice(STANDING, f"{what} {standing.said}", standing)


def _wrong(explanation: Explanation) -> str:
    """Say what is wrong with the boxes: the opposite of what puts them right."""
    rule = explanation.rule
    if isinstance(rule, Later):
        return f"boxes are {in_frames(rule.frames)} {'late' if rule.frames > 0 else 'early'}"
    assert isinstance(rule, Moved)
    left, top, right, bottom = rule.edges
    match explanation.kind:
        case Kind.SHIFT:
            return f"boxes are {_far(left, 'left', 'right', top, 'high', 'low')}"
        case Kind.FEET:
            where = "above" if bottom > 0 else "below"
            much = f"{abs(bottom):.0%} of their height" if rule.of_size else _px(bottom)
            return f"boxes end {much} {where} the feet"
        case _:
            return f"boxes are {_sides(right - left, bottom - top)}"


def _far(x: float, left: str, right: str, y: float, high: str, low: str) -> str:
    parts = []
    if abs(x) >= UNIT / 2:
        parts.append(f"{_px(x)} too far {left if x > 0 else right}")
    if abs(y) >= UNIT / 2:
        parts.append(f"{_px(y)} too {high if y > 0 else low}")
    return " and ".join(parts)


def _sides(wide: float, high: float) -> str:
    """Say by how much of itself a box is too large or too small."""
    parts = []
    for share, large, small in ((wide, "wide", "narrow"), (high, "tall", "short")):
        much = 1 / (1 + share) - 1 if share > -1 else 0.0
        if abs(much) >= 0.005:
            parts.append(f"{abs(much):.0%} too {large if much > 0 else small}")
    return " and ".join(parts)


def _px(units: float) -> str:
    return f"{abs(units) / UNIT:.1f}".removesuffix(".0") + " px"
