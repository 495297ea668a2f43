"""Which key does what, given the preset and a person's own choice, and where two would meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from prelabel_tui.keys.command import Command
from prelabel_tui.keys.commands import BY_ID, COMMANDS, CONTEXTS, display

_NAMED: Final = frozenset(
    "enter escape space tab backspace delete insert up down left right home end "  # noqa: SIM905
    "pageup pagedown f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12".split()
)
_AMBIGUOUS: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter", "ctrl+h": "backspace"}


@dataclass(frozen=True)
class KeyConflict:
    """A key that would do two things on one screen: in plain words, and the two commands."""

    text: str
    commands: tuple[str, str]


class Keymap:
    """The active keys: the table's, replaced by ``overrides`` (command id → keys)."""

    def __init__(self, overrides: Mapping[str, Sequence[str]] | None = None) -> None:
        self._keys = {command.id: command.keys for command in COMMANDS}
        self._keys |= {name: tuple(keys) for name, keys in (overrides or {}).items()}
        self._commands = {
            (command.scope, key): command for command in COMMANDS for key in self._keys[command.id]
        }

    def keys(self, command_id: str) -> tuple[str, ...]:
        """Return the keys of a command, the one to show first."""
        return self._keys[command_id]

    def display(self, command_id: str) -> str:
        """Return the first key of a command as it is shown; empty when it has none."""
        keys = self._keys[command_id]
        return display(keys[0]) if keys else ""

    def display_all(self, command_id: str) -> str:
        """Return all keys of a command as help shows them."""
        return " ".join(map(display, self._keys[command_id]))

    def find(self, scopes: Iterable[str], key: str) -> Command | None:
        """Return what ``key`` does where these scopes are active."""
        for scope in scopes:
            if found := self._commands.get((scope, key)):
                return found
        return None

    def conflicts(self) -> list[KeyConflict]:
        """Return each key that would do two things on one screen."""
        found = []
        for context, scopes in CONTEXTS.items():
            taken: dict[str, Command] = {}
            for command in (c for c in COMMANDS if c.scope in scopes):
                for key in self._keys[command.id]:
                    other = taken.setdefault(key, command)
                    if other is not command:
                        text = (
                            f"key {display(key)} would do both {other.id} ({other.text}) and "
                            f"{command.id} ({command.text}) in {context}"
                        )
                        found.append(KeyConflict(text, (other.id, command.id)))
        return list(dict.fromkeys(found))


def key_fault(key: str) -> str | None:
    """Return why a key cannot be used, or None: it must reach the program in every terminal."""
    if len(key) == 1:
        return None if key.isprintable() and key != " " else "write it by name, such as space"
    if key in _NAMED:
        return None
    if key in _AMBIGUOUS:
        return f"terminals cannot tell it from {_AMBIGUOUS[key]}"
    modifier, _, base = key.rpartition("+")
    if (
        modifier == "ctrl"
        and len(base) == 1
        and base.isascii()
        and base.isalpha()
        and base.islower()
    ):
        return None
    if modifier == "shift" and base in ("tab", "up", "down", "left", "right"):
        return None
    if modifier in ("ctrl", "shift", "alt", "ctrl+shift", "ctrl+alt"):
        return "not every terminal sends it"
    return "there is no such key"


def _typed(name: str, key: str) -> str | None:
    """Return why a command of dialogs with a line to type in cannot have a key, or None."""
    typed = BY_ID[name].scope in ("dialog", "note") and name != "dialog.copy"  # which has no line
    return "it would be typed into the dialog's line" if typed and len(key) == 1 else None


def chosen_keys(name: str, value: object) -> tuple[tuple[str, ...], str | None]:
    """Return the keys that were written for a command, and why they cannot be used, or None."""
    chosen = [value] if isinstance(value, str) else value
    if name not in BY_ID:
        return (), f"there is no command {name!r}"
    if not isinstance(chosen, list) or not all(isinstance(key, str) for key in chosen):
        return (), f"{name}: give a key or a list of keys"
    for key in chosen:
        if fault := key_fault(key) or _typed(name, key):
            return (), f"{name}: key {key!r}: {fault}"
    return tuple(chosen), None
