"""Publishing that is fenced out, cancelled, overtaken or has no room: nothing is changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from prelabel_tui.core import publishing
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.labels import (
    make_frame,
)
from prelabel_tui.core.outcomes import Code, Refused
from prelabel_tui.core.progress import Cancelled, Progress
from prelabel_tui.core.publishing import packs, revisions
from prelabel_tui.core.store import Store, models, open_store
from prelabel_tui.core.store.database import utc_now
from tests import matches
from tests.core.publishing import BALL, newest, published, ready


def test_a_publish_that_lost_its_lease_is_fenced_out(any_store: Store, lead: Actor) -> None:
    """It is stopped until its lease is over and another publish has come and gone."""
    match = ready(any_store, lead)
    draft = newest(any_store, match)
    answers = []

    def overtaken(step: str, done: int | None = None, total: int | None = None) -> None:
        if step == "Recording the revision" and not answers:
            matches.leases_over(any_store)
            done = publishing.publish(any_store, lead, draft.id, draft.version)
            answers.append(done.outcome.code)

    late = publishing.publish(any_store, lead, draft.id, draft.version, progress=overtaken)
    assert answers == [Code.PUBLISH_SUCCESS]
    assert late.outcome.code is Code.PUBLISH_LOCK_CONFLICT
    assert len(revisions.history(any_store, match.scope)) == 1


def test_every_lease_is_renewed_while_its_holder_lives(
    store: Store, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    player, ball = ready(store, lead), ready(store, lead, BALL)
    monkeypatch.setattr("prelabel_tui.core.publishing.lease.LEASE", dt.timedelta(seconds=0.3))

    def ends() -> dict[str, dt.datetime]:
        with store.read() as session:
            lock = models.PublishLock
            rows = session.execute(select(lock.token, lock.expires_at))
            return {row.token: row.expires_at for row in rows}

    with matches.publishing(store, lead, player.scope):
        with matches.publishing(store, lead, ball.scope):
            before = ends()
            deadline = utc_now() + dt.timedelta(seconds=20)
            while any(ends()[token] == end for token, end in before.items()):
                assert utc_now() < deadline
        assert len(before) == 2
        assert len(ends()) == 1
    assert not ends()


def test_the_lock_says_who_holds_it(store: Store, lead: Actor, reviewer: Actor) -> None:
    match = ready(store, lead)
    with (
        matches.publishing(store, reviewer, match.scope),
        pytest.raises(Refused) as caught,
        matches.publishing(store, lead, match.scope),
    ):
        pass
    assert "rui (test@host pid 1) has been publishing since 20" in caught.value.outcome.detail


@pytest.mark.parametrize("at", range(7))
def test_cancelled_before_any_step_nothing_is_changed(store: Store, lead: Actor, at: int) -> None:
    match = ready(store, lead)
    told: list[str] = []

    def stop(step: str, done: int | None = None, total: int | None = None) -> None:
        if len(told) == at:
            raise Cancelled
        told.append(step)

    done = publishing.publish(store, lead, match.draft.id, 2, progress=stop)
    assert done.outcome.code is Code.PUBLISH_CANCELLED
    assert revisions.history(store, match.scope) == []
    assert packs.candidates(store, match.scope) == []
    assert published(store, lead, match).number == 1, "and no lock is left"


def during_the_last_step(act: Callable[[], object]) -> Progress:
    def hook(step: str, done: int | None = None, total: int | None = None) -> None:
        if step == "Recording the revision":
            act()

    return hook


def test_a_draft_saved_before_publish_completes_is_stale(any_store: Store, lead: Actor) -> None:
    match = ready(any_store, lead)
    hook = during_the_last_step(
        lambda: matches.review_all(any_store, lead, match.draft.id, nudge=100)
    )
    done = publishing.publish(any_store, lead, match.draft.id, 2, progress=hook)
    assert done.outcome.code is Code.STALE_DRAFT_VERSION
    assert revisions.history(any_store, match.scope) == []


def test_a_pack_rejected_before_publish_completes_is_not_used(store: Store, lead: Actor) -> None:
    match = ready(store, lead)
    assert packs.approve(store, lead, match.pack_id, 1, "right").ok
    hook = during_the_last_step(lambda: packs.reject(store, lead, match.pack_id, 2, "wrong"))
    done = publishing.publish(store, lead, match.draft.id, 2, progress=hook)
    assert done.outcome.code is Code.PACK_NOT_SELECTABLE


def test_without_its_audit_entry_nothing_is_changed(any_store: Store, lead: Actor) -> None:
    match = ready(any_store, lead)
    if any_store.is_sqlite:
        trigger = "BEGIN SELECT RAISE(ABORT, 'no room'); END"
        statements = [f"CREATE TRIGGER full_log BEFORE INSERT ON audit {trigger}"]
    else:
        body = "BEGIN RAISE EXCEPTION 'no room'; END"
        statements = [
            f"CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
            "CREATE TRIGGER full_log BEFORE INSERT ON audit EXECUTE FUNCTION no_room()",
        ]
    with any_store.write() as session:
        for statement in statements:
            session.execute(text(statement))
    done = publishing.publish(any_store, lead, match.draft.id, 2)
    assert done.outcome.code is Code.AUDIT_PERSIST_FAILED
    assert "no room" in done.outcome.detail
    approve = packs.approve(any_store, lead, match.pack_id, 1, "right")
    assert approve.outcome.code is Code.AUDIT_PERSIST_FAILED
    assert packs.pack(any_store, match.pack_id).unwrap().version == 1
    with any_store.write() as session:
        where = "" if any_store.is_sqlite else " ON audit"
        session.execute(text(f"DROP TRIGGER full_log{where}"))
    assert published(any_store, lead, match).number == 1


def test_a_damaged_last_revision_is_told_and_nothing_is_changed(store: Store, lead: Actor) -> None:
    match = ready(store, lead)
    matches.review_all(store, lead, match.draft.id, nudge=100)
    row = published(store, lead, match)
    matches.review_all(store, lead, match.draft.id, nudge=100)
    path = store.artifacts.path(row.content_hash)  # type: ignore[attr-defined]
    good = path.read_bytes()
    path.write_bytes(good[:-4])
    draft = newest(store, match)
    done = publishing.publish(store, lead, draft.id, draft.version)
    assert done.outcome.code is Code.STORAGE_READ_FAILED
    assert len(revisions.history(store, match.scope)) == 1
    path.write_bytes(good)
    assert published(store, lead, match).number == 2


def test_a_folder_that_cannot_be_written_changes_nothing(store: Store, lead: Actor) -> None:
    match = ready(store, lead)
    draft = matches.review_all(store, lead, match.draft.id, nudge=100)
    content_hash = publishing.preview(store, lead, draft.id).unwrap().content_hash
    folder = store.artifacts.path(content_hash).parent  # type: ignore[attr-defined]
    folder.rmdir()
    folder.write_bytes(b"in the way, also for root, whom permissions do not stop")
    done = publishing.publish(store, lead, draft.id, draft.version)
    assert done.outcome.code is Code.STORAGE_WRITE_FAILED
    assert revisions.history(store, match.scope) == []
    folder.unlink()
    assert published(store, lead, match).number == 1


def test_a_full_database_disk_changes_nothing(store: Store, lead: Actor) -> None:
    match = ready(store, lead)
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    home = store.home
    store.close()
    full = open_store(home).unwrap()
    from sqlalchemy import event

    @event.listens_for(full.engine, "connect")
    def limit(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

    full.engine.dispose()
    codes = set()
    for nudge in range(400):  # fill what is left of the last pages
        draft = newest(full, match)
        code = publishing.publish(
            full, lead, draft.id, draft.version, override_reason="fill"
        ).outcome.code
        codes.add(code)
        if code is Code.STORAGE_WRITE_FAILED:
            break
        loaded = loading.load(full, match.draft.id).unwrap()
        frame = make_frame([matches.box(1, 10_000 + nudge)], reviewed=True)
        changed = {0: matches.encode_frame(frame)}
        loaded.document.apply(changed)
        if not loading.save(full, lead, loaded.info, loaded.document, changed, f"{nudge}").ok:
            codes.add(Code.STORAGE_WRITE_FAILED)
            break
    assert Code.STORAGE_WRITE_FAILED in codes
    numbers = [row.number for row in revisions.history(full, match.scope)]
    assert numbers == list(range(len(numbers), 0, -1))
    full.close()
