"""Old drafts and revisions come in whole, show Legacy/Unknown, and lead to Reset draft."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from prelabel_tui.core.catalog.runs import RunFilters, RunRow, list_runs
from prelabel_tui.core.catalog.scopes import Scope, find_scope
from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ingest.import_legacy import LegacyRevision, import_legacy
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Capability, make_frame
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Code, Result
from prelabel_tui.core.publishing import eligibility, publish, revisions
from prelabel_tui.core.store import Store

CLIP = Manifest(
    tuple(MediaFrame(f"{i}.jpg", 100, 50, i * 40_000, missing="no picture") for i in range(3)),
    25_000,
)


def balls(x: int, size: int | None) -> Document:
    frames = [make_frame([Ball("b1", x + i, 2000, size)]) for i in range(3)]
    return Document.from_frames(Capability.BALL, frames)


def published(number: int) -> LegacyRevision:
    when = dt.datetime(2024, 5, number, tzinfo=dt.UTC)
    return LegacyRevision(Capability.BALL, number, balls(1000 * number, 600), when, "olga")


def bring(store: Store, actor: Actor, **changes: Any) -> Result[RunRow]:
    given: dict[str, Any] = {
        "workspace": "old",
        "media": "derby",
        "manifest": CLIP,
        "drafts_of": {Capability.BALL: balls(5000, None)},
        "revisions": [published(1), published(2)],
    }
    return import_legacy(store, actor, **{**given, **changes})


def ball_scope(store: Store) -> Scope:
    return find_scope(store, "old", "derby", Capability.BALL).unwrap()


def test_old_records_show_legacy_unknown_everywhere(any_store: Store, lead: Actor) -> None:
    result = bring(any_store, lead)
    assert result.outcome.code is Code.IMPORT_SUCCESS
    line = result.unwrap().outcomes[Capability.BALL]
    assert line.detail == "legacy records: 1 draft, 2 revisions"
    assert line.lineage.label == "Legacy/Unknown"
    assert line.active_draft is not None
    assert line.active_draft.lineage.label == "Legacy/Unknown"
    scope = ball_scope(any_store)
    second, first = revisions.history(any_store, scope)
    assert [second.number, first.number] == [2, 1]
    assert second.previous_hash == first.content_hash
    assert second.lineage.label == first.lineage.label == "Legacy/Unknown"
    assert first.provenance.published_at == dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    assert first.provenance.published_by == "olga"
    assert first.provenance.actor.startswith(lead.name)
    assert second.diff.modified == 3
    assert revisions.load(any_store, first.id).unwrap().document == balls(1000, 600)
    assert [entry.action for entry in audit.entries(any_store)].count("revision.import") == 2
    assert list_runs(any_store, RunFilters(capability=Capability.PLAYER)).rows == ()
    assert len(list_runs(any_store, RunFilters(capability=Capability.BALL)).rows) == 1


def test_a_second_import_adds_nothing(any_store: Store, lead: Actor) -> None:
    first = bring(any_store, lead).unwrap()
    log = len(audit.entries(any_store))
    again = bring(any_store, lead)
    assert again.outcome.code is Code.IMPORT_ALREADY_PRESENT
    assert again.unwrap().id == first.id
    assert len(audit.entries(any_store)) == log


def test_an_old_revision_can_be_approved_for_datasets(store: Store, lead: Actor) -> None:
    bring(store, lead)
    newest = revisions.history(store, ball_scope(store))[0]
    done = eligibility.approve(store, lead, newest.id, newest.eligibility.version)
    assert done.outcome.code is Code.ELIGIBILITY_APPROVED


def test_a_ball_draft_without_geometry_must_be_reset_from_the_current_run(
    store: Store, lead: Actor
) -> None:
    run = bring(store, lead).unwrap()
    draft = loading.open_review(store, lead, run.id, Capability.BALL).unwrap()
    assert draft.lineage.label == "Legacy/Unknown"
    refused = publish(store, lead, draft.id, draft.version, override_reason="old")
    assert refused.outcome.code is Code.RESET_DRAFT_REQUIRED
    current = import_run(
        store, lead, workspace="old", media="derby", manifest=CLIP,
        documents={Capability.BALL: balls(5000, 700)}, source="mot",
    ).unwrap()  # fmt: skip
    seeded = loading.open_review(store, lead, current.id, Capability.BALL).unwrap()
    assert seeded.id == draft.id
    assert seeded.lineage == current.outcomes[Capability.BALL].lineage
    reset = versions.reset(store, lead, draft.id, seeded.version).unwrap()
    done = publish(store, lead, draft.id, reset.version, override_reason="still unreviewed")
    assert done.outcome.code is Code.PUBLISH_SUCCESS
    assert revisions.history(store, ball_scope(store))[0].number == 3


def test_only_leads_bring_old_records_in(store: Store, reviewer: Actor) -> None:
    assert bring(store, reviewer).outcome.code is Code.ROLE_FORBIDDEN
    assert list_runs(store).rows == ()


@pytest.mark.parametrize(
    "later",
    [
        {"revisions": []},  # its draft would be a second active one
        {"drafts_of": {}, "revisions": [published(1)]},  # its revision would be a second number 1
    ],
)
def test_a_scope_that_is_in_use_is_refused_whole(
    store: Store, lead: Actor, later: dict[str, Any]
) -> None:
    bring(store, lead)
    log = len(audit.entries(store))
    assert bring(store, lead, **later).outcome.code is Code.IMPORT_INPUT_INVALID
    assert len(audit.entries(store)) == log
    assert len(list_runs(store).rows) == 1
