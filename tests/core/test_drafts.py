"""Drafts in the database: the routing rule, versions, compare-and-swap, going back."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, update

from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.info import DraftInfo, Kind
from prelabel_tui.core.drafts.loading import LoadedDraft
from prelabel_tui.core.edits.operations import apply
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability, Flag
from prelabel_tui.core.model.lineage import LineageKind
from prelabel_tui.core.outcomes import Code, Result
from prelabel_tui.core.store import Store, models
from tests.core.clips import add_box, add_run, flag, nudge, player_document

PLAYER = Capability.PLAYER


def opened(store: Store, actor: Actor, frames: int = 4, players: int = 3) -> LoadedDraft:
    run = add_run(store, player_document(frames, players))
    info = loading.open_review(store, actor, run, PLAYER).unwrap()
    return loading.load(store, info.id).unwrap()


def saved(
    store: Store, actor: Actor, base: LoadedDraft, document: Document, save_id: str | None = None
) -> Result[DraftInfo]:
    changed = document.changed_from(base.document)
    return loading.save(store, actor, base.info, document, changed, save_id or new_id())


def moved(document: Document, index: int = 1, label: str = "p0") -> Document:
    copy = document.copy()
    apply(copy, nudge(copy, index, label))
    return copy


def test_the_first_review_makes_a_draft_from_the_runs_pack_and_the_next_opens_it(
    any_store: Store, reviewer: Actor, lead: Actor
) -> None:
    pack = player_document(4, 3)
    run = add_run(any_store, pack)
    first = loading.open_review(any_store, reviewer, run, PLAYER)
    second = loading.open_review(any_store, lead, run, PLAYER)
    assert first.outcome.code is Code.DRAFT_CREATED
    assert second.outcome.code is Code.DRAFT_OPENED
    assert first.unwrap().id == second.unwrap().id
    assert first.unwrap().lineage.kind is LineageKind.PACK
    loaded = loading.load(any_store, first.unwrap().id).unwrap()
    assert loaded.document == pack
    assert loaded.info.version == 1
    assert len(loaded.manifest.frames) == 4
    assert [e.action for e in audit.entries(any_store, action="draft.")] == ["draft.create"]


def test_two_at_once_get_the_same_draft(any_store: Store, reviewer: Actor) -> None:
    run = add_run(any_store, player_document(3))
    results: list[Result[DraftInfo]] = []
    start = threading.Barrier(4)

    def review() -> None:
        start.wait()
        results.append(loading.open_review(any_store, reviewer, run, PLAYER))

    threads = [threading.Thread(target=review) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({result.unwrap().id for result in results}) == 1
    codes = sorted(result.outcome.code for result in results)
    assert codes == [Code.DRAFT_CREATED] + [Code.DRAFT_OPENED] * 3


def test_a_run_without_a_pack_gives_a_blank_manual_draft(store: Store, reviewer: Actor) -> None:
    run = add_run(store, player_document(3))
    with store.write() as session:
        session.execute(update(models.RunOutcome).values(pack_id=None, status="failed"))
    info = loading.open_review(store, reviewer, run, PLAYER).unwrap()
    assert info.lineage.label == "Manual"
    assert all(not frame.labels for frame in loading.load(store, info.id).unwrap().document)


def test_unknown_runs_and_capabilities_are_not_found(store: Store, reviewer: Actor) -> None:
    run = add_run(store, player_document(3))
    for run_id, capability in ((new_id(), PLAYER), (run, Capability.BALL)):
        outcome = loading.open_review(store, reviewer, run_id, capability).outcome
        assert outcome.code is Code.NOT_FOUND
    assert loading.load(store, new_id()).outcome.code is Code.NOT_FOUND


def test_reopening_gives_a_draft_without_lineage_the_runs(store: Store, reviewer: Actor) -> None:
    run = add_run(store, player_document(3))
    info = loading.open_review(store, reviewer, run, PLAYER).unwrap()
    with store.write() as session:
        session.execute(update(models.Draft).values(lineage="unknown", lineage_pack_id=None))
    assert loading.active_draft(store, info.scope).lineage.label == "Legacy/Unknown"  # type: ignore[union-attr]
    again = loading.open_review(store, reviewer, run, PLAYER)
    assert again.outcome.code is Code.DRAFT_OPENED
    assert again.unwrap().lineage == info.lineage
    assert again.unwrap().version == 1, "what people have open stays current"
    assert audit.entries(store, action="draft.seed")[0].details["run_id"] == run


def test_a_save_makes_the_next_version_and_its_audit_entry(
    any_store: Store, reviewer: Actor
) -> None:
    base = opened(any_store, reviewer)
    document = moved(base.document)
    result = saved(any_store, reviewer, base, document)
    assert result.outcome.code is Code.DRAFT_SAVED
    assert result.unwrap() == loading.draft_info(any_store, base.info.id).unwrap()
    assert loading.load(any_store, base.info.id).unwrap().document == document
    assert loading.load(any_store, base.info.id, 1).unwrap().document == base.document
    entry = audit.entries(any_store, action="draft.save")[0]
    assert (entry.version, entry.actor, entry.details["frames"]) == (2, "rui", 1)


def test_a_stale_save_is_refused_and_changes_nothing(
    any_store: Store, reviewer: Actor, lead: Actor
) -> None:
    base = opened(any_store, reviewer)
    saved(any_store, lead, base, moved(base.document, 2))
    refused = saved(any_store, reviewer, base, moved(base.document, 1))
    assert refused.value is None
    assert refused.outcome.headline.startswith("409 DRAFT_VERSION_CONFLICT")
    assert refused.outcome.data["updated_by"] == "lena"
    assert loading.load(any_store, base.info.id).unwrap().document == moved(base.document, 2)
    assert len(versions.versions(any_store, base.info.id)) == 2


def test_a_retried_save_counts_once(any_store: Store, reviewer: Actor, lead: Actor) -> None:
    base = opened(any_store, reviewer)
    document, save_id = moved(base.document), new_id()
    first = saved(any_store, reviewer, base, document, save_id)
    newer = loading.load(any_store, base.info.id).unwrap()
    saved(any_store, lead, newer, moved(document, 3))
    again = saved(any_store, reviewer, base, document, save_id)
    assert again.outcome.code is Code.DRAFT_SAVED
    assert again.unwrap() == first.unwrap()
    assert len(versions.versions(any_store, base.info.id)) == 3


def test_an_inactive_draft_takes_no_save(store: Store, reviewer: Actor) -> None:
    base = opened(store, reviewer)
    with store.write() as session:
        session.execute(update(models.Draft).values(active=False))
    outcome = saved(store, reviewer, base, moved(base.document)).outcome
    assert outcome.code is Code.DRAFT_NOT_ACTIVE


def test_any_version_can_be_compared_with_any_other(store: Store, reviewer: Actor) -> None:
    base = opened(store, reviewer)
    document = moved(base.document, 1, "p0")
    saved(store, reviewer, base, document)
    second = loading.load(store, base.info.id).unwrap()
    document = document.copy()
    apply(document, add_box(2, "p9"))
    apply(document, flag(document, 3, Flag.BAD_FRAME))
    saved(store, reviewer, second, document)
    there = versions.compare(store, base.info.id, 1, 3).unwrap()
    back = versions.compare(store, base.info.id, 3, 1).unwrap()
    assert (there.summary.added, there.summary.removed, there.summary.modified) == (1, 0, 1)
    assert (back.summary.added, back.summary.removed, back.summary.modified) == (0, 1, 1)
    assert [frame.index for frame in there.diff.frames] == [1, 2, 3]
    assert not versions.compare(store, base.info.id, 2, 2).unwrap().diff.frames
    assert versions.compare(store, base.info.id, 2, 7).outcome.code is Code.NOT_FOUND


def test_an_earlier_version_comes_back_as_a_new_one(store: Store, reviewer: Actor) -> None:
    base = opened(store, reviewer)
    saved(store, reviewer, base, moved(base.document))
    restored = versions.restore(store, reviewer, base.info.id, 1, 2)
    assert restored.unwrap().version == 3
    assert loading.load(store, base.info.id).unwrap().document == base.document
    assert [v.kind for v in versions.versions(store, base.info.id)] == [
        Kind.RESTORE,
        Kind.SAVE,
        Kind.CREATE,
    ]
    stale = versions.restore(store, reviewer, base.info.id, 2, 2)
    assert stale.outcome.code is Code.DRAFT_VERSION_CONFLICT
    assert versions.restore(store, reviewer, base.info.id, 9, 3).outcome.code is Code.NOT_FOUND
    entry = audit.entries(store, action="draft.restore")[0]
    assert entry.reason == "version 1"


def test_reset_goes_back_to_the_source_pack_and_can_be_taken_back(
    any_store: Store, reviewer: Actor
) -> None:
    base = opened(any_store, reviewer)
    edited = moved(base.document)
    saved(any_store, reviewer, base, edited)
    with any_store.write() as session:  # a draft whose lineage is not known resets, too
        session.execute(update(models.Draft).values(lineage="unknown", lineage_pack_id=None))
    result = versions.reset(any_store, reviewer, base.info.id, 2)
    assert result.outcome.code is Code.DRAFT_RESET
    assert result.unwrap().lineage == base.info.lineage
    assert loading.load(any_store, base.info.id).unwrap().document == base.document
    versions.restore(any_store, reviewer, base.info.id, 2, 3).unwrap()
    assert loading.load(any_store, base.info.id).unwrap().document == edited
    assert audit.entries(any_store, action="draft.reset")[0].version == 3


def test_reset_without_a_source_pack_says_so(store: Store, reviewer: Actor) -> None:
    run = add_run(store, player_document(3))
    info = loading.open_review(store, reviewer, run, PLAYER).unwrap()
    with store.write() as session:
        session.execute(
            update(models.Draft).values(
                lineage="manual", lineage_pack_id=None, media_id=info.scope.media_id
            )
        )
        session.execute(update(models.Draft).values(capability="ball_detection"))
    outcome = versions.reset(store, reviewer, info.id, 1).outcome
    assert outcome.code is Code.SOURCE_PACK_MISSING


def test_storage_stays_bounded_over_five_hundred_saves(store: Store, reviewer: Actor) -> None:
    """Not 500 payloads: what changed, twice at most, and one payload."""
    base = opened(store, reviewer, frames=120, players=22)
    current = base
    weights = 0
    for number in range(500):
        document = current.document.copy()
        apply(document, nudge(document, number % 120, f"p{number % 22}"))
        changed = document.changed_from(current.document)
        info = loading.save(store, reviewer, current.info, document, changed, new_id()).unwrap()
        current = LoadedDraft(info, document, current.manifest)
    rows = versions.versions(store, base.info.id, limit=1000)
    deltas = sum(row.stored_bytes for row in rows)
    weights = deltas + 4096 * 500
    row = models.DraftVersion
    with store.read() as session:
        names = session.scalars(select(row.checkpoint_sha).where(row.checkpoint_sha.is_not(None)))
        checkpoints = [store.artifacts.size(name) for name in set(names)]
        longest = session.scalar(select(func.max(row.chain_size)))
    payload = max(checkpoints)
    assert sum(checkpoints) <= weights + payload
    assert len(checkpoints) < 20
    assert longest is not None
    assert longest <= max(payload, 32 * 4096)
    assert loading.load(store, base.info.id).unwrap().document == current.document
    assert loading.load(store, base.info.id, 250).unwrap().info.version == 250


@pytest.mark.parametrize("what", ["delta", "checkpoint"])
def test_a_damaged_version_is_reported_not_loaded(store: Store, reviewer: Actor, what: str) -> None:
    base = opened(store, reviewer)
    document = moved(base.document)
    if what == "delta":  # content other than the hash says
        wrong = {1: moved(document, 1).encoded(1)}
        loading.save(store, reviewer, base.info, document, wrong, new_id()).unwrap()
    else:
        saved(store, reviewer, base, document).unwrap()
        for path in (store.home / "artifacts").rglob("*.zst"):
            path.write_bytes(b"rubbish")
    assert loading.load(store, base.info.id).outcome.code is Code.STORAGE_READ_FAILED
