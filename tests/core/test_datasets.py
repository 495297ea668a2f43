"""Frozen data sets: what is in stays in, and what became of it is said."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest
import rfc8785
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from prelabel_tui.core import publishing
from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.datasets import snapshots
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import eligibility, revisions
from prelabel_tui.core.store import Store
from tests import matches
from tests.exporting import BALL, LENA, PLAYER, balls, both, exported, players, published

CLIP = matches.manifest(6)
RUI = Actor("rui", Role.REVIEWER, "test@host pid 2")


def revoke(store: Store, revision: str) -> None:
    row = revisions.revision(store, revision).unwrap()
    done = eligibility.revoke(store, LENA, revision, row.eligibility.version, "wrong clip")
    assert done.ok, done.outcome.headline


def publish_again(store: Store, scope: Scope) -> str:
    """A newer revision of a scope, approved."""
    draft = loading.active_draft(store, scope)
    assert draft is not None
    edited = matches.review_all(store, LENA, draft.id, nudge=100)
    done = publishing.publish(store, LENA, draft.id, edited.version, override_reason="a test")
    revision = done.unwrap().revision
    assert revision is not None
    assert eligibility.approve(store, LENA, revision.id, 1).ok
    return revision.id


def test_what_is_frozen_stays_and_what_became_of_it_is_said(
    any_store: Store, tmp_path: Path
) -> None:
    ball = published(any_store, BALL, balls(6), CLIP)
    player = published(any_store, PLAYER, players(6), CLIP)
    frozen = snapshots.create(any_store, LENA, "spring")
    assert frozen.outcome.code is Code.DATASET_CREATED
    row = frozen.unwrap()
    assert (row.revisions, row.clips, row.revoked) == (2, 1, 0)
    scope = revisions.revision(any_store, player).unwrap().scope
    newer = publish_again(any_store, scope)
    revoke(any_store, ball)
    status = snapshots.status(any_store, "spring")
    assert status.outcome.code is Code.DATASET_REVOKED
    found = status.unwrap()
    assert found.row.digest == row.digest
    assert [member.revision.id for member in found.members] == [ball, player]
    assert [member.now for member in found.members] == [
        "Revoked by lena: wrong clip",
        "Approved; 2 is newer",
    ]
    selection = snapshots.selection_of(any_store, "spring").unwrap()
    done = exported(any_store, "coco", tmp_path / "out", selection).unwrap()
    assert done.revoked == 1
    assert "1 revision revoked since the data set was frozen" in done.text
    told = json.loads((tmp_path / "out/manifest.json").read_bytes())
    assert told["dataset"]["revoked"] == [ball]
    assert [content["revision_id"] for content in told["contents"]] == [ball, player]
    after = snapshots.create(any_store, LENA, "summer").unwrap()
    assert after.digest != row.digest
    changes = snapshots.difference(any_store, "spring", "summer").unwrap()
    assert [change.text for change in changes] == ["removed: revision 1", "changed: revision 1 → 2"]
    assert snapshots.difference(any_store, "spring", "spring").unwrap() == []
    assert [r.name for r in snapshots.datasets(any_store)] == ["summer", "spring"]
    assert [r.name for r in snapshots.datasets(any_store, snapshots.datasets(any_store)[0])] == [
        "spring"
    ]
    assert revisions.revision(any_store, newer).unwrap().number == 2
    assert fsck(any_store).outcome.code is Code.FSCK_CLEAN


def test_the_digest_can_be_worked_out_from_a_manifest(store: Store, tmp_path: Path) -> None:
    both(store, CLIP)
    row = snapshots.create(store, LENA, "spring").unwrap()
    exported(store, "yolo", tmp_path / "out", snapshots.selection_of(store, "spring").unwrap())
    told = json.loads((tmp_path / "out/manifest.json").read_bytes())
    names = ("workspace", "media", "capability", "revision", "content_hash", "manifest_sha")
    rows = sorted([content[name] for name in names] for content in told["contents"])
    assert hashlib.sha256(rfc8785.dumps(rows)).hexdigest() == row.digest
    assert told["dataset"]["digest"] == row.digest


def test_only_leads_freeze_and_names_are_used_once(store: Store) -> None:
    nothing = snapshots.create(store, LENA, "spring")
    assert nothing.outcome.code is Code.INPUT_INVALID
    assert "None of the revisions asked for is approved" in nothing.outcome.detail
    both(store, CLIP)
    assert snapshots.create(store, RUI, "spring").outcome.code is Code.ROLE_FORBIDDEN
    assert snapshots.create(store, LENA, " ").outcome.code is Code.INPUT_INVALID
    unknown = snapshots.create(store, LENA, "spring", media="none").outcome
    assert (unknown.code, unknown.detail) == (Code.NOT_FOUND, "Media 'none'.")
    unknown = snapshots.create(store, LENA, "spring", ["arena", "arenas"]).outcome
    assert (unknown.code, unknown.detail) == (Code.NOT_FOUND, "Workspace 'arenas'.")
    assert snapshots.datasets(store) == []
    balls_only = snapshots.create(store, LENA, "spring", ["arena"], "m1", BALL).unwrap()
    assert balls_only.revisions == 1
    assert balls_only.filters == {
        "workspaces": ["arena"],
        "media": "m1",
        "capability": "ball_detection",
    }
    again = snapshots.create(store, LENA, "spring")
    assert again.outcome.code is Code.DATASET_EXISTS
    assert "frozen by lena" in again.outcome.detail
    entries = audit.entries(store, action="dataset")
    assert [(e.action, e.actor, e.details["name"]) for e in entries] == [
        ("dataset.create", "lena", "spring")
    ]
    for missing in (snapshots.status, snapshots.selection_of):
        assert missing(store, "none").outcome.code is Code.NOT_FOUND
    assert snapshots.difference(store, "spring", "none").outcome.code is Code.NOT_FOUND


def test_of_many_who_freeze_at_once_one_succeeds(any_store: Store) -> None:
    both(any_store, CLIP)
    start, codes = threading.Barrier(4), []

    def freeze() -> None:
        start.wait()
        codes.append(snapshots.create(any_store, LENA, "spring").outcome.code)

    threads = [threading.Thread(target=freeze) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [Code.DATASET_CREATED, *[Code.DATASET_EXISTS] * 3]
    assert len(snapshots.datasets(any_store)) == 1


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE datasets SET digest = 'x'", "its hash is not that of its revisions"),
        ("DELETE FROM dataset_revisions WHERE capability = 'ball_detection'", "its hash is not"),
        ("UPDATE datasets SET created_by = 'eve'", "the audit log does not record its creation"),
        ("DELETE FROM dataset_revisions; DELETE FROM datasets", "it does not exist"),
    ],
)
def test_fsck_finds_what_was_forged(store: Store, statement: str, said: str) -> None:
    both(store, CLIP)
    snapshots.create(store, LENA, "spring").unwrap()
    assert fsck(store).outcome.code is Code.FSCK_CLEAN
    for part in statement.split("; "):
        with pytest.raises(DBAPIError, match="append-only"), store.write() as session:
            session.execute(text(part))
    with store.write() as session:
        for table in ("datasets", "dataset_revisions"):
            for verb in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
        for part in statement.split("; "):
            session.execute(text(part))
    report = fsck(store)
    assert report.outcome.code is Code.FSCK_DAMAGED
    assert said in " ".join(damage.text for damage in report.unwrap().damages)
