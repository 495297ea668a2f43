"""Publishing and checking, compared with a bare loop that does only what cannot be left out.

The bare loop canonicalises the same frames, hashes, compresses and writes them to a new file, with
fsync of the file and its folder: one thread, no database.  A publish also commits twice (the lock,
which waits for no disk, then the revision).  "Nothing known", as for the command: it also reads
and verifies the draft and the last revision, and validates every frame.  "After its preview", as
on the screen: the dialog that asked has done this for the same version.  How long publishing
waited for the disk is taken from its own fsyncs and commits.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import hashlib
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.figures import Figure, median, percentile
from prelabel_tui.core import publishing
from prelabel_tui.core.drafts import findings, loading
from prelabel_tui.core.drafts.info import DraftInfo
from prelabel_tui.core.drafts.saving import save
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.codec import encode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Capability, Frame, make_frame, with_geometry
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store, open_store
from prelabel_tui.core.store.artifacts import FolderArtifacts
from prelabel_tui.core.store.compression import compress, decompress
from prelabel_tui.launch import set_up_process

SIZES = (100, 1_000, 10_000)
PLAYERS = 22
ROUNDS = 7
FIRSTS = {100: 5, 1_000: 5, 10_000: 1}
"""How often a first publish is measured: each needs a data folder of its own."""

LEAD = Actor("lead", Role.LEAD, "benchmark")


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure publishing at three sizes, its growth, the wait of another thread, and fsck."""
    del options
    figures: list[Figure] = []
    medians: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:  # a process compiles its statements once
        scene = _Scene(Path(folder), 10)
        scene.publish()
        scene.store.close()
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            scene = _Scene(Path(folder), size)
            measured = _publish_figures(scene)
            medians[size] = next(f.value for f in measured if f.name.startswith("publish "))
            figures += measured
            if size == SIZES[-1]:
                figures += _waits(scene)
                figures += _fsck_figures(scene)
            scene.store.close()
    growth = medians[10_000] / medians[1_000]
    figures.append(Figure("growth of publish, 1,000 to 10,000 frames", growth, "×", 12))
    return figures


class _Scene:
    """A store with one reviewed draft of players."""

    def __init__(self, folder: Path, size: int) -> None:
        self.size = size
        self.store: Store = open_store(folder / "home").unwrap()
        self.bare_folder = FolderArtifacts(folder / "bare")
        chance = random.Random(1)
        self.frames: list[Frame] = [_frame(chance) for _ in range(size)]
        clip = Manifest(
            tuple(
                MediaFrame(f"{i:06d}.jpg", 1920, 1080, i * 40_000, path="/frames/x.jpg")
                for i in range(size)
            )
        )
        document = Document.from_frames(Capability.PLAYER, self.frames)
        run = import_run(
            self.store, LEAD, workspace="w", media="m", manifest=clip,
            documents={Capability.PLAYER: document}, source="benchmark",
        ).unwrap()  # fmt: skip
        opened = loading.open_review(self.store, LEAD, run.id, Capability.PLAYER)
        self.draft: DraftInfo = opened.unwrap()
        self.edit(range(size))

    def edit(self, indices: range) -> None:
        """Save a version in which these frames are reviewed and one of their boxes moved."""
        loaded = loading.load(self.store, self.draft.id).unwrap()
        changed = {}
        for index in indices:
            labels = list(self.frames[index].labels)
            x, *rest = labels[0].geometry
            labels[0] = with_geometry(labels[0], (int(x or 0) + 1, *rest))  # type: ignore[arg-type]
            self.frames[index] = make_frame(labels, reviewed=True)
            changed[index] = encode_frame(self.frames[index])
        loaded.document.apply(changed)
        self.draft = save(
            self.store, LEAD, loaded.info, loaded.document, changed, new_id()
        ).unwrap()

    def mark(self, index: int) -> None:
        """Save a version in which only a reviewed mark differs."""
        loaded = loading.load(self.store, self.draft.id).unwrap()
        changed = {index: encode_frame(make_frame(self.frames[index].labels))}
        loaded.document.apply(changed)
        self.draft = save(
            self.store, LEAD, loaded.info, loaded.document, changed, new_id()
        ).unwrap()

    def preview(self) -> publishing.Preview:
        """Ask what publishing would do, knowing nothing from before."""
        findings.forget()
        return publishing.preview(self.store, LEAD, self.draft.id).unwrap()

    def publish(
        self, expected: Code = Code.PUBLISH_SUCCESS, previewed: publishing.Preview | None = None
    ) -> None:
        """Publish the draft, knowing nothing from before unless ``previewed``."""
        if previewed is None:
            findings.forget()
        done = publishing.publish(
            self.store, LEAD, self.draft.id, self.draft.version, previewed=previewed,
            override_reason="The clip of a benchmark has no pictures.",
        )  # fmt: skip
        if done.outcome.code is not expected:
            raise RuntimeError(done.outcome.headline)

    def bare(self) -> None:
        """Canonicalise, hash, compress, write with fsync: nothing else."""
        published = (make_frame(frame.labels) for frame in self.frames)
        data = Document.from_frames(Capability.PLAYER, published).payload()
        name = hashlib.sha256(data).hexdigest()
        packed = compress(data, checksum=True)
        path = self.bare_folder.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _frame(chance: random.Random) -> Frame:
    return make_frame(
        [
            Box(
                f"p{number}",
                number * 8_000 + chance.randrange(2_000),
                chance.randrange(90_000),
                chance.randrange(2_000, 5_000),
                chance.randrange(5_000, 9_000),
                chance.randrange(10_000),
            )
            for number in range(PLAYERS)
        ]
    )


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextlib.contextmanager
def _disk(scene: _Scene) -> Iterator[list[float]]:
    """Collect the seconds of each fsync and each commit that the block makes."""
    taken: list[float] = []
    dialect, fsync = scene.store.engine.dialect, os.fsync

    def timed(work: Callable[[Any], None]) -> Callable[[Any], None]:
        def run(argument: Any) -> None:
            start = time.perf_counter()
            work(argument)
            taken.append(time.perf_counter() - start)

        return run

    with (
        mock.patch.object(os, "fsync", timed(fsync)),
        mock.patch.object(dialect, "do_commit", timed(dialect.do_commit)),
    ):
        yield taken


