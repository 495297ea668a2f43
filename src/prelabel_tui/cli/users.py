"""`prelabel-tui users`: who may act, and in which role."""

from __future__ import annotations

from typing import Annotated

import typer

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.identity import users
from prelabel_tui.core.identity.actor import Role
from prelabel_tui.core.identity.users import set_role

app = new_group("users")


@app.command("list")
def list_users(context: typer.Context, as_json: AsJson = False) -> None:
    """List all users."""
    store, _ = open_data_folder(context, as_json=as_json)
    rows = users.list_users(store)
    if as_json:
        print_json({"users": rows})
        return
    print_table(("NAME", "ROLE"), [(row.name, row.role) for row in rows], "No users yet.")


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the user.")],
    role: Annotated[str, typer.Option(help="reviewer, lead or admin.")] = "reviewer",
    as_json: AsJson = False,
) -> None:
    """Add a user, or change the role of one (admins)."""
    if role not in list(Role):
        bad_input(f"Role {role!r}: one of {', '.join(Role)}.", as_json=as_json)
    store, actor = open_data_folder(context, as_json=as_json)
    report(set_role(store, actor, name, Role(role)), as_json=as_json)
