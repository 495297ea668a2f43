"""Workspaces, what they set, and scopes by name."""

from __future__ import annotations

import pytest

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.catalog.workspaces import (
    repeats_of,
    set_repeats,
    set_threshold,
    workspace,
    workspaces,
)
from prelabel_tui.core.drafts.findings import open_findings
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store
from prelabel_tui.core.validation import RULES, Severity
from tests import matches

RULE = next(rule.id for rule in RULES if rule.adjustable and rule.severity is Severity.WARNING)


@pytest.fixture
def known(store: Store, lead: Actor, reviewer: Actor, admin: Actor) -> Store:
    """A workspace with two clips, and users with their roles."""
    matches.enter(store, lead, media="one")
    matches.enter(store, lead, media="two", workspace="club")
    matches.enter(store, lead, media="one", workspace="arena")
    for actor in (lead, reviewer):
        assert set_role(store, admin, actor.name, actor.role).ok
    return store


def test_workspaces_are_listed_by_name_with_their_clips(known: Store) -> None:
    assert [(row.name, row.media) for row in workspaces(known)] == [("arena", 1), ("club", 2)]
    assert workspace(known, "club").unwrap().media == 2
    assert workspace(known, "nowhere").outcome.code is Code.NOT_FOUND


def test_blind_repeats_are_a_leads_to_set_within_a_half(
    known: Store, lead: Actor, reviewer: Actor
) -> None:
    club = workspace(known, "club").unwrap()
    assert repeats_of(known, club.id) == 0
    said = set_repeats(known, lead, "club", 0.05)
    assert (said.code, said.detail) == (Code.OK, "Blind repeats of club: 5.0% of the frames.")
    assert repeats_of(known, club.id) == 0.05
    assert workspace(known, "club").unwrap().as_json()["blind_repeats"] == 0.05
    for share in (-0.1, 0.51):
        assert set_repeats(known, lead, "club", share).code is Code.INPUT_INVALID
    assert set_repeats(known, lead, "nowhere", 0.1).code is Code.NOT_FOUND
    assert set_repeats(known, reviewer, "club", 0.2).code is Code.ROLE_FORBIDDEN
    assert set_repeats(known, lead, "club", 0).detail == "Blind repeats of club: off."
    entries = audit.entries(known, action="workspace.repeats")
    assert [entry.details for entry in entries] == [
        {"from": 0.05, "to": 0},
        {"from": 0.0, "to": 0.05},
    ]


def test_a_lead_who_is_one_no_longer_sets_nothing(known: Store, lead: Actor, admin: Actor) -> None:
    assert set_role(known, admin, lead.name, Role.REVIEWER).ok
    assert set_threshold(known, lead, "club", RULE, 3).code is Code.ROLE_FORBIDDEN
    assert workspace(known, "club").unwrap().settings.overrides == {}


def test_thresholds_are_told_and_switched_off(known: Store, lead: Actor) -> None:
    assert set_threshold(known, lead, "club", RULE, None).ok
    row = workspace(known, "club").unwrap()
    assert row.as_json()["set"] == {RULE: None}
    assert workspace(known, "arena").unwrap().as_json()["set"] == {}
    assert set_threshold(known, lead, "club", "no.such.rule", 1).code is Code.INPUT_INVALID
    assert set_threshold(known, lead, "nowhere", RULE, 1).code is Code.NOT_FOUND


def test_a_scope_is_found_by_its_names(known: Store) -> None:
    found = find_scope(known, "club", "two", "player_detection").unwrap()
    assert found.title == "club / two / player_detection"
    assert find_scope(known, "club", "two", "referee").outcome.code is Code.INPUT_INVALID
    assert find_scope(known, "arena", "two", Capability.BALL).outcome.code is Code.NOT_FOUND


def test_findings_of_a_draft_by_its_id(known: Store, lead: Actor) -> None:
    match = matches.enter(known, lead, media="three")
    assert open_findings(known, match.draft.id).unwrap().by_frame is not None
    assert open_findings(known, "f" * 32).outcome.code is Code.NOT_FOUND
