"""Looks at xterm.js in Chromium: `python -m tests.faults.browser_terminal FOLDER`.

Not part of the suite.  Needs Chromium and node; FOLDER is where `npm install` was run with the
pinned `tests/faults/xterm_js/package.json`.  The frame view runs in a pseudo-terminal whose other
end is the page; keys go through the browser, and screenshots of the cells are compared with the
pixels that the program says it wants.
"""

from __future__ import annotations

import base64
import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

from tests.faults.real_terminals import LOOKS, compare, nothing

COLUMNS, ROWS = 120, 40
SCRIPT = Path(__file__).parent / "xterm_js" / "terminal.mjs"
KEYS = {"plus": "+", "Right": "ArrowRight"}


class Browser:
    """The page as a terminal, and the program at its other end."""

    def __init__(self, modules: Path, folder: Path) -> None:
        script = modules / SCRIPT.name
        shutil.copy(SCRIPT, script)
        self._page = subprocess.Popen(
            ["node", str(script), str(COLUMNS), str(ROWS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lock = threading.Lock()
        self._pictures: set[str] = set()
        self._ready = threading.Event()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        threading.Thread(target=self._from_page, daemon=True).start()
        if not self._ready.wait(60):
            raise TimeoutError("the page does not come up")
        hidden = ("TMUX", "STY", "TERM_PROGRAM", "COLUMNS", "LINES")
        environ = {key: value for key, value in os.environ.items() if key not in hidden}
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.real_terminals", "inside", str(folder)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        threading.Thread(target=self._from_program, daemon=True).start()

    def _say(self, line: str) -> None:
        assert self._page.stdin is not None
        with self._lock:
            self._page.stdin.write(line + "\n")
            self._page.stdin.flush()

    def _from_page(self) -> None:
        assert self._page.stdout is not None
        for line in self._page.stdout:
            kind, rest = line[0], line[2:].strip()
            if kind == "D":
                os.write(self._master, base64.b64decode(rest))
            elif kind == "R":
                self._ready.set()
            elif kind == "P":
                self._pictures.add(rest)

    def _from_program(self) -> None:
        while True:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                return
            self._say(f"W {base64.b64encode(data).decode('ascii')}")

    def press(self, *keys: str) -> None:
        """Press keys in the browser."""
        for key in keys:
            self._say(f"K {KEYS.get(key, key)}")
            time.sleep(0.1)

    def screenshot(self, path: Path) -> np.ndarray:
        """Take the pixels of the cells."""
        self._pictures.discard(str(path))
        self._say(f"S {path}")
        end = time.monotonic() + 30
        while str(path) not in self._pictures:
            if time.monotonic() > end:
                raise TimeoutError("no screenshot")
            time.sleep(0.05)
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))

    def close(self) -> None:
        """End the program and the browser."""
        self._program.kill()
        self._program.wait()
        assert self._page.stdin is not None
        self._page.stdin.close()
        self._page.wait(20)


def main() -> int:
    """Look at everything; exit code 1 if anything is not as expected."""
    good = True
    keep = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        browser = Browser(Path(sys.argv[1]), folder)
        try:
            time.sleep(8)
            for number, (look, keys, seconds, due) in enumerate(LOOKS):
                browser.press(*keys)
                time.sleep(seconds)
                if due:
                    browser.press("d")
                    time.sleep(1)
                shot = browser.screenshot(folder / "shot.png")
                if keep is not None:
                    Image.fromarray(shot).save(keep / f"{number}.png")
                line, fine = (
                    compare(shot, folder / "expected.npz", cells=True) if due else nothing(shot)
                )
                good &= fine
                print(f"xterm.js {look:24} {line}", flush=True)
        finally:
            browser.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
