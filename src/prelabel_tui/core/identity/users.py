"""Who acts, and what a role may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.actor import Actor, Role, origin, system_user
from prelabel_tui.core.identity.keys import enter_keys, user_of_fingerprint
from prelabel_tui.core.identity.public_key import PublicKey
from prelabel_tui.core.identity.roles import authorise, role_of
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.store import Store, gives_outcome, gives_result, models, open_store
from prelabel_tui.core.text import NAME_RULE, usable_name


@dataclass(frozen=True)
class UserRow:
    """A user as lists show it."""

    name: str
    role: Role


def open_as_user(
    home: Path,
    database: str | None,
    artifacts: str | None,
    user: str | None,
    *,
    key: str | None = None,
    upgrade: bool = False,
) -> Result[tuple[Store, Actor]]:
    """Open a data folder and sign in there.

    ``database``, ``artifacts``, ``upgrade``: as for :func:`open_store`; ``user``: as for
    :func:`sign_in`; ``key``, the fingerprint of a key, instead of it: as for
    :func:`sign_in_by_key`.  The codes of both.
    """
    opened = open_store(home, database, artifacts, upgrade=upgrade)
    if opened.value is None:
        return Result(opened.outcome)
    store = opened.value
    actor = sign_in(store, user) if key is None else sign_in_by_key(store, key)
    if actor.value is None:
        store.close()
        return Result(actor.outcome)
    return Result(Outcome(Code.OK), (store, actor.value))


@gives_result
def sign_in(store: Store, name: str | None = None) -> Result[Actor]:
    """Return the actor of this process: the operating-system user, or ``name``.

    The operating-system user is entered as reviewer on the first visit (as admin when the data
    folder has no user yet), unless the folder is another account's.  Only an admin may act as
    another: ROLE_FORBIDDEN, else USER_UNKNOWN where nobody has that name.  Storage codes.
    """
    own = _own_account(store)
    if name is None or name == own.name:
        return Result(Outcome(Code.OK), own)
    with store.read() as session:
        authorise(session, own, Action.USER_ACT_AS)
        role = role_of(session, name)
    if role is None:
        return Result(Outcome(Code.USER_UNKNOWN, f"User {name!r}."))
    return Result(Outcome(Code.OK), Actor(name, role, own.origin))


@gives_result
def sign_in_by_key(store: Store, fingerprint: str) -> Result[Actor]:
    """Return the user whose key has this fingerprint, for a session that sshd begins.

    The account that the session runs as must be an admin's: ROLE_FORBIDDEN, else USER_UNKNOWN for
    a key of nobody.  Storage codes.
    """
    own = _own_account(store)
    with store.read() as session:
        authorise(session, own, Action.USER_ACT_AS)
    actor = user_of_fingerprint(store, fingerprint)
    if actor is None:
        return Result(Outcome(Code.USER_UNKNOWN, f"The key {fingerprint!r} is nobody's."))
    return Result(Outcome(Code.OK), actor)


def _own_account(store: Store) -> Actor:
    name = system_user()
    with store.read() as session:
        role = role_of(session, name)
    if role is not None or store.read_only is not None:
        return Actor(name, role or Role.REVIEWER, origin())

    def enter(session: Session) -> Role:
        role = role_of(session, name)
        if role is None:  # another process of the same user may have been first
            first = session.scalar(select(func.count()).select_from(models.User)) == 0
            role = Role.ADMIN if first else Role.REVIEWER
            user = models.User(id=new_id(), name=name, role=role, created_at=store.now())
            session.add(user)
            audit.record(
                session, store, Actor(name, role, origin()), Action.USER_ENTER, "user", name,
                wrote=[(models.User, user.id)],
            )  # fmt: skip
        return role

    return Actor(name, store.write_once(enter), origin())


def list_users(store: Store) -> list[UserRow]:
    """List all users by name."""
    with store.read() as session:
        rows = session.execute(select(models.User.name, models.User.role).order_by("name"))
        return [UserRow(name, Role(role)) for name, role in rows]


@gives_outcome
def set_role(
    store: Store, actor: Actor, name: str, role: Role | None, keys: Sequence[PublicKey] = ()
) -> Outcome:
    """Add a user or change a role, and give them keys.  Admins only; the last admin stays one.

    ``role``: None leaves that of a user as it is, and makes a new one a reviewer.
    OK, ROLE_FORBIDDEN, INPUT_INVALID (also for a key of another user), storage codes.
    """
    with store.write() as session:
        # Locked: two admins who step down at once would each leave the other as the last one.
        of_admins = select(models.User.name).where(models.User.role == Role.ADMIN)
        admins = session.scalars(of_admins.order_by(models.User.name).with_for_update()).all()
        user = session.scalar(select(models.User).where(models.User.name == name))
        action = Action.USER_ADD if user is None else Action.USER_ROLE
        actor = authorise(session, actor, action)
        if not usable_name(name):
            return Outcome(Code.INPUT_INVALID, f"A user's {NAME_RULE}.")
        if role is None:
            role = Role.REVIEWER if user is None else Role(user.role)
        if role is not Role.ADMIN and admins == [name]:
            return Outcome(Code.INPUT_INVALID, f"{name} is the last admin.")
        details = {"role": role.value}
        if user is None:
            user = models.User(id=new_id(), name=name, role=role, created_at=store.now())
            session.add(user)
        else:
            details["from"] = str(user.role)
            user.role = role
        if details.get("from") != role:
            audit.record(
                session, store, actor, action, "user", name, details=details,
                wrote=[(models.User, user.id)],
            )  # fmt: skip
        enter_keys(session, store, actor, user, keys)
    return Outcome(Code.OK, f"{name} is {'an' if role is Role.ADMIN else 'a'} {role}.")
