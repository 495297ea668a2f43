"""An attempt at every action of the table of roles: in the core, and by command."""

from __future__ import annotations

import dataclasses
import pwd
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Final
from unittest import mock

import msgspec
from PIL import Image

from prelabel_tui.core import publishing
from prelabel_tui.core.assessment import spot_checks
from prelabel_tui.core.assessment.judgements import judge
from prelabel_tui.core.catalog import workspaces
from prelabel_tui.core.catalog.assignments import assign, set_ready
from prelabel_tui.core.catalog.runs import RunStatus
from prelabel_tui.core.datasets import snapshots
from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.drafts.carrying import plan_carry, save_carried
from prelabel_tui.core.drafts.info import Kind
from prelabel_tui.core.identity import users
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.clock import accept_clock
from prelabel_tui.core.identity.keys import add_keys, list_keys, remove_key
from prelabel_tui.core.identity.upgrading import upgrade_database
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.ingest.import_legacy import LegacyRevision, import_legacy
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.ingest.relocation import clip_manifest, relocate_media
from prelabel_tui.core.ingest.removal import remove_media, remove_run
from prelabel_tui.core.ingest.reported import Detector, report_run
from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.labels import Capability, make_frame
from prelabel_tui.core.notes.writing import answer_note, reopen_note, resolve_note, write_note
from prelabel_tui.core.outcomes import Outcome
from prelabel_tui.core.publishing import eligibility, packs
from prelabel_tui.core.publishing.locks import LEASE, break_lock, find_lock
from tests import matches
from tests.causes import ADA, LENA, RUI, World, clock_of_next_year, scope_words
from tests.old_folders import first_folder
from tests.ssh_keys import ed25519


@dataclass(frozen=True)
class Attempt:
    """One action, tried by anybody: in the core, and by the words of a command if there are any.

    ``home``: the data folder that the command is about, if not the world's.  ``by``: who the audit
    log names when it was allowed, if not who tried.
    """

    core: Callable[[Actor], Outcome]
    command: tuple[str, ...] = ()
    home: Path | None = None
    by: str | None = None


Preparation = Callable[[World], Attempt]
ATTEMPTS: Final[dict[Action, Preparation]] = {}


def at(*actions: Action) -> Callable[[Preparation], Preparation]:
    """Enter what prepares the attempt at some actions."""

    def enter(prepare: Preparation) -> Preparation:
        for action in actions:
            assert action not in ATTEMPTS, action
            ATTEMPTS[action] = prepare
        return prepare

    return enter


@contextmanager
def account(name: str) -> Iterator[None]:
    """Be the operating system's user of that name."""
    with mock.patch.object(pwd, "getpwuid", return_value=SimpleNamespace(pw_name=name)):
        yield


# -- drafts ------------------------------------------------------------------------------------


@at(Action.DRAFT_CREATE)
def _(world: World) -> Attempt:
    match = world.match()
    world.sql("UPDATE drafts SET active = false")
    return Attempt(
        lambda actor: (
            loading.open_review(world.store, actor, match.run_id, match.scope.capability).outcome
        ),
        ("drafts", "open", match.run_id, "--capability", "player"),
    )


@at(Action.DRAFT_SEED)
def _(world: World) -> Attempt:
    match = world.match()
    world.sql("UPDATE drafts SET lineage = 'unknown', lineage_pack_id = NULL")
    return Attempt(
        lambda actor: (
            loading.open_review(world.store, actor, match.run_id, match.scope.capability).outcome
        ),
        ("drafts", "open", match.run_id, "--capability", "player"),
    )


def _saving(world: World, kind: Kind) -> Attempt:
    match = world.match()

    def core(actor: Actor) -> Outcome:
        loaded = loading.load(world.store, match.draft.id).unwrap()
        changed = {0: encode_frame(make_frame())}
        loaded.document.apply(changed)
        merged = 1 if kind is Kind.MERGE else None
        return loading.save(
            world.store, actor, loaded.info, loaded.document, changed, new_id(), kind, merged
        ).outcome

    return Attempt(core)


