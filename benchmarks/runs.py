"""What a list takes over a season's rows: a page of runs under each filter, series, audit, names.

``--scale 0.01`` makes a hundredth of the rows.  The rows are written directly: in the real
proportions, with one club that has half of everything, clips that share their names across
clubs, and statuses that only a handful of old runs have.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Figure, median, percentile
from prelabel_tui.core.catalog.names import Kind, known_name, names
from prelabel_tui.core.catalog.runs import RunCursor, RunFilters, RunStatus, list_runs
from prelabel_tui.core.identity import audit
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.core.triage.series import series

RUNS, CLIPS, ENTRIES, CLUBS = 1_000_000, 100_000, 5_000_000, 200
_SAMPLES: Final = 5
_FIRST: Final = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure the lists."""
    with tempfile.TemporaryDirectory(prefix="prelabel-lists-") as folder:
        store = open_store(Path(folder), options.database).unwrap()
        try:
            return _measured(store, options.scale)
        finally:
            store.close()


def _measured(store: Store, scale: float) -> list[Figure]:
    runs, clips, entries = (max(1_000, round(n * scale)) for n in (RUNS, CLIPS, ENTRIES))
    _fill(store, runs, clips, entries)
    filters = {"none": RunFilters(), **_filter_changes()}
    pages = {name: _times(partial(list_runs, store, given)) for name, given in filters.items()}
    middle = RunCursor(_FIRST + dt.timedelta(seconds=runs // 2), f"{runs // 2:032x}")
    club = RunFilters("club-0")
    further = _times(lambda: list_runs(store, club, middle))
    scopes = [
        *_times(lambda: series(store)),
        *_times(lambda: series(store, "club-7")),
        *_times(lambda: series(store, after=("club-0", "clip-40"))),
    ]
    asked: list[Callable[[], object]] = [
        lambda: audit.entries(store),
        lambda: audit.entries(store, actor="user-1"),
        lambda: audit.entries(store, actor="nobody"),
        lambda: audit.entries(store, action="draft"),
        lambda: audit.entries(store, actor="user-1", action="revision.publish"),
        lambda: audit.entries(store, subject_id=f"{3:032x}"),
        lambda: audit.entries(store, since=_FIRST + dt.timedelta(seconds=entries - 60)),
        lambda: audit.entries(store, since=_FIRST + dt.timedelta(days=10_000)),
        lambda: audit.entries(store, before=entries // 2),
    ]
    log = [taken for query in asked for taken in _times(query)]
    chosen: list[Callable[[], object]] = [
        lambda: names(store, Kind.WORKSPACE),
        lambda: names(store, Kind.MEDIA),
        lambda: names(store, Kind.MEDIA, after="clip-4"),
        lambda: names(store, Kind.MEDIA, wanted="p-77"),
        lambda: names(store, Kind.MEDIA, wanted="no such clip"),
        lambda: names(store, Kind.MEDIA, "club-0"),
        lambda: names(store, Kind.MEDIA, "club-0", wanted="7"),
        lambda: known_name(store, Kind.MEDIA, "CLIP-77"),
        lambda: known_name(store, Kind.MEDIA, "no such clip", "club-0"),
    ]
    called = [taken for query in chosen for taken in _times(query)]
    worst = max(pages, key=lambda name: median(pages[name]))
    every = list(itertools.chain(*pages.values()))
    over = f"{runs:,} runs of {clips:,} clips"
    return [
        Figure(f"filter change, {len(pages)} filters, {over}: median", median(every), "ms", 30),
        Figure(f"filter change, the worst filter ({worst})", median(pages[worst]), "ms", 60),
        Figure("filter change, 99th percentile of all", percentile(every, 0.99), "ms"),
        Figure("a page in the middle of one club", median(further), "ms"),
        Figure(f"series over {2 * clips:,} scopes: a page", median(scopes), "ms", 60),
        Figure("series, the longest", max(scopes), "ms"),
        Figure(f"audit over {entries:,} rows: a page, median", median(log), "ms", 60),
        Figure("audit, the longest", max(log), "ms"),
        Figure(f"names of {clips:,} clips to filter by: a page, median", median(called), "ms"),
        Figure("names, the longest", max(called), "ms"),
    ]


def _filter_changes() -> dict[str, RunFilters]:
    """Return every combination of filters, with hits and without."""
    values: dict[str, tuple[Any, ...]] = {
        "workspace": ("club-0", "club-150", "no such club"),
        "media": ("clip-3",),
        "status": (RunStatus.SUCCEEDED, RunStatus.RUNNING, RunStatus.QUEUED),
        "capability": (Capability.BALL,),
    }
    return {
        ", ".join(chosen): RunFilters(**dict(zip(names, chosen, strict=True)))
        for count in range(1, len(values) + 1)
        for names in itertools.combinations(values, count)
        for chosen in itertools.product(*(values[name] for name in names))
    }


def _times(work: Callable[[], object]) -> list[float]:
    taken = []
    for _ in range(_SAMPLES):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def _fill(store: Store, runs: int, clips: int, entries: int) -> None:
    """Make all rows, by the database itself."""
    zero = "'" + "0" * 64 + "'"
    if store.is_sqlite:
        numbers = (
            "(WITH RECURSIVE t(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t WHERE n < {} - 1) "
            "SELECT n FROM t) AS t"
        )
        identity = "printf('%032x', {})"
        moment = "strftime('%Y-%m-%d %H:%M:%S.000000', '2025-01-01', '+' || ({}) || ' seconds')"
    else:
        numbers = "generate_series(0, {} - 1) AS t(n)"
        identity = "lpad(to_hex(({})::bigint), 32, '0')"
        moment = "timestamptz '2025-01-01 00:00:00+00' + ({}) * interval '1 second'"

    def fill(table: str, count: int, join: str = "", **columns: str) -> None:
        statement = (
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} "
            f"FROM {numbers.format(count)} {join}"
        )
        with store.write_rows() as connection:
            if store.is_sqlite:
                connection.exec_driver_sql("PRAGMA cache_size = -500000")
            else:
                statement = statement.replace("%", "%%")  # psycopg's own
            connection.exec_driver_sql(statement)

    own, now = identity.format("n"), moment.format("n")
    fill("workspaces", CLUBS, id=own, name="'club-' || n", settings="'{}'", created_at=now)
    fill(
        "media",
        clips,
        id=own,
        workspace_id=identity.format(f"CASE n % 2 WHEN 0 THEN 0 ELSE 1 + n / 2 % {CLUBS - 1} END"),
        name=f"'clip-' || CASE n % 2 WHEN 0 THEN n / 2 ELSE n / 2 / {CLUBS - 1} END",
        manifest_sha=zero,
        frame_count="750",
        missing_count="0",
        created_at=now,
    )
    fill(
        "runs",
        runs,
        f"JOIN media AS m ON m.id = {identity.format(f'n * 7 % {clips}')}",
        id=own,
        workspace_id="m.workspace_id",
        media_id="m.id",
        media_name="m.name",
        status="CASE WHEN n < 5 THEN 'running' WHEN n < 10 THEN 'queued' "
        "WHEN n % 50 = 0 THEN 'failed' WHEN n % 10 = 0 THEN 'partial' ELSE 'succeeded' END",
        ran="CASE WHEN n < 10 OR n % 50 = 0 THEN '' WHEN n % 10 = 0 THEN 'player_detection' "
        "ELSE 'ball_detection player_detection' END",
        source="'coco'",
        digest=f"{own} || {own}",
        created_at=now,
        created_by="'pipeline'",
    )
    for number, capability in enumerate(Capability):
        pack = identity.format(f"n * 2 + {number}")
        fill(
            "prelabel_packs",
            runs,
            id=pack,
            run_id=own,
            media_id=identity.format(f"n * 7 % {clips}"),
            capability=f"'{capability}'",
            artifact_sha=zero,
            frame_count="750",
            label_count="16500",
            created_at=now,
        )
        fill(
            "run_outcomes",
            runs,
            run_id=own,
            capability=f"'{capability}'",
            status="'succeeded'",
            pack_id=pack,
            detail="'16500 labels'",
        )
        fill(
            "drafts",
            clips // 2,
            id=identity.format(f"n * 2 + {number}"),
            workspace_id=identity.format("0"),
            media_id=identity.format("n * 2"),
            capability=f"'{capability}'",
            active="1 = 1",
            version="1",
            content_hash=zero,
            lineage="'pack'",
            lineage_pack_id=pack,
            created_at=now,
            created_by="'user-1'",
            updated_at=now,
            updated_by="'user-1'",
        )
        fill(
            "draft_versions",
            clips // 2,
            draft_id=identity.format(f"n * 2 + {number}"),
            version="1",
            kind="'create'",
            content_hash=zero,
            checkpoint_sha=zero,
            changed_frames="0",
            checkpoint="1",
            checkpoint_size="1000",
            chain_size="0",
            lineage="'pack'",
            lineage_pack_id=pack,
            save_id=own,
            actor="'user-1'",
            created_at=now,
        )
    with store.write_rows() as connection:  # hashing entries one by one is not what is measured
        of = "" if store.is_sqlite else " ON audit"
        connection.exec_driver_sql(f"DROP TRIGGER audit_chain{of}")
    after = identity.format("n + 1")
    fill(
        "audit",
        entries,
        at=now,
        actor="'user-' || n % 7",
        role="'reviewer'",
        origin="'host pid 1'",
        action="CASE n % 1000 WHEN 0 THEN 'revision.publish' WHEN 1 THEN 'run.import' "
        "ELSE CASE n % 5 WHEN 0 THEN 'draft.create' ELSE 'draft.save' END END",
        subject_type="'draft'",
        subject_id=identity.format(f"n % {clips}"),
        reason="''",
        details="'{}'",
        rows="'{}'",
        previous=f"{own} || {own}",
        hash=f"{after} || {after}",
    )
    if not store.is_sqlite:
        with store.write_rows() as connection:  # as the server does by itself in a while
            connection.exec_driver_sql("ANALYZE")
