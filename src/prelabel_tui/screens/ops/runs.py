"""Ops › Prelabels: the runs, one outcome line per capability, four filters, Review."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rich.text import Text
from textual.events import Key

from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.text import counted, printable
from prelabel_tui.core.times import minute, second
from prelabel_tui.keys.command import Command, Handler, Handlers
from prelabel_tui.keys.ops_commands import RunsCommands
from prelabel_tui.screens.ops.standing_text import in_there, standing_rows, whose
from prelabel_tui.screens.shared.base import OnEscape
from prelabel_tui.screens.shared.dialogs import ReasonDialog
from prelabel_tui.screens.shared.filtered_screen import FilteredScreen
from prelabel_tui.screens.shared.list_screen import ScopeNames
from prelabel_tui.widgets.tables.paged_table import Column, Row
from prelabel_tui.widgets.when import ago

if TYPE_CHECKING:
    from prelabel_tui.core.catalog.runs import (
        OutcomeLine,
        RunCursor,
        RunRow,
        RunsPage,
    )
    from prelabel_tui.core.drafts.info import DraftInfo
    from prelabel_tui.core.drafts.presence import Present
    from prelabel_tui.core.outcomes import Result

NO_RUNS_YET: Final = """\
No runs yet.  Quit (q), then try it on a match that the program draws itself:
   prelabel-tui demo
