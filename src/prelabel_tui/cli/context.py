"""What every command shares: the data folder, who acts, and how an outcome is printed."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, ParamSpec

import msgspec
import platformdirs
import typer

from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.text import printable
from prelabel_tui.imaging.terminal.choose_backend import PICTURE_BYTES

if TYPE_CHECKING:
    from typer.exceptions import TyperException

P = ParamSpec("P")


@dataclass(frozen=True)
class Globals:
    """The options before the command (``context.obj``)."""

    home: Path | None
    database: str | None
    artifacts: str | None
    user: str | None
    graphics: str | None = None
    keys: str | None = None
    picture_memory: int | None = None

    @property
    def picture_bytes(self) -> int:
        """Return how much memory decoding may take."""
        return PICTURE_BYTES if self.picture_memory is None else self.picture_memory << 20

    def data_home(self) -> Path:
        """Return the data folder: --home, PRELABEL_HOME, else the platform's place."""
        if self.home is not None:
            return self.home.expanduser().absolute()
        return platformdirs.user_data_path("prelabel-tui", appauthor=False)


def globals_of(context: typer.Context) -> Globals:
    """Return the global options, from any command's context."""
    found: Globals = context.find_root().obj
    return found


def say_made(home: Path) -> None:
    """Say that a data folder was made: its name may have been mistyped."""
    typer.echo(f"Made the data folder {printable(str(home))}.", err=True)


def print_json(document: object) -> None:
    """Print the one document of a `--json` command on stdout."""
    typer.echo(json_text(document))


def json_text(document: object) -> str:
    """Encode records as JSON; they become objects with the names of their fields.

    It can always be encoded: what was not UTF-8 outside stays an escape.
    """
    # Times are not left to msgspec, which writes Z: programs know them with +00:00.
    plain = msgspec.to_builtins(document, builtin_types=[dt.datetime], str_keys=True, enc_hook=str)
    text = json.dumps(plain, ensure_ascii=False, default=dt.datetime.isoformat)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True)
class Answer:
    """What a command ended with, and what `--json` adds to it."""

    outcome: Outcome
    extra: Mapping[str, object]


_ANSWERS: Final[ContextVar[list[Answer] | None]] = ContextVar("answers", default=None)


def answer_of(command: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> Answer:
    """Run a command that ends by :func:`report`, for what it would have reported."""
    answers: list[Answer] = []
    token = _ANSWERS.set(answers)
    try:
        with contextlib.suppress(typer.Exit):
            command(*args, **kwargs)
    finally:
        _ANSWERS.reset(token)
    return answers[-1]


def report(outcome: Outcome, *, as_json: bool, extra: Mapping[str, object] | None = None) -> None:
    """Print an operation's outcome, and end the program with its exit code unless that is 0.

    Outcomes that are ok go to stdout, the others to stderr; with ``as_json`` one object
    (``extra`` is merged into it).  Within :func:`answer_of` nothing is printed.
    """
    if (answers := _ANSWERS.get()) is not None:
        answers.append(Answer(outcome, extra or {}))
        raise typer.Exit(outcome.entry.exit_code)
    if as_json:
        typer.echo(json_text({**outcome.as_json(), **(extra or {})}), err=not outcome.ok)
    else:
        line = printable(outcome.headline)
        typer.echo(
            line if outcome.ok else f"{line} → {outcome.entry.next_step}", err=not outcome.ok
        )
        if "head" in outcome.data:
            typer.echo(f"head of the audit log: {outcome.data['head']}")
        if "signed" in outcome.data:
            typer.echo(f"signed in: {printable(str(outcome.data['signed']))}.sig")
    if outcome.entry.exit_code:
        sys.stdout.flush()
        raise typer.Exit(outcome.entry.exit_code)


def fail(outcome: Outcome, *, as_json: bool = False) -> NoReturn:
    """Print an outcome that is not ok, and end the program."""
    report(outcome, as_json=as_json)
    raise typer.Exit(1)


def bad_input(detail: str, *, as_json: bool = False) -> NoReturn:
    """End the program with INPUT_INVALID."""
    fail(Outcome(Code.INPUT_INVALID, detail), as_json=as_json)


def end_as_misuse(error: TyperException) -> NoReturn:
    """End the program with INPUT_INVALID; a group that was named alone, with its help."""
    text = error.format_message()
    if "\n" in text:
        typer.echo(text, err=True)
        sys.exit(error.exit_code)
    command = getattr(error, "ctx", None)
    hint = f" (see {command.command_path} --help)" if command else ""
    end_with(Outcome(Code.INPUT_INVALID, f"{text.rstrip('.')}{hint}."))


def end_as_outcome(error: Exception) -> NoReturn:
    """End the program with the outcome of a failed database or artifact; else raise the bug."""
    if "sqlalchemy" not in sys.modules:
        raise error
    # Deferred: there is nothing that failed where the database layer has not been imported.
    from prelabel_tui.core.store import FAILURES, failure

    if not isinstance(error, FAILURES):
        raise error
    end_with(failure(error))


def end_with(outcome: Outcome) -> NoReturn:
    """End the program with an outcome, outside of any command."""
    try:
        fail(outcome, as_json="--json" in sys.argv)
    except typer.Exit as exit_:
        sys.exit(exit_.exit_code)
