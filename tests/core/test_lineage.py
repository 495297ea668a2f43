"""Lineage says the same thing in the runs list, the series and the history."""

from __future__ import annotations

import datetime as dt

from prelabel_tui.core import fsck, publishing
from prelabel_tui.core.catalog.runs import RunRow, list_runs
from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ingest.import_legacy import LegacyRevision, import_legacy
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import revisions
from prelabel_tui.core.store import Store
from prelabel_tui.core.triage.series import series
from tests import matches

BALL, PLAYER = Capability.BALL, Capability.PLAYER


def imported(store: Store, lead: Actor) -> RunRow:
    """A run with players only."""
    return import_run(
        store, lead, workspace="club", media="clip", manifest=matches.manifest(),
        documents={PLAYER: matches.content(PLAYER)}, source="test",
    ).unwrap()  # fmt: skip


def everywhere(store: Store, lead: Actor, capability: Capability) -> set[str]:
    """What the three places (and the draft itself) say after a publish."""
    (run,) = list_runs(store).rows
    draft = loading.open_review(store, lead, run.id, capability).unwrap()
    draft = matches.review_all(store, lead, draft.id, nudge=100)
    done = publishing.publish(store, lead, draft.id, draft.version, override_reason="known")
    assert done.outcome.code is Code.PUBLISH_SUCCESS, done.outcome.headline
    (row,) = (row for row in series(store).rows if row.scope.capability is capability)
    newest = revisions.history(store, row.scope)[0]
    (run,) = list_runs(store).rows
    listed = run.outcomes[capability]
    assert row.draft is not None
    assert listed.active_draft is not None
    return {
        listed.lineage.full,
        listed.active_draft.lineage.full,
        row.draft.lineage.full,
        newest.lineage.full,
        newest.as_json()["provenance"]["lineage"]["label"],  # type: ignore[index]
    }


def test_from_a_pack(store: Store, lead: Actor) -> None:
    run = imported(store, lead)
    pack_id = run.outcomes[PLAYER].pack_id
    assert everywhere(store, lead, PLAYER) == {f"Pack-id: {pack_id}"}
    assert run.outcomes[PLAYER].lineage.label == f"Pack-id: pre-{str(pack_id)[:8]}"


def test_by_hand(store: Store, lead: Actor) -> None:
    imported(store, lead)
    assert everywhere(store, lead, BALL) == {"Manual"}


def test_from_before_lineage_was_captured(store: Store, lead: Actor) -> None:
    old = matches.content(PLAYER)
    published = LegacyRevision(PLAYER, 1, old, dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "ann")
    sizeless = Document.from_frames(BALL, [make_frame([matches.ball(size=None)])] * 6)
    run = import_legacy(
        store, lead, workspace="club", media="clip", manifest=matches.manifest(),
        drafts_of={PLAYER: old, BALL: sizeless}, revisions=[published],
    ).unwrap()  # fmt: skip
    assert everywhere(store, lead, PLAYER) == {"Legacy/Unknown"}
    rows = revisions.history(store, series(store).rows[-1].scope)
    assert {row.lineage.label for row in rows} == {"Legacy/Unknown"}
    assert rows[-1].provenance.published_by == "ann"
    ball = loading.open_review(store, lead, run.id, BALL).unwrap()
    refused = publishing.publish(store, lead, ball.id, ball.version)
    assert refused.outcome.code is Code.RESET_DRAFT_REQUIRED
    assert fsck.fsck(store).outcome.code is Code.FSCK_CLEAN


def test_from_an_older_revision(store: Store, lead: Actor) -> None:
    imported(store, lead)
    everywhere(store, lead, PLAYER)
    scope = series(store).rows[0].scope
    (first,) = revisions.history(store, scope)
    draft = versions.new_from_revision(store, lead, first.id).unwrap()
    draft = matches.review_all(store, lead, draft.id, nudge=50)
    done = publishing.publish(store, lead, draft.id, draft.version).unwrap()
    assert done.revision is not None
    assert done.revision.lineage == draft.lineage
    assert done.revision.lineage.revision_id == first.id
    assert fsck.fsck(store).outcome.code is Code.FSCK_CLEAN
