"""Moving between databases: every row and the chain come along, or nothing is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from prelabel_tui.core import publishing
from prelabel_tui.core.backup.transfer import copy_database
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.core.store.database import make_engine
from prelabel_tui.core.store.models import Base
from tests import matches
from tests.old_folders import first_folder

HOST = Actor("ada", Role.ADMIN, "test@host pid 1")


def publish_once(store: Store, lead: Actor, match: matches.Match, nudge: int) -> str:
    draft = matches.review_all(store, lead, match.draft.id, nudge)
    done = publishing.publish(store, lead, draft.id, draft.version).unwrap()
    assert done.revision is not None
    return done.revision.id


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.read() as session:
        return {
            table.name: sorted(map(tuple, session.execute(table.select())), key=repr)
            for table in Base.metadata.sorted_tables
        }


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database of either kind."""
    if request.param == "postgres":
        yield request.getfixturevalue("postgres_url")
    else:
        yield f"sqlite:///{tmp_path / 'copy.db'}"


def tables_in(url: str) -> list[str]:
    engine = make_engine(url)
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


def test_there_and_back_everything_is_as_it_was(
    store: Store, lead: Actor, postgres_url: str, tmp_path: Path
) -> None:
    match = matches.enter(store, lead)
    first = publish_once(store, lead, match, 100)
    assert eligibility.approve(store, lead, first, 1).ok
    assert set_role(store, HOST, "ünï — ‘quoted’", Role.LEAD).ok
    before = everything(store)
    steps: list[tuple[str, int | None, int | None]] = []

    def watch(step: str, done: int | None = None, total: int | None = None) -> None:
        steps.append((step, done, total))

    done = copy_database(store, postgres_url, watch)
    assert done.outcome.code is Code.DATABASE_COPIED, done.outcome.headline
    assert done.unwrap().rows == sum(map(len, before.values()))
    copied = [(at, total) for step, at, total in steps if step == "rows copied"]
    assert copied[0] == (0, done.unwrap().rows)
    assert copied[-1] == (done.unwrap().rows, done.unwrap().rows)

    there = open_store(store.home, postgres_url).unwrap()
    assert everything(there) == before
    publish_once(there, lead, match, 200)  # work goes on, and so does the numbering of entries
    assert fsck(there, expected_head=done.unwrap().head).outcome.code is Code.FSCK_CLEAN
    after = everything(there)
    back = copy_database(there, f"sqlite:///{tmp_path / 'back.db'}")
    assert back.outcome.code is Code.DATABASE_COPIED, back.outcome.headline
    there.close()
    again = open_store(store.home, f"sqlite:///{tmp_path / 'back.db'}").unwrap()
    assert everything(again) == after
    publish_once(again, lead, match, 300)
    assert [row.number for row in history(again, match.scope)] == [3, 2, 1]
    assert fsck(again, expected_head=done.unwrap().head).outcome.code is Code.FSCK_CLEAN
    again.close()


def test_entries_from_before_the_chain_come_along(tmp_path: Path, postgres_url: str) -> None:
    old = open_store(first_folder(tmp_path / "home"), upgrade=True).unwrap()
    done = copy_database(old, postgres_url)
    assert done.outcome.code is Code.DATABASE_COPIED, done.outcome.headline
    old.close()


def test_gaps_in_the_numbers_are_no_damage(
    store: Store, lead: Actor, postgres_url: str, tmp_path: Path
) -> None:
    """PostgreSQL's sequence jumps over what a crash or a rollback took back."""
    match = matches.enter(store, lead)
    assert copy_database(store, postgres_url).ok
    there = open_store(store.home, postgres_url).unwrap()
    with there.engine.begin() as connection:
        for _ in range(40):
            connection.execute(text("SELECT nextval(pg_get_serial_sequence('audit', 'id'))"))
    publish_once(there, lead, match, 100)
    assert fsck(there).outcome.code is Code.FSCK_CLEAN
    assert copy_database(there, f"sqlite:///{tmp_path / 'copy.db'}").ok
    there.close()


@pytest.mark.parametrize("step", ["rows copied", "artifacts read"])
def test_cancelled_it_leaves_nothing(store: Store, lead: Actor, target: str, step: str) -> None:
    matches.enter(store, lead)

    def stop(name: str, done: int | None = None, total: int | None = None) -> None:
        if name == step and done:
            raise Cancelled

    assert copy_database(store, target, stop).outcome.code is Code.BACKUP_CANCELLED
    assert tables_in(target) == []
    if target.startswith("sqlite"):
        Path(target.removeprefix("sqlite:///")).unlink()
    assert copy_database(store, target).ok


def test_a_damaged_database_is_not_copied(store: Store, lead: Actor, target: str) -> None:
    publish_once(store, lead, matches.enter(store, lead), 100)
    with store.write() as session:
        session.execute(text("UPDATE workspaces SET name = 'forged'"))
    done = copy_database(store, target)
    assert done.outcome.code is Code.FSCK_DAMAGED
    assert "workspaces" in done.outcome.detail
    assert tables_in(target) == []


def test_a_time_that_cannot_be_read_is_not_copied(store: Store, lead: Actor, target: str) -> None:
    matches.enter(store, lead)
    with store.write() as session:
        session.execute(text("UPDATE workspaces SET created_at = 'never'"))
    assert copy_database(store, target).outcome.code is Code.FSCK_DAMAGED
    assert tables_in(target) == []


def test_what_comes_in_meanwhile_is_not_lost(store: Store, lead: Actor, target: str) -> None:
    match = matches.enter(store, lead)
    written: list[str] = []

    def write(step: str, done: int | None = None, total: int | None = None) -> None:
        if step == "artifacts read" and not written:
            written.append(publish_once(store, lead, match, 100))

    done = copy_database(store, target, write)
    assert done.outcome.code is Code.INPUT_INVALID
    assert "Somebody wrote" in done.outcome.detail
    assert tables_in(target) == []


def test_what_is_not_empty_is_refused(store: Store, lead: Actor, target: str) -> None:
    matches.enter(store, lead)
    assert copy_database(store, target).ok
    before = tables_in(target)
    assert copy_database(store, target).outcome.code is Code.INPUT_INVALID
    assert tables_in(target) == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "not a valid database URL"),
        ("mysql://somewhere/club", "Only SQLite"),
        ("sqlite:///", "no folder"),
        ("sqlite:////nobody/has/this/copy.db", "no folder"),
    ],
)
def test_what_is_no_database_is_refused(store: Store, url: str, said: str) -> None:
    done = copy_database(store, url).outcome
    assert done.code is Code.INPUT_INVALID
    assert said in done.detail


def test_a_server_that_is_away_is_said(store: Store) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/club"
    done = copy_database(store, url).outcome
    assert done.code is Code.DATABASE_UNAVAILABLE
    assert "secret" not in done.detail
