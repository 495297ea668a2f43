"""From a data folder of the first schema to this one: nothing is lost, everything still binds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import revisions
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, open_store
from tests.old_folders import first_database, first_folder

RUI = Actor("rui", Role.REVIEWER, "test@host pid 1")

APPEND_ONLY = (
    "audit",
    "dataset_revisions",
    "datasets",
    "draft_versions",
    "prelabel_packs",
    "revisions",
)


@pytest.fixture(params=["sqlite", "postgres"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The folder of the first schema, opened by this program, on both databases."""
    home, url = first_folder(tmp_path / "home"), None
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        first_database(home, url)
    store = open_store(home, url).unwrap()
    yield store
    store.close()


def test_drafts_revisions_and_eligibility_are_as_they_were(migrated: Store) -> None:
    report = fsck(migrated)
    assert report.outcome.code is Code.FSCK_CLEAN, report.value
    for capability, status in ((Capability.BALL, "Reviewed"), (Capability.PLAYER, "Approved")):
        scope = find_scope(migrated, "arena", "m1", capability).unwrap()
        (row,) = revisions.history(migrated, scope)
        assert row.eligibility.status == status
        draft = loading.active_draft(migrated, scope)
        assert draft is not None
        reviewed = loading.load(migrated, draft.id).unwrap().document
        assert all(frame.reviewed for frame in reviewed)
        assert revisions.load(migrated, row.id).unwrap().document == reviewed.published()


def test_an_edit_that_was_never_saved_is_offered(migrated: Store) -> None:
    scope = find_scope(migrated, "arena", "m1", Capability.PLAYER).unwrap()
    draft = loading.active_draft(migrated, scope)
    assert draft is not None
    session = EditingSession.open(migrated, RUI, draft.id).unwrap()
    try:
        assert session.recovery is not None
        assert session.recovery.count == 1
    finally:
        session.close()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_triggers_are_there(migrated: Store, table: str) -> None:
    if table.startswith("dataset"):
        with migrated.write() as session:
            revision, media = session.execute(text("SELECT id, media_id FROM revisions")).first()
            now = migrated.now().isoformat()
            session.execute(
                text("INSERT INTO datasets VALUES ('d', 'season', :sha, '{}', :now, 'lena')"),
                {"sha": "0" * 64, "now": now},
            )
            session.execute(
                text("INSERT INTO dataset_revisions VALUES ('d', :revision, :media, 'x')"),
                {"revision": revision, "media": media},
            )
    column = {"datasets": "name", "dataset_revisions": "capability"}.get(table)
    if column is None:
        column = "actor" if table in ("audit", "draft_versions") else "capability"
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="append-only"), migrated.write() as session:
            session.execute(text(statement))
