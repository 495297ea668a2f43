"""The application with the tour's lines on every screen.

It looks at what is the case a few times a second and at the database once: a step ends however it
was done, also in an earlier session.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from textual.binding import Binding, BindingType

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Result
from prelabel_tui.demo.home import WORKSPACE
from prelabel_tui.keys.commands import display
from prelabel_tui.screens.ops.runs import RunsScreen
from prelabel_tui.screens.shared.base import KeyedScreen
from prelabel_tui.screens.shared.keyed import Keyed
from prelabel_tui.tour.clip import media_of, tour_match
from prelabel_tui.tour.line import Said, TourLine
from prelabel_tui.tour.result import ResultDialog, read_scores
from prelabel_tui.tour.scene import Scene, Stored
from prelabel_tui.tour.steps import STEPS

if TYPE_CHECKING:
    from prelabel_tui.screens.review import ReviewScreen
    from prelabel_tui.screens.review.modes.offer import CarryingMode
    from prelabel_tui.tour.result import Scores

_LOOK_S: Final = 0.2
_STORED_S: Final = 1.0
SKIP_KEY: Final = "ctrl+n"
END_KEY: Final = "ctrl+t"


class TourApp(PrelabelApp):
    """``tour``: the number of the tour whose clip is in the data folder."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(SKIP_KEY, "skip_step", priority=True, show=False),
        Binding(END_KEY, "end_tour", priority=True, show=False),
    ]

    def __init__(self, *arguments: Any, tour: int, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.scene = Scene(tour_match(tour), media_of(tour))
        self.at = 0
        """The step, from 0; as many as there are once it is finished."""
        self._ended = False
        self._scores: Scores | None = None

    def on_mount(self) -> None:
        """Begin to look."""
        self.set_interval(_LOOK_S, self._look)
        self.set_interval(_STORED_S, self._look_up)

    # --- looking

    def _look_up(self) -> None:
        if self.ready.is_set() and not self._ended:
            self.run_worker(self._read_stored(), group="tour", exclusive=True)

    async def _read_stored(self) -> None:
        found = await asyncio.to_thread(self._stored)
        if found.value is not None:
            self.scene.stored = found.value

    def _stored(self) -> Result[Stored]:
        from prelabel_tui.core.catalog.scopes import find_scope  # the database, after first paint
        from prelabel_tui.core.drafts.loading import active_draft
        from prelabel_tui.core.publishing.revision_rows import APPROVED
        from prelabel_tui.core.publishing.revisions import history
        from prelabel_tui.core.store import attempt

        def read() -> Stored:
            scopes = [
                find_scope(self.store, WORKSPACE, self.scene.media, capability).unwrap()
                for capability in Capability
            ]
            drafts = [scope.capability for scope in scopes if active_draft(self.store, scope)]
            revisions = [row for scope in scopes for row in history(self.store, scope)]
            approved = any(row.eligibility.status == APPROVED for row in revisions)
            return Stored(frozenset(drafts), bool(revisions), approved)

        return attempt(read)

    def _look(self) -> None:
        if self._ended or not self.ready.is_set():
            return
        self._see()
        while self.at < len(STEPS) and STEPS[self.at].done(self.scene):
            self._go_on()
        self._show()

    def _see(self) -> None:
        """Take note of where the person is, and of the labels of the review that is open."""
        scene, top = self.scene, self.screen
        scene.context = top.context if isinstance(top, Keyed) else ""
        scene.review, scene.mode, scene.reach = None, "", ""
        for screen in self.screen_stack:
            if isinstance(screen, RunsScreen):
                scene.filtered = any(screen.filters.values())
            elif isinstance(screen, KeyedScreen) and screen.context == "review":
                review = cast("ReviewScreen", screen).review
                session = review.session
                scope = None if session is None else session.info.scope
                if scope is not None and (scope.workspace, scope.media) == (WORKSPACE, scene.media):
                    scene.review, scene.mode = review, review.mode.name
                    scene.documents[review.capability] = review.open_session.document
                    if scene.mode == "review.carrying":
                        scene.reach = cast("CarryingMode", review.mode).reach

    def _go_on(self) -> None:
        self.at += 1
        if self.at == len(STEPS):
            self.run_worker(self._finish(), group="tour-result", exclusive=True)

    # --- saying

    def _show(self) -> None:
        screen = self.screen
        if not isinstance(screen, Keyed) or not screen.is_mounted:
            return
        line = next(iter(screen.query(TourLine)), None)
        if line is None:
            line = TourLine(classes="-over" if screen.is_modal else "")
            screen.mount(line, before=0)
        skip, end = display(SKIP_KEY), display(END_KEY)
        if self.at < len(STEPS):
            step = STEPS[self.at]
            head = f"Tour {self.at + 1}/{len(STEPS)} {step.name}:"
            words, tail = step.says(self.scene), f"{skip} skip · {end} end"
        else:
            head, words = (
                f"Tour {len(STEPS)}/{len(STEPS)}:",
                "every label of a data set goes this way.",
            )
            tail = f"{skip} what it changed · {end} end"
        line.show(head, Said.of(words, self.keymap.keys, display), tail)

    # --- skipping, ending

    def action_skip_step(self) -> None:
        """Go on to the next step; after the last, show what became of the errors."""
        if self._ended or not self.ready.is_set():
            return
        if self.at < len(STEPS):
            self._go_on()
            self._show()
        elif self._scores is not None and not isinstance(self.screen, ResultDialog):
            self.push_screen(ResultDialog(self._scores))

    def action_end_tour(self) -> None:
        """Take the tour's lines away; `demo --tour` goes on with it."""
        self._ended = True
        for screen in self.screen_stack:
            screen.query(TourLine).remove()

    async def _finish(self) -> None:
        scene = self.scene
        await self._read_stored()
        found = await asyncio.to_thread(read_scores, self.store, scene.match, scene.media)
        if found.value is not None and not self._ended:
            self._scores = found.value
            self.push_screen(ResultDialog(self._scores))
        elif isinstance(self.screen, KeyedScreen):
            self.screen.show_outcome(found.outcome)
