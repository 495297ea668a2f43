"""Eight processes publish, approve and revoke at random; a checker replays the audit log."""

from __future__ import annotations

import json
import os
import random
import time
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from prelabel_tui.core import publishing
from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.publishing import eligibility, packs, revisions
from prelabel_tui.core.publishing.revision_rows import RevisionRow
from prelabel_tui.core.store import Store, models, open_store
from tests import matches

PROCESSES = 8
EXPECTED: dict[str, set[Code]] = {
    "publish": {
        Code.PUBLISH_SUCCESS, Code.NO_OP_ALREADY_PUBLISHED, Code.STALE_DRAFT_VERSION,
        Code.PUBLISH_LOCK_CONFLICT, Code.PACK_NOT_SELECTABLE, Code.PACK_APPROVAL_REQUIRED,
    },
    "eligibility.approve": {
        Code.ELIGIBILITY_APPROVED, Code.ELIGIBILITY_NOT_ALLOWED,
        Code.ELIGIBILITY_VERSION_CONFLICT,
    },
    "eligibility.revoke": {
        Code.ELIGIBILITY_REVOKED, Code.ELIGIBILITY_NOT_ALLOWED,
        Code.ELIGIBILITY_VERSION_CONFLICT,
    },
    "pack.approve": {
        Code.PACK_APPROVED, Code.PACK_NOT_APPROVABLE, Code.PACK_VERSION_CONFLICT,
    },
    "pack.reject": {Code.PACK_REJECTED, Code.INPUT_INVALID, Code.PACK_VERSION_CONFLICT},
}  # fmt: skip
DONE = {
    Code.PUBLISH_SUCCESS: "revision.publish",
    Code.ELIGIBILITY_APPROVED: "eligibility.approve",
    Code.ELIGIBILITY_REVOKED: "eligibility.revoke",
    Code.PACK_APPROVED: "pack.approve",
    Code.PACK_REJECTED: "pack.reject",
}


@dataclass(frozen=True)
class Answer:
    """What an operation on a subject, based on a version, answered."""

    operation: str
    subject: str
    base: int
    code: Code


def _act(store: Store, actor: Actor, chance: random.Random) -> Answer:
    scope = find_scope(store, "club", "clip", Capability.PLAYER).unwrap()
    draft = loading.active_draft(store, scope)
    assert draft is not None
    published = revisions.history(store, scope, limit=3)
    known = packs.packs(store, scope)
    operation = chance.choice([*EXPECTED, "publish"])
    if operation == "publish":
        version = draft.version
        if chance.random() < 0.5:
            loaded = loading.load(store, draft.id).unwrap()
            frame = loaded.document.frame(0)
            moved = matches.moved(frame.labels[0], chance.randrange(-90, 90))
            labels = [moved, *frame.labels[1:]]
            changed = {0: matches.encode_frame(matches.make_frame(labels, reviewed=True))}
            loaded.document.apply(changed)
            save_id = os.urandom(16).hex()
            saved = loading.save(store, actor, loaded.info, loaded.document, changed, save_id)
            version = saved.value.version if saved.value is not None else version
        done = publishing.publish(store, actor, draft.id, version)
        revision = done.value.revision if done.value is not None else None
        subject = revision.id if revision is not None else ""
        return Answer(operation, subject, version, done.outcome.code)
    if operation.startswith("eligibility") and published:
        row = chance.choice(published)
        return _eligibility(store, actor, operation, row, chance)
    pack = chance.choice(known)
    time.sleep(chance.random() * 0.01)
    decide = packs.approve if operation == "pack.approve" else packs.reject
    operation = "pack.approve" if operation == "pack.approve" else "pack.reject"
    outcome: Outcome = decide(store, actor, pack.id, pack.version, "random").outcome
    return Answer(operation, pack.id, pack.version, outcome.code)


def _eligibility(
    store: Store,
    actor: Actor,
    operation: str,
    row: RevisionRow,
    chance: random.Random,
) -> Answer:
    time.sleep(chance.random() * 0.01)
    base = row.eligibility.version
    change = eligibility.approve if operation == "eligibility.approve" else eligibility.revoke
    return Answer(
        operation, row.id, base, change(store, actor, row.id, base, "random").outcome.code
    )


def _crowd(home: Path, url: str | None, seconds: float) -> list[Answer]:
    """Processes that act at random until the time is over; every answer they got."""
    children = []
    for number in range(PROCESSES):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                store = open_store(home, url).unwrap()
                actor = Actor(f"user{number}", Role.LEAD, f"test@host pid {number}")
                chance = random.Random(number)
                answers = []
                until = time.monotonic() + seconds
                while time.monotonic() < until or len(answers) < 10:
                    answers.append(_act(store, actor, chance).__dict__)
                (home / f"answers-{number}.json").write_text(json.dumps(answers))
                store.close()
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        children.append(child)
    assert all(os.waitpid(child, 0)[1] == 0 for child in children)
    return [
        Answer(**{**answer, "code": Code(answer["code"])})
        for number in range(PROCESSES)
        for answer in json.loads((home / f"answers-{number}.json").read_text())
    ]


