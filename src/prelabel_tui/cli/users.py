"""`prelabel-tui users`: who may act, in which role, and by which keys they come in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy import make_url

from prelabel_tui.cli.command_tree import new_group
from prelabel_tui.cli.context import bad_input, globals_of, print_json, report
from prelabel_tui.cli.data_folder import open_data_folder
from prelabel_tui.cli.scope_options import AsJson
from prelabel_tui.cli.table import print_table
from prelabel_tui.core.identity import users
from prelabel_tui.core.identity.actor import Role
from prelabel_tui.core.identity.keys import add_keys, authorized_key, list_keys, remove_key
from prelabel_tui.core.identity.public_key import PublicKey, parse_keys
from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.outcomes import Refused
from prelabel_tui.core.text import printable

app = new_group("users")

_LARGEST_FILE: Final = 1 << 20


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
    role: Annotated[
        str | None,
        typer.Option(help="reviewer, lead or admin; without it a new user is a reviewer."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Let them in by this SSH key (a .pub file).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a user, or change the role of one (admins)."""
    if role is not None and role not in list(Role):
        bad_input(f"Role {role!r}: one of {', '.join(Role)}.", as_json=as_json)
    keys = _keys_in(key, as_json=as_json) if key else []
    store, actor = open_data_folder(context, as_json=as_json)
    report(set_role(store, actor, name, Role(role) if role else None, keys), as_json=as_json)


@app.command("keys")
def keys(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of the user (else all).")] = None,
    add: Annotated[Path | None, typer.Option(help="Let them in by this key (a .pub file).")] = None,
    remove: Annotated[
        str | None, typer.Option(metavar="FINGERPRINT", help="No longer by this one (SHA256:…).")
    ] = None,
    authorized_keys: Annotated[
        bool, typer.Option("--authorized-keys", help="Print the lines for sshd's authorized_keys.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the SSH keys by which users come in; add and remove them (admins)."""
    if (add is not None) + (remove is not None) + authorized_keys > 1:
        bad_input("Give one of --add, --remove and --authorized-keys.", as_json=as_json)
    if name is None and (add or remove):
        bad_input("Name the user whose key it is.", as_json=as_json)
    given = _keys_in(add, as_json=as_json) if add else []
    command = _session_command(context, as_json=as_json) if authorized_keys else []
    store, actor = open_data_folder(context, as_json=as_json)
    if name is not None and add is not None:
        report(add_keys(store, actor, name, given), as_json=as_json)
        return
    if name is not None and remove is not None:
        report(remove_key(store, actor, name, remove), as_json=as_json)
        return
    rows = list_keys(store, name)
    if authorized_keys:
        lines = [authorized_key(row, [*command, row.fingerprint]) for row in rows]
        if as_json:
            print_json({"authorized_keys": lines})
        else:
            typer.echo("".join(f"{line}\n" for line in lines), nl=False)
    elif as_json:
        print_json({"keys": rows})
    else:
        print_table(
            ("USER", "KEY", "KIND AND COMMENT", "ADDED BY"),
            [(row.user, row.fingerprint, row.title, row.created_by) for row in rows],
            "No keys yet.",
        )


def _keys_in(path: Path, *, as_json: bool) -> list[PublicKey]:
    """Read a file of public keys; end the program with INPUT_INVALID where it is none."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE)
        return parse_keys(content.decode())
    except Refused as error:
        bad_input(f"{path}: {error.outcome.detail}", as_json=as_json)
    except UnicodeDecodeError:
        bad_input(f"{path} is not a file of public keys.", as_json=as_json)
    except OSError as error:
        bad_input(f"{path}: {error.strerror}.", as_json=as_json)


def _session_command(context: typer.Context, *, as_json: bool) -> list[str]:
    """Return the words, up to the fingerprint, that open a session on this data folder.

    Nothing of it is taken from the environment of who comes in, Python's own settings included.
    """
    given = globals_of(context)
    words = [sys.executable, "-I", "-m", "prelabel_tui", "--home", str(given.data_home())]
    if given.database is not None:
        if make_url(given.database).password is not None:
            bad_input(
                "--database holds a password, which every user of this machine would see: put it "
                "into ~/.pgpass and leave it out here.",
                as_json=as_json,
            )
        words += ["--database", given.database]
    if given.artifacts is not None:
        words += ["--artifacts", given.artifacts]
    if any(printable(word) != word for word in words):
        bad_input("authorized_keys cannot hold the name of this data folder.", as_json=as_json)
    return [*words, "session"]
