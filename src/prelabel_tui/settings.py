"""The settings file: keys, look, graphics and memory, as a person or a whole club wants them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.settings_file import FILE_NAME, settings_paths
from prelabel_tui.core.signing import SETTING
from prelabel_tui.core.text import printable
from prelabel_tui.imaging.terminal.choose_backend import PICTURE_BYTES, REQUESTS, Requested
from prelabel_tui.keys.keymap import Keymap, chosen_keys
from prelabel_tui.keys.presets import PRESETS
from prelabel_tui.theme import REQUESTED_THEMES, RequestedTheme

T = TypeVar("T", bound=str)

_FORMER_NAME: Final = "keys.toml"
_LEAST_MB: Final = 16

TEMPLATE: Final = f"""\
# Settings of prelabel-tui.  Lines that begin with "#" show the defaults.
# `prelabel-tui config check` says what is wrong with this file, and on which line.

# The colours: {", ".join(REQUESTED_THEMES)}.
# theme = "auto"

# How pictures are shown: {", ".join(REQUESTS)}.
# `:graphics` in the program is remembered for a terminal, and --graphics counts before both.
# graphics = "auto"

# MB that decoded pictures and decoding may take.
# picture_memory = {PICTURE_BYTES >> 20}

# The SSH key that signs the head of the audit log at every publish and export: the file of a
# private key, or of a public key whose private one the agent has.
# {SETTING} = "~/.ssh/id_ed25519"

# Which keys to start from: {", ".join(PRESETS)}.
# preset = "default"

# Single keys: the command's name, and its keys, the one to show first.  docs/keys.md and `?` in
# the program list the names.
[keys]
# "review.accept" = ["enter", "f12"]
"""


@dataclass(frozen=True)
class Settings:
    """What a person's settings say, each with its default."""

    keymap: Keymap
    theme: RequestedTheme = "auto"
    graphics: Requested = "auto"
    picture_mb: int = PICTURE_BYTES >> 20


@dataclass(frozen=True)
class Problem:
    """What is wrong with a settings file; ``line`` counts from 1, None for the file as a whole."""

    line: int | None
    text: str

    def __str__(self) -> str:
        return self.text if self.line is None else f"line {self.line}: {self.text}"


@dataclass(frozen=True)
class Checked:
    """What was read: ``path`` is None where there is no file; with problems there are none."""

    path: Path | None
    problems: tuple[Problem, ...]
    settings: Settings | None


def check_settings(home: Path, preset: str | None = None) -> Checked:
    """Read the first settings file there is: the person's own, else that of the data folder.

    ``preset`` replaces the file's.
    """
    places = settings_paths(home)
    for place in places:
        former = place.with_name(_FORMER_NAME)
        if former.is_file() and not place.is_file():
            text = f"settings are in {FILE_NAME} now; rename the file, what it says still holds"
            return Checked(former, (Problem(None, text),), None)
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return _checked(None, "", {}, preset)
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        return Checked(path, (Problem(None, f"{error.strerror or error}"),), None)
    except UnicodeDecodeError:
        return Checked(path, (Problem(None, "it is not UTF-8 text"),), None)
    except tomllib.TOMLDecodeError as error:
        return Checked(path, (_of_syntax(str(error)),), None)
    return _checked(path, text, document, preset)


def load_settings(home: Path, preset: str | None = None) -> Result[Settings]:
    """Return the settings, or CONFIG_INVALID with the file and the first thing that is wrong."""
    checked = check_settings(home, preset)
    if checked.settings is not None:
        return Result(Outcome(Code.OK), checked.settings)
    where = f"{printable(str(checked.path))}: " if checked.path else ""
    more = len(checked.problems) - 1
    rest = f" ({more} more: prelabel-tui config check)" if more else ""
    return Result(Outcome(Code.CONFIG_INVALID, f"{where}{checked.problems[0]}.{rest}"))


def _checked(
    path: Path | None, text: str, document: Mapping[str, Any], preset: str | None
) -> Checked:
    problems: list[Problem] = []

    def wrong(name: str, why: str) -> None:
        problems.append(Problem(_line_of(name, text), printable(why)))

    settings = Settings(Keymap())
    keys: dict[str, object] = {}
    for name, value in document.items():
        match name, value:
            case "theme", str() if theme := _one_of(value, REQUESTED_THEMES):
                settings = replace(settings, theme=theme)
            case "graphics", str() if way := _one_of(value, REQUESTS):
                settings = replace(settings, graphics=way)
            case "picture_memory", int() if value >= _LEAST_MB and value is not True:
                settings = replace(settings, picture_mb=value)
            case name_, str() if name_ == SETTING and value:
                pass  # whoever signs reads it: core/signing.py
            case "preset", str() if value in PRESETS:
                preset = preset or value
            case "keys", dict():
                keys = dict(_flat(value))
            case "theme", _:
                wrong(name, f"theme {value!r} is not one of {', '.join(REQUESTED_THEMES)}")
            case "graphics", _:
                wrong(name, f"graphics {value!r} is not one of {', '.join(REQUESTS)}")
            case "picture_memory", _:
                wrong(name, f"picture_memory {value!r} is not a whole number from {_LEAST_MB} on")
            case name_, _ if name_ == SETTING:
                wrong(name, f"{SETTING} must be the path of a key")
            case "preset", _:
                wrong(name, f"preset {value!r} is not one of {', '.join(PRESETS)}")
            case "keys", _:
                wrong(name, "keys must be a table of command = keys")
            case _:
                known = f"theme, graphics, picture_memory, {SETTING}, preset and [keys]"
                wrong(name, f"{name!r} is unknown; there are {known}")
    if preset is not None and preset not in PRESETS:
        problems.append(
            Problem(None, f"preset {printable(preset)!r} is not one of {', '.join(PRESETS)}")
        )
        preset = None
    overrides = dict(PRESETS[preset or "default"])
    for name, value in keys.items():
        chosen, fault = chosen_keys(name, value)
        if fault:
            wrong(name, fault)
        else:
            overrides[name] = chosen
    settings = replace(settings, keymap=Keymap(overrides))
    for conflict in settings.keymap.conflicts():
        named = next((name for name in conflict.commands if name in keys), "preset")
        wrong(named, conflict.text)
    return Checked(path, tuple(problems), None if problems else settings)


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    """Yield the keys of a table by command: TOML takes the dots of its name for tables."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def _one_of(value: str, names: tuple[T, ...]) -> T | None:
    return next((name for name in names if name == value), None)


def _line_of(name: str, text: str) -> int | None:
    last = name.rpartition(".")[2]
    for wanted in (name, last):
        written = re.compile(rf"""^\s*(\[\s*)?["']?{re.escape(wanted)}["']?\s*[=\].]""")
        for number, line in enumerate(text.splitlines(), 1):
            if written.match(line):
                return number
    return None


def _of_syntax(message: str) -> Problem:
    place = re.search(r" \(at line (\d+), column \d+\)", message)
    if place is None:
        return Problem(None, printable(message))
    return Problem(int(place[1]), printable(message.replace(place[0], "")))
