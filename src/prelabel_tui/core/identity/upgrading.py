"""Upgrading a database that several people use, as one of them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action, refused
from prelabel_tui.core.identity.actor import Actor, Role, origin, system_user
from prelabel_tui.core.identity.users import open_as_user
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.store import gives_outcome
from prelabel_tui.core.store.database import HEAD, database_url, describe_database, make_engine


@gives_outcome
def upgrade_database(
    home: Path, database: str | None, artifacts: str | None, user: str | None
) -> Outcome:
    """Bring the tables to this program's version (admins).

    DATABASE_UPGRADED, ROLE_FORBIDDEN, else the codes of :func:`open_as_user`.
    """
    described = describe_database(home, database)
    if described.value is None:
        return described.outcome
    before = described.value.version
    if before not in (None, HEAD) and (no := _refused(database_url(home, database))):
        return no
    opened = open_as_user(home, database, artifacts, user, upgrade=True)
    if opened.value is None:
        return opened.outcome
    store, actor = opened.value
    try:
        if before in (None, HEAD):
            return Outcome(Code.DATABASE_UPGRADED, f"Version {HEAD}.")
        with store.write() as session:
            audit.record(
                session, store, actor, Action.DATABASE_UPGRADE, "database", HEAD,
                details={"from": before, "to": HEAD},
            )  # fmt: skip
    finally:
        store.close()
    return Outcome(Code.DATABASE_UPGRADED, f"From {before} to {HEAD}.")


def _refused(url: str) -> Outcome | None:
    """Refuse who is no admin, as the tables that are still to be upgraded have it."""
    engine = make_engine(url)
    name = system_user()
    query = text("SELECT role FROM users WHERE name = :name")
    try:
        with engine.connect() as connection:
            role = connection.scalar(query, {"name": name})
    finally:
        engine.dispose()
    actor = Actor(name, Role.REVIEWER if role is None else Role(role), origin())
    return refused(actor, Action.DATABASE_UPGRADE)
