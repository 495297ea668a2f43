"""A model of a power cut: what was not brought to the disk by fsync is lost.

A file whose content changed since its last fsync is empty after the cut, a name that came into a
folder since the folder's last fsync is gone.  That is worse than what file systems do.  SQLite's
own files are not modelled: SQLite is trusted to bring its commits to the disk.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock


class Disk:
    """What has been brought to the disk since the model began."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contents: dict[tuple[int, int], bytes] = {}
        self._names: dict[tuple[int, int], set[str]] = {}

    def fsync(self, number: int) -> None:
        """Take note of an fsync in place of doing it."""
        state = os.fstat(number)
        with self._lock:
            if stat.S_ISDIR(state.st_mode):
                self._names[state.st_dev, state.st_ino] = set(os.listdir(number))
            else:
                content = Path(f"/proc/self/fd/{number}").read_bytes()
                self._contents[state.st_dev, state.st_ino] = content

    def after_a_cut(self, folder: Path, target: Path) -> None:
        """Copy a folder as it is when the power comes back."""
        with self._lock:
            self._copy(folder, target)

    def _copy(self, folder: Path, target: Path) -> None:
        target.mkdir(parents=True)
        state = folder.stat()
        for name in self._names.get((state.st_dev, state.st_ino), set()):
            path = folder / name
            if path.is_dir():
                self._copy(path, target / name)
            elif path.exists():
                state, content = path.stat(), path.read_bytes()
                safe = self._contents.get((state.st_dev, state.st_ino)) == content
                (target / name).write_bytes(content if safe else b"")


@contextmanager
def modelled() -> Iterator[Disk]:
    """Model the disk while the block runs."""
    disk = Disk()
    with mock.patch.object(os, "fsync", disk.fsync):
        yield disk