@at(Action.DRAFT_SAVE)
def _(world: World) -> Attempt:
    return _saving(world, Kind.SAVE)


@at(Action.DRAFT_MERGE)
def _(world: World) -> Attempt:
    return _saving(world, Kind.MERGE)


@at(Action.DRAFT_RESET)
def _(world: World) -> Attempt:
    draft = world.reviewed().draft
    return Attempt(
        lambda actor: versions.reset(world.store, actor, draft.id, draft.version).outcome,
        ("drafts", "reset", draft.id, "--base-version", "2", "--yes"),
    )


@at(Action.DRAFT_RESTORE)
def _(world: World) -> Attempt:
    draft = world.reviewed().draft
    return Attempt(
        lambda actor: versions.restore(world.store, actor, draft.id, 1, 2).outcome,
        ("drafts", "restore", draft.id, "1", "--base-version", "2"),
    )


@at(Action.DRAFT_CARRY)
def _(world: World) -> Attempt:
    match = world.reviewed()
    other = matches.content(Capability.PLAYER, players=4)
    matches.enter(world.store, LENA, prelabels=other)
    draft = match.draft
    plan = plan_carry(world.store, draft.id, draft.version).unwrap()
    return Attempt(
        lambda actor: save_carried(world.store, actor, plan).outcome,
        ("drafts", "carry", draft.id, "--base-version", "2"),
    )


# -- packs and revisions -----------------------------------------------------------------------


@at(Action.REVISION_PUBLISH)
def _(world: World) -> Attempt:
    match = world.reviewed()
    return Attempt(
        lambda actor: (
            publishing.publish(world.store, actor, match.draft.id, match.draft.version).outcome
        ),
        ("publish", *scope_words(match), "--version", "2"),
    )


@at(Action.REVISION_OVERRIDE)
def _(world: World) -> Attempt:
    match = world.match()
    why = "good enough"
    return Attempt(
        lambda actor: (
            publishing.publish(
                world.store, actor, match.draft.id, match.draft.version, override_reason=why
            ).outcome
        ),
        ("publish", *scope_words(match), "--version", "1", "--override", why),
    )


@at(Action.REVISION_IMPORT)
def _(world: World) -> Attempt:
    record = LegacyRevision(
        Capability.BALL, 1, matches.content(Capability.BALL), world.store.now(), "old"
    )
    return Attempt(
        lambda actor: import_legacy(
            world.store, actor, workspace="club", media="old", manifest=matches.manifest(),
            drafts_of={}, revisions=[record],
        ).outcome,
    )  # fmt: skip


@at(Action.PUBLISH_UNLOCK)
def _(world: World) -> Attempt:
    match = world.match()
    matches.left_lock(world.store, match.scope, 2 * LEASE)
    lock = find_lock(world.store, match.scope).unwrap()
    return Attempt(
        lambda actor: break_lock(world.store, actor, match.scope, lock.token, "they are gone"),
        ("publish", "unlock", *scope_words(match), "--reason", "they are gone", "--yes"),
    )


def _deciding(world: World, what: str, operation: Callable[..., object]) -> Attempt:
    pack_id = world.match().pack_id

    def core(actor: Actor) -> Outcome:
        done = operation(world.store, actor, pack_id, 1, "looked at it")
        return done.outcome  # type: ignore[attr-defined, no-any-return]

    return Attempt(core, ("packs", what, pack_id, "--version", "1", "--reason", "looked at it"))


@at(Action.PACK_APPROVE)
def _(world: World) -> Attempt:
    return _deciding(world, "approve", packs.approve)


@at(Action.PACK_REJECT)
def _(world: World) -> Attempt:
    return _deciding(world, "reject", packs.reject)


@at(Action.PACK_RETIRE)
def _(world: World) -> Attempt:
    return _deciding(world, "retire", packs.retire)


@at(Action.PACK_VALIDATE)
def _(world: World) -> Attempt:
    pack_id = world.match().pack_id
    return Attempt(
        lambda actor: packs.revalidate(world.store, actor, pack_id, 1).outcome,
        ("packs", "validate", pack_id, "--version", "1"),
    )


