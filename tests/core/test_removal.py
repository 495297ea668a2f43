"""Runs and clips that came in by mistake are hidden; what depends on them keeps them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from prelabel_tui.core.catalog.names import Kind, known_name, names
from prelabel_tui.core.catalog.runs import find_run, list_runs
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.catalog.workspaces import workspaces
from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ingest.clips import copy_pictures
from prelabel_tui.core.ingest.removal import removable, remove_media, remove_run
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.store import Store
from prelabel_tui.core.store.artifacts import FolderArtifacts
from prelabel_tui.core.triage.series import series
from tests.bringing import BALLS, CLIP, PLAYERS, bring
from tests.core.publishing import published, ready

ADA = Actor("ada", Role.ADMIN, "test")
WHY = "the wrong match"


def age(store: Store) -> None:
    """Two hours pass for the artifacts."""
    for path in (store.home / "artifacts").rglob("*.zst"):
        os.utime(path, (time.time() - 7200,) * 2)


def freed(store: Store, number: int) -> int:
    """How many artifacts go that nothing needs: a bucket keeps all of them."""
    return number if isinstance(store.artifacts, FolderArtifacts) else 0


def clean(store: Store) -> bool:
    return fsck(store).outcome.code is Code.FSCK_CLEAN


def test_a_removed_run_is_seen_nowhere_and_its_labels_may_come_again(
    any_store: Store, reviewer: Actor
) -> None:
    run = bring(any_store, reviewer).unwrap()
    age(any_store)
    stored = set(any_store.artifacts.names())
    assert removable(any_store, run.id).ok
    removed = remove_run(any_store, ADA, run.id[:8], WHY)
    assert removed.code is Code.RUN_REMOVED
    assert f"{freed(any_store, 2)} artifacts freed" in removed.detail
    assert len(stored - set(any_store.artifacts.names())) == freed(any_store, 2)
    assert list_runs(any_store).rows == ()
    assert find_run(any_store, run.id).outcome.code is Code.NOT_FOUND
    assert series(any_store).rows == ()
    assert open_review(any_store, reviewer, run.id, Capability.BALL).outcome.code is Code.NOT_FOUND
    scope = find_scope(any_store, "arena", "clip-1", Capability.BALL).unwrap()
    assert {pack.lifecycle for pack in packs.packs(any_store, scope)} == {packs.Lifecycle.RETIRED}
    entry = audit.entries(any_store, action="run.remove")[0]
    assert (entry.actor, entry.subject_id, entry.reason) == ("ada", run.id, WHY)
    assert clean(any_store)
    assert remove_run(any_store, ADA, run.id, WHY).code is Code.NOT_FOUND
    again = bring(any_store, reviewer)
    assert again.outcome.code is Code.IMPORT_SUCCESS
    assert again.unwrap().id != run.id
    assert open_review(any_store, reviewer, again.unwrap().id, Capability.BALL).ok
    assert clean(any_store)


def test_what_another_run_needs_or_was_just_stored_is_not_freed(
    store: Store, reviewer: Actor
) -> None:
    both = bring(store, reviewer).unwrap()
    bring(store, reviewer, documents={Capability.BALL: BALLS})
    stored = set(store.artifacts.names())
    assert "0 artifacts freed" in remove_run(store, ADA, both.id, WHY).detail, "just stored"
    assert set(store.artifacts.names()) == stored
    assert clean(store)
    bring(store, reviewer)
    age(store)
    second = list_runs(store).rows[0]
    assert "1 artifact freed" in remove_run(store, ADA, second.id, WHY).detail
    left = set(store.artifacts.names())
    assert store.artifacts.put(BALLS.payload()) in left
    assert store.artifacts.put(PLAYERS.payload()) not in left


@pytest.mark.parametrize("capability", Capability)
def test_what_an_active_draft_came_from_stays(
    capability: Capability, store: Store, reviewer: Actor
) -> None:
    run = bring(store, reviewer).unwrap()
    draft = open_review(store, reviewer, run.id, capability).unwrap()
    for refused in (
        remove_run(store, ADA, run.id, WHY),
        remove_media(store, ADA, "arena", "clip-1", WHY),
    ):
        assert refused.code is Code.REMOVE_REFUSED
        assert draft.id[:8] in refused.detail
    assert list_runs(store).rows[0].id == run.id


def test_what_a_revision_came_from_stays(store: Store, reviewer: Actor) -> None:
    published(store, reviewer, ready(store, reviewer))
    (run,) = list_runs(store).rows
    for refused in (
        removable(store, run.id),
        remove_run(store, ADA, run.id, WHY),
        remove_media(store, ADA, run.workspace, run.media, WHY),
    ):
        assert refused.code is Code.REMOVE_REFUSED
        assert "revision 1" in refused.detail


def test_only_an_admin_removes_and_says_why(store: Store, reviewer: Actor) -> None:
    run = bring(store, reviewer).unwrap()
    for who in (reviewer, Actor("lena", Role.LEAD, "test")):
        assert remove_run(store, who, run.id, WHY).code is Code.ROLE_FORBIDDEN
        assert remove_media(store, who, "arena", "clip-1", WHY).code is Code.ROLE_FORBIDDEN
    assert remove_run(store, ADA, run.id, " ").code is Code.REASON_REQUIRED
    assert remove_media(store, ADA, "arena", "none", WHY).code is Code.NOT_FOUND
    assert list_runs(store).rows[0].id == run.id


def test_a_removed_clip_leaves_its_name_and_its_copied_pictures(
    any_store: Store, reviewer: Actor, tmp_path: Path
) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(b"picture %d" % number)
    clip = Manifest(
        tuple(MediaFrame(f"{n}.jpg", 100, 50, path=str(tmp_path / f"{n}.jpg")) for n in range(3))
    )
    other = Manifest(clip.frames[:1])
    bring(any_store, reviewer, manifest=copy_pictures(any_store, clip))
    first = {Capability.BALL: BALLS.from_frames(Capability.BALL, list(BALLS)[:1])}
    bring(any_store, reviewer, media="clip-2", manifest=copy_pictures(any_store, other),
          documents=first)  # fmt: skip
    age(any_store)
    removed = remove_media(any_store, ADA, "arena", "clip-1", WHY)
    assert removed.code is Code.MEDIA_REMOVED
    five = freed(any_store, 5)
    assert f"{five} artifacts freed" in removed.detail, "two payloads, a manifest, two pictures"
    assert [row.media for row in list_runs(any_store).rows] == ["clip-2"]
    assert [row.scope.media for row in series(any_store).rows] == ["clip-2"]
    assert names(any_store, Kind.MEDIA).names == ("clip-2",)
    assert known_name(any_store, Kind.MEDIA, "clip-1") is None
    assert workspaces(any_store)[0].media == 1
    scope = find_scope(any_store, "arena", "clip-1", Capability.BALL)
    assert scope.outcome.code is Code.NOT_FOUND
    assert clean(any_store)
    another = bring(any_store, reviewer, manifest=Manifest(CLIP.frames[::-1]))
    assert another.outcome.code is Code.IMPORT_SUCCESS
    assert clean(any_store)
