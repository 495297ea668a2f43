"""Exports: time against loading and dumping the file that was written, and memory at two sizes.

Each export runs in a process of its own, as the command does; what is timed is the export, with
choosing what goes out, not the start of Python.  The reference is `json.load` and `json.dump` of
the COCO file that the same round wrote.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, median
from prelabel_tui.core import publishing
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Capability, make_frame
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.store import open_store

SIZES = (10_000, 100_000)
FORMATS = ("coco", "yolo", "mot", "cvat", "label-studio")
PLAYERS = 22
ROUNDS = 3

LEAD = Actor("lead", Role.LEAD, "benchmark")

_EXPORT = """
import json, pathlib, sys, time
from prelabel_tui.core.datasets.export import export
from prelabel_tui.core.datasets.images import Options
from prelabel_tui.core.datasets.selection import select_eligible
from prelabel_tui.core.store import open_store
from prelabel_tui.formats.writers import FORMATS
from prelabel_tui.imaging.frames.stills import VideoStills
home, name, out = sys.argv[1:]
store = open_store(pathlib.Path(home)).unwrap()
start = time.perf_counter()
chosen = select_eligible(store)
export(
    store, chosen, Options(chosen.capabilities), FORMATS[name], pathlib.Path(out), VideoStills()
).unwrap()
took = time.perf_counter() - start
peak = pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(json.dumps([took, int(peak) / 1024]))
"""

_LOAD_AND_DUMP = """
import json, pathlib, sys, time
source, out = sys.argv[1:]
start = time.perf_counter()
with open(source) as file:
    document = json.load(file)
with open(out, "w") as file:
    json.dump(document, file)
took = time.perf_counter() - start
peak = pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(json.dumps([took, int(peak) / 1024]))
"""


def export_figures() -> list[Figure]:
    """Measure every format at the smaller size, and COCO at the larger one."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for size in SIZES:
            home = root / f"home{size}"
            _published(home, size)
            rounds = ROUNDS if size == SIZES[0] else 1
            figures += _figures(root, home, size, rounds)
    return figures


def _figures(root: Path, home: Path, size: int, rounds: int) -> list[Figure]:
    figures: list[Figure] = []
    label = f"{size:,} × {PLAYERS}"
    taken: dict[str, list[list[float]]] = {}
    for name in FORMATS if size == SIZES[0] else FORMATS[:1]:
        for number in range(rounds):
            out = root / f"{name}{size}-{number}"
            taken.setdefault(name, []).append(_run(_EXPORT, home, name, out))
            if name == "coco":
                written = out / "annotations" / "instances_all.json"
                taken.setdefault("json", []).append(_run(_LOAD_AND_DUMP, written, root / "x.json"))
        seconds = median([took for took, _ in taken[name]])
        peak = max(peak for _, peak in taken[name])
        reference = median([took for took, _ in taken["json"]])
        figures.append(Figure(f"export {name}, {label}", seconds, "s"))
        if name == "coco":
            figures.append(Figure(f"load and dump of that file, {label}", reference, "s"))
            figures.append(
                Figure(f"export {name} against load and dump, {label}", seconds / reference, "×",
                       1.0, "json.load and json.dump of the file written, same round")
            )  # fmt: skip
        figures.append(Figure(f"peak memory, export {name}, {label}", peak, "MB", 150.0))
    return figures


def _run(program: str, *arguments: object) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[float] = json.loads(done.stdout)
    return found


def _published(home: Path, size: int) -> None:
    """Make a data folder with one approved revision of ``size`` frames."""
    document = Document.from_frames(
        Capability.PLAYER,
        (
            make_frame(
                [
                    Box(f"p{n:02d}", 8_000 * n + index % 900, 4_000 + 13 * n + index % 700,
                        3_000 + n, 8_000 + index % 50, 4_000 + index * n % 6_000, track=str(n))
                    for n in range(PLAYERS)
                ]
            )
            for index in range(size)
        ),
    )  # fmt: skip
    frames = tuple(
        MediaFrame(f"{index:06d}.jpg", 1920, 1080, index * 40_000, path=f"/none/{index:06d}.jpg")
        for index in range(size)
    )
    store = open_store(home).unwrap()
    run = import_run(
        store, LEAD, workspace="w", media="m", manifest=Manifest(frames, 25_000),
        documents={Capability.PLAYER: document}, source="benchmark",
    ).unwrap()  # fmt: skip
    draft = loading.open_review(store, LEAD, run.id, Capability.PLAYER).unwrap()
    done = publishing.publish(store, LEAD, draft.id, draft.version, override_reason="benchmark")
    revision = done.unwrap().revision
    assert revision is not None
    eligibility.approve(store, LEAD, revision.id, 1).unwrap()
    store.close()