@at(Action.ELIGIBILITY_APPROVE)
def _(world: World) -> Attempt:
    revision = world.published()[1]
    return Attempt(
        lambda actor: eligibility.approve(world.store, actor, revision, 1).outcome,
        ("eligibility", "approve", revision, "--version", "1"),
    )


@at(Action.ELIGIBILITY_REVOKE)
def _(world: World) -> Attempt:
    revision = world.published()[1]
    assert eligibility.approve(world.store, LENA, revision, 1).ok
    return Attempt(
        lambda actor: eligibility.revoke(world.store, actor, revision, 2, "wrong").outcome,
        ("eligibility", "revoke", revision, "--version", "2", "--reason", "wrong"),
    )


@at(Action.DATASET_CREATE)
def _(world: World) -> Attempt:
    revision = world.published()[1]
    assert eligibility.approve(world.store, LENA, revision, 1).ok
    return Attempt(
        lambda actor: snapshots.create(world.store, actor, "spring").outcome,
        ("dataset", "create", "spring"),
    )


# -- whose work it is ------------------------------------------------------------------------


@at(Action.SCOPE_TAKE)
def _(world: World) -> Attempt:
    match = world.match()
    return Attempt(
        lambda actor: assign(world.store, actor, match.scope, actor.name).outcome,
        ("series", "assign", "rui", *scope_words(match)),
    )


@at(Action.SCOPE_ASSIGN)
def _(world: World) -> Attempt:
    match = world.match()
    assert users.set_role(world.store, ADA, "mia", Role.REVIEWER).ok
    return Attempt(
        lambda actor: assign(world.store, actor, match.scope, "mia").outcome,
        ("series", "assign", "mia", *scope_words(match)),
    )


@at(Action.SCOPE_READY)
def _(world: World) -> Attempt:
    match = world.match()
    return Attempt(
        lambda actor: set_ready(world.store, actor, match.scope, ready=True).outcome,
        ("series", "ready", *scope_words(match)),
    )


@at(Action.SCOPE_NOT_READY)
def _(world: World) -> Attempt:
    match = world.match()
    return Attempt(
        lambda actor: set_ready(world.store, actor, match.scope, ready=False).outcome,
        ("series", "ready", "--back", *scope_words(match)),
    )


# -- notes ---------------------------------------------------------------------------------------


def _note(world: World, by: Actor) -> str:
    """A note of somebody; the beginning of its id."""
    match = world.match()
    return write_note(world.store, by, match.scope, 2, None, "is it?").unwrap().id[:8]


@at(Action.NOTE_WRITE)
def _(world: World) -> Attempt:
    match = world.match()
    return Attempt(
        lambda actor: write_note(world.store, actor, match.scope, 2, None, "is it?").outcome,
        ("notes", "add", "is it?", "--frame", "3", *scope_words(match)),
    )


@at(Action.NOTE_ANSWER)
def _(world: World) -> Attempt:
    note = _note(world, LENA)
    return Attempt(
        lambda actor: answer_note(world.store, actor, note, "it is").outcome,
        ("notes", "answer", note, "it is"),
    )


def _settling(world: World, note: str, what: str) -> Attempt:
    settle = {"resolve": resolve_note, "reopen": reopen_note}[what]
    return Attempt(lambda actor: settle(world.store, actor, note).outcome, ("notes", what, note))


@at(Action.NOTE_RESOLVE)
def _(world: World) -> Attempt:
    return _settling(world, _note(world, RUI), "resolve")


@at(Action.NOTE_RESOLVE_OTHERS)
def _(world: World) -> Attempt:
    return _settling(world, _note(world, ADA), "resolve")


@at(Action.NOTE_REOPEN)
def _(world: World) -> Attempt:
    note = _note(world, RUI)
    assert resolve_note(world.store, LENA, note).ok
    return _settling(world, note, "reopen")


@at(Action.NOTE_REOPEN_OTHERS)
def _(world: World) -> Attempt:
    note = _note(world, ADA)
    assert resolve_note(world.store, LENA, note).ok
    return _settling(world, note, "reopen")


# -- spot checks ---------------------------------------------------------------------------------


