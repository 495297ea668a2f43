"""Who acts, and what a role may do; no database."""

from __future__ import annotations

import os
import pwd
import socket
from dataclasses import dataclass
from enum import StrEnum

from prelabel_tui.core.outcomes import Code, Outcome


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

    ``role`` is the one at signing in: what changes data asks :func:`refused_now`.
    """

    name: str
    role: Role
    origin: str

    def may(self, role: Role) -> bool:
        """Say whether the actor has at least this role."""
        return self.role.rank >= role.rank

    def require(self, role: Role, what: str) -> Outcome | None:
        """Return ROLE_FORBIDDEN when the actor does not have the role, else None."""
        if self.may(role):
            return None
        return Outcome(
            Code.ROLE_FORBIDDEN,
            f"{what} needs the role {role}; {self.name} is {self.role}.",
            {"required": role.value, "role": self.role.value},
        )


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
