"""What really brings each outcome about: one cause a code, for the core and the command line.

`tests/test_every_outcome.py` runs each cause in both places, and fails when a code of the table
has none.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import msgspec
from PIL import Image
from sqlalchemy import text

from prelabel_tui.core import publishing
from prelabel_tui.core.assessment.reports import assess_run
from prelabel_tui.core.backup.make import back_up
from prelabel_tui.core.backup.restore import restore
from prelabel_tui.core.backup.transfer import copy_database
from prelabel_tui.core.catalog.runs import RunStatus
from prelabel_tui.core.datasets import snapshots
from prelabel_tui.core.datasets.export import export
from prelabel_tui.core.datasets.images import Options
from prelabel_tui.core.datasets.selection import select_eligible
from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import set_role, sign_in
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.ingest.import_legacy import import_legacy
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.ingest.relocation import clip_manifest, relocate_media
from prelabel_tui.core.ingest.removal import remove_media, remove_run
from prelabel_tui.core.ingest.reported import report_run
from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability, make_frame
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.publishing import eligibility, packs
from prelabel_tui.core.settings_file import FILE_NAME
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.formats.writers import FORMATS
from prelabel_tui.imaging.frames.stills import VideoStills
from tests import matches
from tests.old_folders import first_database, first_folder
from tests.postgres import fresh_database, running_server

HERE: Final = "test@host pid 1"
LENA: Final = Actor("lena", Role.LEAD, HERE)
RUI: Final = Actor("rui", Role.REVIEWER, HERE)
ADA: Final = Actor("ada", Role.ADMIN, HERE)


@dataclass(frozen=True)
class Case:
    """A state in which something has one outcome.

    ``core`` does it and gives the outcome; ``command`` are the words that do it as ``user`` (in
    a ``terminal``).  Either is a sentence instead where the code cannot come about there.
    ``during`` (and ``during_command``) surround the act; ``before`` is done first, the same way.
    """

    core: Callable[[], Outcome] | str
    command: list[str] | str
    user: str = "lena"
    during: Callable[[], AbstractContextManager[object]] = nullcontext
    during_command: Callable[[], AbstractContextManager[object]] = nullcontext
    before: Case | None = None
    terminal: bool = False


@dataclass(frozen=True)
class World:
    """A data folder with an admin, a lead and a reviewer."""

    store: Store
    folder: Path

    @classmethod
    def make(cls, folder: Path) -> World:
        """A new one in an empty folder."""
        store = open_store(folder / "home").unwrap()
        host = sign_in(store).unwrap()
        for actor in (ADA, LENA, RUI):
            assert set_role(store, host, actor.name, actor.role).ok
        return cls(store, folder)

    def match(self, capability: Capability = Capability.PLAYER, **more: Any) -> matches.Match:
        """A match with an open draft in which nobody reviewed anything."""
        return matches.enter(self.store, LENA, capability, **more)

    def reviewed(self, capability: Capability = Capability.PLAYER) -> matches.Match:
        """A match whose draft (version 2) has no findings."""
        match = self.match(capability)
        draft = matches.review_all(self.store, RUI, match.draft.id)
        return dataclasses.replace(match, draft=draft)

    def publishing(self, match: matches.Match, actor: Actor = LENA, **more: Any) -> Case:
        """Publish a match's draft, in the core and by command."""
        words = ["publish", *scope_words(match)]
        words += ["--version", str(match.draft.version)]
        if "override_reason" in more:
            words += ["--override", more["override_reason"]]
        if "pack_id" in more:
            words += ["--pack", more["pack_id"]]

        def core() -> Outcome:
            return publishing.publish(
                self.store, actor, match.draft.id, match.draft.version, **more
            ).outcome

        return Case(core, words, actor.name)

    def published(self) -> tuple[matches.Match, str]:
        """A match with one revision, and the revision's id."""
        match = self.reviewed()
        done = publishing.publish(self.store, LENA, match.draft.id, match.draft.version).unwrap()
        assert done.revision is not None
        return match, done.revision.id

    def sql(self, statement: str) -> None:
        """Direct SQL."""
        with self.store.write() as session:
            session.execute(text(statement))


