"""Which commands there are: each is imported, with what it needs, when it is called."""

from __future__ import annotations

import importlib
import keyword
from collections.abc import Mapping
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typer.models import TyperPath

from prelabel_tui.core.text import printable

COMMANDS: Final[Mapping[str, str]] = {
    "demo": "Try it: 150 frames, 22 players and a ball, with prelabels that are wrong in places.",
    "doctor": (
        "Explain what the terminal can do, how pictures are shown, and whether data is in reach."
    ),
    "import": "Bring in a run: its clip and its labels.",
    "runs": "Prelabel runs, newest first: outcome and lineage of each capability.",
    "media": "Clips: removing one that came in by mistake, pointing one at its moved pictures.",
    "drafts": "Drafts: versions, saving, merging, going back.",
    "validate": "List the findings of a scope's draft; fails when there are errors.",
    "publish": "Publish the reviewed draft of a scope as an immutable revision.",
    "series": "Label Review Series: every scope with active draft, latest revision, eligibility.",
    "history": "Revision history of a scope.",
    "packs": "Scoped label packs: list, submit, approve, reject, retire, validate.",
    "eligibility": "Dataset eligibility of revisions.",
    "export": "Write labels for training.",
    "dataset": "Data sets: what is approved, frozen under a name; status, differences, export.",
    "audit": "Show the audit log, newest first.",
    "fsck": "Check artifacts, hashes, chains, packs, lineage, drafts and the audit log.",
    "backup": ("Add a backup to a folder: the database, and the artifacts that are not there yet."),
    "restore": "Make the data folder that --home names from a backup.",
    "db": "The database: which version its tables are, upgrading it, copying it to another.",
    "help": "Explain keys, signs, outcomes and words; `help CODE` explains an outcome.",
    "config": "Your settings: keys, look, graphics, memory.",
    "stats": (
        "Frames and labels per hour, keys per frame, self-agreement; how many prelabels were kept."
    ),
    "report": (
        "Say what reviews found of a detector: precision, recall and errors of its prelabels."
    ),
    "notes": "Notes: what people remark about frames and labels, answer and resolve.",
    "spot-check": "Spot checks: samples of reviewed frames that a lead judges on the screen.",
    "users": "Users, their roles, and the SSH keys by which they come in.",
    "serve": "Let users in over SSH by their keys, each to a session of the application.",
    "session": "Open the application for the owner of an SSH key; sshd calls it, not people.",
    "workspaces": "Workspaces: their validation thresholds and blind repeats.",
}
"""The commands and groups of them, each with the first sentence of its help.

A command's module in this package has its name (``import_`` for ``import``, ``_`` for ``-``), and
``app`` there is the command or the group.
"""

_LARGEST: Final = 2**53
"""Of a number: far beyond what is counted here, within what any database and JSON hold."""

_PLAIN: Final[Mapping[str, Any]] = {"add_completion": False, "rich_markup_mode": None}


def new_app() -> typer.Typer:
    """Make the ``app`` of a module with one command."""
    return typer.Typer(**_PLAIN)


def new_group(name: str, *, alone: bool = False) -> typer.Typer:
    """Make the ``app`` of a module with a group of commands.

    ``alone``: the group does something by itself, so it is not answered with its help.
    """
    return typer.Typer(
        help=COMMANDS[name], no_args_is_help=not alone, invoke_without_command=alone, **_PLAIN
    )


class CommandTree(TyperGroup):
    """The program's commands.  Its help lists them without importing any."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        _check_values(self)
        for name, summary in COMMANDS.items():
            self.add_command(TyperCommand(name, help=summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that the arguments name, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else load_command(name), rest


def load_command(name: str) -> Any:
    """Import a command or group of :data:`COMMANDS`, ready to be called."""
    module = name + "_" if keyword.iskeyword(name) else name.replace("-", "_")
    command = get_command(importlib.import_module(f"prelabel_tui.cli.{module}").app)
    command.name = name
    for one in (command, *getattr(command, "commands", {}).values()):
        _check_values(one)
    return command


def _check_values(command: Any) -> None:
    """Refuse what no database takes: text that is not UTF-8, and numbers without bounds.

    A path may be any bytes.
    """
    for parameter in command.params:
        if not isinstance(parameter.type, TyperPath):
            parameter.callback = _storable


def _storable(context: Any, parameter: Any, value: Any) -> Any:
    for one in value if isinstance(value, list | tuple) else (value,):
        if isinstance(one, str) and any("\ud800" <= character <= "\udfff" for character in one):
            raise typer.BadParameter(
                f"{printable(one)!r} is not valid UTF-8.", ctx=context, param=parameter
            )
        if isinstance(one, int) and abs(one) > _LARGEST:
            raise typer.BadParameter(
                f"{one} is more than {_LARGEST}.", ctx=context, param=parameter
            )
    return value
