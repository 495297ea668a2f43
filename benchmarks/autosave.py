"""Autosave: what an edit costs the thread that handles keys, and the cost of saving and opening.

Clips of 100, 1,000 and 10,000 frames with 22 boxes each.  A save of one changed frame is compared
with a bare loop that encodes, compresses and commits the same bytes with the same SQLite settings
(the rows that a save commits; and, without a goal, the frame alone); opening is compared with a
bare read and decode of the payload.

The bare loop is a fair floor: it encodes and compresses the changed frame, and commits the rows
that the save made, in tables with the same indexes, by the same one transaction and so the same
one fsync (``synchronous=FULL``, write-ahead log); a version has to be in its row, in the draft's
and in the audit before anybody may be told of it, so fewer bytes or fsyncs would not do.  It has
no triggers, no foreign keys, no content hash, no journal mark and no library between it and the
driver: those are what the ratio shows.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.figures import Figure, median, percentile
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability, Frame, with_geometry
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.core.store.compression import compress, decompress
from prelabel_tui.launch import set_up_process
from tests.core.clips import add_run, player_document

SIZES = (100, 1_000, 10_000)
ACTOR = Actor("bench", Role.REVIEWER, "bench")
SAVES = 120
EDITS = 1_000


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure all figures."""
    set_up_process()  # as the application does
    figures: list[Figure] = []
    saves: dict[int, float] = {}
    for size in SIZES:
        with _draft(size) as (store, draft_id):
            ours, rows, alone = _saves(store, draft_id)
            saves[size] = ours
            largest = size == SIZES[-1]
            figures += [
                Figure(
                    f"save of one changed frame, {size} frames", ours / rows, "×",
                    2 if largest else None,
                    f"bare loop committing the same rows, {rows * 1000:.2f} ms",
                ),
                Figure(
                    f"the same save, {size} frames", ours / alone, "×", None,
                    f"bare loop committing the frame's bytes alone, {alone * 1000:.2f} ms",
                ),
            ]  # fmt: skip
            opened, decoded = _opens(store, draft_id)
            figures.append(
                Figure(
                    f"open to the first editable frame, {size} frames", opened / decoded, "×",
                    2 if largest else None, f"bare read and decode, {decoded * 1000:.1f} ms",
                )
            )  # fmt: skip
            call, lag, quiet = _blocked(store, draft_id)
            figures += [
                Figure(f"edit call, 99th percentile, {size} frames", call * 1000, "ms"),
                Figure(
                    f"thread of the keys blocked, 99th percentile, {size} frames",
                    (call + lag) * 1000, "ms", 4 if largest else None,
                    f"the same ticks without saving, {quiet * 1000:.2f} ms",
                ),
            ]  # fmt: skip
            if largest:
                figures.append(
                    Figure("memory for the draft, in all", _memory(store, draft_id), "MB", 250)
                )
    ratio = saves[SIZES[-1]] / saves[SIZES[0]]
    against = f"{SIZES[0]} frames, {saves[SIZES[0]] * 1000:.2f} ms"
    figures.append(Figure(f"save at {SIZES[-1]} frames", ratio, "×", 4, against))
    return figures


@contextmanager
def _draft(size: int) -> Iterator[tuple[Store, str]]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder)).unwrap()
        run_id = add_run(store, player_document(size))
        info = loading.open_review(store, ACTOR, run_id, Capability.PLAYER).unwrap()
        yield store, info.id
        store.close()


def nudge(document: Document, number: int) -> Operation:
    """Move one box of one frame by 1 px, there and back."""
    index = number * 7 % len(document)
    label = document.frame(index).labels[number % 22]
    x = label.x + (100 if number % 2 else -100)
    moved = with_geometry(label, (x, *label.geometry[1:]))
    return Operation("move", f"Move {label.id}", (label_change(index, label, moved),))