def scope_words(match: matches.Match) -> list[str]:
    scope = match.scope
    return [
        "--workspace", scope.workspace, "--media", scope.media, "--capability",
        scope.capability.value,
    ]  # fmt: skip


Cause = Callable[[World], Case]
CAUSES: Final[dict[Code, Cause]] = {}


def cause(code: Code) -> Callable[[Cause], Cause]:
    """Enter the cause of a code."""

    def enter(function: Cause) -> Cause:
        assert code not in CAUSES, code
        CAUSES[code] = function
        return function

    return enter


IN_THE_APPLICATION = "drafts are opened and edited in the application only"

# -- publishing --------------------------------------------------------------------------------


@cause(Code.PUBLISH_SUCCESS)
def _(world: World) -> Case:
    return world.publishing(world.reviewed(), RUI)


@cause(Code.NO_OP_ALREADY_PUBLISHED)
def _(world: World) -> Case:
    match, _ = world.published()
    return world.publishing(match, RUI)


@cause(Code.STALE_DRAFT_VERSION)
def _(world: World) -> Case:
    match = world.reviewed()
    matches.review_all(world.store, RUI, match.draft.id, nudge=100)
    return world.publishing(match)


@cause(Code.VALIDATION_HARD_FAIL)
def _(world: World) -> Case:
    match = world.reviewed()
    bad = make_frame([msgspec.structs.replace(matches.box(1), w=0)], reviewed=True)
    draft = matches.save(world.store, RUI, match.draft.id, {3: bad})
    return world.publishing(dataclasses.replace(match, draft=draft), override_reason="please")


@cause(Code.RESET_DRAFT_REQUIRED)
def _(world: World) -> Case:
    old = Document.from_frames(
        Capability.BALL, [make_frame([matches.ball(size=None)]) for _ in range(6)]
    )
    match = world.match(Capability.BALL, prelabels=old)
    return world.publishing(match, override_reason="please")


@cause(Code.WARNINGS_REQUIRE_OVERRIDE)
def _(world: World) -> Case:
    return world.publishing(world.match(), LENA)


@cause(Code.OVERRIDE_FORBIDDEN)
def _(world: World) -> Case:
    return world.publishing(world.match(), RUI, override_reason="I am in a hurry")


@cause(Code.PUBLISH_LOCK_CONFLICT)
def _(world: World) -> Case:
    match = world.reviewed()
    return dataclasses.replace(
        world.publishing(match), during=lambda: publishing_elsewhere(world, match.draft)
    )


@cause(Code.PUBLISH_CANCELLED)
def _(world: World) -> Case:
    match = world.reviewed()

    def core() -> Outcome:
        return publishing.publish(
            world.store, LENA, match.draft.id, match.draft.version,
            progress=cancelling("Storing the content"),
        ).outcome  # fmt: skip

    return dataclasses.replace(
        world.publishing(match), core=core, during_command=lambda: interrupted_while_waiting(world)
    )


@cause(Code.AUDIT_PERSIST_FAILED)
def _(world: World) -> Case:
    match = world.reviewed()
    world.sql(
        "CREATE TRIGGER audit_is_full BEFORE INSERT ON audit "
        "BEGIN SELECT RAISE(ABORT, 'no room in the audit log'); END"
    )
    return world.publishing(match)


@cause(Code.STORAGE_READ_FAILED)
def _(world: World) -> Case:
    match = world.reviewed()
    first = packs.pack(world.store, match.pack_id).unwrap().artifact_sha
    path = world.store.artifacts.path(first)  # type: ignore[attr-defined]
    path.write_bytes(path.read_bytes()[:-9])
    return world.publishing(match)


