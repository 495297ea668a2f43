"""Every forgery of docs/verify.md: what somebody with the files changed, and what finds it.

The forger has the database file, drops the triggers for their change and makes them again, so that
only the change itself can give them away.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from prelabel_tui.core import publishing
from prelabel_tui.core.assessment import spot_checks
from prelabel_tui.core.assessment.judgements import judge
from prelabel_tui.core.datasets import snapshots
from prelabel_tui.core.fsck import Report, fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import set_role, sign_in
from prelabel_tui.core.notes.writing import answer_note, write_note
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.publishing.record import record_hash
from prelabel_tui.core.store import Store, chain, models, open_store
from prelabel_tui.core.store.chain import GENESIS, SHA256, given_row, sha256_hex
from tests import matches

DOCS = Path(__file__).parents[2] / "docs" / "verify.md"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips, three revisions, one approved, a data set, a spot check and a note."""
    home = tmp_path_factory.mktemp("forged") / "home"
    store = open_store(home).unwrap()
    own = sign_in(store).unwrap()
    assert set_role(store, own, "lena", Role.LEAD).ok
    assert set_role(store, own, "rui", Role.REVIEWER).ok
    lena = Actor("lena", Role.LEAD, "test@host pid 1")
    match = matches.enter(store, lena)
    for nudge in (100, 100):
        draft = matches.review_all(store, lena, match.draft.id, nudge)
        done = publishing.publish(store, lena, draft.id, draft.version).unwrap()
    assert done.revision is not None
    assert eligibility.approve(store, lena, done.revision.id, 1, "looked at it").ok
    assert snapshots.create(store, lena, "spring").ok
    other = matches.enter(store, lena, media="other")
    draft = matches.review_all(store, lena, other.draft.id, 300)
    assert publishing.publish(store, lena, draft.id, draft.version).ok
    spot = spot_checks.start(store, lena, other.scope, spot_checks.WISHES[0]).unwrap()
    for frame in spot_checks.open_check(store, spot.id).unwrap().frames:
        assert judge(store, lena, spot.id, frame.index, wrong=frame.index == 1).ok
    assert spot_checks.end(store, lena, spot.id).ok
    note = write_note(store, lena, match.scope, 1, None, "offside?").unwrap()
    assert answer_note(store, lena, note.id, "it is").ok
    store.close()
    return home


@pytest.fixture
def home(folder: Path, tmp_path: Path) -> Path:
    """The folder for this test alone."""
    shutil.copytree(folder, tmp_path / "home")
    return tmp_path / "home"


def check(home: Path, expected_head: str | None = None) -> Report:
    store = open_store(home).unwrap()
    try:
        return fsck(store, expected_head=expected_head).unwrap()
    finally:
        store.close()


def found_or_refused(home: Path) -> bool:
    """Whether the damage is found, or the folder is not opened at all."""
    opened = open_store(home)
    if opened.value is None:
        return opened.outcome.code in (Code.DATABASE_TOO_NEW, Code.DATABASE_UNAVAILABLE)
    opened.value.close()
    return bool(check(home).damages)


