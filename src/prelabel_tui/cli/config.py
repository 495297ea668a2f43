"""`prelabel-tui config`: the settings file, written with all that can be said, and checked."""

from __future__ import annotations

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, globals_of, report
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.settings_file import own_path
from prelabel_tui.core.text import counted, printable
from prelabel_tui.settings import TEMPLATE, check_settings

app = new_group("config")


@app.command("init")
def init(as_json: AsJson = False) -> None:
    """Write your settings file: every setting, commented, as it is without one."""
    path = own_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        bad_input(f"{path} is there already; nothing was changed.", as_json=as_json)
    except OSError as error:
        bad_input(f"{path}: {error.strerror or error}; nothing was changed.", as_json=as_json)
    report(Outcome(Code.OK, f"Wrote {path}.", {"path": str(path)}), as_json=as_json)


@app.command("check")
def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Say which settings file counts, and what is wrong in it, line by line."""
    given = globals_of(context)
    checked = check_settings(given.data_home(), given.keys)
    path = None if checked.path is None else str(checked.path)
    problems = [{"line": one.line, "text": one.text} for one in checked.problems]
    if not problems:
        said = (
            "No settings file: everything is as it comes." if path is None else f"{path} is valid."
        )
        report(Outcome(Code.OK, said, {"path": path}), as_json=as_json)
        return
    where = path or "the command line"
    if not as_json:
        for one in checked.problems:
            typer.echo(printable(f"{where}: {one}"), err=True)
    outcome = Outcome(
        Code.CONFIG_INVALID,
        f"{where}: {counted(len(problems), 'problem')}.",
        {"path": path, "problems": problems},
    )
    report(outcome, as_json=as_json)
