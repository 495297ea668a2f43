"""Audit: who did what, when, on which version, from where, for which reason."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Final

from rich.text import Text

from prelabel_tui.core.identity.audit import Entry, entries
from prelabel_tui.core.identity.users import list_users
from prelabel_tui.core.outcomes import Severity
from prelabel_tui.core.text import printable
from prelabel_tui.core.times import SECOND_WIDTH, begin_of_day, second
from prelabel_tui.core.times import day as local_day
from prelabel_tui.keys.command import Handlers
from prelabel_tui.keys.ops_commands import AuditCommands
from prelabel_tui.screens.shared.base import Job
from prelabel_tui.screens.shared.dialogs import PromptDialog
from prelabel_tui.screens.shared.filtered_screen import FilteredScreen
from prelabel_tui.widgets.tables.paged_table import Column, Row

COLUMNS: Final = (
    Column("When", SECOND_WIDTH),
    Column("User", 9, share=1),
    Column("Action", 17, share=1),
    Column("Subject", 14, share=1),
    Column("Ver.", 4, right=True, drop=2),
    Column("Reason", 14, share=5, drop=3),
)


class AuditScreen(FilteredScreen):
    """The audit log, newest first."""

    context = "audit"
    noun = "entry"
    columns = COLUMNS
    memory = "audit.filters"
    filter_names = ("user", "action", "subject", "since")
    details_title = "Entry"
    DEFAULT_CSS = """
    AuditScreen.-narrow #details { display: block; height: 8; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._users: list[str] = []

    async def load(self, *, more: bool) -> None:
        """Load a page of entries."""
        await self.recall()
        shell, filters, limit = self.shell, dict(self.filters), self.limit(more=more)
        before = self.table.rows[-1].value.id if more and self.table.rows else None

        def read(_: Job) -> tuple[list[Entry], list[str]]:
            found = entries(
                shell.store,
                actor=filters["user"],
                action=filters["action"],
                subject=filters["subject"],
                since=day(filters["since"]),
                before=before,
                limit=limit,
            )
            return found, [user.name for user in list_users(shell.store)]

        result = await self.in_thread(read, title="Loading the audit log")
        if result.value is None:
            self.could_not_load(result.outcome)
            return
        found, self._users = result.value
        rows = [self._row(entry) for entry in found]
        self.table.empty = self.no_match("entry")
        self.show_page(rows, len(rows), more=more, further=len(rows) == limit)

    def _row(self, entry: Entry) -> Row:
        return Row(
            entry.id,
            (
                Text(second(entry.at), "dim"),
                entry.actor,
                Text(entry.action, self.app.theme_variables.get("accent", "")),
                entry.subject,
                "" if entry.version is None else str(entry.version),
                entry.reason,
            ),
            entry,
        )

    @staticmethod
    def _rows(entry: Entry) -> list[tuple[str, str]]:
        rows = [
            ("When", second(entry.at)),
            ("Who", f"{entry.actor} ({entry.role}) {entry.origin}"),
            ("Action", entry.action),
            ("Subject", f"{entry.subject_type} {entry.subject_id}"),
            ("Reason", entry.reason or "–"),
        ]
        if entry.version is not None:
            rows.insert(4, ("Version", str(entry.version)))
        if entry.capability:
            rows.append(("Capability", entry.capability))
        if entry.media_id:
            rows.append(("Media", entry.media_id))
        for name, value in entry.details.items():
            text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
            rows.append((name, text))
        return rows

    def pane_of(self, row: Row) -> list[tuple[str, str]]:
        """Return the whole entry."""
        return self._rows(row.value)

    def details_of(self, row: Row) -> tuple[str, list[tuple[str, str]]]:
        """Return the whole entry, with values that can be copied."""
        return f"Audit entry {row.value.id}", self._rows(row.value)

    def copy_of(self, row: Row) -> tuple[str, str]:
        """Return the subject's id."""
        return row.value.subject_id, "Subject id"

    # --- commands ---

    def handlers(self) -> Iterable[Handlers]:
        """Return the handlers of the `audit` commands."""
        own: AuditCommands = {
            "audit.user": self.do_user,
            "audit.action": self.do_action,
            "audit.subject": self.do_subject,
            "audit.since": self.do_since,
            "audit.clear": self.do_clear,
            "audit.open": self.do_open,
        }
        return (own, *super().handlers())

    def do_open(self) -> None:
        """Show the entry in a window."""
        self.do_details()

    def do_user(self, argument: str = "") -> None:
        """Filter by user."""
        self.ask_filter("user", argument, self._users)

    def do_action(self, argument: str = "") -> None:
        """Filter by the beginning of the action's name."""
        if argument:
            self.filter_by("action", None if argument == "all" else argument)
            return
        row = self.table.row
        self._prompt(
            "action",
            "An action or how it begins, such as draft or eligibility.approve; empty for all.",
            row.value.action if row else "",
        )

    def do_subject(self, argument: str = "") -> None:
        """Filter by one subject: the one under the cursor unless another is typed."""
        if argument:
            self.filter_by("subject", None if argument == "all" else argument)
            return
        row = self.table.row
        self._prompt(
            "subject",
            "An id, whole or short (as rev-1a2b3c4d), or a name; empty for all.",
            row.value.subject_id if row else "",
        )

    def do_since(self, argument: str = "") -> None:
        """Filter by day."""
        if not argument:
            today = local_day(self.shell.clock())
            self._prompt("since", "A day as 2026-11-23; empty for all.", today)
        elif argument == "all" or day_fault(argument) is None:
            self.filter_by("since", None if argument == "all" else argument)
        else:
            self.show_message(day_fault(argument) or "", Severity.WARNING)

    def _prompt(self, name: str, text: str, offered: str) -> None:
        def chosen(value: str | None) -> None:
            if value is not None:
                self.filter_by(name, value or None)

        self.app.push_screen(
            PromptDialog(
                f"Filter by {name}",
                text,
                value=self.filters[name] or offered,
                confirm="Filter",
                check=day_fault if name == "since" else lambda _: None,
            ),
            chosen,
        )


def day(text: str | None) -> dt.datetime | None:
    """Return the beginning of a local day; None without one (or if it is not a day any more)."""
    if not text or day_fault(text):
        return None
    return begin_of_day(text)


def day_fault(text: str) -> str | None:
    """Return what is wrong with a day as typed, or None."""
    try:
        if text:
            begin_of_day(printable(text))
    except (ValueError, OverflowError):
        return f"{text!r} is not a day; write it as 2026-11-23."
    return None
