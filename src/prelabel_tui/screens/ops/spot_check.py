"""A spot check being judged: the picture and its labels, and nothing of who did what."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from prelabel_tui.core.assessment import spot_checks
from prelabel_tui.core.assessment.judgements import judge
from prelabel_tui.core.assessment.spot_checks import DrawnFrame, OpenCheck
from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Outcome, Result
from prelabel_tui.core.text import counted
from prelabel_tui.imaging.overlay.scene import Scene, Style, mark_of
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.ops_commands import SpotCheckCommands
from prelabel_tui.screens.ops.spot_result import SpotResultScreen
from prelabel_tui.screens.shared.base import Job, KeyedScreen, OnEscape
from prelabel_tui.widgets.frame_view.widget import FrameView

_BAR = 20


class SpotCheckScreen(KeyedScreen[None]):
    """Shows one drawn frame after the other; each judgement is kept before the next is shown."""

    context = "spot_check"
    DEFAULT_CSS = """
    SpotCheckScreen #view { height: 1fr; }
    SpotCheckScreen #page { height: 1fr; padding: 1 2; display: none; }
    SpotCheckScreen #state { height: 2; padding: 0 1; background: $surface; }
    SpotCheckScreen.-judged #view { display: none; }
    SpotCheckScreen.-judged #page { display: block; }
    """

    def __init__(self, check_id: str, scope: Scope) -> None:
        super().__init__()
        self.check_id = check_id
        self.scope = scope
        self.opened: OpenCheck | None = None
        self.frames: list[DrawnFrame] = []
        self.place = 0
        """Which frame of the sample is shown; beyond the last one all of them are judged."""
        self._selected = -1
        """Which label is picked out, so that the view comes close to it."""
        self._keeping = False

    def compose_body(self) -> ComposeResult:
        """Make the picture, and what is asked about it."""
        yield FrameView(self.shell.graphics, memory=self.shell.picture_memory, id="view")
        yield Static("", id="page", markup=False)
        yield Static("", id="state", markup=False)

    def on_mount(self) -> None:
        """Load the sample."""
        self.set_title(scope=self.scope.title)
        self.start(self._load())

    async def _load(self) -> None:
        shell = self.shell
        result = await self.in_thread(
            lambda _: spot_checks.open_check(shell.store, self.check_id), title="Loading the sample"
        )
        if result.value is None:
            self.show_outcome(result.outcome, stays=True)
            return
        self.opened = opened = result.value
        self.frames = list(opened.frames)
        self.query_one(FrameView).set_media(
            opened.check.scope.media_id, opened.loaded.manifest, shell.store.artifacts.get
        )
        left = [place for place, frame in enumerate(self.frames) if frame.wrong is None]
        self._go(left[0] if left else len(self.frames))

    # --- showing ---

    @property
    def _judged(self) -> int:
        return sum(frame.wrong is not None for frame in self.frames)

    def _go(self, place: int) -> None:
        self.place, self._selected = place, -1
        over = place >= len(self.frames)
        self.set_class(over, "-judged")
        if not over:
            view = self.query_one(FrameView)
            view.zoom = "fit"
            view.show_frame(self.frames[place].index, self._scene())
        self._show_state()

    def _scene(self) -> Scene:
        """Return the labels all alike: no colour says where one came from."""
        assert self.opened is not None
        labels = self.opened.loaded.document.frame(self.frames[self.place].index).labels
        chosen = frozenset({Style.SELECTED})
        marks = [
            mark_of(label, chosen if at == self._selected else frozenset())
            for at, label in enumerate(labels)
        ]
        return Scene(marks=tuple(sorted(marks, key=lambda mark: Style.SELECTED in mark.styles)))

    def _show_state(self) -> None:
        assert self.opened is not None
        total, judged, name = len(self.frames), self._judged, self.shell.keymap.display
        full = _BAR * judged // total
        text = Text.assemble(
            ("━" * full, self.app.theme_variables.get("success", "")),
            ("─" * (_BAR - full), "dim"),
            f" {judged:,} of {total:,} judged",
        )
        if self.place >= total:
            self.set_title(right=f"{total}/{total}")
            keys = f"{name('spot_check.end')} shows the result: from then on the judgements stay."
            back = f"{name('spot_check.previous')} goes back to the last one."
            self.query_one("#page", Static).update(
                f"All {counted(total, 'frame')} are judged.\n\n{keys}\n{back}"
            )
        else:
            self.set_title(right=f"{self.place + 1}/{total}")
            frame = self.opened.loaded.document.frame(self.frames[self.place].index)
            noun = "ball" if self.scope.capability is Capability.BALL else "player"
            text.append(f"   {counted(len(frame.labels), noun)} labelled")
            if frame.ball is not None:
                text.append(f", ball {frame.ball}")
            known = self.frames[self.place].wrong
            if known is not None:
                text.append(f"   judged {'wrong' if known else 'right'}", "bold")
            text.append("\nWrong: a label is missing, extra or misplaced.", "dim")
        self.query_one("#state", Static).update(text)

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `spot_check` commands."""
        table: SpotCheckCommands = {
            "spot_check.right": lambda: self._judge(False),
            "spot_check.wrong": lambda: self._judge(True),
            "spot_check.previous": self.do_previous,
            "spot_check.end": self.do_end,
            "spot_check.next_label": self.do_next_label,
            "spot_check.zoom_in": lambda: self._zoom(1),
            "spot_check.zoom_out": lambda: self._zoom(-1),
        }
        return (table,)

    def _why_not(self) -> str:
        """Return why a frame cannot be judged now; empty when it can."""
        view = self.query_one(FrameView)
        if self.opened is None:
            return "The sample is still loading."
        if self._keeping:
            return "The judgement before this one is still being kept."
        if self.place >= len(self.frames):
            end = self.shell.keymap.display("spot_check.end")
            return f"All frames are judged: {end} shows the result."
        if view.missing is not None:
            return f"Without its picture it cannot be judged: {view.missing}."
        return "" if view.on_screen else "The picture is not on the screen yet."

    def _judge(self, wrong: bool) -> None:
        if why := self._why_not():
            self.refuse(why)
        else:
            self._keeping = True
            self.start(self._keep(self.place, wrong), group="keep")

    async def _keep(self, place: int, wrong: bool) -> None:
        shell, index = self.shell, self.frames[place].index

        def work(_: Job) -> Result[None]:
            done = judge(shell.store, shell.who, self.check_id, index, wrong=wrong)
            return Result(done)

        try:
            done = await self.in_thread(work, title="Keeping it", on_escape=OnEscape.REFUSE)
        finally:
            self._keeping = False
        if not done.outcome.ok:
            self.show_outcome(done.outcome)
            return
        self.frames[place] = DrawnFrame(index, wrong)
        self._go(place + 1)

    def do_previous(self) -> None:
        """Go back to the frame before, to judge it again."""
        if self._keeping or self.opened is None:
            self.refuse("The judgement before this one is still being kept.")
        elif self.place == 0:
            self.refuse("This is the first frame of the sample.")
        else:
            self._go(self.place - 1)

    def do_end(self) -> None:
        """End it, and show the result; only once all frames are judged."""
        left = len(self.frames) - self._judged
        if self.opened is None or self._keeping:
            self.refuse("The sample is still loading.")
        elif left:
            self.refuse(f"{counted(left, 'frame')} are left: a part of them gives no result.")
        else:
            self.start(self._end(), group="keep")

    async def _end(self) -> None:
        shell = self.shell

        def work(_: Job) -> Result[Outcome]:
            done = spot_checks.end(shell.store, shell.who, self.check_id)
            return Result(done.outcome)

        done = await self.in_thread(work, title="Ending it", on_escape=OnEscape.REFUSE)
        if done.outcome.ok:
            self.app.switch_screen(SpotResultScreen(self.check_id))
        else:
            self.show_outcome(done.outcome)

    def do_next_label(self) -> None:
        """Pick out the next label, nearer and nearer by zooming; after the last one none."""
        if self.opened is None or self.place >= len(self.frames):
            self.refuse("There is no frame to look at.")
            return
        labels = self.opened.loaded.document.frame(self.frames[self.place].index).labels
        if not labels:
            self.refuse("This frame has no label.")
            return
        self._selected = self._selected + 1 if self._selected + 1 < len(labels) else -1
        self.query_one(FrameView).set_scene(self._scene())

    def _zoom(self, step: int) -> None:
        self.query_one(FrameView).zoom_by(step)
