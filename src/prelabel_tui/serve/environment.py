"""The variables that a session over SSH has: nothing else of the client's, or of the server's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from prelabel_tui.core.text import printable

FROM_CLIENT: Final = frozenset(
    ("COLORTERM", "LANG", "LC_TERMINAL", "LC_TERMINAL_VERSION", "TERM"),
)
"""What the client may say: what its terminal is, and nothing else."""

FROM_SERVER: Final = frozenset(("HOME", "LOGNAME", "PATH", "SHELL", "TZ", "USER"))

CONNECTION: Final = "SSH_CONNECTION"
"""Who is at the other end: the choice of graphics and the audit log go by it."""

_OF_SERVICES: Final = ("AWS_", "PG", "XDG_")
"""How the names begin of what the server says of the database, the bucket and folders."""

_LONGEST: Final = 100
"""Characters of a value from outside."""


def is_from_server(name: str) -> bool:
    """Say whether a session keeps a variable of the server's."""
    return name in FROM_SERVER or name.startswith(_OF_SERVICES)


def is_from_client(name: str, value: str) -> bool:
    """Say whether a session has a variable that its client sent."""
    return (
        name in FROM_CLIENT
        and len(value) <= _LONGEST
        and value.isascii()
        and printable(value) == value
    )


def session_environment(
    server: Mapping[str, str], client: Mapping[str, str], connection: str
) -> dict[str, str]:
    """Return the environment of a session.  ``connection``: as SSH_CONNECTION says it."""
    ours = {name: value for name, value in server.items() if is_from_server(name)}
    theirs = {name: value for name, value in client.items() if is_from_client(name, value)}
    return {**ours, **theirs, CONNECTION: connection}
