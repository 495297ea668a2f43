"""What a command is, and what handles one: the types in which the tables of commands are written.

The commands of a scope are a :class:`TypedDict` from command id to the kind of its handler, with
its keys beside it.  A screen fills in that table; a type checker finds a command without a
handler, a handler without a command, and one that takes what its command does not give.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from prelabel_tui.core.identity.actions import NEEDS, Action

Handler = Callable[[], Awaitable[None] | None]
"""Handles a command."""

ArgumentHandler = Callable[[str], Awaitable[None] | None]
"""Handles a command that `:name ARGUMENT` gives an argument; empty without one."""

Handlers = Mapping[str, Any]
"""A filled-in table of commands, as it is looked through: id to handler."""


class Keys:
    """The keys of a command, and how help describes it.

    Keys are printable characters as themselves, else the terminal's names (``enter``,
    ``escape``, ``pagedown``, ``ctrl+s``).
    """

    def __init__(
        self,
        *keys: str,
        text: str,
        group: str,
        short: str = "",
        show: bool = False,
        danger: bool = False,
        argument: str = "",
        needs: Action | None = None,
    ) -> None:
        self.keys = keys
        self.text = text
        self.short = short
        self.group = group
        self.show = show
        self.danger = danger
        self.argument = argument
        self.needs = needs

    def command(self, command_id: str) -> Command:
        """Return the command of this id."""
        return Command(
            command_id, self.keys, self.text, self.show, self.danger, self.argument, self.group,
            self.needs, self.short or self.text,
        )  # fmt: skip


@dataclass(frozen=True)
class Command:
    """One thing a person can do, by key, by `:name`, or from the palette.

    ``show``: it is in the footer, as ``short``.  ``danger``: marked, and asks before it acts.
    ``argument``: what `:name ARGUMENT` takes, if anything.  ``group``: its heading in help.
    ``needs``: what the person's role must allow for it to be done.
    """

    id: str
    keys: tuple[str, ...]
    text: str
    show: bool = False
    danger: bool = False
    argument: str = ""
    group: str = ""
    needs: Action | None = None
    short: str = ""

    @property
    def full_text(self) -> str:
        """The text, whether it asks before it acts, and the role it needs if not everybody's."""
        marks = ["asks first"] if self.danger else []
        marks += [f"{NEEDS[self.needs].role}s"] if self.needs else []
        return f"{self.text} ({', '.join(marks)})" if marks else self.text

    @property
    def scope(self) -> str:
        """Where it is active: the part before the last dot."""
        return self.id.rpartition(".")[0]

    @property
    def name(self) -> str:
        """What `:` calls it."""
        return self.id.rpartition(".")[2]
