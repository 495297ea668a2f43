"""What is open on the review screen: everybody reads it, only the context writes it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from prelabel_tui.core.edits.many_frames import Decisions
from prelabel_tui.core.edits.one_frame import Bounds, Edge
from prelabel_tui.core.metrics.session_counters import SessionCounters
from prelabel_tui.core.model.labels import UNIT, Capability, Frame
from prelabel_tui.core.notes.reading import Note, ScopeNotes
from prelabel_tui.core.patterns.answered import Answered
from prelabel_tui.core.patterns.proposal import ClipFrames
from prelabel_tui.core.session.blind_repeats import BlindRepeats, Repeat
from prelabel_tui.core.tracks import Member, Tracks
from prelabel_tui.screens.review.modes.base import Mode

if TYPE_CHECKING:
    from prelabel_tui.core.drafts.reviews import FrameReview
    from prelabel_tui.core.model.document import Document
    from prelabel_tui.core.patterns.notice import Notice
    from prelabel_tui.core.patterns.watch import Watch
    from prelabel_tui.core.session.session import EditingSession
    from prelabel_tui.core.triage.scope_queue import ScopePlace
    from prelabel_tui.core.validation import Finding
    from prelabel_tui.core.validation.frame_checks import FrameRules
    from prelabel_tui.screens.review.analysis import Analysis


class Handle(Enum):
    """What the moving keys move: all, the edge they point at, or the one they point away from."""

    WHOLE = ""
    OUTER = "outer edge"
    INNER = "inner edge"

    def edge(self, dx: int, dy: int) -> Edge | None:
        """Return the edge that a moving key moves; None: the whole label."""
        if self is Handle.WHOLE:
            return None
        return _OUTER[dx, dy] if self is Handle.OUTER else _OUTER[-dx, -dy]


_OUTER: Final = {
    (-1, 0): Edge.LEFT,
    (1, 0): Edge.RIGHT,
    (0, -1): Edge.TOP,
    (0, 1): Edge.BOTTOM,
}


class ReviewState:
    """The draft as it is shown: which session, which frame, which label, in which mode.

    ``place``: this draft's position in a walk over the scopes, if it is on one.
    """

    counters: SessionCounters
    """What is counted of this session, once it is open."""
    _mode: Mode

    def __init__(self, place: ScopePlace | None) -> None:
        self._session: EditingSession | None = None
        self._index = 0
        self._selected: str | None = None
        self._range_start: int | None = None
        self._repeat: Repeat | None = None
        self.place = place
        self.repeats: BlindRepeats | None = None
        """None where the workspace wants none."""
        self.decisions = Decisions()
        self.frame_rules: FrameRules | None = None
        """What is asked of a frame: known once the draft is open."""
        self.reviews: dict[int, FrameReview] = {}
        """Who reviewed the frames that were marked before, as far as that is known by now."""
        self.notes = ScopeNotes()
        """The notes of the scope, as far as they are known by now."""
        self.analysis: Analysis | None = None
        """None while the clip is being analysed."""
        self.tracks: Tracks | None = None
        """The tracks of the document as it is now; None while they are worked out."""
        self._followed: Member | None = None
        """The label that was chosen last: the selection follows its track."""
        self.notice: Notice | None = None
        """What is being said of them."""
        self.answered = Answered()
        """Kinds of notices that are not repeated."""
        self.source: Document | None = None
        """What the model said, once it was asked for."""
        self.source_pack: str | None = None
        """The pack that ``source`` belongs to."""
        self.handle = Handle.WHOLE
        self.show_labels = True
        self.show_prelabels = False
        self.publish_pack: str | None = None
        """The pack that was chosen to publish."""
        self.leaving = False
        """Set from the key that leaves on: no other key has an effect, so that nothing is shown as
        done after the last save."""

    # --- what only the context writes

    @property
    def session(self) -> EditingSession | None:
        """The session; None until the draft is open."""
        return self._session

    @property
    def open_session(self) -> EditingSession:
        """The session; a bug before it is open (keys are refused until then)."""
        assert self._session is not None
        return self._session

    @property
    def index(self) -> int:
        """The frame that is shown."""
        return self._index

    @property
    def selected(self) -> str | None:
        """The selected label's id."""
        return self._selected

    @property
    def track(self) -> int | None:
        """The track that the selection follows, also through frames that it has no label in."""
        if self.tracks is None or self._followed is None:
            return None
        return self.tracks.at(*self._followed)

    @property
    def range_start(self) -> int | None:
        """Where the range begins that deciding keys act on; it ends at the frame shown."""
        return self._range_start

    @property
    def repeat(self) -> Repeat | None:
        """A blind repeat that is on the screen."""
        return self._repeat

    @property
    def mode(self) -> Mode:
        """What the keys do now."""
        return self._mode

    # --- what follows from it

    @property
    def document(self) -> Document:
        """What is shown: the draft as edited, except for a blind repeat."""
        return self.open_session.document if self._repeat is None else self._repeat.document

    @property
    def capability(self) -> Capability:
        """What the draft labels."""
        return self.document.capability

    @property
    def is_ball(self) -> bool:
        """Whether the point tool is active, not the box tool."""
        return self.capability is Capability.BALL

    @property
    def frame(self) -> Frame:
        """The frame that is shown."""
        return self.document.frame(self._index)

    @property
    def bounds(self) -> Bounds:
        """The frame's size in 1/100 px."""
        frame = self.open_session.manifest.frames[self._index]
        return frame.width * UNIT, frame.height * UNIT

    def errors(self, document: Document, index: int) -> list[Finding]:
        """Return the findings of a frame of the clip that block publishing, in any thread."""
        assert self.frame_rules is not None
        media = self.open_session.manifest.frames[index]
        return self.frame_rules.errors(index, document.frame(index), media)

    @property
    def notes_here(self) -> list[Note]:
        """The notes on the frame and its labels, the open ones first; a repeat shows none."""
        return [] if self._repeat is not None else self.notes.at(self._index)

    @property
    def watch(self) -> Watch | None:
        """What the corrections may have in common; None while the clip is being analysed."""
        return None if self.analysis is None else self.analysis.watch

    @property
    def clip_frames(self) -> ClipFrames:
        """The sizes of the frames, and which have no picture, as far as is known."""
        session = self.open_session
        return ClipFrames(session.frame_sizes, frozenset(session.editable.without_picture))

    @property
    def range(self) -> tuple[int, int] | None:
        """The first and the last frame of the range, if there is one."""
        if self._range_start is None:
            return None
        first, last = sorted((self._range_start, self._index))
        return first, last

    def missing(self, index: int) -> str | None:
        """Say why a frame has no picture, as far as is known."""
        return self.open_session.editable.no_picture(index)
