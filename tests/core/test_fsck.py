"""Checking everything: clean when it is, and every kind of damage found with what it affects."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text, update

from prelabel_tui.core import publishing
from prelabel_tui.core.fsck import Report, fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import set_role, sign_in
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.store import Store, models, open_store
from tests import matches


def published(store: Store, lead: Actor) -> matches.Match:
    """A match with two revisions, the second one eligible."""
    match = matches.enter(store, lead)
    for nudge in (100, 100):
        draft = matches.review_all(store, lead, match.draft.id, nudge)
        done = publishing.publish(store, lead, draft.id, draft.version).unwrap()
    assert done.revision is not None
    assert eligibility.approve(store, lead, done.revision.id, 1).ok
    return match


def damaged(store: Store) -> Report:
    found = fsck(store)
    assert found.outcome.code is Code.FSCK_DAMAGED, found.outcome.headline
    return found.unwrap()


def said(report: Report) -> str:
    return "\n".join(damage.text for damage in report.damages)


def test_what_was_published_is_clean(any_store: Store, lead: Actor) -> None:
    published(any_store, lead)
    matches.enter(any_store, lead, Capability.BALL)
    told: list[tuple[int | None, int | None]] = []
    found = fsck(any_store, lambda step, done=None, total=None: told.append((done, total)))
    assert found.outcome.code is Code.FSCK_CLEAN, said(found.unwrap())
    report = found.unwrap()
    assert (report.revisions, report.unreferenced) == (2, 0)
    assert told[-1] == (report.artifacts, report.artifacts)
    assert report.bytes > 0


def test_an_artifact_that_no_row_names_is_counted_but_no_damage(store: Store, lead: Actor) -> None:
    published(store, lead)
    store.artifacts.put(b"a publish was killed between storing and recording this")
    found = fsck(store)
    assert found.outcome.code is Code.FSCK_CLEAN
    assert found.unwrap().unreferenced == 1


def test_a_missing_artifact_is_named_with_what_it_affects(store: Store, lead: Actor) -> None:
    published(store, lead)
    with store.read() as session:
        sha = session.scalar(text("SELECT content_hash FROM revisions WHERE number = 2"))
    store.artifacts.path(sha).unlink()  # type: ignore[attr-defined]
    report = damaged(store)
    assert f"artifact {sha}: missing" in said(report)
    assert "revision 2 of club / clip / player_detection" in said(report)


@pytest.mark.soak
def test_every_damaged_byte_of_an_artifact_is_found(store: Store, lead: Actor, soak: bool) -> None:
    """A sample of bytes of each of 50 artifacts, one after the other."""
    published(store, lead)
    chance = random.Random(1)
    for number in range(60):
        store.artifacts.put(chance.randbytes(300 + number))
    root = store.home / "artifacts"
    files = sorted(root.glob("*/*.zst"))[:50]
    assert len(files) == 50
    tried = 0
    for path in files if soak else files[::5]:
        good = path.read_bytes()
        for at in chance.sample(range(len(good)), 12 if soak else 3):
            damage(path, good, at, chance)
            report = damaged(store)
            assert path.parent.name + path.stem in said(report), f"byte {at} of {path.name}"
            tried += 1
        path.write_bytes(good)
    assert fsck(store).outcome.code is Code.FSCK_CLEAN
    print(f"fsck found each of {tried} damaged bytes")


def damage(path: Path, good: bytes, at: int, chance: random.Random) -> None:
    path.write_bytes(good[:at] + bytes([good[at] ^ (1 << chance.randrange(8))]) + good[at + 1 :])


TAMPERED = {
    "does not name its predecessor's hash": "UPDATE revisions SET previous_hash = NULL",
    "number 2 is missing from the chain": "UPDATE revisions SET number = 7 WHERE number = 2",
    "number 1 is missing from the chain": "DELETE FROM revisions WHERE number = 1",
    "its diff does not lead from": "UPDATE revisions SET diff = '{\"added\": 1}'",
    "its pack SHA is not that of pack-": "UPDATE revisions SET pack_sha = content_hash || 'x'",
    "labels, not 5": "UPDATE label_packs SET label_count = 5",
    "but the audit log says passed": "UPDATE label_packs SET review_status = 'rejected'",
    "its eligibility is Revoked in version 2": "UPDATE eligibilities SET status = 'Revoked'",
    "has no dataset eligibility": "DELETE FROM eligibilities",
    "the audit log records other content": "UPDATE revisions SET content_hash = pack_sha",
    "records its publication 0 times": "DELETE FROM audit WHERE action = 'revision.publish'",
    "is out of order": "UPDATE audit SET version = 9 WHERE action = 'eligibility.approve'",
    "does not record its creation": "DELETE FROM audit WHERE action = 'pack.create'",
    "its lineage and its source pack contradict": "UPDATE revisions SET lineage = 'manual'",
    "its newest version is not version 9": "UPDATE drafts SET version = 9",
    "version 2 is missing": "DELETE FROM draft_versions WHERE version = 2",
    "does not match its content hash": "UPDATE draft_versions SET content_hash = 'x' "
    "WHERE version = 2",
    "version 3 cannot be read": "UPDATE draft_versions SET delta = x'00' WHERE version = 3",
    "names a missing row": "DELETE FROM prelabel_packs",
    "frames, not 8": "UPDATE prelabel_packs SET frame_count = 8",
    "its details is not a JSON object": "UPDATE audit SET details = '[1,'",
    "its diff is not a JSON object": "UPDATE revisions SET diff = '[]'",
    "its counts is not a JSON object": "UPDATE revisions SET counts = 'null'",
    "its validation is not a JSON object": "UPDATE label_packs SET validation = '7'",
    "its at is not a time": "UPDATE audit SET at = 'yesterday'",
    "its published_at is not a time": "UPDATE revisions SET published_at = 'x'",
    "does not record its creation in order": "UPDATE audit SET action = 'pack.approve' "
    "WHERE action = 'pack.create'",
    "records another person": "UPDATE revisions SET published_by = 'eve'",
    "records another lineage": "UPDATE revisions SET lineage = 'unknown', lineage_pack_id = NULL",
    "records another draft version": "UPDATE revisions SET draft_version = 9",
    "records another reason": "UPDATE revisions SET override_reason = 'nobody said so'",
    "another person or reason for its eligibility": "UPDATE eligibilities SET updated_by = 'eve'",
    "names another person or reason": "UPDATE label_packs SET reason = 'nobody said so'",
    "does not record each of its versions exactly once": "DELETE FROM audit "
    "WHERE action = 'draft.save' AND version = 2",
    "is admin, but the audit log says no user": "INSERT INTO users (id, name, role, created_at) "
    "VALUES ('0', 'eve', 'admin', '2026-01-01 00:00:00.000000')",
}


@pytest.mark.parametrize("expected", TAMPERED)
def test_what_direct_sql_changed_is_found(store: Store, lead: Actor, expected: str) -> None:
    """Somebody with the file and the will to drop the triggers changed it."""
    published(store, lead)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        for table in ("revisions", "audit", "draft_versions", "prelabel_packs"):
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{verb}")
        connection.exec_driver_sql(TAMPERED[expected])
        connection.commit()
    assert expected in said(damaged(store))


def test_a_role_that_nobody_gave_is_found(store: Store) -> None:
    own = sign_in(store).unwrap()
    assert set_role(store, own, "rui", Role.LEAD).ok
    assert set_role(store, own, "rui", Role.REVIEWER).ok
    assert fsck(store).outcome.code is Code.FSCK_CLEAN
    with store.write() as session:
        session.execute(update(models.User).where(models.User.name == "rui").values(role="admin"))
    assert "user rui: is admin, but the audit log says reviewer" in said(damaged(store))


def test_a_damaged_database_file_is_found_or_refused(store: Store, lead: Actor) -> None:
    published(store, lead)
    home = store.home
    store.close()
    path = home / "prelabel.db"
    good = bytearray(path.read_bytes())
    for page in range(4, len(good) // 4096):
        good[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(bytes(good))
    assert fsck(store).outcome.code in (Code.FSCK_DAMAGED, Code.STORAGE_READ_FAILED)


@pytest.mark.parametrize("at", [0, 1])
def test_stopped_it_says_so(store: Store, lead: Actor, at: int) -> None:
    published(store, lead)

    def stop(step: str, done: int | None = None, total: int | None = None) -> None:
        if done is not None and done >= at:
            raise Cancelled

    found = fsck(store, stop)
    assert found.outcome.detail.startswith("Stopped after ")
    report = found.unwrap()
    assert report.cancelled
    assert at <= report.artifacts < fsck(store).unwrap().artifacts


def test_rows_that_make_no_sense_together_are_damage_and_no_traceback(
    store: Store, lead: Actor
) -> None:
    published(store, lead)
    with closing(sqlite3.connect(store.home / "prelabel.db")) as connection, connection:
        connection.execute("UPDATE drafts SET media_id = 'gone'")
    assert "names a missing row of media" in said(damaged(store))


def test_what_nobody_foresaw_is_damage_and_no_traceback(
    store: Store, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(store, lead)

    def broken(*_: object) -> None:
        raise KeyError("an id")

    with monkeypatch.context() as patched:
        patched.setattr("prelabel_tui.core.fsck.gather", broken)
        assert said(damaged(store)) == "database: rows contradict each other (KeyError('an id'))"
    with monkeypatch.context() as patched:
        patched.setattr("prelabel_tui.core.fsck.visit_chain", broken)
        assert said(damaged(store)) == "database: cannot be read (KeyError('an id'))"


def test_text_that_is_not_utf_8_is_damage_and_no_traceback(tmp_path: Path, lead: Actor) -> None:
    opened = open_store(tmp_path / "home").unwrap()
    published(opened, lead)
    with opened.write_rows() as rows:
        rows.exec_driver_sql("UPDATE media SET name = CAST(x'ff6c656e61' AS TEXT)")
    found = fsck(opened).outcome
    assert found.code is Code.STORAGE_READ_FAILED
    assert "'name'" in found.detail
    opened.close()
    database = tmp_path / "home" / "prelabel.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = database.read_bytes()
    database.write_bytes(data.replace(b"CREATE TABLE media ", b"CREATE \xffABLE media "))
    again = open_store(tmp_path / "home")
    assert again.outcome.code in (Code.STORAGE_READ_FAILED, Code.DATABASE_UNAVAILABLE)
