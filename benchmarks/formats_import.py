"""The import of COCO results: time and memory against `json.load` of the same two files.

Each runs in a process of its own, as the command does; what is timed is reading, matching, making
documents and storing the run in a new data folder, not the start of Python.  Pictures are
declared to exist and are not opened: they cost what they cost in any program.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, median

FRAMES = 10_000
BOXES = 22
ROUNDS = 3

_IMPORT = """
import json, pathlib, sys, time
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.ingest.pairing import Pictures
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.store import open_store
from prelabel_tui.formats.prepare import prepare
from prelabel_tui.formats.readers.coco import read_coco, read_images
class Listed:
    def pictures(self, listed, progress):
        return Pictures("frames", tuple(listed))
    def clip(self, frames, rate, progress):
        return Manifest(tuple(
            MediaFrame(f.name, *f.size, path="/none/" + f.name) for f in frames
        ))
images, results, home = map(pathlib.Path, sys.argv[1:])
store = open_store(home).unwrap()
start = time.perf_counter()
prepared = prepare(read_coco(read_images(images), [results]), Listed())
import_run(
    store, Actor("lead", Role.LEAD, "benchmark"), workspace="w", media="m",
    manifest=prepared.manifest, documents=prepared.labels.documents, source="coco",
).unwrap()
took = time.perf_counter() - start
peak = pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(json.dumps([took, int(peak) / 1024]))
"""

_LOAD = """
import json, pathlib, sys, time
start = time.perf_counter()
found = [json.loads(pathlib.Path(path).read_bytes()) for path in sys.argv[1:]]
took = time.perf_counter() - start
peak = pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(json.dumps([took, int(peak) / 1024]))
"""


def import_figures() -> list[Figure]:
    """Measure the import in turns with loading its files."""
    taken: dict[str, list[list[float]]] = {"import": [], "load": []}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = _written(root)
        for number in range(ROUNDS):
            taken["load"].append(_run(_LOAD, *files))
            taken["import"].append(_run(_IMPORT, *files, root / f"home{number}"))
    seconds, reference = (median([took for took, _ in taken[name]]) for name in taken)
    peak, of_load = (max(peak for _, peak in taken[name]) for name in taken)
    size = f"{FRAMES:,} × {BOXES}"
    against = "json.load of both files, same run"
    return [
        Figure(f"import coco, {size}", seconds, "s"),
        Figure(f"json.load of both files, {size}", reference, "s"),
        Figure(f"import coco against json.load, {size}", seconds / reference, "×", 2.5, against),
        Figure(f"peak memory, import coco, {size}", peak, "MB"),
        Figure(f"peak memory, import coco against json.load, {size}", peak / of_load, "×", 2.0,
               against),
    ]  # fmt: skip


def _written(root: Path) -> tuple[Path, Path]:
    """Write an image list and results with 21 players and a ball in each frame."""
    pick = random.Random(1)
    images = [
        {"id": n + 1, "file_name": f"{n + 1:06d}.jpg", "width": 1920, "height": 1080}
        for n in range(FRAMES)
    ]
    kinds = [{"id": 1, "name": "player"}, {"id": 2, "name": "ball"}]
    results = [
        {
            "image_id": n + 1,
            "category_id": 1 if k else 2,
            "bbox": [
                round(pick.uniform(low, high), 2)
                for low, high in ((0, 1800), (0, 950), (5, 60), (5, 90))
            ],
            "score": round(pick.random(), 4),
        }
        for n in range(FRAMES)
        for k in range(BOXES)
    ]
    paths = root / "images.json", root / "results.json"
    paths[0].write_text(json.dumps({"images": images, "categories": kinds}))
    paths[1].write_text(json.dumps(results))
    return paths


def _run(program: str, *arguments: object) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[float] = json.loads(done.stdout)
    return found
