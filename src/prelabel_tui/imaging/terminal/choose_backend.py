"""Which way of showing pictures fits this terminal, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from prelabel_tui.core.text import printable
from prelabel_tui.imaging.terminal.replies import TerminalAnswers, in_multiplexer

Requested = Literal["auto", "cells", "quadrants", "sextants", "kitty", "sixel", "inline"]
Backend = Literal["cells", "quadrants", "sextants", "kitty", "sixel", "inline"]
Colours = Literal["truecolor", "256"]

REQUESTS: Final[tuple[Requested, ...]] = (
    "auto",
    "cells",
    "quadrants",
    "sextants",
    "kitty",
    "sixel",
    "inline",
)

ASSUMED_CELL: Final = (10, 20)
"""Pixels of a cell where nothing says: only its aspect matters then."""

PICTURE_BYTES: Final = 256 << 20
"""Memory for decoded pictures, unless the person says otherwise."""

ENOUGH_BYTES: Final = 500_000
"""Bytes per second from which on kitty graphics and sixel arrive in time over SSH …"""

TOO_FEW_BYTES: Final = 250_000
"""… and below which they no longer do.  Between the two a view keeps its way of drawing."""

FEWEST_SIXEL_COLOURS: Final = 64
"""With fewer colour registers half blocks show a picture better."""

# Terminals whose placements were looked at, or whose makers follow kitty's text closely.
_KITTY_VERSIONS: Final = re.compile(r"kitty\b|ghostty\b", re.IGNORECASE)
_KITTY_TERMS: Final = ("xterm-kitty", "xterm-ghostty")
# Terminals that take inline images, by their own names or names that reach the environment.
_INLINE_VERSIONS: Final = re.compile(r"(xterm\.js|iterm2|wezterm|konsole|mintty)", re.IGNORECASE)
_INLINE_PROGRAMS: Final = ("iTerm.app", "iTerm2", "WezTerm", "vscode", "mintty")
# Terminals that show 24-bit colours; COLORTERM does not pass through SSH, this answer does.
_TRUECOLOR_VERSIONS: Final = re.compile(
    r"(kitty|ghostty|wezterm|foot|iterm2|konsole|mintty|xterm\.js|contour|alacritty"
    r"|windows terminal"
    r"|xterm\((3[3-9]|[4-9]\d)\d\)|vte\(\d{4,}\))",
    re.IGNORECASE,
)
_TRUECOLOR_TERMS: Final = re.compile(r"kitty|ghostty|alacritty|foot|wezterm|contour|-direct$")


@dataclass(frozen=True)
class Choice:
    """The backend to use, why in words, and the colours it may use.

    ``cell``: pixels (width, height) of a cell; ``cell_known``: False where they are assumed.
    """

    backend: Backend
    why: str
    colours: Colours
    cell: tuple[int, int] = ASSUMED_CELL
    cell_known: bool = False
    sixel_colours: int = 256
    sixel_size: tuple[int, int] | None = None
    true_cell: tuple[float, float] | None = None
    """Pixels of a cell where they are fractions, as in a browser."""


def colours_of(answers: TerminalAnswers, environ: Mapping[str, str]) -> Colours:
    """Return how many colours the terminal shows."""
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor"
    if in_multiplexer(environ):
        return "256"
    if _TRUECOLOR_TERMS.search(environ.get("TERM", "")):
        return "truecolor"
    if answers.version is not None and _TRUECOLOR_VERSIONS.match(answers.version):
        return "truecolor"
    return "256"


def cell_of(
    answers: TerminalAnswers, window: tuple[int, int, int, int] | None
) -> tuple[int, int] | None:
    """Return the pixels (width, height) of a cell.

    ``window``: columns, rows, width px, height px as the kernel reports them; 0 is unknown.
    """
    if window is not None:
        columns, rows, width, height = window
        # A window may hold a border: whole cells are what is drawn.
        if columns > 0 and rows > 0 and width >= columns and height >= rows:
            return width // columns, height // rows
    if answers.cell is not None:
        return answers.cell
    if answers.window is not None and window is not None and window[0] > 0 and window[1] > 0:
        cell = (answers.window[0] // window[0], answers.window[1] // window[1])
        return cell if cell[0] > 0 and cell[1] > 0 else None
    return None


def choose(
    requested: Requested,
    answers: TerminalAnswers,
    environ: Mapping[str, str],
    window: tuple[int, int, int, int] | None = None,
    link_rate: float | None = None,
    enough: float = ENOUGH_BYTES,
) -> Choice:
    """Decide on a backend from what was asked for, what the terminal answered, and where it runs.

    Where the terminal has not answered (yet), only certain facts of the environment count.
    ``link_rate``: bytes per second that the link was measured to carry; ``enough``: the rate from
    which on it carries kitty graphics and sixel.
    """
    cell = cell_of(answers, window)
    backend, why = _backend(requested, answers, environ, cell, link_rate, enough)
    return Choice(
        backend=backend,
        why=why,
        colours=colours_of(answers, environ),
        cell=cell or ASSUMED_CELL,
        cell_known=cell is not None,
        sixel_colours=min(256, answers.sixel_colours or 256),
        sixel_size=answers.sixel_size,
        true_cell=_true_cell(answers, window),
    )


def _true_cell(
    answers: TerminalAnswers, window: tuple[int, int, int, int] | None
) -> tuple[float, float] | None:
    """Return a cell's size from the window's, where the terminal reports the window's."""
    if answers.window is None or window is None or not (window[0] and window[1]):
        return None
    return answers.window[0] / window[0], answers.window[1] / window[1]


