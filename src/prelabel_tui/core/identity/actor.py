"""Who acts; no database."""

from __future__ import annotations

import os
import pwd
import socket
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Each role may do what those before it may."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for reviewer, 1 for lead, 2 for admin."""
        return list(Role).index(self)


@dataclass(frozen=True)
class Actor:
    """The user an operation is done for, and from where (``user@host pid``).

    ``role`` is the one at signing in: what needs more than a reviewer's asks for the one of now.
    """

    name: str
    role: Role
    origin: str


def system_user() -> str:
    """Return the operating-system user that owns this process, whatever its environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # no entry, as in some containers
        return str(os.getuid())


def origin() -> str:
    """Say where this process acts from: system user, host, process and, if any, SSH client."""
    client = os.environ.get("SSH_CONNECTION", "").split(" ")[0]
    via = f" via {client}" if client else ""
    return f"{system_user()}@{socket.gethostname()} pid {os.getpid()}{via}"
