"""Lists under filters: the same rows as by looking at every one, and from indexes alone."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from prelabel_tui.core.catalog.runs import RunCursor, RunFilters, RunStatus, list_runs, ran
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store import Store, models
from prelabel_tui.core.triage.series import series

CLUBS, CLIPS = ("arena", "tsukuba"), ("m1", "m2", "m3")
FIRST = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
SOME = [(), (Capability.BALL,), (Capability.PLAYER,), tuple(Capability)]


@pytest.fixture
def season(any_store: Store) -> Store:
    """120 runs of six clips, several in the same second."""
    draw = random.Random(4)
    with any_store.write() as session:
        clips = []
        for club in CLUBS:
            club_id = new_id()
            session.add(models.Workspace(id=club_id, name=club, settings={}, created_at=FIRST))
            session.flush()
            for name in CLIPS:
                clips.append((club_id, new_id(), name))
                session.add(
                    models.Media(
                        id=clips[-1][1], workspace_id=club_id, name=name, manifest_sha="0" * 64,
                        frame_count=5, missing_count=0, created_at=FIRST,
                    )
                )  # fmt: skip
        session.flush()
        for number in range(120):
            club_id, media_id, name = draw.choice(clips)
            run_id, capabilities = new_id(), draw.choice(SOME)
            session.add(
                models.Run(
                    id=run_id, workspace_id=club_id, media_id=media_id, media_name=name,
                    status=draw.choice(list(RunStatus)[1:]).value, ran=ran(capabilities),
                    source="test", digest=run_id * 2, created_by="rui",
                    created_at=FIRST + dt.timedelta(seconds=number // 4),
                )
            )  # fmt: skip
            session.flush()
            for capability in capabilities:
                session.add(
                    models.RunOutcome(
                        run_id=run_id, capability=capability.value, status="succeeded",
                        pack_id=None, detail="",
                    )
                )  # fmt: skip
    return any_store


def test_every_combination_of_filters_gives_what_fits_page_by_page(season: Store) -> None:
    every = list_runs(season, limit=1_000).rows
    assert len(every) == 120
    order = [(row.created_at, row.id) for row in every]
    assert order == sorted(order, reverse=True)
    for workspace, media, status, capability in itertools.product(
        (None, "arena", "nowhere"), (None, "m2"), (None, *RunStatus), (None, *Capability)
    ):
        wanted = [
            row
            for row in every
            if workspace in (None, row.workspace)
            and media in (None, row.media)
            and status in (None, row.status)
            and (capability is None or capability in row.outcomes)
        ]
        found, cursor = [], None
        while True:
            page = list_runs(season, RunFilters(workspace, media, status, capability), cursor, 7)
            found += page.rows
            cursor = page.next
            if cursor is None:
                break
        assert found == wanted, (workspace, media, status, capability)


ACTIONS = (
    Action.DRAFT_CREATE,
    Action.DRAFT_SAVE,
    Action.REVISION_PUBLISH,
    Action.RUN_IMPORT,
)


@pytest.fixture
def log(any_store: Store) -> Store:
    """200 entries, a minute apart."""
    draw = random.Random(5)
    for number in range(200):
        any_store.now = lambda number=number: FIRST + dt.timedelta(minutes=number)  # type: ignore[misc]
        who = Actor(draw.choice(("rui", "lena")), Role.REVIEWER, "test")
        with any_store.write() as session:
            audit.record(
                session, any_store, who, draw.choice(ACTIONS), "draft", draw.choice("abc") * 8
            )
    return any_store


def test_every_combination_of_the_audit_logs_filters(log: Store) -> None:
    every = audit.entries(log, limit=1_000)
    assert [entry.id for entry in every] == sorted((e.id for e in every), reverse=True)
    assert len(every) == 200
    for actor, action, subject, since in itertools.product(
        (None, "rui", "nobody"),
        (None, "draft", "revision.publish", "r", "x"),
        (None, "bbbbbbbb", "none"),
        (None, FIRST + dt.timedelta(minutes=150), FIRST + dt.timedelta(days=9)),
    ):
        wanted = [
            entry
            for entry in every
            if actor in (None, entry.actor)
            and entry.action.startswith(action or "")
            and subject in (None, entry.subject_id)
            and (since is None or entry.at >= since)
        ]
        given: dict[str, Any] = {
            "actor": actor, "action": action, "subject": subject, "since": since,
        }  # fmt: skip
        assert audit.entries(log, **given, limit=1_000) == wanted, given
        if len(wanted) > 9:
            assert audit.entries(log, **given, before=wanted[4].id, limit=5) == wanted[5:10]


@pytest.fixture
def plans(store: Store) -> Callable[[], list[str]]:
    """What SQLite planned for the statements since it was asked last."""
    statements: list[tuple[str, Any]] = []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda *given: statements.append((given[2], given[3])),
    )

    def planned() -> list[str]:
        lines: list[str] = []
        asked, statements[:] = list(statements), []
        with store.read() as session:
            for statement, parameters in asked:
                if statement.startswith(("SELECT", "WITH")):
                    plan = session.connection().exec_driver_sql(
                        f"EXPLAIN QUERY PLAN {statement}", parameters
                    )
                    lines += [str(row[3]) for row in plan]
        statements.clear()
        return lines

    return planned


def test_no_list_reads_a_table_from_end_to_end(
    store: Store, plans: Callable[[], list[str]]
) -> None:
    with store.write() as session:
        session.execute(text("INSERT INTO workspaces VALUES ('w', 'arena', '{}', '2026-03-01')"))
        session.execute(
            text("INSERT INTO media VALUES ('m', 'w', 'm1', '', 1, 0, '2026-03-01', NULL)")
        )
    plans()
    for filters in (
        RunFilters(),
        RunFilters("arena"),
        RunFilters("arena", "m1", RunStatus.QUEUED),
        RunFilters(media="m1", capability=Capability.BALL),
        RunFilters(status=RunStatus.FAILED),
    ):
        list_runs(store, filters)
        list_runs(store, filters, RunCursor(FIRST, "0"))
    series(store)
    series(store, "arena", ("arena", "m1"))
    for given in ({"actor": "rui"}, {"action": "draft"}, {"subject": "a"}, {"since": FIRST},
                  {"subject": "draft-abcd"}, {"before": 9}):  # fmt: skip
        audit.entries(store, **given)  # type: ignore[arg-type]
    found = plans()
    assert found
    whole = [
        line
        for line in found
        if line.startswith(("SCAN runs", "SCAN audit", "SCAN media", "SCAN prelabel_packs",
                            "SCAN drafts", "SCAN revisions"))
        and "USING" not in line
    ]  # fmt: skip
    assert whole == []
