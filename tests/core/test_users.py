"""Users and roles: who comes in, who may change whom."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.catalog import workspaces
from prelabel_tui.core.identity import actor, audit, users
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import list_users, set_role, sign_in
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import eligibility, packs
from prelabel_tui.core.store import Store
from tests import matches


def test_the_first_user_of_a_data_folder_is_admin_and_later_ones_reviewers(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in(any_store).unwrap().role is Role.ADMIN
    monkeypatch.setattr(users, "system_user", lambda: "newcomer")
    assert sign_in(any_store).unwrap().role is Role.REVIEWER
    assert next(entry.subject_id for entry in audit.entries(any_store)) == "newcomer"


def test_a_named_user_must_be_known(store: Store, admin: Actor) -> None:
    sign_in(store).unwrap()
    assert sign_in(store, "lena").outcome.code is Code.USER_UNKNOWN
    assert set_role(store, admin, "lena", Role.LEAD).ok
    assert sign_in(store, "lena").unwrap().role is Role.LEAD


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEAD])
def test_only_an_admin_may_act_as_another(
    any_store: Store, admin: Actor, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set_role(any_store, admin, admin.name, Role.ADMIN).ok
    assert set_role(any_store, admin, "mallory", role).ok
    monkeypatch.setattr(users, "system_user", lambda: "mallory")
    assert sign_in(any_store, admin.name).outcome.code is Code.ROLE_FORBIDDEN
    assert sign_in(any_store, "mallory").unwrap().role is role


def test_the_environment_does_not_say_who_one_is() -> None:
    program = "from prelabel_tui.core.identity.actor import system_user; print(system_user())"
    others = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "ada")
    said = subprocess.check_output(
        [sys.executable, "-c", program], env={**os.environ, **others}, text=True
    )
    assert said == f"{actor.system_user()}\n"


def test_a_role_that_was_taken_away_no_longer_counts(any_store: Store) -> None:
    admin = sign_in(any_store).unwrap()
    assert set_role(any_store, admin, "second", Role.ADMIN).ok
    second = sign_in(any_store, "second").unwrap()
    assert set_role(any_store, admin, "second", Role.REVIEWER).ok
    assert set_role(any_store, second, "second", Role.ADMIN).code is Code.ROLE_FORBIDDEN


def test_a_lead_who_is_one_no_longer_decides_nothing(
    any_store: Store, admin: Actor, lead: Actor
) -> None:
    warned = matches.enter(any_store, lead)  # nobody reviewed it: a warning
    for role in (Role.LEAD, Role.REVIEWER):
        assert set_role(any_store, admin, lead.name, role).ok
    approved = packs.approve(any_store, lead, warned.pack_id, 1, "looks right")
    assert approved.outcome.code is Code.ROLE_FORBIDDEN
    draft = warned.draft
    done = publishing.publish(
        any_store, lead, draft.id, draft.version, override_reason="good enough"
    )
    assert done.outcome.code is Code.OVERRIDE_FORBIDDEN
    by_admin = publishing.publish(
        any_store, admin, draft.id, draft.version, override_reason="good enough"
    )
    revision = by_admin.unwrap().revision
    assert revision is not None
    assert eligibility.approve(any_store, lead, revision.id, 1).outcome.code is Code.ROLE_FORBIDDEN
    threshold = workspaces.set_threshold(any_store, lead, "club", "ball.too_many", 2)
    assert threshold.code is Code.ROLE_FORBIDDEN


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEAD])
def test_only_admins_change_users(store: Store, role: Role) -> None:
    actor = Actor("x", role, "test")
    assert set_role(store, actor, "x", Role.ADMIN).code is Code.ROLE_FORBIDDEN
    assert list_users(store) == []


def test_the_last_admin_stays_one(store: Store) -> None:
    actor = sign_in(store).unwrap()
    assert set_role(store, actor, actor.name, Role.REVIEWER).code is Code.INPUT_INVALID
    assert set_role(store, actor, "second", Role.ADMIN).ok
    assert set_role(store, actor, actor.name, Role.REVIEWER).ok
    assert sign_in(store).unwrap().role is Role.REVIEWER
    (entry, *_) = audit.entries(store)
    assert (entry.action, entry.subject_id) == ("user.role", actor.name)
    assert entry.details == {"role": "reviewer", "from": "admin"}


def test_of_two_admins_who_step_down_at_once_one_stays(any_store: Store, admin: Actor) -> None:
    names = ("one", "two")
    for _ in range(5):
        for name in names:
            assert set_role(any_store, admin, name, Role.ADMIN).ok
        at_once = threading.Barrier(2)

        def step_down(name: str, at_once: threading.Barrier = at_once) -> None:
            at_once.wait()
            set_role(any_store, Actor(name, Role.ADMIN, "test"), name, Role.REVIEWER)

        threads = [threading.Thread(target=step_down, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [row.role for row in list_users(any_store)].count(Role.ADMIN) == 1


@pytest.mark.parametrize(
    "name", ["", "  ", " a", "a\x1b[31mb", "line\nbreak", "a\u202eb", "x" * 101]
)
def test_names_that_could_drive_a_terminal_are_refused(
    store: Store, admin: Actor, name: str
) -> None:
    assert set_role(store, admin, name, Role.LEAD).code is Code.INPUT_INVALID
