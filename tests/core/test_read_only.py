"""The data folder of another account: lists, exports and fsck read it, and nothing is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from prelabel_tui.core.backup.make import back_up
from prelabel_tui.core.catalog.runs import list_runs
from prelabel_tui.core.datasets.export import export
from prelabel_tui.core.datasets.images import Options
from prelabel_tui.core.datasets.selection import select_eligible
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.preferences import remember
from prelabel_tui.core.identity.users import list_users, open_as_user, set_role
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.publishing import eligibility, packs, publish
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.core.store.failures import ReadOnlyFolderError
from prelabel_tui.formats.writers import FORMATS
from prelabel_tui.imaging.frames.stills import VideoStills
from tests import matches
from tests.causes import ADA, LENA, World, another_account
from tests.old_folders import first_folder


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.make(tmp_path)


def files(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_what_nobody_has_open_is_read_and_nothing_is_written(world: World) -> None:
    revision = world.published()[1]
    assert eligibility.approve(world.store, LENA, revision, 1).ok
    world.store.close()
    before = files(world.store.home)
    with another_account():
        store, actor = open_as_user(world.store.home, None, None, None).unwrap()
        assert "belongs to the account" in (store.read_only or "")
        assert len(list_runs(store).rows) == 1
        assert fsck(store, pictures=True).outcome.code is not Code.FOLDER_READ_ONLY
        chosen = select_eligible(store)
        out = world.folder / "out"
        written = export(
            store, chosen, Options(chosen.capabilities), FORMATS["coco"], out, VideoStills()
        )
        assert written.outcome.code is Code.EXPORT_SUCCESS
        assert back_up(store, world.folder / "backup").outcome.code is Code.BACKUP_SUCCESS
        store.close()
    assert files(world.store.home) == before
    assert actor.role is Role.ADMIN, "the table has this account as the folder's first user"


def test_who_is_not_known_comes_in_to_read_and_is_not_entered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prelabel_tui.core.identity.users.system_user", lambda: "mallory")
    world.store.close()
    with another_account():
        store, actor = open_as_user(world.store.home, None, None, None).unwrap()
        assert (actor.name, actor.role) == ("mallory", Role.REVIEWER)
        assert "mallory" not in [row.name for row in list_users(store)]
        taken = open_as_user(world.store.home, None, None, "ada").outcome
        assert taken.code is Code.ROLE_FORBIDDEN
        store.close()


def _save(store: Store, draft_id: str) -> Outcome:
    loaded = loading.load(store, draft_id).unwrap()
    return loading.save(store, ADA, loaded.info, loaded.document, {}, "5a5e" * 8).outcome


REFUSED: dict[str, Callable[[Store, matches.Match], Outcome]] = {
    "a role": lambda store, _: set_role(store, ADA, "eve", Role.ADMIN),
    "a save": lambda store, match: _save(store, match.draft.id),
    "a review": lambda store, match: (
        loading.open_review(store, ADA, match.run_id, match.scope.capability).outcome
    ),
    "a session, which would have a journal": lambda store, match: (
        EditingSession.open(store, ADA, match.draft.id).outcome
    ),
    "a pack": lambda store, match: packs.approve(store, ADA, match.pack_id, 1, "fine").outcome,
    "a publish": lambda store, match: (
        publish(store, ADA, match.draft.id, 1, override_reason="x").outcome
    ),
    "a preference": lambda store, _: remember(store, ADA, "x", {}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_every_change_is_refused_with_the_ways_in(world: World, what: str) -> None:
    match = world.match()
    world.store.close()
    before = files(world.store.home)
    with another_account():
        store = open_store(world.store.home).unwrap()
        outcome = REFUSED[what](store, match)
        store.close()
    assert outcome.code is Code.FOLDER_READ_ONLY, outcome.headline
    assert "users add NAME --key FILE" in outcome.entry.next_step
    assert files(world.store.home) == before


def test_artifacts_are_neither_put_nor_freed(world: World) -> None:
    world.store.close()
    with another_account():
        artifacts = open_store(world.store.home).unwrap().artifacts
    for change in (
        lambda: artifacts.put(b"x"),
        lambda: artifacts.stage([b"x"], "0" * 64),
        lambda: artifacts.free("0" * 64, 0),
    ):
        with pytest.raises(ReadOnlyFolderError, match="belongs to"):
            change()
    assert list(artifacts.names()) == []


def test_what_its_owner_does_meanwhile_is_seen(world: World) -> None:
    """The owner's program opens and closes the database: it is followed, then read as a file."""
    world.store.close()
    with another_account():
        reader = open_store(world.store.home).unwrap()
    names = lambda: {row.name for row in list_users(reader)}  # noqa: E731
    before = names()
    for number in range(2):
        owner = open_store(world.store.home).unwrap()
        assert set_role(owner, ADA, f"new-{number}", Role.REVIEWER).ok
        assert f"new-{number}" in names(), "while it is open"
        owner.close()
        assert f"new-{number}" in names(), "when it is closed"
    assert len(names()) == len(before) + 2
    reader.close()


def test_older_tables_are_left_alone(tmp_path: Path) -> None:
    home = first_folder(tmp_path / "home")
    before = files(home)
    with another_account():
        assert open_store(home).outcome.code is Code.DATABASE_TOO_OLD
    assert files(home) == before


def test_an_empty_folder_of_another_account_is_refused(tmp_path: Path) -> None:
    with another_account():
        opened = open_store(tmp_path)
    assert opened.outcome.code is Code.FOLDER_READ_ONLY
    assert "nothing that this account can read" in opened.outcome.detail
    assert list(tmp_path.iterdir()) == []


def test_a_new_folder_is_ones_own(tmp_path: Path, admin: Actor) -> None:
    store = open_store(tmp_path / "new").unwrap()
    assert store.read_only is None
    assert set_role(store, admin, "eve", Role.REVIEWER).ok
    store.close()


@pytest.mark.parametrize("what", ["the folder", "the database"])
def test_a_folder_that_cannot_be_written_to_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """As on a disk that is mounted read-only, which the tests may not do."""
    home = world.store.home
    world.published()
    world.store.close()
    locked = home if what == "the folder" else home / "prelabel.db"
    may = os.access

    def access(path: Path, mode: int) -> bool:
        return may(path, mode) and not (mode & os.W_OK and Path(path) == locked)

    monkeypatch.setattr("os.access", access)
    before = files(home)
    store, _ = open_as_user(home, None, None, None).unwrap()
    assert len(list_runs(store).rows) == 1
    assert fsck(store).outcome.code is Code.FSCK_CLEAN
    refused = set_role(store, ADA, "eve", Role.REVIEWER)
    assert (refused.code, refused.detail) == (
        Code.FOLDER_READ_ONLY, f"{home} cannot be written to.",
    )  # fmt: skip
    store.close()
    assert files(home) == before
