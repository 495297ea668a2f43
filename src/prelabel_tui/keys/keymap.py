"""Which key does what, given the preset and the person's own file; conflicts are refused."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import platformdirs

from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.text import printable
from prelabel_tui.keys.command import Command
from prelabel_tui.keys.commands import BY_ID, COMMANDS, CONTEXTS, display
from prelabel_tui.keys.presets import PRESETS

FILE_NAME: Final = "keys.toml"

_NAMED: Final = frozenset(
    "enter escape space tab backspace delete insert up down left right home end "  # noqa: SIM905
    "pageup pagedown f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12".split()
)
_AMBIGUOUS: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter", "ctrl+h": "backspace"}


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

    def conflicts(self) -> list[str]:
        """Return each key that would do two things on one screen, in plain words."""
        found = []
        for context, scopes in CONTEXTS.items():
            taken: dict[str, Command] = {}
            for command in (c for c in COMMANDS if c.scope in scopes):
                for key in self._keys[command.id]:
                    other = taken.setdefault(key, command)
                    if other is not command:
                        found.append(
                            f"key {display(key)} would do both {other.id} ({other.text}) and "
                            f"{command.id} ({command.text}) in {context}"
                        )
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


def config_paths(home: Path) -> list[Path]:
    """Return where a key file may be: the person's own first, then the data folder's."""
    return [
        platformdirs.user_config_path("prelabel-tui", appauthor=False) / FILE_NAME,
        home / FILE_NAME,
    ]


def load_keymap(home: Path, preset: str | None = None) -> Result[Keymap]:
    """Return the key map of the first key file there is; ``preset`` replaces the file's.

    CONFIG_INVALID names the file and what is wrong with it.
    """
    path = next((path for path in config_paths(home) if path.is_file()), None)
    if path is None:
        return _build("", preset, {})
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return _refuse(str(path), printable(str(error)))
    if unknown := sorted(set(document) - {"preset", "keys"}):
        return _refuse(str(path), f"{unknown[0]!r} is unknown; a key file has preset and [keys]")
    keys = document.get("keys", {})
    if not isinstance(keys, dict):
        return _refuse(str(path), "keys must be a table of command id = [keys]")
    return _build(str(path), preset or document.get("preset"), keys)


def _build(path: str, preset: object, keys: Mapping[str, object]) -> Result[Keymap]:
    if preset is None:
        preset = "default"
    if not isinstance(preset, str) or preset not in PRESETS:
        return _refuse(path, f"preset {preset!r} is not one of {', '.join(PRESETS)}")
    overrides = dict(PRESETS[preset])
    for name, value in keys.items():
        chosen = [value] if isinstance(value, str) else value
        if name not in BY_ID:
            return _refuse(path, f"there is no command {printable(name)!r}")
        if not isinstance(chosen, list) or not all(isinstance(key, str) for key in chosen):
            return _refuse(path, f"{name}: give a key or a list of keys")
        for key in chosen:
            if fault := key_fault(key):
                return _refuse(path, f"{name}: key {printable(key)!r}: {fault}")
        overrides[name] = tuple(chosen)
    keymap = Keymap(overrides)
    if conflicts := keymap.conflicts():
        return _refuse(path, conflicts[0])
    return Result(Outcome(Code.OK), keymap)


def _refuse(path: str, why: str) -> Result[Keymap]:
    where = f"{path}: " if path else ""
    return Result(Outcome(Code.CONFIG_INVALID, f"{where}{why}."))