@cause(Code.STORAGE_WRITE_FAILED)
def _(world: World) -> Case:
    match = world.reviewed()
    return dataclasses.replace(world.publishing(match), during=lambda: no_room(world))


# -- drafts ------------------------------------------------------------------------------------


@cause(Code.DRAFT_CREATED)
def _(world: World) -> Case:
    match = world.match()
    world.sql("UPDATE drafts SET active = 0")
    return Case(lambda: _open(world, match), IN_THE_APPLICATION)


@cause(Code.DRAFT_OPENED)
def _(world: World) -> Case:
    match = world.match()
    return Case(lambda: _open(world, match), IN_THE_APPLICATION)


def _open(world: World, match: matches.Match) -> Outcome:
    return loading.open_review(world.store, RUI, match.run_id, match.scope.capability).outcome


@cause(Code.DRAFT_SAVED)
def _(world: World) -> Case:
    match = world.match()
    return Case(lambda: _save(world, match.draft), IN_THE_APPLICATION)


@cause(Code.DRAFT_VERSION_CONFLICT)
def _(world: World) -> Case:
    match = world.match()
    matches.review_all(world.store, LENA, match.draft.id)
    return Case(lambda: _save(world, match.draft), IN_THE_APPLICATION)


def _save(world: World, base: DraftInfo) -> Outcome:
    loaded = loading.load(world.store, base.id, base.version).unwrap()
    changed = {0: encode_frame(make_frame())}
    loaded.document.apply(changed)
    return loading.save(world.store, RUI, base, loaded.document, changed, new_id()).outcome


@cause(Code.DRAFT_RESET)
def _(world: World) -> Case:
    match = world.reviewed()
    return Case(
        lambda: versions.reset(world.store, RUI, match.draft.id, 2).outcome,
        ["drafts", "reset", match.draft.id, "--base-version", "2", "--yes"],
    )


@cause(Code.SOURCE_PACK_MISSING)
def _(world: World) -> Case:
    run = import_legacy(
        world.store, LENA, workspace="club", media="clip", manifest=matches.manifest(),
        drafts_of={Capability.BALL: matches.content(Capability.BALL)}, revisions=[],
    ).unwrap()  # fmt: skip
    draft = loading.open_review(world.store, RUI, run.id, Capability.BALL).unwrap()
    return Case(
        lambda: versions.reset(world.store, RUI, draft.id, 1).outcome,
        ["drafts", "reset", draft.id, "--base-version", "1", "--yes"],
    )


@cause(Code.DRAFT_NOT_ACTIVE)
def _(world: World) -> Case:
    match = world.reviewed()
    world.sql("UPDATE drafts SET active = 0")
    case = world.publishing(match)
    return dataclasses.replace(case, command="commands find the active draft by its scope")


# -- scoped label packs ------------------------------------------------------------------------


def deciding(world: World, what: str, version: int = 1, actor: Actor = LENA, **more: str) -> Case:
    match = world.match()
    return decided(world, match.pack_id, what, version, actor, **more)


def decided(
    world: World,
    pack_id: str,
    what: str,
    version: int,
    actor: Actor = LENA,
    reason: str = "looks right",
) -> Case:
    operation = {"approve": packs.approve, "reject": packs.reject, "retire": packs.retire}[what]
    return Case(
        lambda: operation(world.store, actor, pack_id, version, reason).outcome,
        ["packs", what, pack_id, "--version", str(version), "--reason", reason],
        actor.name,
    )


@cause(Code.PACK_APPROVED)
def _(world: World) -> Case:
    return deciding(world, "approve")


@cause(Code.PACK_REJECTED)
def _(world: World) -> Case:
    return deciding(world, "reject")


@cause(Code.PACK_RETIRED)
def _(world: World) -> Case:
    return deciding(world, "retire")


