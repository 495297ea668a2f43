"""The keys of the series by which work is given out, and handed to the lead."""

from __future__ import annotations

from prelabel_tui.core.catalog import assignments
from prelabel_tui.core.catalog.standings import Standing
from prelabel_tui.core.outcomes import Result
from prelabel_tui.core.triage.series import SeriesRow
from prelabel_tui.screens.ops.standing_text import standing_rows
from prelabel_tui.screens.shared.base import Job, OnEscape
from prelabel_tui.screens.shared.dialogs import PromptDialog
from prelabel_tui.screens.shared.filtered_screen import FilteredScreen
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog


class WorkCommands:
    """Assigns the scope under the cursor, and says that it is ready."""

    def __init__(self, screen: FilteredScreen) -> None:
        self._screen = screen

    def assign(self, argument: str = "") -> None:
        """Assign the scope to a person: oneself first."""
        row = self._screen.chosen()
        if row is not None:
            self._screen.ask(self._assign(row.value, argument))

    async def _assign(self, row: SeriesRow, typed: str) -> None:
        person = {"me": self._screen.shell.who.name, "nobody": None}.get(typed, typed)
        if not typed:
            choices = await self._screen.people(
                lambda me: [Choice(me, "me", me), Choice(None, "nobody")]
            )
            if choices is None:
                return
            title = f"Assign {row.scope.title}"
            current = row.standing.assigned_to or self._screen.shell.who.name
            dialog = ChoiceDialog(title, choices, current=current, confirm="Assign")
            chosen = await self._screen.app.push_screen_wait(dialog)
            if chosen is None:
                return
            person = chosen.value
        shell = self._screen.shell

        def work(_: Job) -> Result[Standing]:
            return assignments.assign(shell.store, shell.who, row.scope, person)

        self._stands(
            await self._screen.in_thread(work, title="Assigning", on_escape=OnEscape.REFUSE)
        )

    def ready(self) -> None:
        """Say that the scope is ready for the lead, with a note; or take that back."""
        row = self._screen.chosen()
        if row is not None:
            self._screen.ask(self._ready(row.value))

    async def _ready(self, row: SeriesRow) -> None:
        note = ""
        if not row.standing.ready:
            given = await self._screen.app.push_screen_wait(
                PromptDialog(
                    "Ready for the lead",
                    row.scope.title,
                    *(f"{name}: {value}" for name, value in standing_rows(row.standing)[:1]),
                    placeholder="Note (optional)",
                    confirm="Ready",
                )
            )
            if given is None:
                return
            note = given
        shell = self._screen.shell

        def work(_: Job) -> Result[Standing]:
            return assignments.set_ready(
                shell.store, shell.who, row.scope, ready=not row.standing.ready, note=note
            )

        self._stands(
            await self._screen.in_thread(work, title="Noting it", on_escape=OnEscape.REFUSE)
        )

    def _stands(self, result: Result[Standing]) -> None:
        self._screen.show_outcome(result.outcome)
        self._screen.reload()
