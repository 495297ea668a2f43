"""The keys of commands, as a page of help."""

from __future__ import annotations

from collections.abc import Iterable

from prelabel_tui.help.page import Group, Line, Page
from prelabel_tui.keys.command import Command
from prelabel_tui.keys.commands import CONTEXTS, TITLES, commands_of
from prelabel_tui.keys.keymap import Keymap


def key_groups(keymap: Keymap, commands: Iterable[Command]) -> list[Group]:
    """Return commands in their groups: keys, what they do, their names for `:`."""
    groups: dict[str, list[Line]] = {}
    for command in commands:
        name = f":{command.name} {command.argument}".rstrip()
        marks = command.full_text.removeprefix(command.text).strip()
        line = Line(keymap.display_all(command.id) or "—", command.text, f"{marks}  {name}".strip())
        groups.setdefault(command.group, []).append(line)
    return [Group(title, tuple(lines)) for title, lines in groups.items()]


def all_keys(keymap: Keymap) -> Page:
    """Return the keys of every screen and mode."""
    groups = []
    for scope in dict.fromkeys(scope for scopes in CONTEXTS.values() for scope in scopes):
        where = TITLES.get(scope, scope)
        for group in key_groups(keymap, commands_of((scope,))):
            groups.append(Group(f"{where}: {group.title}", group.lines))
    return Page("keys", "Keys", tuple(groups))