@cause(Code.PACK_NOT_APPROVABLE)
def _(world: World) -> Case:
    two = make_frame([matches.ball(), msgspec.structs.replace(matches.ball(), id="b2")])
    failed = Document.from_frames(Capability.BALL, [two] * 6)
    match = world.match(Capability.BALL, prelabels=failed)
    return decided(world, match.pack_id, "approve", 1)


@cause(Code.PACK_VERSION_CONFLICT)
def _(world: World) -> Case:
    match = world.match()
    assert packs.approve(world.store, ADA, match.pack_id, 1, "first").ok
    return decided(world, match.pack_id, "approve", 1)


@cause(Code.PACK_NOT_SELECTABLE)
def _(world: World) -> Case:
    match = world.reviewed()
    return world.publishing(match, pack_id=match.pack_id)


@cause(Code.PACK_APPROVAL_REQUIRED)
def _(world: World) -> Case:
    match = world.reviewed()
    draft = match.draft
    assert publishing.publish(world.store, RUI, draft.id, draft.version).ok
    (pack,) = packs.candidates(world.store, match.scope)
    assert packs.retire(world.store, LENA, pack.id, pack.version, "not as agreed").ok
    changed = matches.review_all(world.store, RUI, draft.id, nudge=100)
    return world.publishing(dataclasses.replace(match, draft=changed), RUI)


@cause(Code.PACK_SUBMITTED)
def _(world: World) -> Case:
    return submitting(world, world.reviewed())


@cause(Code.PACK_ALREADY_SUBMITTED)
def _(world: World) -> Case:
    match = world.reviewed()
    assert publishing.submit(world.store, RUI, match.draft.id, match.draft.version).ok
    return submitting(world, match)


def submitting(world: World, match: matches.Match) -> Case:
    draft = match.draft
    return Case(
        lambda: publishing.submit(world.store, RUI, draft.id, draft.version).outcome,
        ["packs", "submit", *scope_words(match), "--version", str(draft.version)],
        RUI.name,
    )


# -- dataset eligibility -----------------------------------------------------------------------


def changing(
    world: World, revision_id: str, what: str, version: int, reason: str = "checked"
) -> Case:
    operation = eligibility.approve if what == "approve" else eligibility.revoke
    return Case(
        lambda: operation(world.store, LENA, revision_id, version, reason).outcome,
        ["eligibility", what, revision_id, "--version", str(version), "--reason", reason],
    )


@cause(Code.ELIGIBILITY_APPROVED)
def _(world: World) -> Case:
    return changing(world, world.published()[1], "approve", 1)


@cause(Code.ELIGIBILITY_REVOKED)
def _(world: World) -> Case:
    revision_id = world.published()[1]
    assert eligibility.approve(world.store, LENA, revision_id, 1).ok
    return changing(world, revision_id, "revoke", 2)


@cause(Code.ELIGIBILITY_NOT_ALLOWED)
def _(world: World) -> Case:
    match, revision_id = world.published()
    (used,) = packs.candidates(world.store, match.scope)
    assert packs.retire(world.store, LENA, used.id, 1, "found to be wrong").ok
    return changing(world, revision_id, "approve", 1)


@cause(Code.ELIGIBILITY_VERSION_CONFLICT)
def _(world: World) -> Case:
    revision_id = world.published()[1]
    assert eligibility.approve(world.store, ADA, revision_id, 1).ok
    return changing(world, revision_id, "approve", 1)


# -- import and export -------------------------------------------------------------------------


def cancelling(at: str) -> Progress:
    """A progress that stops the work at a step."""

    def stop(step: str, done: int | None = None, total: int | None = None) -> None:
        if step == at:
            raise Cancelled

    return stop