def violations(store: Store, answers: list[Answer]) -> list[str]:
    """Where answers, audit log and final state do not belong to one history."""
    found = []
    with store.read() as session:
        log = list(session.scalars(select(models.Audit).order_by(models.Audit.id)))
        states = {row.revision_id: row for row in session.scalars(select(models.Eligibility))}
        labels = {row.id: row for row in session.scalars(select(models.LabelPack))}
        chain = list(session.scalars(select(models.Revision).order_by(models.Revision.number)))
    for answer in answers:
        if answer.code not in EXPECTED[answer.operation]:
            found.append(f"{answer.operation} answered {answer.code}")
    claimed = Counter(
        (DONE[a.code], a.subject, None if a.operation == "publish" else a.base + 1)
        for a in answers
        if a.code in DONE
    )
    told = Counter(
        (e.action, e.subject_id, None if e.action == "revision.publish" else e.version)
        for e in log
        if e.action in DONE.values()
    )
    if claimed != told:
        found.append(f"answers and audit log differ: {(claimed - told) + (told - claimed)}")
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    last: dict[tuple[str, str], Any] = {}
    for entry in log:
        kind = entry.action.split(".")[0]
        if kind in ("eligibility", "pack"):
            versions[kind, entry.subject_id].append(entry.version or 0)
            last[kind, entry.subject_id] = entry.details
    for (kind, subject), seen in versions.items():
        start = 1 if kind == "pack" else 2
        if seen != list(range(start, start + len(seen))):
            found.append(f"versions of {kind} {subject}: {seen}")
        row = states[subject] if kind == "eligibility" else labels[subject]
        if row.version != seen[-1]:
            found.append(f"{kind} {subject} is at version {row.version}, told {seen[-1]}")
        if kind == "eligibility" and last[kind, subject]["to"] != row.status:
            found.append(f"eligibility {subject} is {row.status}")
    if [row.number for row in chain] != list(range(1, len(chain) + 1)):
        found.append("numbers have gaps or doubles")
    hashes = [None, *(row.content_hash for row in chain)]
    if [row.previous_hash for row in chain] != hashes[:-1]:
        found.append("the chain is broken")
    if any(a == b for a, b in pairwise(hashes)):
        found.append("the same content was published twice in a row")
    return found


def _enter(store: Store) -> None:
    lead = Actor("lena", Role.LEAD, "test@host pid 1")
    match = matches.enter(store, lead)
    matches.review_all(store, lead, match.draft.id)


@pytest.mark.soak
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_eight_processes_at_random_make_one_history(
    database: str, tmp_path: Path, soak: bool, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else None
    store = open_store(tmp_path, url).unwrap()
    _enter(store)
    store.close()
    answers = _crowd(tmp_path, url, 60 if soak else 4)
    store = open_store(tmp_path, url).unwrap()
    assert violations(store, answers) == []
    assert fsck(store).outcome.code is Code.FSCK_CLEAN
    store.close()
    codes = Counter(answer.code.value for answer in answers)
    assert codes["PUBLISH_SUCCESS"]
    print(f"{database}: {len(answers)} answers of {PROCESSES} processes: {dict(codes)}")


def test_the_checker_finds_a_compare_and_swap_that_compares_nothing(tmp_path: Path) -> None:
    """What that would leave: two who looked at version 1, and both were told that they made 2."""
    store = open_store(tmp_path).unwrap()
    _enter(store)
    lead = Actor("lena", Role.LEAD, "test@host pid 1")
    scope = find_scope(store, "club", "clip", Capability.PLAYER).unwrap()
    draft = loading.active_draft(store, scope)
    assert draft is not None
    done = publishing.publish(store, lead, draft.id, draft.version).unwrap()
    assert done.revision is not None
    revision = done.revision.id
    answers = [Answer("publish", revision, draft.version, Code.PUBLISH_SUCCESS)]
    approved = eligibility.approve(store, lead, revision, 1).outcome.code
    answers.append(Answer("eligibility.approve", revision, 1, approved))
    assert violations(store, answers) == []
    told = audit.entries(store, action="eligibility.approve")[0]
    with store.write() as session:
        audit.record(
            session, store, lead, Action(told.action), told.subject_type, told.subject_id,
            media_id=told.media_id, capability=told.capability, version=told.version,
            details=told.details,
        )  # fmt: skip
    answers.append(Answer("eligibility.approve", revision, 1, approved))
    assert violations(store, answers) == [f"versions of eligibility {revision}: [2, 2]"]
    store.close()
