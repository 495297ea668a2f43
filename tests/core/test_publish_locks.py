"""Publish locks: they expire by the database's clock, say who holds them, and can be broken."""

from __future__ import annotations

import datetime as dt

import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.outcomes import Code, Refused
from prelabel_tui.core.publishing.locks import LEASE, break_lock, find_lock
from prelabel_tui.core.store import Store
from prelabel_tui.core.store.database import utc_now
from tests import matches
from tests.core.publishing import newest, published, ready

ADA = Actor("ada", Role.ADMIN, "test@host pid 2")
DAY = dt.timedelta(days=1)


def on_another_machine(store: Store, ahead: dt.timedelta) -> Store:
    """The same database, from a machine whose clock is ahead."""
    return Store(store.home, store.engine, store.artifacts, lambda: utc_now() + ahead)


@pytest.mark.parametrize("ahead", [DAY, -DAY], ids=["a day ahead", "a day behind"])
def test_clocks_that_differ_agree_whether_a_lock_has_expired(
    any_store: Store, lead: Actor, ahead: dt.timedelta
) -> None:
    match = ready(any_store, lead)
    other = on_another_machine(any_store, ahead)
    with (
        matches.publishing(any_store, lead, match.scope),
        pytest.raises(Refused) as caught,
        matches.publishing(other, ADA, match.scope),
    ):
        pass
    assert caught.value.outcome.code is Code.PUBLISH_LOCK_CONFLICT
    with matches.publishing(other, ADA, match.scope):
        lock = find_lock(any_store, match.scope).unwrap()
        assert not lock.expired
        assert not lock.skewed
    matches.left_lock(any_store, match.scope, -dt.timedelta(seconds=1))
    with matches.publishing(other, ADA, match.scope):
        assert find_lock(any_store, match.scope).unwrap().holder == "ada (test@host pid 2)"


def test_a_lock_of_a_wrong_clock_is_refused_with_holder_and_date(
    any_store: Store, lead: Actor
) -> None:
    match = ready(any_store, lead)
    draft = newest(any_store, match)
    matches.left_lock(any_store, match.scope, 400 * DAY)
    outcome = publishing.publish(any_store, lead, draft.id, draft.version).outcome
    assert outcome.code is Code.PUBLISH_LOCK_CONFLICT
    assert outcome.data["holder"] == "ben (ben@far pid 7)"
    year = (utc_now() + 400 * DAY - LEASE).year
    assert f"ben (ben@far pid 7) has been publishing since {year}-" in outcome.detail
    assert "as the clock was wrong" in outcome.detail
    assert "prelabel-tui publish unlock" in outcome.detail
    seen = publishing.preview(any_store, lead, draft.id).unwrap()
    assert seen.outlook.code is Code.PUBLISH_LOCK_CONFLICT
    assert ("Publish lock", outcome.detail) in seen.told
    assert seen.as_json()["lock"] == outcome.data
    (damage,) = fsck(any_store).unwrap().damages
    assert damage.text.startswith("publish lock of ")
    assert "as the clock was wrong" in damage.text


def test_an_admin_breaks_a_lock_and_the_log_says_whose_and_why(
    any_store: Store, lead: Actor
) -> None:
    match = ready(any_store, lead)
    matches.left_lock(any_store, match.scope, 400 * DAY)
    lock = find_lock(any_store, match.scope).unwrap()
    assert break_lock(any_store, lead, match.scope, lock.token, "x").code is Code.ROLE_FORBIDDEN
    assert break_lock(any_store, ADA, match.scope, lock.token, " ").code is Code.REASON_REQUIRED
    assert break_lock(any_store, ADA, match.scope, "other", "x").code is Code.NOT_FOUND
    assert find_lock(any_store, match.scope).unwrap().token == lock.token
    done = break_lock(any_store, ADA, match.scope, lock.token, "their machine is gone")
    assert done.code is Code.OK
    assert find_lock(any_store, match.scope).outcome.code is Code.NOT_FOUND
    (entry,) = audit.entries(any_store, action="publish.unlock")
    assert (entry.actor, entry.reason) == ("ada", "their machine is gone")
    assert entry.details["holder"] == "ben (ben@far pid 7)"
    assert published(any_store, lead, match).number == 1
    assert fsck(any_store).outcome.code is Code.FSCK_CLEAN


def test_a_holder_who_lives_after_all_is_fenced_out(store: Store, lead: Actor) -> None:
    match = ready(store, lead)
    draft = newest(store, match)

    def broken(step: str, done: int | None = None, total: int | None = None) -> None:
        if step == "Recording the revision":
            lock = find_lock(store, match.scope).unwrap()
            assert break_lock(store, ADA, match.scope, lock.token, "taken for dead").ok

    late = publishing.publish(store, lead, draft.id, draft.version, progress=broken).outcome
    assert late.code is Code.PUBLISH_LOCK_CONFLICT
    assert "an admin broke its lock" in late.detail
    assert published(store, lead, match).number == 1


def test_fsck_names_a_lock_that_was_left_and_does_no_harm(any_store: Store, lead: Actor) -> None:
    match = ready(any_store, lead)
    matches.left_lock(any_store, match.scope, -DAY)
    checked = fsck(any_store)
    assert checked.outcome.code is Code.FSCK_CLEAN
    (note,) = checked.unwrap().notes
    assert "ben (ben@far pid 7)" in note
    assert "the next publish takes it over" in note
    assert published(any_store, lead, match).number == 1
    assert fsck(any_store).unwrap().notes == ()


def test_a_lock_given_back_between_looking_and_asking_says_that_it_ended(
    store: Store, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    match = ready(store, lead)
    monkeypatch.setattr("prelabel_tui.core.publishing.lease.read_locks", lambda *_: [])
    with (
        matches.publishing(store, ADA, match.scope),
        pytest.raises(Refused) as caught,
        matches.publishing(store, lead, match.scope),
    ):
        pass
    assert caught.value.outcome.detail == "It has just ended."
