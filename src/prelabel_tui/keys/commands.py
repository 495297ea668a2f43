"""Every command there is, with its keys and the screens where it is active.

Help, README and docs are made from it.  To add a command, write its row in the table of its scope
(`ops_commands`, `review_commands`, `mode_commands`, `dialog_commands`) and its handler in the table
of the screen: a type checker asks for the second as soon as there is the first.

Nothing here needs Ctrl+digit, Alt, Shift+Enter or a key release: not every terminal sends those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from prelabel_tui.keys import dialog_commands as dialogs
from prelabel_tui.keys import mode_commands as modes
from prelabel_tui.keys import ops_commands as ops
from prelabel_tui.keys import review_commands as review
from prelabel_tui.keys.command import Command

TABLES: Final = (
    ops.AppCommands,
    ops.OpsCommands,
    ops.ListCommands,
    ops.RunsCommands,
    ops.SeriesCommands,
    ops.HistoryCommands,
    ops.CompareCommands,
    ops.AuditCommands,
    ops.DatasetsCommands,
    ops.SpotCheckCommands,
    ops.SpotResultCommands,
    ops.ReportCommands,
    ops.MetricsCommands,
    review.ReviewCommands,
    modes.GridCommands,
    modes.TimelineCommands,
    modes.LettersCommands,
    modes.FlagsCommands,
    modes.GhostCommands,
    modes.ManyCommands,
    modes.OfferCommands,
    modes.CarryingCommands,
    modes.TimingCommands,
    modes.DrawerListCommands,
    modes.FindingsCommands,
    modes.NotesCommands,
    modes.TracksCommands,
    modes.PacksCommands,
    dialogs.ConflictCommands,
    dialogs.NewerConflictCommands,
    dialogs.VersionsCommands,
    dialogs.HelpCommands,
    dialogs.PublishCommands,
    dialogs.NoteCommands,
    dialogs.ConfirmCommands,
    dialogs.DialogCommands,
)
"""The table of each scope: from command id to the kind of its handler."""

COMMANDS: Final[tuple[Command, ...]] = tuple(
    kind.__metadata__[0].command(command_id)
    for table in TABLES
    for command_id, kind in table.__annotations__.items()
)
"""Every command, in the order in which help lists them."""

CONTEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "runs": ("runs", "list", "ops", "app"),
    "series": ("series", "list", "ops", "app"),
    "history": ("history", "list", "ops", "app"),
    "compare": ("compare", "ops", "app"),
    "audit": ("audit", "list", "ops", "app"),
    "datasets": ("datasets", "list", "ops", "app"),
    "spot_check": ("spot_check", "ops", "app"),
    "spot_result": ("spot_result", "ops", "app"),
    "report": ("report", "list", "ops", "app"),
    "metrics": ("metrics", "list", "ops", "app"),
    "review": ("review", "app"),
    "review.grid": ("review.grid",),
    "review.timeline": ("review.timeline",),
    "review.letters": ("review.letters",),
    "review.flags": ("review.flags",),
    "review.ghost": ("review.ghost",),
    "review.many": ("review.many",),
    "review.offer": ("review.offer",),
    "review.carrying": ("review.carrying", "review.offer"),
    "review.timing": ("review.timing", "review.offer"),
    "review.findings": ("review.findings", "review.list", "app"),
    "review.notes": ("review.notes", "review.list", "app"),
    "review.tracks": ("review.tracks", "review.list", "app"),
    "review.packs": ("review.packs", "review.list", "app"),
    "conflict": ("conflict", "app"),
    "conflict.newer": ("conflict.newer", "conflict", "app"),
    "versions": ("versions", "app"),
    "publish": ("publish",),
    "note": ("note",),
    "confirm": ("confirm",),
    "help": ("help",),
    "dialog": ("dialog",),
    "too_small": ("app",),
}
"""The scopes that are active together; inside a context no key does two things."""

TITLES: Final[Mapping[str, str]] = {
    "runs": "Ops › Prelabels",
    "series": "Label Review Series",
    "history": "Revision History",
    "compare": "Compare revisions",
    "audit": "Audit",
    "datasets": "Ops › Data sets",
    "spot_check": "Spot check",
    "spot_result": "Result of a spot check",
    "report": "Detector report",
    "metrics": "Metrics",
    "review": "Review",
    "review.grid": "Review: grid",
    "review.timeline": "Review: timeline",
    "review.letters": "Review: letters",
    "review.flags": "Review: flags",
    "review.ghost": "Review: interpolation",
    "review.many": "Review: selection over frames",
    "review.offer": "Review: a pattern",
    "review.carrying": "Review: a correction carried on",
    "review.timing": "Review: moving in time",
    "review.findings": "Review: findings",
    "review.notes": "Review: notes",
    "review.tracks": "Review: tracks",
    "review.packs": "Review: Scoped label packs",
    "conflict": "Conflict",
    "conflict.newer": "Conflict with a newer version",
    "versions": "Versions",
    "publish": "Publish",
    "note": "Note",
    "confirm": "Yes or no",
    "help": "Help",
    "dialog": "Dialogs",
    "too_small": "Terminal too small",
    "list": "Every list",
    "ops": "Every Ops screen",
    "app": "Everywhere",
}
"""The heading of a context, or of scopes in several, in help and docs."""

BY_ID: Final[Mapping[str, Command]] = {command.id: command for command in COMMANDS}

_GLYPHS: Final = {
    "enter": "⏎",
    "escape": "esc",
    "space": "space",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "backspace": "⌫",
    "delete": "del",
}


def display(key: str) -> str:
    """Return a key as help shows it: `⏎`, `^S`, `⇧tab`, `G`."""
    modifier, _, base = key.rpartition("+") if len(key) > 1 else ("", "", key)
    shown = _GLYPHS.get(base, base.upper() if modifier == "ctrl" else base)
    return {"ctrl": "^", "shift": "⇧"}.get(modifier, "") + shown


def commands_of(scopes: Iterable[str]) -> list[Command]:
    """Return the commands of these scopes, in the order of the scopes, then of the table."""
    return [command for scope in scopes for command in COMMANDS if command.scope == scope]
