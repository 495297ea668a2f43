"""Ids: the short form says what it is of, and is taken back wherever an id is given."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from prelabel_tui.core.catalog.runs import find_run
from prelabel_tui.core.drafts.loading import find_draft
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.store import Store
from tests import matches

RUN, PACK, DRAFT = IdKind.RUN, IdKind.LABEL_PACK, IdKind.DRAFT

Find = Callable[[Store, str], Result[object]]
FINDING: dict[IdKind, Find] = {RUN: find_run, PACK: packs.pack, DRAFT: find_draft}


def ids(match: matches.Match) -> dict[IdKind, str]:
    return {
        RUN: match.run_id,
        PACK: match.pack_id,
        DRAFT: match.draft.id,
        IdKind.PRELABEL_PACK: match.prelabel_pack_id,
    }


@pytest.mark.parametrize("kind", FINDING)
def test_an_id_is_taken_whole_or_short_with_its_word_or_without(
    any_store: Store, lead: Actor, kind: IdKind
) -> None:
    whole = ids(matches.enter(any_store, lead))[kind]
    wanted = FINDING[kind](any_store, whole).unwrap()
    for given in (whole[:8], kind.short(whole), f"{kind}-{whole}"):
        assert FINDING[kind](any_store, given).unwrap() == wanted


@pytest.mark.parametrize("kind", FINDING)
def test_an_id_of_something_else_is_refused_by_name(
    any_store: Store, lead: Actor, kind: IdKind
) -> None:
    here = ids(matches.enter(any_store, lead))
    for other, whole in here.items():
        if other is kind:
            continue
        for given in (whole, whole[:8], other.short(whole)):
            refused: Outcome = FINDING[kind](any_store, given).outcome
            assert refused.code is Code.NOT_FOUND
            assert refused.detail.startswith(f"{kind.words.capitalize()} {given!r}: that is ")
            assert other.words in refused.detail


def test_a_word_that_is_none_and_digits_that_are_too_few_find_nothing(
    store: Store, lead: Actor
) -> None:
    pack_id = matches.enter(store, lead).pack_id
    for given in (f"pak-{pack_id}", "pack-", f"pack-{pack_id[:3]}", f"pack-pack-{pack_id}"):
        assert packs.pack(store, given).outcome.code is Code.NOT_FOUND


def test_the_audit_log_is_asked_by_the_short_id_that_it_shows(
    any_store: Store, lead: Actor
) -> None:
    match = matches.enter(any_store, lead)
    packs.approve(any_store, lead, match.pack_id, 1, "right").unwrap()
    (entry,) = audit.entries(any_store, action="pack.approve")
    assert entry.subject == PACK.short(match.pack_id)
    about = audit.entries(any_store, subject=entry.subject)
    assert {one.subject_id for one in about} == {match.pack_id}
    assert audit.entries(any_store, subject=match.pack_id) == about
    assert audit.entries(any_store, subject=DRAFT.short(match.pack_id)) == []
    (made,) = audit.entries(any_store, action="draft.create")
    assert made.subject == DRAFT.short(match.draft.id)


def test_a_person_is_a_subject_by_the_whole_name(store: Store, admin: Actor) -> None:
    assert set_role(store, admin, "alexandra.beefcake", Role.REVIEWER).ok
    (entry,) = audit.entries(store, subject="alexandra.beefcake")
    assert entry.subject == "user alexandra.beefcake"
