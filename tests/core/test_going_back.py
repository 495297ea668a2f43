"""Going back: restored versions, resets, drafts from revisions; and what stands in the way."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.info import Kind
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability, make_frame
from prelabel_tui.core.model.lineage import LineageKind
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import publish
from prelabel_tui.core.store import Store, models
from tests import matches
from tests.matches import Match


@pytest.fixture
def match(any_store: Store, lead: Actor) -> Match:
    return matches.enter(any_store, lead)


def published(store: Store, lead: Actor, match: Match) -> tuple[str, Document]:
    """A revision's id, and the content that was published."""
    info = matches.review_all(store, lead, match.draft.id, nudge=300)
    done = publish(store, lead, info.id, info.version).unwrap()
    assert done.revision is not None
    return done.revision.id, loading.load(store, info.id).unwrap().document


def labels(document: Document) -> list[object]:
    return [frame.labels for frame in document]


def test_a_revision_becomes_the_next_version_of_the_active_draft(
    any_store: Store, lead: Actor, reviewer: Actor, match: Match
) -> None:
    revision, content = published(any_store, lead, match)
    matches.save(any_store, reviewer, match.draft.id, {0: make_frame()})
    info = versions.new_from_revision(any_store, reviewer, revision).unwrap()
    assert (info.id, info.version) == (match.draft.id, 4)
    assert info.lineage.revision_id == revision
    assert labels(loading.load(any_store, info.id).unwrap().document) == labels(content)
    rows = versions.versions(any_store, info.id)
    assert rows[0].kind is Kind.RESTORE
    assert rows[0].as_json()["kind"] == "restore"
    assert rows[0].as_json()["checkpoint"] is True
    older = versions.versions(any_store, info.id, before=3, limit=1)
    assert [row.version for row in older] == [2]


def test_without_an_active_draft_it_begins_a_new_one(
    any_store: Store, lead: Actor, reviewer: Actor, match: Match
) -> None:
    revision, content = published(any_store, lead, match)
    with any_store.write() as session:
        session.execute(update(models.Draft).values(active=False))
    made = versions.new_from_revision(any_store, reviewer, revision)
    assert made.outcome.code is Code.DRAFT_CREATED
    info = made.unwrap()
    assert info.id != match.draft.id
    assert (info.version, info.lineage.revision_id) == (1, revision)
    assert labels(loading.load(any_store, info.id).unwrap().document) == labels(content)


def test_a_revision_that_is_not_there_or_cannot_be_read(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = matches.enter(store, lead)
    revision, _ = published(store, lead, match)
    missing = versions.new_from_revision(store, reviewer, new_id())
    assert missing.outcome.code is Code.NOT_FOUND
    for path in (store.home / "artifacts").rglob("*.zst"):
        path.write_bytes(b"rubbish")
    broken = versions.new_from_revision(store, reviewer, revision)
    assert broken.outcome.code is Code.STORAGE_READ_FAILED
    assert versions.reset(store, reviewer, match.draft.id, 2).outcome.code is (
        Code.STORAGE_READ_FAILED
    )


def test_a_source_of_another_length_is_refused(store: Store, lead: Actor, reviewer: Actor) -> None:
    match = matches.enter(store, lead)
    longer = matches.content(Capability.PLAYER, 7)
    sha = store.artifacts.put(longer.payload())
    with store.write_rows() as rows:
        rows.exec_driver_sql("DROP TRIGGER prelabel_packs_no_update")
        rows.exec_driver_sql(f"UPDATE prelabel_packs SET artifact_sha = '{sha}'")
    refused = versions.reset(store, reviewer, match.draft.id, 1)
    assert refused.outcome.code is Code.MEDIA_MISMATCH
    assert "7 frames" in refused.outcome.detail
    assert loading.draft_info(store, match.draft.id).unwrap().version == 1


def test_what_is_not_there_cannot_be_gone_back_to(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = matches.enter(store, lead)
    assert versions.reset(store, reviewer, new_id(), 1).outcome.code is Code.NOT_FOUND
    assert versions.restore(store, reviewer, new_id(), 1, 1).outcome.code is Code.NOT_FOUND
    assert versions.restore(store, reviewer, match.draft.id, 1, 9).outcome.code is Code.NOT_FOUND
    assert versions.compare(store, match.draft.id, 1, 9).outcome.code is Code.NOT_FOUND


def test_a_comparison_as_data(store: Store, lead: Actor, reviewer: Actor) -> None:
    match = matches.enter(store, lead)
    before = loading.load(store, match.draft.id).unwrap().document.frame(1)
    kept = before.labels[1:]
    matches.save(store, reviewer, match.draft.id, {1: make_frame(kept)})
    data = versions.compare(store, match.draft.id, 1, 2).unwrap().as_json()
    assert data["frames"] == [
        {
            "frame": 2,
            "added": [],
            "removed": [before.labels[0].id],
            "modified": [],
            "flags": None,
            "ball": None,
            "left_out": None,
        }
    ]
    assert (data["a"], data["b"]) == (1, 2)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_version_whose_row_is_gone_is_a_storage_failure_not_other_content(
    store: Store, lead: Actor, reviewer: Actor, version: int
) -> None:
    match = matches.enter(store, lead)
    for _ in range(2):
        matches.review_all(store, reviewer, match.draft.id, nudge=100)
    row = models.DraftVersion
    with store.write_rows() as rows:
        rows.exec_driver_sql("DROP TRIGGER draft_versions_no_delete")
        rows.execute(delete(row).where(row.draft_id == match.draft.id, row.version == version))
    outcome = loading.load(store, match.draft.id).outcome
    assert outcome.code in (Code.STORAGE_READ_FAILED, Code.NOT_FOUND)
    assert not outcome.ok


def test_a_blank_draft_has_manual_lineage_from_its_first_version(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = matches.enter(store, lead)
    with store.write() as session:
        session.execute(update(models.Draft).values(active=False))
        session.execute(update(models.RunOutcome).values(pack_id=None, status="failed"))
    info = loading.open_review(store, reviewer, match.run_id, Capability.PLAYER).unwrap()
    assert info.lineage.kind is LineageKind.MANUAL
    assert [row.lineage.label for row in versions.versions(store, info.id)] == ["Manual"]
