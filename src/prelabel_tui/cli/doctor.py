"""`prelabel-tui doctor`: what the terminal answered, how pictures will be shown, what is installed.

Changes nothing: a data folder that is not there yet is only named.
"""

from __future__ import annotations

import os
import platform
import shutil
from importlib import metadata
from typing import Annotated, Final

import typer

from prelabel_tui.cli.command_tree import new_app
from prelabel_tui.cli.context import Globals, bad_input, globals_of, print_json
from prelabel_tui.core.outcomes import Outcome
from prelabel_tui.core.store.database import DatabaseState, describe_database
from prelabel_tui.core.text import printable
from prelabel_tui.imaging.terminal.choose_backend import REQUESTS
from prelabel_tui.imaging.terminal.terminal import Terminal
from prelabel_tui.launch import unsuitable_size
from prelabel_tui.settings import Settings, check_settings, load_settings

PACKAGES: Final = (
    "prelabel-tui",
    "textual",
    "rich",
    "textual-image",
    "pillow",
    "numpy",
    "sqlalchemy",
    "alembic",
    "av",
    "psycopg",
)
"""The last two are extras: they may be missing."""

WAIT_SECONDS: Final = 2.0
"""How long the terminal may take to answer here (the application never waits)."""


app = new_app()


@app.command()
def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Explain what the terminal can do, how pictures are shown, and whether data is in reach."""
    given = globals_of(context)
    checked = check_settings(given.data_home(), given.keys)
    terminal, unsuitable = _terminal(given, checked.settings, as_json)
    database = describe_database(given.data_home(), given.database)
    settings = load_settings(given.data_home(), given.keys).outcome
    problems = [
        one for one in (unsuitable, settings, database.outcome) if one is not None and not one.ok
    ]
    document: dict[str, object] = {
        "terminal": terminal,
        "data": {
            "folder": str(given.data_home()),
            "database": _database(database.value) or database.outcome.detail,
            "reachable": database.outcome.ok,
            "artifacts": given.artifacts or str(given.data_home() / "artifacts"),
        },
        "settings": {
            "file": None if checked.path is None else str(checked.path),
            "problems": [str(problem) for problem in checked.problems],
        },
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "problems": [problem.as_json() for problem in problems],
    }
    if as_json:
        print_json(document)
    else:
        for line in _lines(document):
            typer.echo(printable(line))
        for problem in problems:
            typer.echo(printable(f"{problem.headline} → {problem.entry.next_step}"), err=True)
    if problems:
        raise typer.Exit(problems[0].entry.exit_code)


def _database(found: DatabaseState | None) -> str | None:
    return None if found is None else f"{found.name} ({found.version or 'made at first use'})"


def _terminal(
    given: Globals, settings: Settings | None, as_json: bool
) -> tuple[dict[str, object], Outcome | None]:
    requested = given.graphics or (settings.graphics if settings else "auto")
    if requested not in REQUESTS:
        bad_input(
            f"--graphics {printable(requested)}: one of {', '.join(REQUESTS)}.", as_json=as_json
        )
    terminal = Terminal()
    terminal.ask()
    try:
        terminal.gather(WAIT_SECONDS)
        round_trip = terminal.measure_link()
        answers = terminal.answers
        choice = terminal.choice(requested)
        window = terminal.window()
    finally:
        terminal.restore()
    term = os.environ.get("TERM", "")
    size = window[:2] if window and window[0] else shutil.get_terminal_size()
    unsuitable = unsuitable_size(*size) if terminal.present else None
    found: dict[str, object] = {
        "present": terminal.present,
        "term": printable(term),
        "colorterm": printable(os.environ.get("COLORTERM", "")),
        "ssh": bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY")),
        "size": list(size) if terminal.present else None,
        "window_px": list(window[2:]) if window else None,
        "answered": {
            "complete": answers.complete,
            "name": printable(answers.version) if answers.version is not None else None,
            "attributes": list(answers.attributes) if answers.attributes is not None else None,
            "kitty_graphics": printable(answers.kitty) if answers.kitty is not None else None,
            "inline_images": answers.inline,
            "cell_px": list(answers.cell) if answers.cell else None,
            "window_px": list(answers.window) if answers.window else None,
            "synchronized_output": answers.synchronized,
            "sixel_colours": answers.sixel_colours,
            "sixel_size_px": list(answers.sixel_size) if answers.sixel_size else None,
        },
        "link": None
        if round_trip is None or terminal.link_rate is None
        else {"round_trip_ms": round(round_trip * 1000, 1), "bytes_per_s": int(terminal.link_rate)},
        "requested": requested,
        "graphics": choice.backend,
        "why": choice.why,
        "colours": choice.colours,
        "cell_px": list(choice.cell),
        "cell_known": choice.cell_known,
    }
    return found, unsuitable


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _link(measured: dict[str, float] | None) -> str:
    if measured is None:
        return "not measured"
    rate, trip = measured["bytes_per_s"], measured["round_trip_ms"]
    speed = "over 10 MB/s" if rate > 10_000_000 else f"about {rate / 1000:,.0f} KB/s"
    return f"{speed}, {trip:g} ms there and back"


def _lines(document: dict[str, object]) -> list[str]:
    """Write the document as text: one fact per line, and what was not answered as such."""
    terminal, data, settings = document["terminal"], document["data"], document["settings"]
    packages = document["packages"]
    assert isinstance(terminal, dict)
    assert isinstance(data, dict)
    assert isinstance(settings, dict)
    assert isinstance(packages, dict)
    answered = terminal["answered"]
    assert isinstance(answered, dict)

    def pair(value: list[int] | None, unit: str) -> str:
        return f"{value[0]}×{value[1]} {unit}" if value else "not told"

    def said(value: object) -> str:
        if value is None:
            return "no answer"
        return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)

    attributes = answered["attributes"]
    sixel = None if attributes is None else 4 in attributes
    assumed = "" if terminal["cell_known"] else " (assumed)"
    facts = [
        ("Pictures", f"{terminal['graphics']}: {terminal['why']}"),
        ("Colours", terminal["colours"]),
        ("Cell", pair(terminal["cell_px"], "px") + assumed),
        ("Terminal", pair(terminal["size"], "cells") if terminal["present"] else "none"),
        ("  TERM", f"{terminal['term'] or '-'}, COLORTERM {terminal['colorterm'] or '-'}"),
        ("  name", said(answered["name"])),
        ("  attributes", said(";".join(map(str, attributes)) if attributes else attributes)),
        ("  kitty graphics", said(answered["kitty_graphics"])),
        ("  inline images", said(answered["inline_images"])),
        ("  sixel", said(sixel)),
        ("  sixel colours", said(answered["sixel_colours"])),
        ("  cell size", pair(answered["cell_px"], "px")),
        ("  synchronized", said(answered["synchronized_output"])),
        ("  link", _link(terminal["link"])),
        ("Data folder", data["folder"]),
        ("Database", data["database"]),
        ("Artifacts", data["artifacts"]),
        ("Settings", settings["file"] or "none: as it comes"),
        ("Python", document["python"]),
    ]
    facts += [(f"  {name}", version or "not installed") for name, version in packages.items()]
    return [f"{name:<17} {value}" for name, value in facts]
