"""Users and roles: who comes in, who may change whom."""

from __future__ import annotations

import getpass

import pytest

from prelabel_tui.core import audit
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store
from prelabel_tui.core.users import Actor, Role, list_users, set_role, sign_in


def test_the_first_user_of_a_data_folder_is_admin_and_later_ones_reviewers(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in(any_store).unwrap().role is Role.ADMIN
    monkeypatch.setattr(getpass, "getuser", lambda: "newcomer")
    assert sign_in(any_store).unwrap().role is Role.REVIEWER
    assert next(entry.subject_id for entry in audit.entries(any_store)) == "newcomer"


def test_a_named_user_must_be_known(store: Store, admin: Actor) -> None:
    sign_in(store).unwrap()
    assert sign_in(store, "lena").outcome.code is Code.USER_UNKNOWN
    assert set_role(store, admin, "lena", Role.LEAD).ok
    assert sign_in(store, "lena").unwrap().role is Role.LEAD


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


@pytest.mark.parametrize("name", ["", "  ", "a\x1b[31mb", "line\nbreak"])
def test_names_that_could_drive_a_terminal_are_refused(
    store: Store, admin: Actor, name: str
) -> None:
    assert set_role(store, admin, name, Role.LEAD).code is Code.INPUT_INVALID