def importing(
    world: World,
    *,
    width: int = 64,
    frames: int = 2,
    broken: bool = False,
    progress: Progress = unwatched,
) -> Case:
    """Import players on black pictures."""
    folder = world.folder / f"frames-{width}"
    folder.mkdir(exist_ok=True)
    for index in range(frames):
        Image.new("RGB", (width, 48)).save(folder / f"{index + 1:06d}.png")
    players = world.folder / "players.txt"
    lines = "".join(f"{index + 1},1,5,5,20,30,0.9,-1,-1,-1\n" for index in range(frames))
    players.write_text("1,what\n" if broken else lines)
    words = [
        "import", "mot", "--workspace", "arena", "--media", "m", "--frames", str(folder),
        "--players", str(players), "--pixels-from", "1",
    ]  # fmt: skip

    def core() -> Outcome:
        size = {"width": width, "height": 48}
        clip = matches.manifest(frames)
        named = [msgspec.structs.replace(frame, **size) for frame in clip.frames]
        clip = msgspec.structs.replace(clip, frames=tuple(named))
        document = matches.content(Capability.PLAYER, frames)
        workspace = "\x1b" if broken else "arena"
        return import_run(
            world.store, LENA, workspace=workspace, media="m", manifest=clip,
            documents={Capability.PLAYER: document}, source="test", progress=progress,
        ).outcome  # fmt: skip

    return Case(core, words)


@cause(Code.IMPORT_SUCCESS)
def _(world: World) -> Case:
    return importing(world)


@cause(Code.IMPORT_ALREADY_PRESENT)
def _(world: World) -> Case:
    return dataclasses.replace(importing(world), before=importing(world))


@cause(Code.MEDIA_MISMATCH)
def _(world: World) -> Case:
    return dataclasses.replace(importing(world, width=80), before=importing(world))


def reporting(world: World, status: RunStatus) -> Case:
    """A run of clip `m1` whose labels are not here yet."""
    return Case(
        lambda: report_run(
            world.store, RUI, workspace="arena", media="m1", status=status, reason="full",
            new_clip=True,
        ).outcome,
        ["runs", "report", status.value, "--workspace", "arena", "--media", "m1",
         "--reason", "full", "--new-clip"],
        "rui",
    )  # fmt: skip


@cause(Code.RUN_REPORTED)
def _(world: World) -> Case:
    return reporting(world, RunStatus.RUNNING)


@cause(Code.RUN_STATUS_CONFLICT)
def _(world: World) -> Case:
    before = reporting(world, RunStatus.RUNNING)
    return dataclasses.replace(reporting(world, RunStatus.QUEUED), before=before)


@cause(Code.RUN_REMOVED)
def _(world: World) -> Case:
    run = report_run(
        world.store, RUI, workspace="arena", media="m1", status=RunStatus.QUEUED, new_clip=True
    ).unwrap()
    return Case(
        lambda: remove_run(world.store, ADA, run.id, "a mistake"),
        ["runs", "remove", run.id, "--reason", "a mistake", "--yes"],
        "ada",
    )


@cause(Code.MEDIA_REMOVED)
def _(world: World) -> Case:
    return Case(
        lambda: remove_media(world.store, ADA, "arena", "m", "a mistake"),
        ["media", "remove", "arena", "m", "--reason", "a mistake", "--yes"],
        "ada",
        before=importing(world),
    )


@cause(Code.REMOVE_REFUSED)
def _(world: World) -> Case:
    scope = world.match().scope
    return Case(
        lambda: remove_media(world.store, ADA, scope.workspace, scope.media, "a mistake"),
        ["media", "remove", scope.workspace, scope.media, "--reason", "a mistake", "--yes"],
        "ada",
    )


@cause(Code.MEDIA_RELOCATED)
def _(world: World) -> Case:
    def core() -> Outcome:
        before = clip_manifest(world.store, "arena", "m").unwrap()
        return relocate_media(world.store, LENA, "arena", "m", before, before)

    imported = importing(world)
    shutil.copytree(world.folder / "frames-64", world.folder / "moved")
    return Case(
        core, ["media", "relocate", "arena", "m", str(world.folder / "moved")], before=imported
    )