or bring in your own (coco, yolo, mot and others; --check shows first what would come in):
   prelabel-tui import coco --workspace CLUB --media CLIP --frames FOLDER \\
      --images images.json --results results.json"""

COLUMNS: Final = (
    Column("  Outcome", 18),
    Column("Status", 9, drop=2),
    Column("Lineage", 21),
    Column("Labels", 6, right=True, drop=3),
    Column("Active draft", 16, share=2),
    Column("Detail", 22, share=3, drop=4),
)

STATUS_STYLE: Final = {
    "queued": "secondary",
    "running": "secondary",
    "succeeded": "success",
    "partial": "warning",
    "failed": "error",
}
"""Every status, and the colour it is shown in."""


class RunsScreen(FilteredScreen):
    """The first screen."""

    context = "runs"
    noun = "run"
    columns = COLUMNS
    page_size = 60
    auto_refresh_s = 15.0
    memory = "runs.filters"
    filter_names = ("workspace", "media", "status", "capability", "for")

    def __init__(self) -> None:
        super().__init__()
        self._next: RunCursor | None = None
        self._leaving = False

    async def load(self, *, more: bool) -> None:
        """Load a page of runs, newest first, with who has their drafts open."""
        await self.recall()
        shell, filters, limit = self.shell, dict(self.filters), self.limit(more=more)
        after = self._next if more else None

        def read(_: object) -> tuple[RunsPage, dict[str, list[Present]]]:
            from prelabel_tui.core.catalog.runs import RunFilters, RunStatus, list_runs
            from prelabel_tui.core.drafts.presence import present

            status, capability = filters["status"], filters["capability"]
            wanted = RunFilters(
                filters["workspace"],
                filters["media"],
                RunStatus(status) if status else None,
                Capability(capability) if capability else None,
                filters["for"],
            )
            page = list_runs(shell.store, wanted, after=after, limit=limit)
            drafts = [
                line.active_draft.id
                for run in page.rows
                for line in run.outcomes.values()
                if line.active_draft
            ]
            return page, present(shell.store, drafts)

        result = await self.in_thread(read, title="Loading runs")
        if result.value is None:
            self.could_not_load(result.outcome)
            return
        page, there = result.value
        rows = [row for run in page.rows for row in self._rows(run, there)]
        self._next = page.next
        self.table.empty = self.no_match("run") if any(self.filters.values()) else NO_RUNS_YET
        self.show_page(rows, len(page.rows), more=more, further=page.next is not None)

    # --- rows ---

    def _rows(self, run: RunRow, there: dict[str, list[Present]]) -> list[Row]:
        wanted = self.filters["capability"]
        lines = [line for line in run.outcomes.values() if wanted in (None, line.capability)]
        lines.sort(key=lambda line: list(Capability).index(line.capability))
        name = printable(f"{run.workspace} / {run.media}")
        heading = Row(run.id, heading=self._heading(run, name), name=name)
        return [heading, *(self._line(run, line, there) for line in lines)]

    def _heading(self, run: RunRow, name: str) -> Text:
        variables = self.app.theme_variables
        colour = variables.get(STATUS_STYLE.get(run.status, ""), "")
        text = Text.assemble(
            ("● ", colour),
            (name, "bold"),
            "  ",
            (str(run.status), colour),
            (f"  {counted(run.frame_count, 'frame')}", "dim"),
        )
        if run.missing_count:
            text.append(f", {run.missing_count:,} missing", variables.get("warning", ""))
        source = printable(run.source)
        text.append(f"  {source}  {minute(run.created_at)}  {printable(run.created_by)}", "dim")
        return text

    def _line(self, run: RunRow, line: OutcomeLine, there: dict[str, list[Present]]) -> Row:
        variables = self.app.theme_variables
        draft = line.active_draft
        state = Text("–", "dim")
        if draft is not None:
            parts = (f"v{draft.version}", line.standing.progress)
            state = Text("".join(f"{part} " for part in parts if part))
            age = ago(draft.updated_at, self.shell.clock())
            state += whose(line.standing, variables) or Text(
                f"{printable(draft.updated_by)} {age}", "dim"
            )
            state = in_there(there.get(draft.id, ()), self.shell.who.name, variables) + state
        status = str(line.status)
        return Row(
            (run.id, line.capability),
            (
                f"  {line.capability}",
                Text(status, variables.get(STATUS_STYLE.get(status, ""), "")),
                Text(line.lineage.label, variables.get("secondary", "")),
                f"{line.label_count:,}" if line.pack_id else "–",
                state,
                Text(printable(line.detail), "dim"),
            ),
            (run, line),
        )

    def scope_of(self, row: Row) -> ScopeNames | None:
        """Return the scope of an outcome line."""
        if row.value is None:
            return None
        run, line = row.value
        return run.workspace, run.media, line.capability

    def details_of(self, row: Row) -> tuple[str, list[tuple[str, str]]]:
        """Return everything about the run and its outcome."""
        run, line = row.value
        rows = [
            ("Lineage", line.lineage.full),
            ("Outcome", f"{line.capability}: {line.status} {line.detail}".rstrip()),
            ("Run", run.id),
            ("Scope", f"{run.workspace} / {run.media} / {line.capability}"),
            ("Source", run.source),
            ("Detector", " ".join(part for part in (run.detector, run.model) if part) or "–"),
            ("Imported", f"{second(run.created_at)} by {run.created_by}"),
            ("Frames", f"{run.frame_count:,}, {run.missing_count:,} without a thumbnail"),
            ("Labels", f"{line.label_count:,}"),
        ]
        rows += standing_rows(line.standing)
        if run.reason:
            rows.append((f"Why {run.status}", run.reason))
        draft = line.active_draft
        if draft is not None:
            rows += [
                ("Active draft", draft.id),
                ("Draft lineage", draft.lineage.full),
                (
                    "Draft version",
                    f"{draft.version}, {draft.updated_by} {second(draft.updated_at)}",
                ),
            ]
            if line.pack_id and draft.lineage.pack_id not in (None, line.pack_id):
                key = self.shell.keymap.display("runs.carry")
                rows.append(("Of another run", f"{key} carries its corrections onto this one"))
        return f"Run {run.workspace} / {run.media}", rows

    def copy_of(self, row: Row) -> tuple[str, str]:
        """Return the pack's id, as the guide has it."""
        _, line = row.value
        return (line.pack_id or "", "Pack-id" if line.pack_id else line.lineage.label)

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `runs` commands."""
        own: RunsCommands = {
            "runs.review": self.do_review,
            "runs.review_ball": self.do_review_ball,
            "runs.review_player": self.do_review_player,
            "runs.carry": self.do_carry,
            "runs.history": self.do_history,
            "runs.report": self.do_report,
            "runs.remove": self.do_remove,
            "runs.workspace": self.do_workspace,
            "runs.media": self.do_media,
            "runs.status": self.do_status,
            "runs.capability": self.do_capability,
            "runs.for": self.do_for,
            "runs.clear": self.do_clear,
        }
        ops: dict[str, Handler] = {"ops.back": self.do_back}  # otherwise the application's
        return (own, ops, *super().handlers())

    def do_review(self) -> None:
        """Open the active draft of the scope, or create one from this run's pack."""
        row = self.chosen()
        if row is not None:
            run, line = row.value
            self._review(run, line.capability)

    def do_review_ball(self) -> None:
        """Review ball_detection, whichever line the cursor is on."""
        self._review_capability(Capability.BALL)

    def do_review_player(self) -> None:
        """Review player_detection, whichever line the cursor is on."""
        self._review_capability(Capability.PLAYER)

    def _review_capability(self, capability: Capability) -> None:
        row = self.chosen()
        if row is None:
            return
        run, _ = row.value
        if capability in run.outcomes:
            self._review(run, capability)
        else:
            self.refuse(f"This run has no outcome for {capability}.")

    def _review(self, run: RunRow, capability: Capability) -> None:
        if run.status in ("queued", "running"):
            self.refuse(f"This run is {run.status}: it can be reviewed once it has ended.")
            return
        self.clear_banner()
        self.ask(self._open(run.id, capability))

    async def _open(self, run_id: str, capability: Capability) -> None:
        shell = self.shell

        def read(_: object) -> Result[DraftInfo]:
            from prelabel_tui.core.drafts.loading import open_review

            return open_review(shell.store, shell.who, run_id, capability)

        result = await self.in_thread(read, title="Opening the draft")
        if result.value is None:
            self.show_outcome(result.outcome)
        else:
            shell.open_review(result.value, result.outcome)

    def do_carry(self) -> None:
        """Carry the corrections of the scope's active draft onto this run's prelabels."""
        row = self.chosen()
        if row is None:
            return
        _, line = row.value
        review = self.shell.keymap.display("runs.review")
        if line.pack_id is None:
            self.refuse(f"This run has no prelabels of {line.capability}.")
        elif line.active_draft is None:
            self.refuse(f"There is no active draft here: {review} makes one from this run's pack.")
        elif line.active_draft.lineage.pack_id == line.pack_id:
            self.refuse("The active draft is of this run's prelabels already.")
        else:
            self.clear_banner()
            self.ask(self._carry(line.active_draft.id, line.pack_id))

    async def _carry(self, draft_id: str, pack_id: str) -> None:
        """Show what carrying would give, then do it."""
        from prelabel_tui.core.drafts.carrying import plan_carry, save_carried
        from prelabel_tui.screens.review.dialogs.newer_run import CarryDialog

        shell, title = self.shell, "Carrying the corrections"
        planned = await self.in_thread(
            lambda job: plan_carry(shell.store, draft_id, pack_id=pack_id, progress=job),
            title=title,
            on_escape=OnEscape.CANCEL,
        )
        plan = planned.value
        if plan is None:
            self.show_outcome(planned.outcome)
        elif await self.app.push_screen_wait(CarryDialog(plan)):
            saved = await self.in_thread(
                lambda _: save_carried(shell.store, shell.who, plan),
                title=title,
                on_escape=OnEscape.REFUSE,
            )
            if saved.ok:
                self.reload()
            self.show_outcome(saved.outcome)

    def do_history(self) -> None:
        """Show the revision history of the scope under the cursor."""
        row = self.chosen()
        if row is not None:
            run, line = row.value
            self.shell.open_history(run.workspace, run.media, line.capability)

    def do_report(self) -> None:
        """Show what the review says about the detector of the run under the cursor."""
        row = self.chosen()
        if row is not None:
            run, line = row.value
            self.shell.open_report(run, line.capability)

    def do_remove(self) -> None:
        """Hide the run under the cursor, with a reason; refused where something needs it."""
        row = self.chosen()
        if row is not None:
            run, _ = row.value
            self.ask(self._remove(run))

    async def _remove(self, run: RunRow) -> None:
        # The database, after first paint.
        from prelabel_tui.core.ingest.removal import removable, remove_run

        shell = self.shell
        asked = await self.in_thread(
            lambda _: removable(shell.store, run.id), title="Looking up what needs the run"
        )
        needed = asked.value or asked.outcome
        if not needed.ok:
            self.show_outcome(needed)
            return
        reason = await self.app.push_screen_wait(
            ReasonDialog(
                "Remove a run",
                f"{run.workspace} / {run.media}, {counted(run.frame_count, 'frame')}, run {run.id}",
                "It is hidden for everybody, and the audit log keeps who did it.",
                confirm="Remove",
                danger=True,
            )
        )
        if reason is None:
            return
        removed = await self.in_thread(
            lambda _: remove_run(shell.store, shell.who, run.id, reason),
            title="Removing the run",
            on_escape=OnEscape.REFUSE,
        )
        self.show_outcome(removed.value or removed.outcome)
        self.reload()

    def do_workspace(self, argument: str = "") -> None:
        """Filter by workspace."""
        self.ask(self.ask_name("workspace", argument))

    def do_media(self, argument: str = "") -> None:
        """Filter by media, among those of the chosen workspace."""
        of = self.filters["workspace"]
        self.ask(self.ask_name("media", argument, of))

    def do_status(self, argument: str = "") -> None:
        """Filter by status."""
        self.ask_filter("status", argument, list(STATUS_STYLE))

    def do_capability(self, argument: str = "") -> None:
        """Filter by capability."""
        self.ask_filter("capability", argument, list(Capability))

    def do_for(self, argument: str = "") -> None:
        """Filter by whose work it is."""
        self.ask(self.ask_person(argument))

    def filter_by(self, name: str, value: str | None) -> None:
        """Set one filter; a media filter goes when the chosen workspace has no such clip."""
        if name == "workspace" and value is not None and self.filters["media"] is not None:
            self.ask(self._filter_by_workspace(value, self.filters["media"]))
        else:
            super().filter_by(name, value)

    async def _filter_by_workspace(self, workspace: str, media: str) -> None:
        store = self.shell.store

        def read(_: object) -> bool:
            from prelabel_tui.core.catalog.names import Kind, known_name

            return known_name(store, Kind.MEDIA, media, workspace) is not None

        result = await self.in_thread(read, title="Looking for the clip")
        if result.value is None:
            self.show_outcome(result.outcome)
            return
        if not result.value:
            self.filters["media"] = None
        super().filter_by("workspace", workspace)

    def take_key(self, event: Key, command: Command | None) -> bool:
        """Forget that leaving was asked for once another key is pressed."""
        if command is None or command.id != "ops.back":
            self._leaving = False
        return super().take_key(event, command)

    def do_back(self) -> None:
        """Leave the program when pressed twice: no screen is below this one."""
        if self._leaving:
            self.shell.quit()
            return
        self._leaving = True
        key = self.shell.keymap.display("ops.back")
        self.show_message(f"This is the first screen: press {key} again to quit.")
