"""How pictures are shown: as the command line says, as remembered for the terminal, as usual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from prelabel_tui.imaging.terminal.choose_backend import REQUESTS, Requested
from prelabel_tui.screens.shared.list_dialogs import Choice, ChoiceDialog

if TYPE_CHECKING:
    from prelabel_tui.imaging.terminal.terminal import Terminal

PREFERENCE: Final = "graphics"
"""The preference under which a user's ways of showing pictures are kept: terminal to way."""

WAYS: Final[Mapping[Requested, str]] = {
    "auto": "what suits the terminal and the link",
    "cells": "half blocks: everywhere, two dots in a cell",
    "quadrants": "block characters with four dots in a cell",
    "sextants": "block characters with six dots in a cell",
    "kitty": "pixels: kitty, Ghostty",
    "sixel": "pixels in up to 256 colours: xterm, foot, mlterm",
    "inline": "pixels as JPEG: iTerm2, WezTerm, VS Code, Konsole, mintty",
}


class GraphicsSetting:
    """The way of showing pictures that is asked for on this terminal."""

    def __init__(
        self, terminal: Terminal | None, by_option: Requested | None, usual: Requested
    ) -> None:
        self._terminal = terminal
        self._by_option = by_option
        self._usual = usual
        self._remembered: dict[str, str] = {}

    @property
    def requested(self) -> Requested:
        """What was asked for: by option, by `:graphics` on this terminal, by the settings."""
        terminal = self._terminal
        if terminal is None:
            return "cells"
        if self._by_option is not None:
            return self._by_option
        # Looked up each time: the terminal may tell its name late.
        remembered = self._remembered.get(terminal.name)
        return next((way for way in REQUESTS if way == remembered), self._usual)

    @property
    def explained(self) -> str:
        """What is shown on this terminal, and why."""
        if self._terminal is None:
            return "cells: there is no terminal"
        choice = self._terminal.choice(self.requested)
        return f"{choice.backend}: {choice.why}"

    def recall(self, remembered: Mapping[str, Any]) -> None:
        """Take up what was chosen on terminals before."""
        self._remembered = {name: str(way) for name, way in remembered.items()}

    def choose(self, way: Requested) -> dict[str, str]:
        """Ask for a way from now on; return what to remember."""
        self._by_option = None
        if self._terminal is not None:
            self._remembered.pop(self._terminal.name, None)
            if way != self._usual:
                self._remembered[self._terminal.name] = way
        return dict(self._remembered)


def way_named(typed: str) -> Requested | None:
    """Return the way that was typed; None if there is none of that name."""
    return next((way for way in REQUESTS if way == typed.strip().lower()), None)


def ways_dialog(current: Requested) -> ChoiceDialog:
    """Make the dialog that offers all ways."""
    choices = [Choice(way, f"{way:<10} {text}") for way, text in WAYS.items()]
    return ChoiceDialog("Show pictures as", choices, current=current, confirm="Show")