@cause(Code.RUN_NOT_READY)
def _(world: World) -> Case:
    run = report_run(
        world.store, RUI, workspace="arena", media="m1", status=RunStatus.FAILED, reason="full",
        new_clip=True,
    ).unwrap()  # fmt: skip
    return Case(
        lambda: loading.open_review(world.store, RUI, run.id, Capability.BALL).outcome,
        ["drafts", "open", run.id, "--capability", "ball"],
    )


@cause(Code.IMPORT_INPUT_INVALID)
def _(world: World) -> Case:
    return importing(world, broken=True)


@cause(Code.IMPORT_CHECKED)
def _(world: World) -> Case:
    words = importing(world).command
    return Case("a look is had on the command line", [*words, "--check"])


@cause(Code.IMPORT_CANCELLED)
def _(world: World) -> Case:
    return dataclasses.replace(
        importing(world, progress=cancelling("entering the run")),
        during_command=lambda: interrupted_while_waiting(world),
    )


def exporting(world: World, folder: Path, progress: Progress = unwatched) -> Case:
    """Export what is approved for data sets."""

    def core() -> Outcome:
        chosen = select_eligible(world.store)
        options = Options(chosen.capabilities)
        return export(
            world.store, chosen, options, FORMATS["coco"], folder, VideoStills(), progress
        ).outcome

    return Case(core, ["export", "coco", "--eligible", "--out", str(folder)])


def approved(world: World) -> None:
    revision_id = world.published()[1]
    assert eligibility.approve(world.store, LENA, revision_id, 1).ok


@cause(Code.EXPORT_SUCCESS)
def _(world: World) -> Case:
    approved(world)
    return exporting(world, world.folder / "out")


@cause(Code.EXPORT_EMPTY)
def _(world: World) -> Case:
    world.published()
    return exporting(world, world.folder / "out")


@cause(Code.REPORT_EMPTY)
def _(world: World) -> Case:
    match = world.match()
    return Case(lambda: assess_run(world.store, match.run_id).outcome, ["report", match.run_id])


@cause(Code.EXPORT_CANCELLED)
def _(world: World) -> Case:
    approved(world)
    case = exporting(world, world.folder / "out", cancelling("images written"))
    return dataclasses.replace(case, command="Ctrl-C while it writes: tests/cli/test_export.py")


@cause(Code.EXPORT_WRITE_FAILED)
def _(world: World) -> Case:
    approved(world)
    return exporting(world, Path("/proc/out"))


# -- data sets ---------------------------------------------------------------------------------


def freezing(world: World) -> Case:
    return Case(
        lambda: snapshots.create(world.store, LENA, "spring").outcome,
        ["dataset", "create", "spring"],
    )


@cause(Code.DATASET_CREATED)
def _(world: World) -> Case:
    approved(world)
    return freezing(world)


@cause(Code.DATASET_EXISTS)
def _(world: World) -> Case:
    approved(world)
    return dataclasses.replace(freezing(world), before=freezing(world))


@cause(Code.DATASET_REVOKED)
def _(world: World) -> Case:
    approved(world)
    frozen = snapshots.create(world.store, LENA, "spring").unwrap()
    (member,) = snapshots.status(world.store, frozen.name).unwrap().members
    assert eligibility.revoke(world.store, LENA, member.revision.id, 2, "wrong clip").ok
    return Case(
        lambda: snapshots.status(world.store, "spring").outcome, ["dataset", "status", "spring"]
    )


def clock_of_next_year(store: Store) -> None:
    """Have an entry written by a machine whose clock is a year ahead."""
    ahead = Store(
        store.home, store.engine, store.artifacts, lambda: store.now() + dt.timedelta(days=365)
    )
    with ahead.write() as session:
        audit.record(session, ahead, ADA, Action.USER_ROLE, "user", "nobody")


