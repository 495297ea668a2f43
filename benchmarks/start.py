"""First paint and memory compared with a bare Textual application; import to first frame.

Each sample starts a fresh process in a pseudo-terminal, reads until the wanted text is on the
screen, and takes the resident memory then.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import Figure, median
from prelabel_tui.demo import make_match, write_match

SAMPLES = 9
_BARE = (
    "from textual.app import App\n"
    "from textual.widgets import Label\n"
    "class Bare(App):\n"
    "    def compose(self): yield Label('bare-application')\n"
    "Bare().run()\n"
)


def _until(
    command: list[str], wanted: bytes, env: dict[str, str], key: bytes = b"", after: bytes = b""
) -> tuple[float, int]:
    """Return the seconds from start until the terminal was sent ``wanted``, and RSS in KiB then.

    ``key`` is pressed when ``wanted`` is there; then ``after`` is what ends it.
    """
    master, slave = pty.openpty()
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40", **env},
        start_new_session=True,
    )
    os.close(slave)
    try:
        seen = b""
        while wanted not in seen:
            if not select.select([master], [], [], 20)[0]:
                raise TimeoutError(f"{command[0]} did not show {wanted!r}")
            seen += os.read(master, 65_536)
            if key and wanted in seen:
                os.write(master, key)
                seen, wanted, key = b"", after, b""
        took = time.perf_counter() - started
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        rss = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return took, int(rss.split()[1])
    finally:
        process.kill()
        process.wait()
        os.close(master)


def _pairs(
    one: Callable[[], tuple[float, int]], other: Callable[[], tuple[float, int]]
) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
    one(), other()  # warm the file cache
    first, second = [], []
    for _ in range(SAMPLES):
        first.append(one())
        second.append(other())
    return first, second


def _import_to_picture(program: str, match: Path) -> float:
    """Return the seconds from starting the import until the review shows the first picture."""
    words = [program, "import", "coco", "--workspace", "w", "--media", "m"]
    words += ["--frames", str(match / "frames"), "--images", str(match / "coco_images.json")]
    words += ["--results", str(match / "coco_results.json")]
    with tempfile.TemporaryDirectory() as home:
        env = {"PRELABEL_HOME": home}
        started = time.perf_counter()
        subprocess.run(words, env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL)
        imported = time.perf_counter() - started
        shown, _ = _until([program], b"Pack-id", env, b"p", "▀".encode())
    return imported + shown


def run(options: argparse.Namespace) -> list[Figure]:
    """Return ratios of medians, both sides taken in turn in this run."""
    program = str(Path(sys.executable).parent / "prelabel-tui")
    with tempfile.TemporaryDirectory() as folder:
        env = {"PRELABEL_HOME": folder}
        subprocess.run(
            [program, "demo", "--prepare"], env={**os.environ, **env}, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        ours, bare = _pairs(
            lambda: _until([program], b"Prelabels", env),
            lambda: _until([sys.executable, "-c", _BARE], b"bare-application", {}),
        )
        listed, _ = _pairs(
            lambda: _until([program], b"match-1", env),
            lambda: _until([sys.executable, "-c", _BARE], b"bare-application", {}),
        )
        match = Path(folder) / "match"
        write_match(make_match(), match)
        pictures = [_import_to_picture(program, match) for _ in range(SAMPLES)]
    paint = median([seconds for seconds, _ in ours]) / median([seconds for seconds, _ in bare])
    rows = median([seconds for seconds, _ in listed]) / median([seconds for seconds, _ in bare])
    memory = median([rss for _, rss in listed]) / median([rss for _, rss in bare])
    against = "a bare Textual application in the same run"
    return [
        Figure("first paint", paint, "×", against=against),
        Figure("start to the runs list filled from the database", rows, "×", against=against),
        Figure("resident memory with the runs list filled", memory, "×", against=against),
        Figure("first paint, median", median([s for s, _ in ours]) * 1000, "ms"),
        Figure("import of 150 frames to the first picture", median(pictures) * 1000, "ms"),
        Figure("resident memory, median", median([float(r) for _, r in listed]) / 1024, "MiB"),
    ]
