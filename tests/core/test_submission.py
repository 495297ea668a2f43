"""Packs made from a draft bind: a decision about one stands, and drafts are submitted."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.catalog import workspaces
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ingest.removal import remove_run
from prelabel_tui.core.model.labels import make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.core.publishing import packs, revisions
from prelabel_tui.core.publishing.packs import PackRow
from prelabel_tui.core.store import Store, models
from tests import matches
from tests.core.publishing import BALL, newest, published, ready

Decide = Callable[[Store, Actor, str, int, str], object]


def publish_now(store: Store, actor: Actor, match: matches.Match, **more: str) -> Code:
    draft = newest(store, match)
    done = publishing.publish(store, actor, draft.id, draft.version, **more)  # type: ignore[arg-type]
    return done.outcome.code


def submitted(store: Store, actor: Actor, match: matches.Match) -> PackRow:
    draft = newest(store, match)
    done = publishing.submit(store, actor, draft.id, draft.version)
    assert done.outcome.code is Code.PACK_SUBMITTED, done.outcome.headline
    pack = done.unwrap().pack
    assert pack is not None
    return pack


@pytest.mark.parametrize("decide", [packs.reject, packs.retire])
def test_nobody_publishes_round_a_decision_about_a_draft_s_pack(
    any_store: Store, lead: Actor, reviewer: Actor, decide: Decide
) -> None:
    store = any_store
    match = ready(store, reviewer)
    first = published(store, reviewer, match)
    pack_id = first.provenance.pack_id
    decide(store, lead, pack_id, 1, "not as agreed")
    matches.review_all(store, reviewer, match.draft.id, nudge=100)

    seen = publishing.preview(store, reviewer, match.draft.id).unwrap()
    assert seen.outlook.code is Code.PACK_APPROVAL_REQUIRED
    assert (seen.first_publish, seen.approval_required, seen.pack) == (False, True, None)
    assert publish_now(store, reviewer, match) is Code.PACK_APPROVAL_REQUIRED
    assert publish_now(store, lead, match) is Code.PACK_APPROVAL_REQUIRED
    assert publish_now(store, lead, match, pack_id=pack_id) is Code.PACK_NOT_SELECTABLE

    pack = submitted(store, reviewer, match)
    assert (pack.source, pack.review_status, pack.lifecycle) == ("draft", "pending", "candidate")
    assert (pack.validation_status, pack.approvable, pack.artifact_sha) == (
        "passed", True, seen.content_hash,
    )  # fmt: skip
    assert publish_now(store, reviewer, match) is Code.PACK_APPROVAL_REQUIRED, "still undecided"
    assert packs.approve(store, lead, pack.id, 1, "as agreed now").ok
    second = published(store, reviewer, match)
    assert (second.number, second.provenance.pack_id) == (2, pack.id)
    assert fsck(store).ok


def test_content_that_is_published_already_stays_a_no_op(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = ready(store, reviewer)
    row = published(store, reviewer, match)
    assert packs.retire(store, lead, row.provenance.pack_id, 1, "old").ok
    assert publish_now(store, reviewer, match) is Code.NO_OP_ALREADY_PUBLISHED
    # Content that differs in what is not published is known by its hash alone.
    first = loading.load(store, match.draft.id).unwrap().document.frame(0)
    matches.save(store, reviewer, match.draft.id, {0: make_frame(first.labels, first.flags)})
    assert publish_now(store, reviewer, match) is Code.NO_OP_ALREADY_PUBLISHED


@pytest.mark.parametrize("decide", [packs.reject, packs.retire])
def test_a_decision_about_the_pack_of_a_run_leaves_the_first_publish(
    store: Store, lead: Actor, reviewer: Actor, decide: Decide
) -> None:
    match = ready(store, reviewer)
    assert packs.approve(store, lead, match.pack_id, 1, "right").ok
    decide(store, lead, match.pack_id, 2, "wrong after all")
    row = published(store, reviewer, match)
    assert packs.pack(store, row.provenance.pack_id).unwrap().source == "draft"


def test_an_undecided_submission_does_not_bind(store: Store, reviewer: Actor) -> None:
    match = ready(store, reviewer)
    submitted(store, reviewer, match)
    assert publish_now(store, reviewer, match) is Code.PUBLISH_SUCCESS


def test_a_rejected_submission_binds_before_anything_was_published(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = ready(store, reviewer)
    pack = submitted(store, reviewer, match)
    assert packs.reject(store, lead, pack.id, 1, "half the players are missing").ok
    assert publish_now(store, reviewer, match) is Code.PACK_APPROVAL_REQUIRED
    assert submitted(store, reviewer, match).id != pack.id, "a lead is asked again"


def test_an_approved_pack_that_no_longer_passes_binds(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = ready(store, reviewer, BALL)
    assert workspaces.set_threshold(store, lead, "club", "ball.too_many", 2).ok
    two = [matches.ball(), msgspec.structs.replace(matches.ball(), id="b2")]
    matches.save(store, reviewer, match.draft.id, {0: make_frame(two, reviewed=True)})
    row = published(store, lead, match, override_reason="two balls on the pitch")
    assert workspaces.set_threshold(store, lead, "club", "ball.too_many", 1).ok
    pack = packs.revalidate(store, lead, row.provenance.pack_id, 1).unwrap()
    assert pack.validation_status == "failed"
    assert packs.approval_required(store, match.scope)


def test_a_pack_whose_run_was_removed_binds_nobody(store: Store, lead: Actor, admin: Actor) -> None:
    gone = ready(store, lead)
    submitted(store, lead, gone)
    with store.write() as session:  # another run is under review
        session.get_one(models.Draft, gone.draft.id).active = False
    assert remove_run(store, admin, gone.run_id, "imported by mistake").ok
    assert not packs.approval_required(store, gone.scope)


def test_what_was_submitted_is_not_entered_twice(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = ready(store, reviewer)
    pack = submitted(store, reviewer, match)
    (entry, *_) = audit.entries(store, action="pack.create")
    assert (entry.actor, entry.subject_id) == ("rui", pack.id)
    for _ in ("pending", "approved"):
        again = publishing.submit(store, reviewer, match.draft.id, 2)
        assert again.outcome.code is Code.PACK_ALREADY_SUBMITTED
        found = again.unwrap().pack
        assert found is not None
        assert found.id == pack.id
        packs.approve(store, lead, pack.id, 1, "right")


def test_only_the_version_that_was_reviewed_is_submitted(store: Store, reviewer: Actor) -> None:
    match = ready(store, reviewer)
    done = publishing.submit(store, reviewer, match.draft.id, 1)
    assert done.outcome.code is Code.STALE_DRAFT_VERSION

    def edit(sentence: str, _at: int, _of: int) -> None:
        if sentence == "Storing the content":
            matches.review_all(store, reviewer, match.draft.id, nudge=100)

    done = publishing.submit(store, reviewer, match.draft.id, 2, edit)
    assert done.outcome.code is Code.STALE_DRAFT_VERSION
    assert [pack.source for pack in packs.packs(store, match.scope)] == ["run"]


def test_submitting_can_be_cancelled(store: Store, reviewer: Actor) -> None:
    match = ready(store, reviewer)

    def cancel(_sentence: str, _at: int, _of: int) -> None:
        raise Cancelled

    done = publishing.submit(store, reviewer, match.draft.id, 2, cancel)
    assert done.outcome.code is Code.PUBLISH_CANCELLED


def test_warnings_may_be_submitted_and_errors_may_not(store: Store, lead: Actor) -> None:
    match = matches.enter(store, lead, BALL)
    pack = submitted(store, lead, match)
    assert pack.validation["warnings"]
    two = make_frame([matches.ball(), msgspec.structs.replace(matches.ball(), id="b2")])
    draft = matches.save(store, lead, match.draft.id, {0: two})
    done = publishing.submit(store, lead, draft.id, draft.version)
    assert done.outcome.code is Code.VALIDATION_HARD_FAIL
    findings = done.unwrap().findings
    assert findings is not None
    assert findings.errors


def test_a_decision_while_publishing_counts(store: Store, lead: Actor, reviewer: Actor) -> None:
    match = ready(store, reviewer)
    pack = submitted(store, reviewer, match)
    decided = False

    def reject(sentence: str, _at: int, _of: int) -> None:
        nonlocal decided
        if sentence == "Recording the revision" and not decided:
            decided = packs.reject(store, lead, pack.id, 1, "not so").ok

    done = publishing.publish(store, reviewer, match.draft.id, 2, progress=reject)
    assert done.outcome.code is Code.PACK_APPROVAL_REQUIRED
    assert revisions.history(store, match.scope) == []