@at(Action.SPOT_CHECK_START)
def _(world: World) -> Attempt:
    match = world.reviewed()
    return Attempt(
        lambda actor: (
            spot_checks.start(world.store, actor, match.scope, spot_checks.WISHES[0]).outcome
        ),
        ("spot-check", "start", *scope_words(match)),
    )


@at(Action.SPOT_CHECK_END)
def _(world: World) -> Attempt:
    match = world.reviewed()
    wish = spot_checks.WISHES[0]
    check = spot_checks.start(world.store, LENA, match.scope, wish).unwrap()
    for frame in spot_checks.open_check(world.store, check.id).unwrap().frames:
        assert judge(world.store, LENA, check.id, frame.index, wrong=False).ok
    return Attempt(lambda actor: spot_checks.end(world.store, actor, check.id).outcome)


# -- workspaces, clips, runs -------------------------------------------------------------------


@at(Action.WORKSPACE_THRESHOLD)
def _(world: World) -> Attempt:
    world.match()
    return Attempt(
        lambda actor: workspaces.set_threshold(world.store, actor, "club", "ball.too_many", 2),
        ("workspaces", "set", "club", "ball.too_many", "2"),
    )


@at(Action.WORKSPACE_REPEATS)
def _(world: World) -> Attempt:
    world.match()
    return Attempt(
        lambda actor: workspaces.set_repeats(world.store, actor, "club", 0.05),
        ("workspaces", "repeats", "club", "5"),
    )


def _pictures(world: World) -> Path:
    folder = world.folder / "pictures"
    folder.mkdir()
    for index in range(2):
        Image.new("RGB", (64, 48)).save(folder / f"{index + 1:06d}.png")
    return folder


def _import_words(world: World) -> tuple[str, ...]:
    """The words that import two frames, each with a player."""
    players = world.folder / "players.txt"
    players.write_text("".join(f"{n},1,5,5,20,30,0.9,-1,-1,-1\n" for n in (1, 2)))
    return (
        "import", "mot", "--workspace", "arena", "--media", "m", "--frames",
        str(_pictures(world)), "--players", str(players), "--pixels-from", "1",
    )  # fmt: skip


def _import(
    world: World, actor: Actor, missing: tuple[int, ...] = (), detector: str | None = None
) -> Outcome:
    return import_run(
        world.store, actor, workspace="arena", media="m", manifest=matches.manifest(2, missing),
        documents={Capability.PLAYER: matches.content(Capability.PLAYER, 2)}, source="test",
        detector=Detector(detector),
    ).outcome  # fmt: skip


@at(Action.WORKSPACE_CREATE, Action.MEDIA_CREATE, Action.RUN_IMPORT, Action.PACK_CREATE)
def _(world: World) -> Attempt:
    return Attempt(lambda actor: _import(world, actor), _import_words(world))


@at(Action.MEDIA_REFRESH)
def _(world: World) -> Attempt:
    assert _import(world, LENA, missing=(1,)).ok
    return Attempt(lambda actor: _import(world, actor))


@at(Action.RUN_REFRESH)
def _(world: World) -> Attempt:
    assert _import(world, LENA).ok
    return Attempt(lambda actor: _import(world, actor, detector="yolox"))


@at(Action.MEDIA_RELOCATE)
def _(world: World) -> Attempt:
    folder = _pictures(world)
    frames = matches.manifest(2).frames
    clip = msgspec.structs.replace(
        matches.manifest(2),
        frames=tuple(
            msgspec.structs.replace(
                frame, name=path.name, width=64, height=48, path=str(path)
            )
            for frame, path in zip(frames, sorted(folder.iterdir()), strict=True)
        ),
    )  # fmt: skip
    done = import_run(
        world.store, LENA, workspace="arena", media="m", manifest=clip,
        documents={Capability.PLAYER: matches.content(Capability.PLAYER, 2)}, source="test",
    )  # fmt: skip
    assert done.ok
    moved = shutil.copytree(folder, world.folder / "moved")

    def core(actor: Actor) -> Outcome:
        before = clip_manifest(world.store, "arena", "m").unwrap()
        return relocate_media(world.store, actor, "arena", "m", before, before)

    return Attempt(core, ("media", "relocate", "arena", "m", str(moved)))