def _backend(
    requested: Requested,
    answers: TerminalAnswers,
    environ: Mapping[str, str],
    cell: tuple[int, int] | None,
    link_rate: float | None,
    enough: float,
) -> tuple[Backend, str]:
    if requested in ("cells", "quadrants", "sextants"):
        return requested, f"--graphics {requested} was asked for"
    if requested in ("kitty", "sixel", "inline"):
        if cell is None:
            return "cells", (
                f"--graphics {requested} needs the size of a cell in pixels, "
                "which neither the kernel nor the terminal reports"
            )
        doubt = _doubt(requested, answers, environ)
        return requested, f"--graphics {requested} was asked for" + (f"; {doubt}" if doubt else "")
    multiplexer = in_multiplexer(environ) or _multiplexer_by_answer(answers)
    if multiplexer:
        return "cells", f"inside {multiplexer} pictures do not reach the terminal reliably"
    backend, why = _auto(answers, environ, cell)
    if backend not in ("kitty", "sixel") or not over_ssh(environ):
        return backend, why
    if link_rate is None:
        return "cells", f"over SSH, until the link is measured ({why})"
    if link_rate < enough:
        return "cells", (
            f"the link carries {link_rate / 1000:,.0f} KB/s, and {backend} needs "
            f"{enough / 1000:,.0f}"
        )
    return backend, f"{why}, and the link carries {link_rate / 1000:,.0f} KB/s"


def over_ssh(environ: Mapping[str, str]) -> bool:
    """Say whether the terminal is at the other end of an SSH connection."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))


def name_of(answers: TerminalAnswers, environ: Mapping[str, str]) -> str:
    """Return the terminal's own name without its version, as far as it is known."""
    if multiplexer := in_multiplexer(environ):
        return multiplexer
    if answers.version and (word := re.match(r"[\w.+-]*[A-Za-z][\w.+]*", answers.version)):
        return word[0]
    told = ("LC_TERMINAL", "TERM_PROGRAM", "TERM")
    return next((environ[key] for key in told if environ.get(key)), "")


def _auto(
    answers: TerminalAnswers, environ: Mapping[str, str], cell: tuple[int, int] | None
) -> tuple[Backend, str]:
    if not answers.any and not takes_inline_images(answers, environ):
        if environ.get("TERM", "") in _KITTY_TERMS and cell is not None:
            return "kitty", f"TERM is {printable(environ['TERM'])} (the terminal has not answered)"
        return "cells", "the terminal has not answered; cells work everywhere"
    if takes_inline_images(answers, environ):
        if cell is None:
            return "cells", "the terminal does not report the size of a cell in pixels"
        name = printable(answers.version or environ.get("LC_TERMINAL") or "the terminal")
        return "inline", f"{name} shows inline images, which cost less than cells"
    if answers.kitty == "OK":
        name = printable(answers.version or "an unnamed terminal")
        if not _KITTY_VERSIONS.match(name):
            if not _can_sixel(answers):
                return "cells", (
                    f"{name} answers to kitty graphics, but moving placements were not tested "
                    "on it (--graphics kitty tries it)"
                )
        elif cell is None:
            return "cells", "the terminal does not report the size of a cell in pixels"
        else:
            return "kitty", f"{name} supports kitty graphics"
    if not _can_sixel(answers):
        return "cells", "the terminal supports neither kitty graphics nor sixel"
    if cell is None:
        return "cells", "the terminal shows sixel but does not report the size of a cell in pixels"
    if answers.sixel_colours is not None and answers.sixel_colours < FEWEST_SIXEL_COLOURS:
        return "cells", (
            f"sixel has only {answers.sixel_colours} colours here; half blocks show more "
            "(xterm: set numColorRegisters to 256)"
        )
    return "sixel", "the terminal says that it shows sixel (attribute 4)"


def takes_inline_images(answers: TerminalAnswers, environ: Mapping[str, str]) -> bool:
    """Say whether the terminal takes iTerm2's inline images: by what it did, else by its name.

    kitty does not; newer versions of xterm.js answer kitty's question but are not kitty.
    """
    if answers.version is not None and _KITTY_VERSIONS.match(answers.version):
        return False
    if answers.inline is not None:
        return answers.inline
    if answers.version is not None and _INLINE_VERSIONS.match(answers.version):
        return True
    names = environ.get("TERM_PROGRAM"), environ.get("LC_TERMINAL")
    return any(name in _INLINE_PROGRAMS for name in names)


def _can_sixel(answers: TerminalAnswers) -> bool:
    return 4 in (answers.attributes or ())


def _multiplexer_by_answer(answers: TerminalAnswers) -> str | None:
    match = re.match(r"(tmux|screen|zellij)\b", answers.version or "", re.IGNORECASE)
    return match[1].lower() if match else None


def _doubt(
    requested: Literal["kitty", "sixel", "inline"],
    answers: TerminalAnswers,
    environ: Mapping[str, str],
) -> str:
    if not answers.complete:
        return "the terminal has not said whether it can show them"
    if requested == "kitty" and answers.kitty != "OK":
        return "the terminal did not answer to kitty graphics"
    if requested == "inline" and not takes_inline_images(answers, environ):
        return "the terminal did not take an inline image"
    if requested == "sixel" and not _can_sixel(answers):
        return "the terminal does not say that it shows sixel"
    return ""
