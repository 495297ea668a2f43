"""The review screen's parts and state, and everything that it shows and says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from prelabel_tui.core.edits.many_frames import Decisions
from prelabel_tui.core.edits.one_frame import Bounds
from prelabel_tui.core.edits.operations import Operation
from prelabel_tui.core.model.labels import UNIT, Ball, Capability, Flag, Frame
from prelabel_tui.core.outcomes import Outcome
from prelabel_tui.core.text import printable
from prelabel_tui.imaging.overlay.scene import Scene, scene_of
from prelabel_tui.imaging.overlay.viewport import zoom_name
from prelabel_tui.keys.commands import CONTEXTS
from prelabel_tui.screens.shared.base import KeyedScreen
from prelabel_tui.widgets.frame_view.widget import FrameView
from prelabel_tui.widgets.status.autosave_line import AutosaveLine
from prelabel_tui.widgets.status.bars import KeyBar, ProgressLine, TitleBar
from prelabel_tui.widgets.status.flags_bar import FlagsBar
from prelabel_tui.widgets.status.outcome_banner import OutcomeBanner
from prelabel_tui.widgets.status.queue_line import QueueLine
from prelabel_tui.widgets.tables.label_list import LabelList
from prelabel_tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from prelabel_tui.core.model.document import Document
    from prelabel_tui.core.session.blind_repeats import Repeat
    from prelabel_tui.core.session.session import EditingSession
    from prelabel_tui.core.triage.scope_queue import ScopePlace
    from prelabel_tui.screens.review.analysis import Analysis

LOW_SCORE: Final = 4_000
"""Scores below are drawn and listed as low (1/10,000)."""

_TRAIL = 3
"""Frames before and after whose ball places are drawn."""


class ReviewDisplay(KeyedScreen[None]):
    """What is on the screen: picture, numbers, queue, autosave; no action of its own."""

    context = "review"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 — Textual's form
        (0, "-narrow"),
        (100, "-normal"),
        (160, "-wide"),
    ]
    DEFAULT_CSS = """
    ReviewDisplay { layout: vertical; }
    ReviewDisplay #body { height: 1fr; }
    ReviewDisplay.-narrow LabelList { width: 28; }
    ReviewDisplay.-normal LabelList { width: 34; }
    ReviewDisplay.-wide LabelList { width: 44; }
    ReviewDisplay #drawer { height: 4; display: none; border-top: solid $primary 60%;
                         background: $surface; border-title-color: $accent; }
    ReviewDisplay #drawer.-shown { display: block; }
    """

    class SessionChanged(Message):
        """From a background thread: autosave, conflict or presence changed."""

        def can_replace(self, message: Message) -> bool:
            """Only the latest matters."""
            return isinstance(message, ReviewDisplay.SessionChanged)

    view: FrameView
    labels: LabelList

    def __init__(
        self, draft_id: str, routed: Outcome | None = None, place: ScopePlace | None = None
    ) -> None:
        super().__init__()
        self.draft_id = draft_id
        self.routed = routed
        self.place = place
        """Where in the walk over the scopes this draft stands, if one is on such a walk."""
        self.session: EditingSession | None = None
        self._trouble = ""
        """The state of the autosave that was looked at last: a conflict, a failed save or none."""
        self.analysis: Analysis | None = None
        self.source: Document | None = None
        """What the model said, once it has been asked for."""
        self.source_pack: str | None = None
        """The pack that ``source`` is of."""
        self.index = 0
        self.selected: str | None = None
        self.mode: str | None = None
        self.pending: Operation | None = None
        self.range_start: int | None = None
        self.show_labels = True
        self.show_prelabels = False
        self.decisions = Decisions()
        self.count: int | None = None
        self.repeat: Repeat | None = None
        """A blind repeat that is on the screen."""
        self.leaving = False
        """From the key that leaves on: no other key has an effect, so that nothing is shown as
        done after the last save."""
        self._typed = ""

    # --- parts

    def compose(self) -> ComposeResult:
        """Picture and numbers, then what is known of the frame, line by line."""
        yield TitleBar()
        with Horizontal(id="body"):
            # The rest is for what lies over it: a conflict, a version.
            budget = self.shell.picture_bytes * 3 // 4
            self.view = FrameView(self.graphics, budget_bytes=budget, id="view")
            self.labels = LabelList(low_score=LOW_SCORE)
            yield self.view
            yield self.labels
        yield Vertical(id="drawer")
        yield ProgressLine()
        yield OutcomeBanner()
        yield Timeline()
        yield FlagsBar()
        yield QueueLine()
        yield AutosaveLine()
        yield KeyBar()

    @property
    def graphics(self) -> str:
        """How pictures should be shown."""
        return self.shell.graphics

    # --- the draft

    @property
    def open_session(self) -> EditingSession:
        """The session; a bug before it is open (keys are refused until then)."""
        assert self.session is not None
        return self.session

    @property
    def document(self) -> Document:
        """What is shown: the draft as edited, but for a frame that came back."""
        return self.open_session.document if self.repeat is None else self.repeat.document

    @property
    def capability(self) -> Capability:
        """What the draft labels."""
        return self.document.capability

    @property
    def is_ball(self) -> bool:
        """Whether the point tool is in hand, not the box tool."""
        return self.capability is Capability.BALL

    @property
    def frame(self) -> Frame:
        """The frame that is shown."""
        return self.document.frame(self.index)

    @property
    def bounds(self) -> Bounds:
        """The frame's size in 1/100 px."""
        frame = self.open_session.manifest.frames[self.index]
        return frame.width * UNIT, frame.height * UNIT

    def missing(self, index: int) -> str | None:
        """Why a frame has no picture, as far as is known."""
        return self.open_session.editable.no_picture(index)

    # --- keys

    @property
    def scopes(self) -> tuple[str, ...]:
        """Those of the mode that is on."""
        return CONTEXTS[f"review.{self.mode}" if self.mode else "review"]

    def enter_mode(self, mode: str | None, says: str = "") -> None:
        """Let other keys be active; ``says`` stands in the queue line."""
        self.mode = mode
        self.query_one(QueueLine).show(mode=says)
        self.keys_changed()

    def times(self) -> int:
        """The count typed before the key, 1 without one."""
        return self.count or 1

    # --- saying things

    def tell(self, text: str) -> None:
        """What just happened, on the last line: no layout, so it costs nothing."""
        self.query_one(AutosaveLine).tell(text)

    def refuse(self, why: str) -> None:
        """Why a key does nothing now."""
        self.tell(f"✗ {why}")

    def show_scope(self) -> None:
        """Whose draft this is, and where it came from, in the title."""
        info = self.open_session.info
        if self.source is not None and self.source_pack != info.lineage.pack_id:
            self.source, self.show_prelabels = None, False
        self.set_title("Review", f"{info.scope.title} · {info.lineage.label}")

    def announce(self, outcome: Outcome) -> None:
        """An outcome in the banner, with the keys that help now."""
        keymap = self.shell.keymap
        hints = {
            "DRAFT_VERSION_CONFLICT": [("review.settle", "Settle it")],
            "STALE_DRAFT_VERSION": [("review.settle", "Settle it")],
            "RESET_DRAFT_REQUIRED": [("review.reset", "Reset draft")],
            "VALIDATION_HARD_FAIL": [("review.findings", "Findings")],
            "WARNINGS_REQUIRE_OVERRIDE": [("review.findings", "Findings")],
            "OVERRIDE_FORBIDDEN": [("review.findings", "Findings")],
        }.get(outcome.code.value, [])
        self.show_outcome(outcome, hints=[(keymap.display(name), text) for name, text in hints])

    # --- showing

    def scene(self) -> Scene:
        """What is drawn over the picture now."""
        scene = scene_of(
            self.frame,
            selected=self.selected,
            low_score=LOW_SCORE,
            trail=self._trail(),
            show_labels=self.show_labels,
            ghosts=self.ghosts(),
        )
        return self.decorate(scene)

    def decorate(self, scene: Scene) -> Scene:
        """Modes add their own: a grid, letters."""
        return scene

    def ghosts(self) -> Frame | None:
        """Labels drawn as ghosts: what a pending step would place, or what the model said."""
        return None

    def _trail(self) -> tuple[tuple[int, int], ...]:
        if not self.is_ball:
            return ()
        places = []
        for at in range(max(0, self.index - _TRAIL), min(len(self.document), self.index + _TRAIL)):
            ball = next((b for b in self.document.frame(at).labels if isinstance(b, Ball)), None)
            if ball is not None and at != self.index:
                places.append((ball.x, ball.y))
        return tuple(places)

    def redraw(self) -> None:
        """After an edit or a selection: the overlay first, then the numbers."""
        self.view.set_scene(self.scene())
        self._show_numbers()

    def repaint(self) -> None:
        """After the frame changed: the picture too."""
        self.view.show_frame(self.index, self.scene())
        self._show_numbers()
        marked = None if self.range_start is None else (self.range_start, self.index)
        self.query_one(Timeline).show(self.index, marked)
        self.show_queue()

    def _show_numbers(self) -> None:
        frame = self.frame
        done = self.decisions.accepted(self.document, self.index)
        self.labels.show(frame, self.selected, done, self.handle_name())
        name = self.open_session.manifest.frames[self.index].name
        self.query_one(FlagsBar).show(
            self.index, len(self.document), name, frame, self.missing(self.index)
        )
        self.show_view()

    def handle_name(self) -> str:
        """What the moving keys move now, if not the whole label."""
        return ""

    def show_view(self) -> None:
        """Zoom and what else is special about the view."""
        parts = [zoom_name(self.view.zoom)]
        if not self.view.follow and self.mode != "grid":
            parts.append("free")
        if not self.show_labels:
            parts.append("labels off")
        if self.show_prelabels:
            parts.append("prelabels")
        self.query_one(QueueLine).show(view=" · ".join(parts))

    def show_queue(self) -> None:
        """Where the frame stands in the queue, and why."""
        line = self.query_one(QueueLine)
        if self.analysis is None:
            line.show(title="ranking…", position="", why="")
            return
        queue = self.analysis.queue
        line.show(
            title=queue.title,
            position=str(queue.position(self.index)),
            why=self.analysis.why(self.index),
        )

    def show_autosave(self) -> None:
        """The autosave's state, what somebody saved since, and who else is here."""
        session = self.open_session
        status, newer, line = session.status, session.newer, session.status.line
        if newer is not None and status.healthy:
            key = self.shell.keymap.display("review.settle")
            name = printable(newer.their_name, 16)
            line = f"{line} · v{newer.their_version} by {name} is there: {key} loads it"
        self.query_one(AutosaveLine).show(status.kind.value, line)
        others = ", ".join(
            f"{who.user} since {who.since.astimezone():%H:%M}" for who in session.others
        )
        parts = (
            f"also here: {others}" if others else "",
            str(self.place or ""),
            f"draft v{status.version}",
        )
        self.set_title(right="  ".join(filter(None, parts)))

    def on_frame_view_shown(self, message: FrameView.Shown) -> None:
        """A picture that turns out broken switches editing off for its frame."""
        if self.session is not None:
            self.session.editable.picture_shown(message.index, message.missing)
            if message.index == self.index:
                self._show_numbers()

    def flag_keys(self) -> dict[Flag, str]:
        """The key of each flag as it is shown."""
        return {flag: self.shell.keymap.display(f"review.{flag}") for flag in Flag}