def _publish_figures(scene: _Scene) -> list[Figure]:
    size = f"{scene.size:,} frames"
    bare = [_seconds(scene.bare)]
    scene.publish()
    firsts = [_first_publishes(scene.size) for _ in range(FIRSTS[scene.size])]
    cold: list[float] = []
    warm: list[float] = []
    no_op: list[float] = []
    marks: list[float] = []
    waited: list[float] = []
    for index in range(ROUNDS):
        scene.edit(range(index, index + 1))
        bare.append(_seconds(scene.bare))
        with _disk(scene) as taken:
            cold.append(_seconds(scene.publish))
        waited.append(sum(taken))
        no_op.append(_seconds(lambda: scene.publish(Code.NO_OP_ALREADY_PUBLISHED)))
        scene.mark(index)
        marks.append(_seconds(lambda: scene.publish(Code.NO_OP_ALREADY_PUBLISHED)))
        scene.edit(range(index, index + 1))
        previewed = scene.preview()
        warm.append(_seconds(functools.partial(scene.publish, previewed=previewed)))
    base = median(bare)
    against = f"bare loop, {base * 1000:.1f} ms"
    known, shown = median(cold) / base, median(warm) / base
    return [
        Figure(f"publish {size}", median(cold) * 1000, "ms"),
        Figure(f"publish against bare, {size}, nothing known", known, "×", 2, against),
        Figure(f"publish against bare, {size}, after its preview", shown, "×", 2, against),
        Figure(f"of it {len(taken)} fsyncs and commits, {size}", median(waited) * 1000, "ms"),
        Figure(
            f"first publish against bare, {size}, nothing known",
            median([known for known, _ in firsts]) / base, "×", 2, against,
        ),
        Figure(
            f"first publish against bare, {size}, after its preview",
            median([shown for _, shown in firsts]) / base, "×", 2, against,
        ),
        Figure(f"no-op publish against bare, {size}", median(no_op) / base, "×", 1.2, against),
        Figure(f"no-op when only marks changed, {size}", median(marks) / base, "×", None, against),
    ]  # fmt: skip


def _first_publishes(size: int) -> tuple[float, float]:
    """Return the seconds of a first publish, which makes the pack: cold, and after its preview."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        bare, shown = _Scene(Path(one), size), _Scene(Path(other), size)
        cold = _seconds(bare.publish)
        previewed = shown.preview()
        warm = _seconds(lambda: shown.publish(previewed=previewed))
        bare.store.close()
        shown.store.close()
    return cold, warm


def _waits(scene: _Scene) -> list[Figure]:
    """Measure how late another thread (the screen's) wakes while publishing in the background."""
    before = sys.getswitchinterval()
    set_up_process()  # as the application does
    late: list[float] = []
    for index in range(6):
        scene.edit(range(index, index + 1))
        late += _lateness(lambda: scene.publish(previewed=scene.preview()))
    alone = _lateness(lambda: time.sleep(2))
    sys.setswitchinterval(before)
    against = f"the same thread with nothing beside it, {percentile(alone, 0.99) * 1000:.2f} ms"
    worst = percentile(late, 0.99) * 1000
    return [Figure("wait of the screen's thread during publish, p99", worst, "ms", 5, against)]


def _lateness(work: Callable[[], object]) -> list[float]:
    """Return the seconds by which a thread that sleeps 2 ms wakes late, until the work is done."""
    worker = threading.Thread(target=work)
    worker.start()
    late: list[float] = []
    while worker.is_alive():
        before = time.perf_counter()
        time.sleep(0.002)
        late.append(time.perf_counter() - before - 0.002)
    return late


def _fsck_figures(scene: _Scene) -> list[Figure]:
    names = list(scene.store.artifacts.names())

    def bare() -> None:
        for name in names:
            path = FolderArtifacts(scene.store.home / "artifacts").path(name)
            data = decompress(path.read_bytes())
            hashlib.sha256(data).hexdigest()

    base = median([_seconds(bare) for _ in range(3)])
    taken: list[float] = []
    megabytes = 0.0
    for _ in range(3):
        start = time.perf_counter()
        report = fsck(scene.store)
        taken.append(time.perf_counter() - start)
        if report.outcome.code is not Code.FSCK_CLEAN:
            raise RuntimeError(report.outcome.headline)
        megabytes = report.unwrap().bytes / 1e6
    seconds = median(taken)
    return [
        Figure(
            f"fsck of {megabytes:,.0f} MB uncompressed", megabytes / seconds, "MB/s", 100,
            at_least=True,
        ),
        Figure(
            "fsck against bare reading and hashing", seconds / base, "×", 2,
            f"bare loop, {megabytes / base:,.0f} MB/s",
        ),
    ]  # fmt: skip
