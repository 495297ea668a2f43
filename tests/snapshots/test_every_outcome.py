"""Every outcome code on the screen, brought about by its real cause and by keys."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from sqlalchemy import text
from textual.pilot import Pilot

from prelabel_tui.app import PrelabelApp
from prelabel_tui.core import publishing
from prelabel_tui.core.catalog.runs import RunStatus
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.datasets import snapshots
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.identity.users import open_as_user
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.ingest.import_legacy import import_legacy
from prelabel_tui.core.ingest.reported import Detector, report_run
from prelabel_tui.core.model.labels import Capability, Flag, Frame, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import eligibility, packs, revisions
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.settings_file import FILE_NAME
from prelabel_tui.core.store import Store
from prelabel_tui.launch import run_app
from prelabel_tui.widgets.status.bars import ProgressLine
from tests import matches
from tests.causes import World as Causes
from tests.causes import clock_of_next_year, name_missing_key, no_room, publishing_elsewhere
from tests.snapshots.shots import SMALL, Shots
from tests.ui.applications import app_on
from tests.ui.demo_home import (
    ADA,
    LENA,
    RUI,
    change_and_save,
    let_programs_act_as_others,
)
from tests.ui.driving import app_of, press, screen_text, settle, type_text
from tests.ui.publishing import all_reviewed
from tests.ui.reviewing import BALL, PLAYER, draft_of


@dataclass
class World:
    """What a scene starts from."""

    request: pytest.FixtureRequest
    shots: Shots
    folder: Path

    @property
    def store(self) -> Store:
        """Three runs, nothing published."""
        store: Store = self.request.getfixturevalue("demo_store")
        return store

    @property
    def published(self) -> Store:
        """The same with two revisions of the players of `tactical-1`."""
        store: Store = self.request.getfixturevalue("published_store")
        return store

    async def shows(self, pilot: Pilot[Any], words: str) -> None:
        """The screen says so, and looks as accepted."""
        await says(pilot, words)
        await self.shots(pilot)


Scene = Callable[[World], Awaitable[None]]
SCENES: Final[dict[Code, Scene | str]] = dict.fromkeys(
    {
        Code.IMPORT_SUCCESS, Code.IMPORT_ALREADY_PRESENT, Code.IMPORT_INPUT_INVALID,
        Code.IMPORT_CANCELLED, Code.IMPORT_CHECKED, Code.MEDIA_MISMATCH, Code.EXPORT_SUCCESS,
        Code.EXPORT_EMPTY, Code.EXPORT_CANCELLED, Code.EXPORT_WRITE_FAILED,
        Code.FSCK_CLEAN, Code.FSCK_DAMAGED, Code.OK,
        Code.BACKUP_SUCCESS, Code.BACKUP_CANCELLED, Code.RESTORE_SUCCESS,
        Code.DATABASE_UPGRADED, Code.DATABASE_COPIED, Code.DATABASE_TOO_OLD,
        Code.RUN_REPORTED, Code.RUN_STATUS_CONFLICT, Code.RUN_REMOVED, Code.MEDIA_REMOVED,
        Code.REMOVE_REFUSED, Code.MEDIA_RELOCATED,
    },
    "the command line does this",
)  # fmt: skip
SCENES[Code.REPORT_EMPTY] = "test_ops.test_report_of_nothing shows it"


def scene(code: Code) -> Callable[[Scene], Scene]:
    """Enter the scene of a code."""

    def enter(function: Scene) -> Scene:
        assert code not in SCENES, code
        SCENES[code] = function
        return function

    return enter


def test_every_code_has_a_scene_or_says_why_not() -> None:
    assert set(SCENES) == set(Code)


@pytest.mark.parametrize("code", [code for code in Code if not isinstance(SCENES.get(code), str)])
async def test_the_screen_shows_it(
    code: Code, request: pytest.FixtureRequest, shots: Shots, tmp_path: Path
) -> None:
    found = SCENES[code]
    assert callable(found)
    await found(World(request, shots, tmp_path))


async def says(pilot: Pilot[Any], words: str) -> None:
    """The screen comes to say so."""
    said = ""
    for _ in range(300):
        await settle(pilot)
        said = " ".join(screen_text(pilot).split())
        if words in said:
            return
        await pilot.pause(0.02)
    raise AssertionError(f"not {words!r}: {said}")


# -- what scenes share -------------------------------------------------------------------------


@asynccontextmanager
async def reviewing(store: Store, draft: DraftInfo, actor: Actor) -> AsyncIterator[Pilot[Any]]:
    """The review screen of a draft at 80×24."""
    app = app_on(store, actor)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        app.open_review(draft)
        await settle(pilot)
        yield pilot


@asynccontextmanager
async def looking_back(store: Store, actor: Actor) -> AsyncIterator[Pilot[Any]]:
    """The revision history of the published scope."""
    app = app_on(store, actor)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        app.open_history("arena", "tactical-1", PLAYER)
        await settle(pilot)
        yield pilot


def reviewed(store: Store) -> DraftInfo:
    """A draft without a finding."""
    return all_reviewed(store, draft_of(store))


def with_frame(store: Store, draft: DraftInfo, change: Callable[[Frame], Frame]) -> DraftInfo:
    """The draft saved with every frame changed."""
    document = loading.load(store, draft.id).unwrap().document
    before = document.copy()
    for index, frame in enumerate(before):
        document.replace(index, change(frame))
    changed = document.changed_from(before)
    return loading.save(store, RUI, draft, document, changed, new_id()).unwrap()


def sql(store: Store, statement: str) -> None:
    """Direct SQL."""
    with store.write() as session:
        session.execute(text(statement))


# -- publishing --------------------------------------------------------------------------------


@scene(Code.PUBLISH_SUCCESS)
async def _(world: World) -> None:
    async with reviewing(world.store, reviewed(world.store), RUI) as pilot:
        await press(pilot, "!", "enter")
        await world.shows(pilot, "PUBLISH_SUCCESS: A new immutable revision was created.")


@scene(Code.NO_OP_ALREADY_PUBLISHED)
async def _(world: World) -> None:
    async with reviewing(world.published, draft_of(world.published), RUI) as pilot:
        await press(pilot, "!", "enter")
        await world.shows(pilot, "NO_OP_ALREADY_PUBLISHED: The same content already exists")


@scene(Code.STALE_DRAFT_VERSION)
async def _(world: World) -> None:
    draft = reviewed(world.store)
    async with reviewing(world.store, draft, RUI) as pilot:
        await press(pilot, "!")
        change_and_save(world.store, LENA, draft, by=5)
        await press(pilot, "enter")
        await world.shows(pilot, "STALE_DRAFT_VERSION: The draft changed before publish")


@scene(Code.VALIDATION_HARD_FAIL)
async def _(world: World) -> None:
    def flatten(frame: Frame) -> Frame:
        first, *others = frame.labels
        return make_frame([msgspec.structs.replace(first, h=0), *others], reviewed=True)

    draft = with_frame(world.store, draft_of(world.store), flatten)
    async with reviewing(world.store, draft, LENA) as pilot:
        await press(pilot, "!", "enter")
        await world.shows(pilot, "VALIDATION_HARD_FAIL: Blocking validation errors")


@scene(Code.RESET_DRAFT_REQUIRED)
async def _(world: World) -> None:
    def sizeless(frame: Frame) -> Frame:
        return make_frame([msgspec.structs.replace(ball, size=None) for ball in frame.labels])

    draft = with_frame(world.store, draft_of(world.store, capability=BALL), sizeless)
    async with reviewing(world.store, draft, LENA) as pilot:
        await press(pilot, "!", "enter")
        await world.shows(pilot, "RESET_DRAFT_REQUIRED: This older incompatible ball draft")
        assert "Reset draft" in screen_text(pilot)


@scene(Code.WARNINGS_REQUIRE_OVERRIDE)
async def _(world: World) -> None:
    async with reviewing(world.store, draft_of(world.store), LENA) as pilot:
        await press(pilot, "!", "enter")
        await world.shows(pilot, "WARNINGS_REQUIRE_OVERRIDE: ")


@scene(Code.OVERRIDE_FORBIDDEN)
async def _(world: World) -> None:
    async with reviewing(world.store, draft_of(world.store), RUI) as pilot:
        await press(pilot, "!", "enter")
        await world.shows(pilot, "OVERRIDE_FORBIDDEN: The current user cannot override")


@scene(Code.PUBLISH_LOCK_CONFLICT)
async def _(world: World) -> None:
    draft = reviewed(world.store)
    async with reviewing(world.store, draft, LENA) as pilot:
        await press(pilot, "!")
        let_programs_act_as_others(world.store.home)
        with publishing_elsewhere(Causes(world.store, world.folder), draft):
            await press(pilot, "enter")
            await says(pilot, "PUBLISH_LOCK_CONFLICT: Another publish happened concurrently.")


@scene(Code.PUBLISH_CANCELLED)
async def _(world: World) -> None:
    draft = reviewed(world.store)
    async with reviewing(world.store, draft, LENA) as pilot:
        await press(pilot, "!")
        busy = sqlite3.connect(world.store.home / "prelabel.db")
        busy.execute("BEGIN IMMEDIATE")
        await pilot.press("enter")
        progress = pilot.app.screen.query_one(ProgressLine)
        while not progress.has_class("-shown"):
            await pilot.pause(0.02)
        await pilot.press("escape")
        busy.rollback()
        busy.close()
        await world.shows(pilot, "PUBLISH_CANCELLED: ")
    assert history(world.store, draft.scope) == []


@scene(Code.AUDIT_PERSIST_FAILED)
async def _(world: World) -> None:
    async with reviewing(world.store, reviewed(world.store), LENA) as pilot:
        sql(
            world.store,
            "CREATE TRIGGER audit_is_full BEFORE INSERT ON audit "
            "BEGIN SELECT RAISE(ABORT, 'no room in the audit log'); END",
        )
        await press(pilot, "!", "enter")
        await world.shows(pilot, "AUDIT_PERSIST_FAILED: The audit entry could not be stored")


@scene(Code.CLOCK_BEHIND)
async def _(world: World) -> None:
    async with reviewing(world.store, reviewed(world.store), LENA) as pilot:
        clock_of_next_year(world.store)
        await press(pilot, "!", "enter")
        await world.shows(pilot, "CLOCK_BEHIND: This machine's clock is earlier")


@scene(Code.SIGNING_FAILED)
async def _(world: World) -> None:
    async with reviewing(world.store, reviewed(world.store), LENA) as pilot:
        name_missing_key(world.store)
        await press(pilot, "!", "enter")
        await world.shows(pilot, "SIGNING_FAILED: The head of the audit log cannot be signed")


@scene(Code.STORAGE_READ_FAILED)
async def _(world: World) -> None:
    draft = reviewed(world.store)
    async with reviewing(world.store, draft, LENA) as pilot:
        for path in (world.store.home / "artifacts").glob("*/*.zst"):
            path.write_bytes(b"")
        await press(pilot, "!")
        await world.shows(pilot, "STORAGE_READ_FAILED: ")


@scene(Code.STORAGE_WRITE_FAILED)
async def _(world: World) -> None:
    async with reviewing(world.store, reviewed(world.store), LENA) as pilot:
        await press(pilot, "!")
        with no_room(Causes(world.store, world.folder)):
            await press(pilot, "enter")
        await world.shows(pilot, "STORAGE_WRITE_FAILED: ")


# -- drafts ------------------------------------------------------------------------------------


async def _opened(world: World, words: str) -> None:
    async with app_on(world.store, RUI).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "p")
        await world.shows(pilot, words)


@scene(Code.DRAFT_CREATED)
async def _(world: World) -> None:
    await _opened(world, "DRAFT_CREATED: ")


@scene(Code.DRAFT_OPENED)
async def _(world: World) -> None:
    draft_of(world.store)
    await _opened(world, "DRAFT_OPENED: ")


@scene(Code.RUN_NOT_READY)
async def _(world: World) -> None:
    report_run(
        world.store, RUI, workspace="arena", media="cup-final", status=RunStatus.FAILED,
        detector=Detector("yolox", "nano-3"), reason="The GPU ran out of memory.",
        new_clip=True,
    ).unwrap()  # fmt: skip
    await _opened(world, "RUN_NOT_READY: ")


@scene(Code.DRAFT_SAVED)
async def _(world: World) -> None:
    async with reviewing(world.store, draft_of(world.store), RUI) as pilot:
        await press(pilot, "tab", "L", "ctrl+s")
        await says(pilot, "Autosave: saved v2")


@scene(Code.DRAFT_VERSION_CONFLICT)
async def _(world: World) -> None:
    draft = draft_of(world.store)
    async with reviewing(world.store, draft, RUI) as pilot:
        change_and_save(world.store, LENA, draft, by=5)
        await press(pilot, "tab", "L", "ctrl+s")
        await says(pilot, "409 DRAFT_VERSION_CONFLICT")


@scene(Code.DRAFT_RESET)
async def _(world: World) -> None:
    async with reviewing(world.store, reviewed(world.store), RUI) as pilot:
        await press(pilot, "R")
        await type_text(pilot, "reset")
        await press(pilot, "enter")
        await world.shows(pilot, "DRAFT_RESET: ")


@scene(Code.SOURCE_PACK_MISSING)
async def _(world: World) -> None:
    run = import_legacy(
        world.store, LENA, workspace="club", media="clip", manifest=matches.manifest(),
        drafts_of={Capability.BALL: matches.content(Capability.BALL)}, revisions=[],
    ).unwrap()  # fmt: skip
    draft = loading.open_review(world.store, RUI, run.id, Capability.BALL).unwrap()
    async with reviewing(world.store, draft, RUI) as pilot:
        await press(pilot, "R")
        await type_text(pilot, "reset")
        await press(pilot, "enter")
        await world.shows(pilot, "SOURCE_PACK_MISSING: ")


@scene(Code.DRAFT_NOT_ACTIVE)
async def _(world: World) -> None:
    async with reviewing(world.store, reviewed(world.store), LENA) as pilot:
        await press(pilot, "!")
        sql(world.store, "UPDATE drafts SET active = 0")
        await press(pilot, "enter")
        await world.shows(pilot, "DRAFT_NOT_ACTIVE: ")


# -- scoped label packs ------------------------------------------------------------------------


@scene(Code.PACK_APPROVED)
async def _(world: World) -> None:
    async with reviewing(world.store, draft_of(world.store), LENA) as pilot:
        await press(pilot, "C", "a")
        await type_text(pilot, "looks right")
        await press(pilot, "enter")
        await world.shows(pilot, "PACK_APPROVED: ")


@scene(Code.PACK_REJECTED)
async def _(world: World) -> None:
    draft = draft_of(world.store)
    (pack,) = packs.packs(world.store, draft.scope)
    pack = packs.approve(world.store, ADA, pack.id, pack.version, "fine").unwrap()
    async with reviewing(world.store, draft, LENA) as pilot:
        await press(pilot, "C", "x")
        await type_text(pilot, "boxes are too wide")
        await press(pilot, "enter")
        await world.shows(pilot, "PACK_REJECTED: ")
        assert "first publish will create the initial label pack" in screen_text(pilot)


@scene(Code.PACK_RETIRED)
async def _(world: World) -> None:
    async with reviewing(world.store, draft_of(world.store), LENA) as pilot:
        await press(pilot, "C", "r")
        await type_text(pilot, "another model is in use")
        await press(pilot, "enter")
        await world.shows(pilot, "PACK_RETIRED: ")


@scene(Code.PACK_NOT_APPROVABLE)
async def _(world: World) -> None:
    draft = draft_of(world.store)
    (pack,) = packs.packs(world.store, draft.scope)
    assert packs.approve(world.store, ADA, pack.id, pack.version, "fine").ok
    async with reviewing(world.store, draft, LENA) as pilot:
        await press(pilot, "C", "a")
        await world.shows(pilot, "Approve is off: review_status = approved")


@scene(Code.PACK_VERSION_CONFLICT)
async def _(world: World) -> None:
    draft = draft_of(world.store)
    (pack,) = packs.packs(world.store, draft.scope)
    async with reviewing(world.store, draft, LENA) as pilot:
        await press(pilot, "C", "a")
        assert packs.approve(world.store, ADA, pack.id, pack.version, "first").ok
        await type_text(pilot, "second")
        await press(pilot, "enter")
        await world.shows(pilot, "PACK_VERSION_CONFLICT: ")


@scene(Code.PACK_NOT_SELECTABLE)
async def _(world: World) -> None:
    draft = reviewed(world.store)
    (pack,) = packs.packs(world.store, draft.scope)
    pack = packs.approve(world.store, ADA, pack.id, pack.version, "fine").unwrap()
    async with reviewing(world.store, draft, LENA) as pilot:
        await press(pilot, "!")
        assert packs.retire(world.store, ADA, pack.id, pack.version, "not fine").ok
        await press(pilot, "enter")
        await world.shows(pilot, "PACK_NOT_SELECTABLE: ")


def retired_after_publish(world: World) -> DraftInfo:
    """A draft that was changed since it was published; the pack of that was retired."""
    store = world.published
    draft = with_frame(
        store,
        draft_of(store),
        lambda frame: make_frame(frame.labels, (Flag.BAD_FRAME,), frame.ball, reviewed=True),
    )
    for pack in packs.candidates(store, draft.scope):
        assert packs.retire(store, ADA, pack.id, pack.version, "not as agreed").ok
    return draft


@scene(Code.PACK_APPROVAL_REQUIRED)
async def _(world: World) -> None:
    draft = retired_after_publish(world)
    async with reviewing(world.published, draft, RUI) as pilot:
        await press(pilot, "!")
        await says(pilot, "Submit for approval")
        await press(pilot, "enter")
        await world.shows(pilot, "PACK_APPROVAL_REQUIRED: ")


@scene(Code.PACK_SUBMITTED)
async def _(world: World) -> None:
    draft = retired_after_publish(world)
    async with reviewing(world.published, draft, RUI) as pilot:
        await press(pilot, "!")
        await says(pilot, "None is approved; a lead has decided")
        await press(pilot, "s")
        await world.shows(pilot, "PACK_SUBMITTED: ")


@scene(Code.PACK_ALREADY_SUBMITTED)
async def _(world: World) -> None:
    draft = reviewed(world.store)
    assert publishing.submit(world.store, RUI, draft.id, draft.version).ok
    async with reviewing(world.store, draft, RUI) as pilot:
        await press(pilot, "C", "s")
        await world.shows(pilot, "PACK_ALREADY_SUBMITTED: ")


# -- dataset eligibility -----------------------------------------------------------------------


@scene(Code.ELIGIBILITY_APPROVED)
async def _(world: World) -> None:
    async with looking_back(world.published, LENA) as pilot:
        await press(pilot, "a", "enter")
        await world.shows(pilot, "ELIGIBILITY_APPROVED: ")


@scene(Code.ELIGIBILITY_REVOKED)
async def _(world: World) -> None:
    async with looking_back(world.published, LENA) as pilot:
        await press(pilot, "j", "v")
        await type_text(pilot, "mirrored")
        await press(pilot, "enter")
        await world.shows(pilot, "ELIGIBILITY_REVOKED: ")


def approve_newest(store: Store) -> str:
    """Approve the newest revision of the players for datasets; its id."""
    scope = find_scope(store, "arena", "tactical-1", PLAYER).unwrap()
    row = history(store, scope)[0]
    if row.can_approve:
        assert eligibility.approve(store, ADA, row.id, row.eligibility.version).ok
    return row.id


async def freeze(pilot: Pilot[Any], name: str) -> None:
    await settle(pilot)
    await press(pilot, "5", "n")
    await type_text(pilot, name)
    await press(pilot, "enter")


@scene(Code.DATASET_CREATED)
async def _(world: World) -> None:
    approve_newest(world.published)
    async with app_on(world.published, LENA).run_test() as pilot:
        await freeze(pilot, "spring")
        await world.shows(pilot, "DATASET_CREATED: ")


@scene(Code.DATASET_EXISTS)
async def _(world: World) -> None:
    approve_newest(world.published)
    assert snapshots.create(world.published, ADA, "spring").ok
    async with app_on(world.published, LENA).run_test() as pilot:
        await freeze(pilot, "spring")
        await world.shows(pilot, "DATASET_EXISTS: ")


@scene(Code.DATASET_REVOKED)
async def _(world: World) -> None:
    store = world.published
    revision = approve_newest(store)
    assert snapshots.create(store, ADA, "spring").ok
    version = revisions.revision(store, revision).unwrap().eligibility.version
    assert eligibility.revoke(store, ADA, revision, version, "mirrored").ok
    async with app_on(store, LENA).run_test() as pilot:
        await settle(pilot)
        await press(pilot, "5", "enter", "escape")
        await world.shows(pilot, "DATASET_REVOKED: ")


@scene(Code.ELIGIBILITY_NOT_ALLOWED)
async def _(world: World) -> None:
    store = world.published
    async with looking_back(store, LENA) as pilot:
        await press(pilot, "a")
        scope = find_scope(store, "arena", "tactical-1", PLAYER).unwrap()
        (used,) = packs.candidates(store, scope)
        assert packs.retire(store, ADA, used.id, used.version, "found to be wrong").ok
        await press(pilot, "enter")
        await world.shows(pilot, "ELIGIBILITY_NOT_ALLOWED: ")


@scene(Code.ELIGIBILITY_VERSION_CONFLICT)
async def _(world: World) -> None:
    store = world.published
    scope = find_scope(store, "arena", "tactical-1", PLAYER).unwrap()
    async with looking_back(store, LENA) as pilot:
        await press(pilot, "a")
        assert eligibility.approve(store, ADA, history(store, scope)[0].id, 1).ok
        await press(pilot, "enter")
        await world.shows(pilot, "ELIGIBILITY_VERSION_CONFLICT: ")


# -- everything --------------------------------------------------------------------------------


@scene(Code.REASON_REQUIRED)
async def _(world: World) -> None:
    async with reviewing(world.store, draft_of(world.store), LENA) as pilot:
        await press(pilot, "C", "a", "enter")
        await world.shows(pilot, "REASON_REQUIRED: a non-empty reason is required.")


@scene(Code.ROLE_FORBIDDEN)
async def _(world: World) -> None:
    async with reviewing(world.store, draft_of(world.store), RUI) as pilot:
        await press(pilot, "C", "a")
        await world.shows(pilot, "ROLE_FORBIDDEN: ")


@scene(Code.FOLDER_READ_ONLY)
async def _(world: World) -> None:
    world.store.read_only = "/srv/club belongs to the account club."
    async with app_on(world.store, RUI).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        await world.shows(pilot, "FOLDER_READ_ONLY: ")


@scene(Code.NOT_FOUND)
async def _(world: World) -> None:
    async with app_on(world.store, RUI).run_test(size=SMALL) as pilot:
        await settle(pilot)
        app_of(pilot).open_history("arena", "gone-1", Capability.BALL)
        await world.shows(pilot, "NOT_FOUND: ")


async def _ends(world: World, code: Code, user: str = "ada") -> None:
    """The application opens, finds this, and ends with it."""
    home = world.store.home
    app = PrelabelApp(lambda: open_as_user(home, None, None, user))
    async with app.run_test(size=SMALL) as pilot:
        for _ in range(500):
            await pilot.pause(0.01)
            if app.return_value is not None:
                break
    assert app.return_value is not None
    assert app.return_value.code is code
    assert app.return_code == app.return_value.entry.exit_code


@scene(Code.USER_UNKNOWN)
async def _(world: World) -> None:
    let_programs_act_as_others(world.store.home)
    await _ends(world, Code.USER_UNKNOWN, "mallory")


@scene(Code.DATABASE_TOO_NEW)
async def _(world: World) -> None:
    sql(world.store, "UPDATE alembic_version SET version_num = '9999'")
    await _ends(world, Code.DATABASE_TOO_NEW)


@scene(Code.DATABASE_UNAVAILABLE)
async def _(world: World) -> None:
    world.store.close()
    for part in world.store.home.glob("prelabel.db*"):
        part.unlink()
    (world.store.home / "prelabel.db").write_bytes(b"this is no database" * 100)
    await _ends(world, Code.DATABASE_UNAVAILABLE)


@scene(Code.INPUT_INVALID)
async def _(world: World) -> None:
    assert run_app(world.folder, graphics="crayon").code is Code.INPUT_INVALID


@scene(Code.TERMINAL_UNSUITABLE)
async def _(world: World) -> None:
    assert run_app(world.folder).code is Code.TERMINAL_UNSUITABLE


@scene(Code.CONFIG_INVALID)
async def _(world: World) -> None:
    (world.folder / FILE_NAME).write_text("preset = 'nonsense'")
    assert run_app(world.folder).code is Code.CONFIG_INVALID