# -- everything --------------------------------------------------------------------------------


@cause(Code.OK)
def _(world: World) -> Case:
    return Case(
        lambda: set_role(world.store, ADA, "eve", Role.LEAD),
        ["users", "add", "eve", "--role", "lead"],
        "ada",
    )


@cause(Code.REASON_REQUIRED)
def _(world: World) -> Case:
    return deciding(world, "approve", reason="   ")


@cause(Code.ROLE_FORBIDDEN)
def _(world: World) -> Case:
    return deciding(world, "approve", actor=RUI)


@cause(Code.USER_UNKNOWN)
def _(world: World) -> Case:
    return Case(lambda: sign_in(world.store, "mallory").outcome, ["users", "list"], "mallory")


@cause(Code.NOT_FOUND)
def _(world: World) -> Case:
    return Case(
        lambda: packs.approve(world.store, LENA, "0" * 32, 1, "x").outcome,
        ["packs", "approve", "0" * 32, "--reason", "x"],
    )


@cause(Code.INPUT_INVALID)
def _(world: World) -> Case:
    return Case(
        lambda: set_role(world.store, ADA, "\x1b[31m", Role.LEAD),
        ["users", "add", "eve", "--role", "king"],
        "ada",
    )


@cause(Code.CLOCK_BEHIND)
def _(world: World) -> Case:
    clock_of_next_year(world.store)
    return Case(
        lambda: set_role(world.store, ADA, "eve", Role.LEAD),
        ["users", "add", "eve", "--role", "lead"],
        "ada",
    )


@cause(Code.SIGNING_FAILED)
def _(world: World) -> Case:
    name_missing_key(world.store)
    return world.publishing(world.reviewed())


def name_missing_key(store: Store) -> None:
    """Name a key that is not there in the settings of the data folder."""
    (store.home / FILE_NAME).write_text('signing_key = "/keys/nobody_has_it"\n')


def backing_up(world: World) -> Case:
    """A backup of the data folder."""
    folder = world.folder / "backups"
    return Case(
        lambda: back_up(world.store, world.folder / "backups of the core").outcome,
        ["backup", str(folder)],
    )


@cause(Code.BACKUP_SUCCESS)
def _(world: World) -> Case:
    approved(world)
    return backing_up(world)


@cause(Code.BACKUP_CANCELLED)
def _(world: World) -> Case:
    approved(world)
    stopped = cancelling("artifacts copied")
    return Case(
        lambda: back_up(world.store, world.folder / "backups", stopped).outcome,
        "Ctrl-C while it copies: as for exports, tests/cli/test_export.py",
    )


@cause(Code.RESTORE_SUCCESS)
def _(world: World) -> Case:
    approved(world)
    folder = world.folder / "backups"
    assert back_up(world.store, folder).ok
    return Case(
        lambda: restore(folder, world.folder / "again").outcome,
        ["--home", str(world.folder / "once more"), "restore", str(folder)],
    )


@cause(Code.DATABASE_UNAVAILABLE)
def _(world: World) -> Case:
    world.store.close()
    database = world.store.home / "prelabel.db"
    for part in world.store.home.glob("prelabel.db-*"):
        part.unlink()
    database.write_bytes(b"this is no database" * 100)
    return Case(lambda: open_store(world.store.home).outcome, ["users", "list"])


@cause(Code.DATABASE_TOO_NEW)
def _(world: World) -> Case:
    world.sql("UPDATE alembic_version SET version_num = '9999'")
    return Case(lambda: open_store(world.store.home).outcome, ["users", "list"])


@cause(Code.DATABASE_TOO_OLD)
def _(world: World) -> Case:
    name = "PRELABEL_DATABASE"

    @contextlib.contextmanager
    def of_the_first_schema() -> Iterator[None]:
        with running_server() as server, fresh_database(server, "old") as url:
            first_database(first_folder(world.folder / "old"), url)
            os.environ[name] = url
            try:
                yield
            finally:
                del os.environ[name]

    return Case(
        lambda: open_store(world.store.home, os.environ[name]).outcome,
        ["users", "list"],
        during=of_the_first_schema,
    )


