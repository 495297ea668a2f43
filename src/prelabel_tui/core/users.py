"""Who acts, and what a role may do."""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from prelabel_tui.core.outcomes import Code, Outcome, Result

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


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
    """The user an operation is done for, and from where (``user@host pid``)."""

    name: str
    role: Role
    origin: str

    def may(self, role: Role) -> bool:
        """Whether the actor has at least this role."""
        return self.role.rank >= role.rank

    def require(self, role: Role, what: str) -> Outcome | None:
        """ROLE_FORBIDDEN when the actor lacks the role, else None."""
        if self.may(role):
            return None
        return Outcome(
            Code.ROLE_FORBIDDEN,
            f"{what} needs the role {role}; {self.name} is {self.role}.",
            {"required": role.value, "role": self.role.value},
        )


@dataclass(frozen=True)
class UserRow:
    """A user as lists show it."""

    name: str
    role: Role


def origin() -> str:
    """Where this process acts from: operating-system user, host, process, SSH client if any."""
    client = os.environ.get("SSH_CONNECTION", "").split(" ")[0]
    via = f" via {client}" if client else ""
    return f"{getpass.getuser()}@{socket.gethostname()} pid {os.getpid()}{via}"


def sign_in(store: Store, name: str | None = None) -> Result[Actor]:
    """The actor of this process.

    Without ``name`` the operating-system user, entered as reviewer on the first visit (as admin
    when the data folder has no user yet).  A ``name`` must be known already: USER_UNKNOWN.
    """
    from sqlalchemy import func, select

    from prelabel_tui.core import audit
    from prelabel_tui.core.ids import new_id
    from prelabel_tui.core.store import models

    wanted = name or getpass.getuser()
    query = select(models.User.role).where(models.User.name == wanted)
    with store.read() as session:
        role = session.scalar(query)
    if role is None:
        with store.write() as session:
            role = session.scalar(query)
            first = session.scalar(select(func.count()).select_from(models.User)) == 0
            if role is None and (name is None or first):
                role = Role.ADMIN if first else Role.REVIEWER
                session.add(
                    models.User(id=new_id(), name=wanted, role=role, created_at=store.now())
                )
                actor = Actor(wanted, role, origin())
                audit.record(session, store, actor, "user.add", "user", wanted)
    if role is None:
        return Result(Outcome(Code.USER_UNKNOWN, f"User {wanted!r}."))
    return Result(Outcome(Code.OK), Actor(wanted, Role(role), origin()))


def list_users(store: Store) -> list[UserRow]:
    """All users by name."""
    from sqlalchemy import select

    from prelabel_tui.core.store import models

    with store.read() as session:
        rows = session.execute(select(models.User.name, models.User.role).order_by("name"))
        return [UserRow(name, Role(role)) for name, role in rows]


def set_role(store: Store, actor: Actor, name: str, role: Role) -> Outcome:
    """Add a user or change a role.  Admins only; the last admin stays one."""
    from sqlalchemy import func, select

    from prelabel_tui.core import audit
    from prelabel_tui.core.ids import new_id
    from prelabel_tui.core.store import models

    if refused := actor.require(Role.ADMIN, "Changing users"):
        return refused
    if not name.strip() or not name.isprintable():
        return Outcome(Code.INPUT_INVALID, "A user name needs printable characters.")
    with store.write() as session:
        user = session.scalar(select(models.User).where(models.User.name == name))
        admins = session.scalar(
            select(func.count()).select_from(models.User).where(models.User.role == Role.ADMIN)
        )
        if user and user.role == Role.ADMIN and role is not Role.ADMIN and admins == 1:
            return Outcome(Code.INPUT_INVALID, f"{name} is the last admin.")
        if user is None:
            session.add(models.User(id=new_id(), name=name, role=role, created_at=store.now()))
        else:
            user.role = role
        action = "user.add" if user is None else "user.role"
        audit.record(session, store, actor, action, "user", name, details={"role": role.value})
    return Outcome(Code.OK, f"{name} is {role}.")
