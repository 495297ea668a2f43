"""The folder that an export becomes: there whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final

from prelabel_tui.core.outcomes import Code, Outcome, Refused
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.store.artifacts import fsync_folder

_THREADS: Final = 16
"""A file system commits together what is asked for at once: ten times as fast as one by one."""
_BATCH: Final = 512

_KINDS: Final = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISREG, "a file"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def refuse(detail: str) -> Refused:
    """Refuse what was asked for, as INPUT_INVALID."""
    return Refused(Outcome(Code.INPUT_INVALID, detail))


@contextlib.contextmanager
def output_folder(target: Path, progress: Progress = unwatched) -> Iterator[Path]:
    """Make a new folder to write into, which is at ``target`` when the block ends well.

    ``target`` must not be there, or be an empty folder; folders above it are made.  It has its
    name only once everything in it is on the disk, so that a power cut leaves it whole or not at
    all.  Refused, OSError, Cancelled; then, as after any exception of the block, nothing is left.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 — a link must not be followed
    _check(target)
    made = _make_above(target)
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        part.mkdir()
        yield part
        _make_durable(part, progress)
        _check(target)
        part = part.rename(target)
        for folder in (target, *made):
            fsync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def write_file(target: Path, data: bytes) -> None:
    """Write a new file that is there whole and on the disk, or not at all.

    OSError, FileExistsError when something has the name already.
    """
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        target.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)
    fsync_folder(target.absolute().parent)


def _make_durable(folder: Path, progress: Progress) -> None:
    """Bring all files of a folder, and their names, to the disk."""
    places, done = list[Path](), 0
    with ThreadPoolExecutor(_THREADS) as pool:
        for place, _, names in os.walk(folder):
            places.append(Path(place))
            files = [path for name in names if not (path := Path(place, name)).is_symlink()]
            for first in range(0, len(files), _BATCH):
                progress("files brought to the disk", done)
                done += sum(1 for _ in pool.map(_fsync, files[first : first + _BATCH]))
    for path in places:
        fsync_folder(path)


def _fsync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _check(target: Path) -> None:
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return
    for is_kind, what in _KINDS:
        if is_kind(mode):
            raise refuse(f"{target} is {what}; name a folder that is not there yet.")
    if next(target.iterdir(), None) is not None:
        raise refuse(f"{target} is not empty; name a folder that is not there yet.")


def _make_above(target: Path) -> list[Path]:
    """Make the folders above; return those that had to be made, the innermost first."""
    made: list[Path] = []
    for folder in reversed(target.parents):
        if not folder.exists():
            folder.mkdir()
            made.insert(0, folder)
    return made


class Spool:
    """A part of a file that is written separately and put into its place at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("x+b")

    def write(self, data: bytes) -> None:
        """Add to the part."""
        self._file.write(data)

    def pour(self, into: IO[bytes]) -> None:
        """Append all of it to another file; the part is then gone."""
        self._file.seek(0)
        shutil.copyfileobj(self._file, into, 1 << 20)
        self._file.close()
        self._path.unlink()
