"""Opening the data folder for a command, as who acts."""

from __future__ import annotations

import typer

from prelabel_tui.cli.context import fail, globals_of, say_made
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.identity.users import open_as_user
from prelabel_tui.core.store import Store


def open_data_folder(context: typer.Context, *, as_json: bool = False) -> tuple[Store, Actor]:
    """Return the store and the actor; end the program with the outcome where there is none."""
    given = globals_of(context)
    new = not given.data_home().exists()
    opened = open_as_user(given.data_home(), given.database, given.artifacts, given.user)
    if opened.value is None:
        fail(opened.outcome, as_json=as_json)
    if new and not as_json:
        say_made(given.data_home())
    return opened.value