@contextlib.contextmanager
def forging(home: Path) -> Iterator[sqlite3.Connection]:
    """The database without its triggers; they are there again afterwards."""
    connection = sqlite3.connect(home / "prelabel.db", isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.create_function(SHA256, 1, sha256_hex, deterministic=True)
    triggers = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for row in triggers:
        connection.execute(f"DROP TRIGGER {row['name']}")
    yield connection
    for row in triggers:
        connection.execute(row["sql"])
    connection.close()


OTHER = "(SELECT {0} FROM {1} ORDER BY id DESC LIMIT 1)"
SQL = {
    # Who may do what.
    "a role raised": "UPDATE users SET role = 'admin' WHERE name = 'rui'",
    "a user renamed": "UPDATE users SET name = 'eve' WHERE name = 'rui'",
    "a user put in": "INSERT INTO users VALUES ('0', 'eve', 'admin', '2026-01-01 00:00:00.000000')",
    "a user taken out": "DELETE FROM users WHERE name = 'rui'",
    "since when a user is there": "UPDATE users SET created_at = '2020-01-01 00:00:00.000000'",
    # Workspaces and clips.
    "a workspace renamed": "UPDATE workspaces SET name = 'rivals'",
    "a threshold of a workspace": (
        'UPDATE workspaces SET settings = \'{"thresholds":{"clip.unreviewed":1}}\''
    ),
    "a workspace put in": (
        "INSERT INTO workspaces VALUES ('0', 'rivals', '{}', '2026-01-01 00:00:00.000000')"
    ),
    "a clip renamed": "UPDATE media SET name = 'final' WHERE name = 'clip'",
    "the frames of a clip": "UPDATE media SET manifest_sha = substr(manifest_sha, 2) || '0'",
    "the count of frames": "UPDATE media SET frame_count = 5",
    "the count of missing pictures": "UPDATE media SET missing_count = 1",
    "when a clip came in": "UPDATE media SET created_at = '2020-01-01 00:00:00.000000'",
    "a clip hidden": "UPDATE media SET removed_at = '2026-01-01 00:00:00.000000'",
    # Runs and what they produced.
    "the status of a run": "UPDATE runs SET status = 'failed'",
    "what a run ran": "UPDATE runs SET ran = 'ball_detection'",
    "where a run came from": "UPDATE runs SET source = 'coco'",
    "the detector of a run": "UPDATE runs SET detector = 'yolox'",
    "the model of a run": "UPDATE runs SET model = 'v2'",
    "the reason of a run": "UPDATE runs SET reason = 'out of memory'",
    "the digest of a run": "UPDATE runs SET digest = 'x' || substr(digest, 2)",
    "who brought a run in": "UPDATE runs SET created_by = 'eve'",
    "when a run came in": "UPDATE runs SET created_at = '2020-01-01 00:00:00.000000'",
    "a run hidden": "UPDATE runs SET removed_at = '2026-01-01 00:00:00.000000'",
    "the outcome of a capability": "UPDATE run_outcomes SET status = 'failed'",
    "what an outcome says": "UPDATE run_outcomes SET detail = 'no labels'",
    "an outcome taken out": "DELETE FROM run_outcomes",
    "the content of a prelabel pack": (
        "UPDATE prelabel_packs SET artifact_sha = (SELECT content_hash FROM revisions LIMIT 1)"
    ),
    "the count of a prelabel pack": "UPDATE prelabel_packs SET label_count = 5",
    "when a prelabel pack was made": (
        "UPDATE prelabel_packs SET created_at = '2020-01-01 00:00:00.000000'"
    ),
    "the run of a prelabel pack": ("UPDATE prelabel_packs SET run_id = (SELECT max(id) FROM runs)"),
    # Scoped label packs.
    "a pack's validation_status": "UPDATE label_packs SET validation_status = 'failed'",
    "a pack's review_status": "UPDATE label_packs SET review_status = 'rejected'",
    "a pack's lifecycle": "UPDATE label_packs SET lifecycle = 'retired'",
    "a pack's version": "UPDATE label_packs SET version = 7",
    "a pack's reason": "UPDATE label_packs SET reason = 'nobody said so'",
    "who decided a pack": "UPDATE label_packs SET updated_by = 'eve'",
    "when a pack was decided": ("UPDATE label_packs SET updated_at = '2020-01-01 00:00:00.000000'"),
    "who made a pack": "UPDATE label_packs SET created_by = 'eve'",
    "the findings of a pack": "UPDATE label_packs SET validation = '{\"errors\":0}'",
    "the content of a pack": (
        "UPDATE label_packs SET artifact_sha = (SELECT max(content_hash) FROM revisions)"
    ),
    "the count of a pack": "UPDATE label_packs SET label_count = 5",
    "the source of a pack": "UPDATE label_packs SET source = 'legacy'",
    # Drafts.
    "a draft made inactive": "UPDATE drafts SET active = 0",
    "a draft's version": "UPDATE drafts SET version = 2",
    "a draft's content hash": "UPDATE drafts SET content_hash = 'x' || substr(content_hash, 2)",
    "a draft's lineage": "UPDATE drafts SET lineage = 'manual', lineage_pack_id = NULL",
    "who opened a draft": "UPDATE drafts SET created_by = 'eve'",
    "who saved a draft last": "UPDATE drafts SET updated_by = 'eve'",
    "when a draft was saved last": "UPDATE drafts SET updated_at = '2020-01-01 00:00:00.000000'",
    "the capability of a draft": "UPDATE drafts SET capability = 'ball_detection'",
    "who saved a version": "UPDATE draft_versions SET actor = 'eve' WHERE version = 2",
    "when a version was saved": (
        "UPDATE draft_versions SET created_at = '2020-01-01 00:00:00.000000' WHERE version = 2"
    ),
    "the kind of a version": "UPDATE draft_versions SET kind = 'merge' WHERE version = 2",
    "the labels of a version": "UPDATE draft_versions SET delta = x'00' WHERE version = 2",
    "the lineage of a version": (
        "UPDATE draft_versions SET lineage = 'manual', lineage_pack_id = NULL WHERE version = 2"
    ),
    "a version taken out": "DELETE FROM draft_versions WHERE version = 2",
    # Revisions.
    "a revision's number": "UPDATE revisions SET number = 9 WHERE number = 2",
    "a revision's content": (
        "UPDATE revisions SET content_hash = (SELECT max(artifact_sha) FROM prelabel_packs)"
    ),
    "a revision's predecessor": "UPDATE revisions SET previous_hash = NULL",
    "the frames that labels lie on": ("UPDATE revisions SET manifest_sha = pictures_sha"),
    "the pictures that labels lie on": "UPDATE revisions SET pictures_sha = manifest_sha",
    "a revision without its pictures": "UPDATE revisions SET pictures_sha = NULL",
    "the pack of a revision": "UPDATE revisions SET pack_id = (SELECT max(id) FROM label_packs)",
    "the draft of a revision": "UPDATE revisions SET draft_id = 'x'",
    "the draft version of a revision": "UPDATE revisions SET draft_version = 1",
    "the lineage of a revision": (
        "UPDATE revisions SET lineage = 'unknown', lineage_pack_id = NULL"
    ),
    "the diff of a revision": "UPDATE revisions SET diff = '{\"added\":1}'",
    "the thresholds of a revision": "UPDATE revisions SET validation = '{\"warnings\":0}'",
    "the counts of a revision": "UPDATE revisions SET counts = '{\"labels\":1}'",
    "the reason of an override": "UPDATE revisions SET override_reason = 'nobody said so'",
    "when it was published": "UPDATE revisions SET published_at = '2020-01-01 00:00:00.000000'",
    "who published it": "UPDATE revisions SET published_by = 'eve'",
    "the role of who published it": "UPDATE revisions SET publisher_role = 'admin'",
    "a revision's record hash": "UPDATE revisions SET record_hash = 'x' || substr(record_hash, 2)",
    "a revision without a record hash": "UPDATE revisions SET record_hash = NULL",
    "its predecessor's record hash": "UPDATE revisions SET previous_record = NULL",
    "a revision taken out": "DELETE FROM revisions WHERE number = 2",
    # Eligibility and data sets.
    "eligibility": "UPDATE eligibilities SET status = 'Approved', version = 2",
    "the version of an eligibility": "UPDATE eligibilities SET version = 5",
    "the reason of an eligibility": "UPDATE eligibilities SET reason = 'nobody said so'",
    "who decided an eligibility": "UPDATE eligibilities SET updated_by = 'eve'",
    "when it was decided": "UPDATE eligibilities SET updated_at = '2020-01-01 00:00:00.000000'",
    "an eligibility taken out": "DELETE FROM eligibilities",
    "a data set renamed": "UPDATE datasets SET name = 'autumn'",
    "a data set's hash": "UPDATE datasets SET digest = 'x' || substr(digest, 2)",
    "who froze a data set": "UPDATE datasets SET created_by = 'eve'",
    "a revision taken out of a data set": "DELETE FROM dataset_revisions",
    "a revision put into a data set": (
        "INSERT INTO dataset_revisions SELECT (SELECT id FROM datasets), id, media_id, capability "
        "FROM revisions WHERE media_id NOT IN (SELECT media_id FROM dataset_revisions)"
    ),
    # Spot checks.
    "the result of a spot check": "UPDATE spot_checks SET wrong = 0",
    "the seed of a spot check": "UPDATE spot_checks SET seed = 'chosen'",
    "what a spot check was of": f"UPDATE spot_checks SET content_sha = '{'0' * 64}'",
    "a judgement": "UPDATE spot_check_frames SET wrong = NOT wrong WHERE place = 0",
    # The sample is drawn at random: its fifth frame may be any, so no fixed one is put in.
    "a frame of a sample exchanged": (
        "UPDATE spot_check_frames SET frame = CASE frame WHEN 0 THEN 1 ELSE 0 END WHERE place = 5"
    ),
    "a spot check taken out": (
        "PRAGMA foreign_keys = OFF; DELETE FROM spot_check_frames; DELETE FROM spot_checks"
    ),
    # Notes.
    "what a note says": "UPDATE note_messages SET text = 'onside' WHERE place = 1",
    "who wrote in a note": "UPDATE note_messages SET written_by = 'eve' WHERE place = 1",
    "a message taken out": "DELETE FROM note_messages WHERE place = 1",
    "a message put in": (
        "INSERT INTO note_messages SELECT note_id, 2, text, written_at, written_by "
        "FROM note_messages WHERE place = 1"
    ),
    "the frame of a note": "UPDATE notes SET frame = 4",
    "a note resolved": (
        "UPDATE notes SET resolved_at = '2026-01-01 00:00:00.000000', resolved_by = 'eve'"
    ),
    "a note taken out": ("PRAGMA foreign_keys = OFF; DELETE FROM note_messages; DELETE FROM notes"),
    # The audit log itself.
    "an entry's time": "UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE id = 5",
    "an entry's person": "UPDATE audit SET actor = 'eve' WHERE id = 5",
    "an entry's role": "UPDATE audit SET role = 'admin' WHERE id = 5",
    "an entry's place": "UPDATE audit SET origin = 'elsewhere' WHERE id = 5",
    "an entry's action": "UPDATE audit SET action = 'x' WHERE id = 5",
    "an entry's subject": "UPDATE audit SET subject_id = 'x' WHERE id = 5",
    "an entry's version": "UPDATE audit SET version = 77 WHERE id = 5",
    "an entry's reason": "UPDATE audit SET reason = 'nobody said so' WHERE id = 5",
    "an entry's details": "UPDATE audit SET details = '{\"a\":1}' WHERE id = 5",
    "an entry's rows": "UPDATE audit SET rows = '{}' WHERE id = 5",
    "the first entry taken out": "DELETE FROM audit WHERE id = 1",
    "an entry taken out": "DELETE FROM audit WHERE id = 5",
    "two entries exchanged": (
        "UPDATE audit SET id = CASE id WHEN 5 THEN -6 ELSE -5 END WHERE id IN (5, 6); "
        "UPDATE audit SET id = -id WHERE id < 0"
    ),
    # The database's own definitions.
    "an index dropped": "DROP INDEX ix_audit_at",
    "a table put in": "CREATE TABLE spare (id INTEGER)",
    "a column put in": "ALTER TABLE users ADD COLUMN password TEXT",
    "another version of the tables": "UPDATE alembic_version SET version_num = '0004'",
}
"""What was changed, and by which statement."""

TRIGGERS = {
    "a trigger dropped": "DROP TRIGGER revisions_no_update",
    "the chain's trigger dropped": "DROP TRIGGER audit_chain",
    "a trigger that does nothing": (
        "DROP TRIGGER revisions_no_update; CREATE TRIGGER revisions_no_update "
        "BEFORE UPDATE ON revisions BEGIN SELECT 1; END"
    ),
    "a trigger put in": (
        "CREATE TRIGGER approve AFTER INSERT ON eligibilities "
        "BEGIN UPDATE eligibilities SET status = 'Approved'; END"
    ),
}
"""Changes of the triggers themselves."""


def test_the_folder_that_is_forged_is_clean(home: Path) -> None:
    found = check(home)
    assert found.damages == ()
    assert check(home, found.head).since == 0


@pytest.mark.parametrize("what", SQL)
def test_a_forged_row_is_found(home: Path, what: str) -> None:
    with forging(home) as connection:
        connection.executescript(SQL[what])
    assert found_or_refused(home), what


@pytest.mark.parametrize("what", [what for what in SQL if "entr" not in what])
def test_a_forged_row_with_an_audit_entry_put_in_is_found(home: Path, what: str) -> None:
    """The forger also writes what they did into the log, as if the program had."""
    with forging(home) as connection:
        connection.executescript(SQL[what])
        last = connection.execute("SELECT * FROM audit ORDER BY id DESC LIMIT 1").fetchone()
        entry = {**dict(last), "id": last["id"] + 1, "previous": last["hash"], "reason": "x"}
        entry["hash"] = sha256_hex("what the forger thinks the hash is over")
        names = ", ".join(entry)
        values = ", ".join(f":{name}" for name in entry)
        connection.execute(f"INSERT INTO audit ({names}) VALUES ({values})", entry)
    assert found_or_refused(home), what


@pytest.mark.parametrize("what", TRIGGERS)
def test_a_changed_trigger_is_found(home: Path, what: str) -> None:
    connection = sqlite3.connect(home / "prelabel.db")
    connection.executescript(TRIGGERS[what])
    connection.close()
    assert any("trigger" in damage.subject for damage in check(home).damages), what


def test_a_revision_that_was_changed_with_a_perfect_entry_is_found(home: Path) -> None:
    """The forger knows the program: record hash, row digest and chain are all made anew."""
    store = open_store(home).unwrap()
    with forging(home) as connection:
        connection.execute("UPDATE revisions SET published_by = 'eve' WHERE number = 2")
    _make_records_fit(store)
    with store.write() as session:
        rows = chain.stored_rows(
            session.connection(),
            [
                (models.Revision, row.id)
                for row in session.query(models.Revision.id).filter_by(number=2)
            ],
        )
        chain.append(session.connection(), {**_an_entry(store), "rows": rows})
    store.close()
    assert any("though it never changes" in damage.text for damage in check(home).damages)


def test_a_perfect_entry_shows_as_one_since_the_head_that_was_noted(home: Path) -> None:
    """Who may write the database and does all that the program does acts as that person."""
    head = check(home).head
    store = open_store(home).unwrap()
    with store.write() as session:
        session.query(models.Run).update({"detector": "yolox"})
        runs = [(models.Run, row.id) for row in session.query(models.Run.id)]
        rows = chain.stored_rows(session.connection(), runs)
        chain.append(session.connection(), {**_an_entry(store), "rows": rows})
    store.close()
    found = check(home, head)
    assert (found.damages, found.since) == ((), 1)


def test_who_rewrites_everything_is_found_by_the_head_that_was_noted(home: Path) -> None:
    head = check(home).head
    _rewrite(home, "UPDATE revisions SET published_by = 'eve' WHERE number = 2")
    assert check(home).damages == ()
    assert any("never had the head" in damage.text for damage in check(home, head).damages)


def test_the_newest_entry_taken_out_is_found_by_the_head_that_was_noted(home: Path) -> None:
    store = open_store(home).unwrap()
    before = fsck(store).unwrap().head
    with store.write() as session:
        chain.append(session.connection(), {**_an_entry(store), "rows": {}})
    store.close()
    head = check(home).head
    with forging(home) as connection:
        connection.execute("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)")
    assert check(home).damages == ()
    assert check(home, before).since == 0
    assert any("never had the head" in damage.text for damage in check(home, head).damages)


ARTIFACTS: dict[str, Callable[[Path], object]] = {
    "an artifact taken away": Path.unlink,
    "an artifact emptied": lambda path: path.write_bytes(b""),
    "a byte of an artifact": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\0"),
    "an artifact put in another's place": lambda path: path.write_bytes(
        next(other for other in _artifacts(path.parents[1]) if other != path).read_bytes()
    ),
}


@pytest.mark.parametrize("what", ARTIFACTS)
def test_every_forged_artifact_is_found(home: Path, what: str) -> None:
    for path in _artifacts(home / "artifacts"):
        before = path.read_bytes()
        ARTIFACTS[what](path)
        assert check(home).damages, path
        path.write_bytes(before)
    assert check(home).damages == ()


def test_every_forgery_is_in_the_docs() -> None:
    told = DOCS.read_text(encoding="utf-8")
    for what in (*SQL, *TRIGGERS, *ARTIFACTS):
        assert what in told, what


# -- what a forger who knows the program does ----------------------------------------------------


def _artifacts(root: Path) -> list[Path]:
    return sorted(root.glob("*/*.zst"))


def _an_entry(store: Store) -> dict[str, object]:
    return {
        "at": store.now(), "actor": "lena", "role": "lead", "origin": "test@host pid 1",
        "action": "run.refresh", "subject_type": "run", "subject_id": "x", "media_id": None,
        "capability": None, "version": None, "reason": "", "details": {},
    }  # fmt: skip


def _make_records_fit(store: Store) -> None:
    """Make the record hash of every revision fit, in order."""
    table = models.Revision.__table__
    with store.read() as session:
        rows = [
            row._asdict()
            for row in session.execute(table.select().order_by(table.c.media_id, table.c.number))
        ]
    with forging(store.home) as connection:
        before: dict[str, str | None] = {}
        for row in rows:
            row["previous_record"] = before.get(row["media_id"])
            before[row["media_id"]] = row["record_hash"] = record_hash(row)
            connection.execute(
                "UPDATE revisions SET previous_record = ?, record_hash = ? WHERE id = ?",
                (row["previous_record"], row["record_hash"], row["id"]),
            )


def _rewrite(home: Path, statement: str) -> None:
    """Change a row, and make every hash that is over it anew, from the first entry to the last."""
    with forging(home) as connection:
        connection.execute(statement)
    store = open_store(home).unwrap()
    _make_records_fit(store)
    digests: dict[str, str] = {}
    told: dict[str, dict[str, object]] = {}
    with store.read() as session:
        for model in chain.RECORDED:
            for row in session.execute(model.__table__.select()):
                digests |= given_row(model, row._asdict())
        for row in session.execute(models.Revision.__table__.select()):
            told[row.id] = {"record_hash": row.record_hash, "published_by": row.published_by}
        entries = [row._asdict() for row in session.execute(models.Audit.__table__.select())]
    store.close()
    last: dict[str, int] = {}
    for at, entry in enumerate(entries):
        last |= dict.fromkeys(entry["rows"], at)
    previous = GENESIS
    with forging(home) as connection:
        for at, entry in enumerate(entries):
            rows = {
                key: digests.get(key, digest) if last[key] == at else digest
                for key, digest in entry["rows"].items()
            }
            if entry["action"] == "revision.publish":
                entry["details"]["record_hash"] = told[entry["subject_id"]]["record_hash"]
                entry["actor"] = told[entry["subject_id"]]["published_by"]
            entry |= {
                "previous": previous,
                "rows": chain.json_text(rows),
                "details": chain.json_text(entry["details"]),
            }
            previous = chain.entry_hash(entry)
            connection.execute(
                "UPDATE audit SET actor = ?, previous = ?, rows = ?, details = ?, hash = ? "
                "WHERE id = ?",
                (
                    entry["actor"], entry["previous"], entry["rows"], entry["details"], previous,
                    entry["id"],
                ),
            )  # fmt: skip


PICTURES: dict[str, Callable[[Path], object]] = {
    "changed": lambda path: path.write_bytes(path.read_bytes()[:-3] + b"x\xff\xd9"),
    "exchanged": lambda path: path.write_bytes((path.parent / "000003.jpg").read_bytes()),
    "taken away": Path.unlink,
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
}


@pytest.mark.parametrize("what", PICTURES)
def test_a_picture_that_is_another_one_is_found(store: Store, lead: Actor, what: str) -> None:
    folder = store.home.parent / "frames"
    folder.mkdir()
    clip = matches.manifest(6)
    for number, frame in enumerate(clip.frames):
        Image.effect_noise((64, 48), 20 + number).save(folder / frame.name)
    frames = [msgspec.structs.replace(f, path=str(folder / f.name)) for f in clip.frames]
    match = matches.enter(store, lead, clip=msgspec.structs.replace(clip, frames=tuple(frames)))
    draft = matches.review_all(store, lead, match.draft.id, 100)
    assert publishing.publish(store, lead, draft.id, draft.version).ok
    assert fsck(store, pictures=True).outcome.code is Code.FSCK_CLEAN
    PICTURES[what](folder / "000001.jpg")
    assert fsck(store).outcome.code is Code.FSCK_CLEAN
    (damage,) = fsck(store, pictures=True).unwrap().damages
    assert "000001.jpg" in damage.subject
    assert "revision 1 of player_detection" in damage.text