@at(Action.MEDIA_REMOVE)
def _(world: World) -> Attempt:
    assert _import(world, LENA).ok
    return Attempt(
        lambda actor: remove_media(world.store, actor, "arena", "m", "a mistake"),
        ("media", "remove", "arena", "m", "--reason", "a mistake", "--yes"),
    )


def _report(world: World, actor: Actor) -> Outcome:
    return report_run(
        world.store, actor, workspace="arena", media="m1", status=RunStatus.QUEUED, new_clip=True
    ).outcome


@at(Action.RUN_REPORT)
def _(world: World) -> Attempt:
    return Attempt(
        lambda actor: _report(world, actor),
        ("runs", "report", "queued", "--workspace", "arena", "--media", "m1", "--new-clip"),
    )


@at(Action.RUN_REMOVE)
def _(world: World) -> Attempt:
    run = report_run(
        world.store, LENA, workspace="arena", media="m1", status=RunStatus.QUEUED, new_clip=True
    ).unwrap()
    return Attempt(
        lambda actor: remove_run(world.store, actor, run.id, "a mistake"),
        ("runs", "remove", run.id, "--reason", "a mistake", "--yes"),
    )


# -- users -------------------------------------------------------------------------------------


@at(Action.USER_ENTER)
def _(world: World) -> Attempt:
    def core(actor: Actor) -> Outcome:
        with account(f"new-{actor.name}"):
            return users.sign_in(world.store).outcome

    return Attempt(core, by="new-rui")


@at(Action.USER_ACT_AS)
def _(world: World) -> Attempt:
    assert users.set_role(world.store, ADA, "eve", Role.REVIEWER).ok

    def core(actor: Actor) -> Outcome:
        with account(actor.name):
            return users.sign_in(world.store, "eve").outcome

    return Attempt(core, ("--user", "eve", "runs"))


@at(Action.USER_ADD)
def _(world: World) -> Attempt:
    return Attempt(
        lambda actor: users.set_role(world.store, actor, "eve", Role.LEAD),
        ("users", "add", "eve", "--role", "lead"),
    )


@at(Action.USER_ROLE)
def _(world: World) -> Attempt:
    assert users.set_role(world.store, ADA, "eve", Role.REVIEWER).ok
    return Attempt(
        lambda actor: users.set_role(world.store, actor, "eve", Role.LEAD),
        ("users", "add", "eve", "--role", "lead"),
    )


@at(Action.KEY_ADD)
def _(world: World) -> Attempt:
    file = world.folder / "key.pub"
    file.write_text(ed25519(1).line)
    return Attempt(
        lambda actor: add_keys(world.store, actor, "rui", [ed25519(1)]),
        ("users", "keys", "rui", "--add", str(file)),
    )


@at(Action.KEY_REMOVE)
def _(world: World) -> Attempt:
    assert add_keys(world.store, ADA, "rui", [ed25519(1)]).ok
    (key,) = list_keys(world.store, "rui")
    return Attempt(
        lambda actor: remove_key(world.store, actor, "rui", key.fingerprint),
        ("users", "keys", "rui", "--remove", key.fingerprint),
    )


# -- the database ------------------------------------------------------------------------------


@at(Action.CLOCK_ACCEPT)
def _(world: World) -> Attempt:
    clock_of_next_year(world.store)
    return Attempt(
        lambda actor: accept_clock(world.store, actor, "it is right"),
        ("db", "accept-clock", "--reason", "it is right"),
    )


@at(Action.DATABASE_UPGRADE)
def _(world: World) -> Attempt:
    home = first_folder(world.folder / "old")

    def core(actor: Actor) -> Outcome:
        with account(actor.name):
            return upgrade_database(home, None, None, None)

    return Attempt(core, ("db", "upgrade"), home=home)


def claiming(actor: Actor) -> Actor:
    """The same person, in a session that still takes them for an admin."""
    return dataclasses.replace(actor, role=Role.ADMIN)
