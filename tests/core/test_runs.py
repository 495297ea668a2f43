"""Runs come in whole or not at all, are recognised again, and are listed a page at a time."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import event, func, select

from prelabel_tui.core.catalog.runs import (
    RunCursor,
    RunFilters,
    RunRow,
    RunStatus,
    find_run,
    list_runs,
)
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.lineage import LineageKind
from prelabel_tui.core.model.media import Manifest, clip_identity, decode_manifest
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store, models
from tests.bringing import BALLS, BOTH, CLIP, PLAYERS, bring

TABLES = (
    models.Workspace, models.Media, models.Run, models.RunOutcome,
    models.PrelabelPack, models.LabelPack,
)  # fmt: skip


def rows(store: Store) -> dict[str, int]:
    with store.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in TABLES
        }


def test_a_run_brings_packs_candidates_and_an_audit_entry(
    any_store: Store, reviewer: Actor
) -> None:
    result = bring(any_store, reviewer)
    assert result.outcome.code is Code.IMPORT_SUCCESS
    run = result.unwrap()
    assert (run.workspace, run.media, run.status) == ("arena", "clip-1", RunStatus.SUCCEEDED)
    assert (run.frame_count, run.missing_count, run.created_by) == (3, 0, reviewer.name)
    for capability, line in run.outcomes.items():
        assert line.status == "succeeded"
        assert line.label_count == 3
        assert line.lineage.kind is LineageKind.PACK
        assert line.lineage.full == f"Pack-id: {line.pack_id}"
        assert line.active_draft is None
        with any_store.read() as session:
            pack = session.get_one(models.PrelabelPack, line.pack_id)
            scoped = session.scalars(
                select(models.LabelPack).where(models.LabelPack.prelabel_pack_id == pack.id)
            ).one()
        assert Document.from_payload(any_store.artifacts.get(pack.artifact_sha)) == BOTH[capability]
        assert (scoped.source, scoped.review_status) == ("run", "pending")
        assert scoped.validation_status == "passed"
    actions = [entry.action for entry in audit.entries(any_store)]
    assert actions.count("run.import") == 1
    assert actions.count("pack.create") == 2


def test_a_second_identical_import_adds_nothing(any_store: Store, reviewer: Actor) -> None:
    first = bring(any_store, reviewer).unwrap()
    before, log = rows(any_store), len(audit.entries(any_store))
    again = bring(any_store, reviewer)
    assert again.outcome.code is Code.IMPORT_ALREADY_PRESENT
    assert again.unwrap().id == first.id
    assert rows(any_store) == before
    assert len(audit.entries(any_store)) == log


def test_other_labels_on_the_same_clip_are_another_run(store: Store, reviewer: Actor) -> None:
    bring(store, reviewer)
    other = bring(store, reviewer, documents={Capability.BALL: BALLS})
    assert other.outcome.code is Code.IMPORT_SUCCESS
    assert other.unwrap().status is RunStatus.PARTIAL
    line = other.unwrap().outcomes[Capability.PLAYER]
    assert (line.status, line.pack_id, line.lineage.label) == ("not_run", None, "Manual")
    assert rows(store)["media"] == 1


def test_another_clip_under_the_name_is_refused_and_nothing_changes(
    store: Store, reviewer: Actor
) -> None:
    bring(store, reviewer)
    before = rows(store)
    shorter = Manifest(CLIP.frames[:2])
    two = {c: Document.from_frames(c, [d.frame(0), d.frame(1)]) for c, d in BOTH.items()}
    result = bring(store, reviewer, manifest=shorter, documents=two)
    assert result.outcome.code is Code.MEDIA_MISMATCH
    assert "has 3 frames, these are 2" in result.outcome.detail
    renamed = Manifest((replace(CLIP.frames[0], name="x.jpg"), *CLIP.frames[1:]))
    result = bring(store, reviewer, manifest=renamed)
    assert result.outcome.code is Code.MEDIA_MISMATCH
    assert "Frame 1" in result.outcome.detail
    assert rows(store) == before
    elsewhere = bring(store, reviewer, workspace="other", manifest=renamed)
    assert elsewhere.outcome.code is Code.IMPORT_SUCCESS


def test_pictures_that_come_back_are_taken_up_without_a_new_run(
    store: Store, reviewer: Actor
) -> None:
    gone = Manifest((replace(CLIP.frames[0], missing="is not there"), *CLIP.frames[1:]))
    first = bring(store, reviewer, manifest=gone).unwrap()
    assert first.missing_count == 1
    again = bring(store, reviewer)
    assert again.outcome.code is Code.IMPORT_ALREADY_PRESENT
    assert again.unwrap().missing_count == 0
    worse = bring(store, reviewer, manifest=gone)
    assert worse.unwrap().missing_count == 0
    with store.read() as session:
        sha = session.get_one(models.Media, first.media_id).manifest_sha
    assert decode_manifest(store.artifacts.get(sha)) == CLIP
    assert clip_identity(gone) == clip_identity(CLIP)


@pytest.mark.parametrize("name", ["", " ", " a", "a\x1b[31m", "a\nb", "x" * 101])
def test_names_that_cannot_be_shown_are_refused(store: Store, reviewer: Actor, name: str) -> None:
    for names in ({"workspace": name}, {"media": name}):
        assert bring(store, reviewer, **names).outcome.code is Code.IMPORT_INPUT_INVALID
    assert rows(store)["workspaces"] == 0


def test_documents_of_another_length_are_a_bug(store: Store, reviewer: Actor) -> None:
    with pytest.raises(ValueError, match="number of frames"):
        bring(store, reviewer, manifest=Manifest(CLIP.frames[:1]))


def test_a_folder_that_cannot_be_written_leaves_no_rows(
    store: Store, reviewer: Actor, tmp_path: Path
) -> None:
    (tmp_path / "home" / "artifacts").write_text("a file where the folder should be")
    result = bring(store, reviewer)
    assert result.outcome.code is Code.STORAGE_WRITE_FAILED
    assert rows(store)["runs"] == 0


def test_an_audit_entry_that_cannot_be_written_takes_everything_back(
    store: Store, reviewer: Actor
) -> None:
    with store.write() as session:
        from sqlalchemy import text

        session.execute(text("DROP TABLE audit"))
    assert bring(store, reviewer).outcome.code is Code.AUDIT_PERSIST_FAILED
    assert set(rows(store).values()) == {0}


def test_two_who_import_the_same_at_once_make_one_run(any_store: Store, reviewer: Actor) -> None:
    codes: list[Code] = []

    def work() -> None:
        codes.append(bring(any_store, reviewer).outcome.code)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [Code.IMPORT_ALREADY_PRESENT] * 3 + [Code.IMPORT_SUCCESS]
    assert rows(any_store)["runs"] == 1


# -- lists ---------------------------------------------------------------------------------------


def add_run(store: Store, media_id: str, workspace_id: str, status: RunStatus, when: int) -> str:
    run_id = new_id()
    with store.write() as session:
        session.add(
            models.Run(
                id=run_id, workspace_id=workspace_id, media_id=media_id, media_name="m1",
                status=status.value, ran="", source="pipeline", digest=run_id * 2,
                created_by="cron",
                created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=when // 3),
            )
        )  # fmt: skip
    return run_id


def test_pages_by_key_give_every_run_once_newest_first(any_store: Store, reviewer: Actor) -> None:
    run = bring(any_store, reviewer).unwrap()
    with any_store.read() as session:
        workspace_id = session.get_one(models.Media, run.media_id).workspace_id
    made = {
        add_run(any_store, run.media_id, workspace_id, RunStatus.QUEUED, when) for when in range(20)
    }
    seen: list[RunRow] = []
    cursor: RunCursor | None = None
    while True:
        page = list_runs(any_store, RunFilters(status=RunStatus.QUEUED), cursor, limit=6)
        seen += page.rows
        cursor = page.next
        if cursor is None:
            break
        assert len(page.rows) == 6
    assert len(seen) == 20
    assert {row.id for row in seen} == made
    order = [(row.created_at, row.id) for row in seen]
    assert order == sorted(order, reverse=True)


def test_the_four_filters_combine(any_store: Store, reviewer: Actor) -> None:
    bring(any_store, reviewer)
    bring(any_store, reviewer, media="clip-2", documents={Capability.BALL: BALLS})
    bring(any_store, reviewer, workspace="tsukuba", documents={Capability.PLAYER: PLAYERS})

    def found(**filters: Any) -> set[tuple[str, str]]:
        return {(r.workspace, r.media) for r in list_runs(any_store, RunFilters(**filters)).rows}

    assert len(found()) == 3
    assert found(workspace="arena") == {("arena", "clip-1"), ("arena", "clip-2")}
    assert found(media="clip-1") == {("arena", "clip-1"), ("tsukuba", "clip-1")}
    assert found(status=RunStatus.PARTIAL) == {("arena", "clip-2"), ("tsukuba", "clip-1")}
    assert found(capability=Capability.BALL) == {("arena", "clip-1"), ("arena", "clip-2")}
    assert found(
        workspace="arena", media="clip-2", status=RunStatus.PARTIAL, capability=Capability.BALL
    ) == {("arena", "clip-2")}
    assert found(workspace="arena", capability=Capability.PLAYER, status=RunStatus.PARTIAL) == set()


def test_a_page_costs_the_same_number_of_queries_however_long(
    store: Store, reviewer: Actor
) -> None:
    queries: list[str] = []
    event.listen(
        store.engine, "before_cursor_execute", lambda *given: queries.append(str(given[2]))
    )
    bring(store, reviewer)
    queries.clear()
    list_runs(store)
    one = len(queries)
    for number in range(5):
        bring(store, reviewer, media=f"m{number}")
    queries.clear()
    assert len(list_runs(store).rows) == 6
    assert len(queries) == one


def test_an_outcome_line_knows_the_active_draft(store: Store, reviewer: Actor) -> None:
    from prelabel_tui.core.drafts.loading import open_review

    run = bring(store, reviewer).unwrap()
    draft = open_review(store, reviewer, run.id, Capability.BALL).unwrap()
    line = find_run(store, run.id).unwrap().outcomes[Capability.BALL]
    assert line.active_draft is not None
    assert (line.active_draft.id, line.active_draft.version) == (draft.id, 1)
    assert line.active_draft.lineage == line.lineage == draft.lineage
    assert find_run(store, run.id).unwrap().outcomes[Capability.PLAYER].active_draft is None


def test_a_run_is_found_by_the_beginning_of_its_id(store: Store, reviewer: Actor) -> None:
    run = bring(store, reviewer).unwrap()
    assert find_run(store, run.id[:8]).unwrap() == run
    assert find_run(store, run.id).unwrap() == run
    for wrong in ("", "%", "zz", run.id + "0"):
        assert find_run(store, wrong).outcome.code is Code.NOT_FOUND
    assert run.as_json()["run_id"] == run.id