@cause(Code.DATABASE_UPGRADED)
def _(world: World) -> Case:
    return Case("opening a database that is not elsewhere brings it up to date", ["db", "upgrade"])


def another_account() -> AbstractContextManager[object]:
    """Be an account of the operating system that no file here belongs to."""
    return mock.patch.object(os, "geteuid", return_value=54_321)


@cause(Code.FOLDER_READ_ONLY)
def _(world: World) -> Case:
    world.store.close()
    return Case(
        lambda: set_role(open_store(world.store.home).unwrap(), ADA, "eve", Role.ADMIN),
        ["users", "add", "eve", "--role", "admin"],
        "ada",
        during=another_account,
    )


@cause(Code.DATABASE_COPIED)
def _(world: World) -> Case:
    approved(world)
    return Case(
        lambda: copy_database(world.store, f"sqlite:///{world.folder / 'core.db'}").outcome,
        ["db", "copy", f"sqlite:///{world.folder / 'command.db'}"],
    )


@cause(Code.TERMINAL_UNSUITABLE)
def _(world: World) -> Case:
    return Case("the core shows nothing", [])


@cause(Code.CONFIG_INVALID)
def _(world: World) -> Case:
    (world.store.home / FILE_NAME).write_text("preset = 'nonsense'")
    return Case("keys are no part of the core", [], terminal=True)


@cause(Code.FSCK_CLEAN)
def _(world: World) -> Case:
    world.published()
    return Case(lambda: fsck(world.store).outcome, ["fsck"])


@cause(Code.FSCK_DAMAGED)
def _(world: World) -> Case:
    world.published()
    next((world.store.home / "artifacts").glob("*/*.zst")).unlink()
    return Case(lambda: fsck(world.store).outcome, ["fsck"])


# -- real faults -------------------------------------------------------------------------------

_PUBLISH_AND_WAIT = """
import pathlib, sys
from prelabel_tui.core.publishing import publish
from prelabel_tui.core.store import open_store
from prelabel_tui.core.identity.users import sign_in

def wait(step, done=None, total=None):
    if step == "Validating":
        print("waiting", flush=True)
        sys.stdin.readline()

store = open_store(pathlib.Path(sys.argv[1])).unwrap()
actor = sign_in(store, "ada").unwrap()
result = publish(store, actor, sys.argv[2], int(sys.argv[3]), progress=wait)
print(result.outcome.code, flush=True)
"""


@contextlib.contextmanager
def publishing_elsewhere(world: World, draft: DraftInfo) -> Iterator[subprocess.Popen[str]]:
    """Another process is in the middle of publishing the draft; it ends its publish after."""
    words = [sys.executable, "-c", _PUBLISH_AND_WAIT, str(world.store.home)]
    process = subprocess.Popen(
        [*words, draft.id, str(draft.version)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "waiting\n"
        yield process
        assert process.communicate("go\n")[0] == "PUBLISH_SUCCESS\n"
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def no_room(world: World) -> Iterator[None]:
    """No file of this process may grow beyond a few bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def interrupted_while_waiting(world: World) -> Iterator[None]:
    """Ctrl-C comes while the command waits for somebody else's transaction to end."""
    ours = signal.getsignal(signal.SIGINT)
    busy = sqlite3.connect(world.store.home / "prelabel.db", check_same_thread=False)
    busy.execute("BEGIN IMMEDIATE")
    over = threading.Event()

    def interrupt() -> None:
        while signal.getsignal(signal.SIGINT) is ours and not over.wait(0.01):
            pass
        if not over.is_set():
            os.kill(os.getpid(), signal.SIGINT)
        over.wait(0.1)
        busy.rollback()

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        busy.close()
