"""What a spot check found, and approving the pack that has this content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from prelabel_tui.core.assessment import spot_checks
from prelabel_tui.core.assessment.spot_checks import OpenCheck
from prelabel_tui.core.drafts.loading import active_draft
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.publishing.packs import PackRow, Source, packs
from prelabel_tui.core.text import printable
from prelabel_tui.core.times import second
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.ops_commands import SpotResultCommands
from prelabel_tui.screens.review.dialogs.pack_decisions import PackDecision, decide_pack
from prelabel_tui.screens.shared.base import Job, KeyedScreen


@dataclass(frozen=True)
class _Found:
    """The check, and the version that its draft has now."""

    opened: OpenCheck
    newest: int | None


class SpotResultScreen(KeyedScreen[None]):
    """The share that is wrong, its interval, and what both say in words."""

    context = "spot_result"
    DEFAULT_CSS = """
    SpotResultScreen #page { height: 1fr; padding: 1 2; scrollbar-size-vertical: 1; }
    SpotResultScreen #page > Static { height: auto; }
    """

    def __init__(self, check_id: str) -> None:
        super().__init__()
        self.check_id = check_id
        self.opened: OpenCheck | None = None

    def compose_body(self) -> ComposeResult:
        """Make the page."""
        with VerticalScroll(id="page", can_focus=False):
            yield Static("", markup=False)

    def on_mount(self) -> None:
        """Load the result."""
        self.start(self._load())

    async def _load(self) -> None:
        shell = self.shell

        def read(_: Job) -> Result[_Found]:
            found = spot_checks.open_check(shell.store, self.check_id)
            if found.value is None:
                return Result(found.outcome)
            draft = active_draft(shell.store, found.value.check.scope)
            newest = None if draft is None else draft.version
            return Result(found.outcome, _Found(found.value, newest))

        result = await self.in_thread(read, title="Loading the result")
        if result.value is None:
            self.show_outcome(result.outcome, stays=True)
            return
        self.opened = result.value.opened
        self.set_title(scope=self.opened.check.scope.title)
        self.query_one("#page > Static", Static).update(self._page(result.value))

    def _page(self, found: _Found) -> Text:
        check, estimate = found.opened.check, found.opened.check.estimate
        text = Text()
        if estimate is None:
            return text.append(f"{check.text}: the result is there when all are judged.")
        variables = self.app.theme_variables
        sign, colour = ("✓", "success") if estimate.shown else ("!", "warning")
        text.append(f"{estimate.text}\n\n", "bold")
        text.append(f"{estimate.meaning}\n")
        text.append(f"{sign} {estimate.answer}\n\n", variables.get(colour, ""))
        judged = f"draft v{check.draft_version}"
        if found.newest != check.draft_version:
            judged += f"; it is at v{found.newest} now, which this does not speak of"
        wrong = ", ".join(map(str, found.opened.wrong_frames)) or "none"
        for name, value in (
            ("Judged", judged),
            ("By", f"{check.started_by}, begun {second(check.started_at)}"),
            ("Drawn", f"{check.size:,} of {check.population:,} reviewed frames with a picture"),
            ("For", check.wish.text),
            ("Seed", check.seed),
            ("Spot check", check.id),
            ("Wrong frames", wrong),
        ):
            text.append(f"{name:<13}", "dim").append(f"{printable(value)}\n")
        return text

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `spot_result` commands."""
        table: SpotResultCommands = {
            "spot_result.approve": self.do_approve,
            "spot_result.copy": self.do_copy,
        }
        return (table,)

    def do_approve(self) -> None:
        """Approve the pack that has the content that was judged."""
        if self.opened is None:
            self.refuse("The result is still loading.")
        else:
            self.ask(self._approve(self.opened))

    async def _approve(self, opened: OpenCheck) -> None:
        shell, check = self.shell, opened.check
        found = await self.in_thread(
            lambda _: packs(shell.store, check.scope), title="Looking for its pack"
        )
        if found.value is None:
            self.show_outcome(found.outcome)
            return
        same = [
            pack
            for pack in found.value
            if (pack.source, pack.artifact_sha) == (Source.DRAFT, check.content_sha)
        ]
        waiting: PackRow | None = next((pack for pack in same if pack.approvable), None)
        if waiting is not None:
            await decide_pack(self, waiting, PackDecision.APPROVE)
        elif same:
            self.refuse(f"Its {IdKind.LABEL_PACK.short(same[0].id)} has {same[0].why_not}.")
        else:
            key = shell.keymap.display("review.submit")
            self.refuse(f"No pack has this content yet: {key} in the review submits the draft.")

    def do_copy(self) -> None:
        """Copy what a reason would say."""
        if self.opened is None:
            self.refuse("The result is still loading.")
        else:
            self.shell.copy(self.opened.check.evidence, "Evidence")