def _saves(store: Store, draft_id: str) -> tuple[float, float, float]:
    """Return medians in seconds, taken in turn.

    Of a save by a session's worker; of a bare loop that commits the rows of that save; and of one
    that commits the changed frame's bytes alone.
    """
    session = EditingSession.open(store, ACTOR, draft_id).unwrap()
    connection = sqlite3.connect(store.home / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    source = sqlite3.connect(store.home / "prelabel.db")
    tables = ("drafts", "draft_versions", "audit")
    for (statement,) in source.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index') "
        f"AND tbl_name IN {tables} ORDER BY type DESC"
    ).fetchall():
        connection.execute(statement)
    connection.execute("CREATE TABLE saved (id INTEGER PRIMARY KEY, body BLOB)")
    draft = source.execute("SELECT * FROM drafts").fetchone()
    connection.execute(f"INSERT INTO drafts VALUES ({','.join('?' * len(draft))})", draft)
    ours: list[float] = []
    rows: list[float] = []
    alone: list[float] = []
    for number in range(SAVES):
        operation = nudge(session.document, number)
        session.apply(operation)
        started = time.perf_counter()
        session.save_now()
        ours.append(time.perf_counter() - started)
        frame = session.document.frame(operation.frames[0])
        version, entry = (
            list(source.execute(f"SELECT * FROM {table} ORDER BY {key} DESC LIMIT 1").fetchone())
            for table, key in (("draft_versions", "version"), ("audit", "id"))
        )
        names = [row[1] for row in source.execute("PRAGMA table_info(draft_versions)")]
        delta, key = names.index("delta"), names.index("version")
        source.rollback()
        started = time.perf_counter()
        version[delta] = compress(encode_frame(frame))
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "UPDATE drafts SET version=?, updated_at=? WHERE id=? AND active",
            (version[key], version[-1], draft_id),
        )
        for table, row in (("draft_versions", version), ("audit", entry)):
            marks = ",".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)
        connection.execute("COMMIT")
        rows.append(time.perf_counter() - started)
        started = time.perf_counter()
        body = compress(encode_frame(frame))
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO saved (body) VALUES (?)", (body,))
        connection.execute("COMMIT")
        alone.append(time.perf_counter() - started)
    assert session.status.healthy
    session.close()
    return median(ours[5:]), median(rows[5:]), median(alone[5:])


class _Payload(msgspec.Struct):
    frames: list[Frame]


def _opens(store: Store, draft_id: str) -> tuple[float, float]:
    """Return medians in seconds: opening up to a frame; reading and decoding the payload."""
    info = loading.load(store, draft_id).unwrap()
    sha = store.artifacts.put(info.document.payload())
    path = store.artifacts.path(sha)  # type: ignore[attr-defined]
    decoder = msgspec.json.Decoder(_Payload)
    opened: list[float] = []
    decoded: list[float] = []
    del info
    for _ in range(7):
        started = time.perf_counter()
        session = EditingSession.open(store, ACTOR, draft_id).unwrap()
        session.document.frame(0)
        opened.append(time.perf_counter() - started)
        session.close()
        started = time.perf_counter()
        payload = decoder.decode(decompress(path.read_bytes()))
        assert payload.frames[0]
        decoded.append(time.perf_counter() - started)
        del payload
    return median(opened), median(decoded)


def _blocked(store: Store, draft_id: str) -> tuple[float, float, float]:
    """Return 99th percentiles in seconds.

    Of an edit's call; of how late 1 ms ticks come between edits while saves follow one another
    without pause; and of those ticks without a save.
    """
    session = EditingSession.open(store, ACTOR, draft_id).unwrap()
    calls: list[float] = []

    def edit(number: int) -> None:
        operation = nudge(session.document, number)
        started = time.perf_counter()
        session.apply(operation)
        calls.append(time.perf_counter() - started)

    stop = threading.Event()

    def save_always() -> None:
        while not stop.is_set():
            session.flush(10)

    saver = threading.Thread(target=save_always)
    saver.start()
    saving = _ticks(edit)
    stop.set()
    saver.join()
    call = percentile(calls, 0.99)
    session.flush(10)
    quiet = _ticks(lambda number: None)
    session.close()
    return call, percentile(saving, 0.99), percentile(quiet, 0.99)


def _ticks(work: Callable[[int], None]) -> list[float]:
    late: list[float] = []
    for number in range(EDITS):
        work(number)
        for _ in range(3):
            started = time.perf_counter()
            time.sleep(0.001)
            late.append(time.perf_counter() - started - 0.001)
    return late


_CHILD = """
import json, sys
from pathlib import Path
import prelabel_tui.app
from benchmarks.autosave import ACTOR, nudge
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import open_store

store = open_store(Path(sys.argv[1])).unwrap()
session = EditingSession.open(store, ACTOR, sys.argv[2]).unwrap()
for number in range(500):
    session.apply(nudge(session.document, number))
    if number % 50 == 0:
        session.flush()
session.flush()
status = Path("/proc/self/status").read_text()
print(json.dumps(int(status.split("VmRSS:")[1].split()[0]) / 1024))
session.close()
"""


def _memory(store: Store, draft_id: str) -> float:
    """Return the resident MB of a process with the application's modules and an edited draft."""
    answer = subprocess.run(
        [sys.executable, "-c", _CHILD, str(store.home), draft_id],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    return float(json.loads(answer.stdout.splitlines()[-1]))
