"""Scoped label packs: when Approve is on, decisions by version, candidates at once."""

from __future__ import annotations

import msgspec
import pytest

from prelabel_tui.core.catalog import workspaces
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.publishing.packs import PackRow
from prelabel_tui.core.store import Store
from tests import matches


def row(store: Store, pack_id: str) -> PackRow:
    return packs.pack(store, pack_id).unwrap()


@pytest.mark.parametrize("validation", ["pending", "passed", "failed"])
@pytest.mark.parametrize("review", ["pending", "approved", "rejected"])
def test_approve_is_on_exactly_as_the_guide_says(
    store: Store, lead: Actor, validation: str, review: str
) -> None:
    match = matches.enter(store, lead)
    with store.write() as session:
        from prelabel_tui.core.store import models

        stored = session.get_one(models.LabelPack, match.pack_id)
        stored.validation_status, stored.review_status = validation, review
    allowed = validation == "passed" and review != "approved"
    assert row(store, match.pack_id).approvable is allowed
    assert (row(store, match.pack_id).why_not == "") is allowed
    done = packs.approve(store, lead, match.pack_id, 1, "looks right")
    assert done.outcome.code is (Code.PACK_APPROVED if allowed else Code.PACK_NOT_APPROVABLE)


def test_an_approved_pack_is_a_candidate_at_once(any_store: Store, lead: Actor) -> None:
    match = matches.enter(any_store, lead)
    assert packs.candidates(any_store, match.scope) == []
    approved = packs.approve(any_store, lead, match.pack_id, 1, " looks right ").unwrap()
    assert (approved.review_status, approved.lifecycle, approved.version) == (
        "approved", "approved", 2,
    )  # fmt: skip
    assert packs.candidates(any_store, match.scope) == [approved]
    (entry,) = audit.entries(any_store, action="pack.approve")
    assert (entry.actor, entry.reason, entry.version) == ("lena", "looks right", 2)
    assert entry.details["from"]["review_status"] == "pending"


def test_two_leads_at_once_get_one_approval_and_one_conflict(
    any_store: Store, lead: Actor, admin: Actor
) -> None:
    match = matches.enter(any_store, lead)
    seen = row(any_store, match.pack_id)
    first = packs.approve(any_store, lead, seen.id, seen.version, "mine")
    second = packs.approve(any_store, admin, seen.id, seen.version, "mine, too")
    assert first.outcome.code is Code.PACK_APPROVED
    assert second.outcome.code is Code.PACK_VERSION_CONFLICT
    assert "lena made version 2" in second.outcome.detail
    assert second.unwrap() == row(any_store, match.pack_id)


def test_a_rejected_pack_is_no_candidate_and_may_be_approved_again(
    store: Store, lead: Actor
) -> None:
    match = matches.enter(store, lead)
    assert packs.approve(store, lead, match.pack_id, 1, "right").ok
    assert packs.reject(store, lead, match.pack_id, 2, "wrong after all").ok
    assert packs.candidates(store, match.scope) == []
    assert packs.reject(store, lead, match.pack_id, 3, "again").outcome.code is Code.INPUT_INVALID
    assert packs.approve(store, lead, match.pack_id, 3, "right").ok


def test_a_retired_pack_is_no_candidate(store: Store, lead: Actor) -> None:
    match = matches.enter(store, lead)
    assert packs.approve(store, lead, match.pack_id, 1, "right").ok
    retired = packs.retire(store, lead, match.pack_id, 2, "found to be wrong").unwrap()
    assert retired.lifecycle == "retired"
    assert packs.candidates(store, match.scope) == []


def test_a_reviewer_decides_nothing(store: Store, lead: Actor, reviewer: Actor) -> None:
    match = matches.enter(store, lead)
    for decide in (packs.approve, packs.reject, packs.retire):
        done = decide(store, reviewer, match.pack_id, 1, "please")
        assert done.outcome.code is Code.ROLE_FORBIDDEN
    assert row(store, match.pack_id).version == 1


def test_a_pack_is_validated_again_by_the_thresholds_of_the_workspace(
    store: Store, lead: Actor
) -> None:
    two = make_frame([matches.ball(), msgspec.structs.replace(matches.ball(), id="b2")])
    prelabels = Document.from_frames(Capability.BALL, [two] * 6)
    match = matches.enter(store, lead, Capability.BALL, prelabels=prelabels)
    assert row(store, match.pack_id).validation_status == "failed"
    assert row(store, match.pack_id).validation["rules"] == {"ball.too_many": 6}
    assert workspaces.set_threshold(store, lead, "club", "ball.too_many", 2).ok
    assert packs.revalidate(store, lead, match.pack_id, 1).ok
    judged = row(store, match.pack_id)
    assert (judged.validation_status, judged.version) == ("passed", 2)
    assert judged.approvable


def test_packs_of_a_scope_are_paged_newest_first(store: Store, lead: Actor) -> None:
    made = [matches.enter(store, lead).pack_id for _ in range(3)]
    scope = matches.enter(store, lead, Capability.BALL).scope
    other = packs.packs(store, scope)
    match_scope = row(store, made[0]).scope
    first = packs.packs(store, match_scope, limit=2)
    rest = packs.packs(store, match_scope, before=first[-1])
    assert [pack.id for pack in [*first, *rest]] == made[::-1]
    assert {pack.id for pack in other}.isdisjoint(made)


def test_a_pack_is_found_by_an_unambiguous_beginning_of_its_id(store: Store, lead: Actor) -> None:
    match = matches.enter(store, lead)
    assert row(store, match.pack_id[:8]).id == match.pack_id
    assert packs.pack(store, "").outcome.code is Code.NOT_FOUND
    assert packs.pack(store, "%%%%").outcome.code is Code.NOT_FOUND


def test_thresholds_are_set_by_leads_and_stand_in_the_audit_log(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    matches.enter(store, lead)
    refused = workspaces.set_threshold(store, reviewer, "club", "ball.speed", 2)
    assert refused.code is Code.ROLE_FORBIDDEN
    assert workspaces.set_threshold(store, lead, "club", "ball.speed", None).ok
    assert workspaces.set_threshold(store, lead, "club", "no.rule", 2).code is Code.INPUT_INVALID
    assert workspaces.set_threshold(store, lead, "nowhere", "ball.speed", 2).code is Code.NOT_FOUND
    (club,) = workspaces.workspaces(store)
    assert not club.settings.on("ball.speed")
    (entry,) = audit.entries(store, action="workspace.threshold")
    assert entry.details == {"rule": "ball.speed", "from": 1.5, "to": None}
