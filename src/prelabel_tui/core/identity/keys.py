"""The SSH keys of users: who a key lets in, and what sshd is told of it."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.actor import Actor, Role, origin
from prelabel_tui.core.identity.public_key import PublicKey, fingerprint
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.store import Store, gives_outcome, models
from prelabel_tui.core.text import counted


@dataclass(frozen=True)
class KeyRow:
    """A user's key as lists show it.

    ``title``: its kind and comment; ``line``: the key as a line of a `.pub` file.
    """

    user: str
    fingerprint: str
    title: str
    line: str
    created_at: dt.datetime
    created_by: str


def list_keys(store: Store, user: str | None = None) -> list[KeyRow]:
    """List the keys of one user or of all, by user, the oldest first."""
    key = models.UserKey
    query = select(key, models.User.name).join(models.User, models.User.id == key.user_id)
    if user is not None:
        query = query.where(models.User.name == user)
    with store.read() as session:
        found = session.execute(query.order_by(models.User.name, key.created_at, key.id))
        return [_row(row) for row in found]


def _row(found: Row[models.UserKey, str]) -> KeyRow:
    key, user = found
    line = PublicKey(key.kind, key.blob, key.comment).line
    title = f"{key.kind} {key.comment}".rstrip()
    return KeyRow(user, key.fingerprint, title, line, key.created_at, key.created_by)


@gives_outcome
def add_keys(store: Store, actor: Actor, name: str, keys: Sequence[PublicKey]) -> Outcome:
    """Let a user come in by these keys (admins).  Those that the user has already are left alone.

    OK, ROLE_FORBIDDEN, USER_UNKNOWN, INPUT_INVALID (a key is another user's), storage codes.
    """
    with store.write() as session:
        actor = authorise(session, actor, Action.KEY_ADD)
        user = _user(session, name)
        added = enter_keys(session, store, actor, user, keys)
    return Outcome(Code.OK, f"{name} has {counted(added, 'new key')}.")


def enter_keys(
    session: Session, store: Store, actor: Actor, user: models.User, keys: Iterable[PublicKey]
) -> int:
    """Give a user keys, in a transaction that has asked for the role; return how many are new.

    Refused (INPUT_INVALID) for the key of another user.
    """
    added = 0
    for key in keys:
        holder = session.execute(
            select(models.UserKey.user_id, models.User.name)
            .join(models.User, models.User.id == models.UserKey.user_id)
            .where(models.UserKey.fingerprint == key.fingerprint)
        ).first()
        if holder is not None:
            if holder.user_id != user.id:
                detail = f"The key {key.fingerprint} is {holder.name}'s: remove it there first."
                raise Refused(Outcome(Code.INPUT_INVALID, detail))
            continue
        row = models.UserKey(
            id=new_id(), user_id=user.id, fingerprint=key.fingerprint, kind=key.kind, blob=key.blob,
            comment=key.comment, created_at=store.now(), created_by=actor.name,
        )  # fmt: skip
        session.add(row)
        _record(session, store, actor, Action.KEY_ADD, row, user)
        added += 1
    return added


@gives_outcome
def remove_key(store: Store, actor: Actor, name: str, given: str) -> Outcome:
    """Let a user no longer come in by the key of this fingerprint (admins).

    Sessions that are open go on.  OK, ROLE_FORBIDDEN, USER_UNKNOWN, NOT_FOUND, storage codes.
    """
    with store.write() as session:
        actor = authorise(session, actor, Action.KEY_REMOVE)
        user = _user(session, name)
        row = session.scalar(
            select(models.UserKey).where(
                models.UserKey.fingerprint == given, models.UserKey.user_id == user.id
            )
        )
        if row is None:
            return Outcome(Code.NOT_FOUND, f"{name} has no key {given!r}.")
        session.delete(row)
        _record(session, store, actor, Action.KEY_REMOVE, row, user)
    return Outcome(Code.OK, f"The key {given} no longer lets anybody in.")


def _record(
    session: Session,
    store: Store,
    actor: Actor,
    action: Action,
    key: models.UserKey,
    user: models.User,
) -> None:
    audit.record(
        session, store, actor, action, "key", key.fingerprint.removeprefix("SHA256:"),
        details={"user": user.name, "fingerprint": key.fingerprint},
        wrote=[(models.UserKey, key.id)],
    )  # fmt: skip


def _user(session: Session, name: str) -> models.User:
    user = session.scalar(select(models.User).where(models.User.name == name))
    if user is None:
        raise Refused(Outcome(Code.USER_UNKNOWN, f"User {name!r}."))
    return user


def user_of_key(store: Store, blob: bytes) -> Actor | None:
    """Return who comes in by a key, with the role they have now; None for a key of nobody.

    ``blob`` is the key as SSH sends it (:class:`PublicKey`).  SQLAlchemyError.
    """
    return user_of_fingerprint(store, fingerprint(blob))


def user_of_fingerprint(store: Store, given: str) -> Actor | None:
    """Return who comes in by the key of a fingerprint, as :func:`user_of_key` does."""
    with store.read() as session:
        found = session.execute(
            select(models.User.name, models.User.role)
            .join(models.UserKey, models.UserKey.user_id == models.User.id)
            .where(models.UserKey.fingerprint == given)
        ).first()
    if found is None:
        return None
    return Actor(found.name, Role(found.role), f"{origin()} key {given}")


def authorized_key(key: KeyRow, command: Sequence[str]) -> str:
    """Write the line of `authorized_keys` by which sshd runs ``command``, whatever is asked for.

    The key gets a terminal and nothing else.  The words have no line breaks.
    """
    quoted = shlex.join(command).replace('"', '\\"')
    return f'restrict,pty,command="{quoted}" {key.line}'
