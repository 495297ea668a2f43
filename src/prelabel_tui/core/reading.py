"""Reading files that may never answer, such as pictures on a network mount that went away.

A call that blocks in the kernel cannot be ended from inside the process.  So each is made in a
thread of its own, nobody waits for it longer than :data:`ANSWER_S`, and a thread that hangs holds
up neither its caller nor the end of the process.
"""

from __future__ import annotations

import errno
import io
import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

ANSWER_S: Final = 4.0
"""Seconds without an answer after which a file counts as one that gives none."""

_HANGING: Final = 4
"""While so many calls hang in one folder, further ones there are refused at once."""

_HANGING_IN_ALL: Final = 32

_PIECE: Final = 256 << 10


def answer_of(ask: Callable[[], T], path: Path) -> T:
    """Return what ``ask`` returns, or raise what it raises; TimeoutError when nothing comes.

    ``ask`` runs in another thread; ``path`` is the file that it is about.
    """
    call = _Call(ask, path)
    _calls.begin(call)
    return call.answer()


def give_up() -> None:
    """Let whoever waits for a file now get a TimeoutError at once: the process is about to end."""
    _calls.give_up()


def is_file(path: Path) -> bool:
    """Say whether a regular file is there, as far as is known within :data:`ANSWER_S`."""
    try:
        return answer_of(lambda: path.is_file(), path)
    except (OSError, ValueError):
        return False


def folder_names(folder: Path) -> list[str]:
    """List the names in a folder.  OSError."""
    return answer_of(lambda: [path.name for path in folder.iterdir()], folder)


def unreadable(error: OSError) -> str:
    """Say what an error of a file means, after the file's name."""
    if isinstance(error, FileNotFoundError):
        return "does not exist"
    return f"cannot be read ({error.strerror or error})"


def pieces(path: Path) -> Iterator[bytes]:
    """Read a regular file of any size piece by piece.  OSError."""
    with PatientFile(path) as file:
        while piece := file.read(_PIECE):
            yield piece


class PatientFile(io.RawIOBase):
    """A regular file open for reading, each of whose calls answers in time.  OSError.

    ``length`` is its size in bytes when it was opened.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file, self.length = answer_of(lambda: _open(path), path)
        self._hangs = False

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer, a piece at most; return the number of bytes, 0 at the end."""
        if self._hangs:
            raise _no_answer(self._path)
        try:
            data = answer_of(lambda: self._file.read(min(len(buffer), _PIECE)), self._path)
        except TimeoutError:
            self._hangs = True
            raise
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place, and return it."""
        if whence == io.SEEK_END:
            offset, whence = offset + self.length, io.SEEK_SET
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file, unless a call hangs in it."""
        if not self.closed and not self._hangs:
            self._file.close()
        super().close()


def _open(path: Path) -> tuple[io.FileIO, int]:
    """Open a regular file; return it with its length.  OSError."""
    # A pipe would wait for a writer, and a device might never end.  Opening without waiting would
    # refuse a file that another process is about to give back.
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return io.FileIO(path), status.st_size


def _no_answer(path: Path) -> TimeoutError:
    return TimeoutError(errno.ETIMEDOUT, f"no answer for {ANSWER_S:.0f} s", str(path))


class _Call(Generic[T]):
    """A question to the file system, asked in a thread of its own."""

    def __init__(self, ask: Callable[[], T], path: Path) -> None:
        self._ask = ask
        self.path = path
        self.ended = threading.Event()
        """Set when there is an answer, or nobody shall wait for one any more."""
        self.answered = False
        self._result: T
        self._error: BaseException | None = None

    def run(self) -> None:
        """Ask: this may hang."""
        try:
            self._result = self._ask()
        except BaseException as error:
            self._error = error
        _calls.end(self)

    def answer(self) -> T:
        """Wait for the answer."""
        self.ended.wait(ANSWER_S)
        if not _calls.leave(self):
            raise _no_answer(self.path)
        if self._error is not None:
            raise self._error
        return self._result


class _Calls:
    """The calls that are waited for, and how many hang in each folder."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waited_for: set[_Call[Any]] = set()
        self._hanging: Counter[Path] = Counter()

    def begin(self, call: _Call[Any]) -> None:
        """Start a call.  TimeoutError where too many hang already."""
        with self._lock:
            hanging = self._hanging
            if hanging[call.path.parent] >= _HANGING or hanging.total() >= _HANGING_IN_ALL:
                raise _no_answer(call.path)
            self._waited_for.add(call)
        threading.Thread(target=call.run, name=f"reading {call.path}", daemon=True).start()

    def end(self, call: _Call[Any]) -> None:
        """Take note of an answer, late or not."""
        with self._lock:
            call.answered = True
            if call not in self._waited_for:
                self._hanging[call.path.parent] -= 1
        call.ended.set()

    def leave(self, call: _Call[Any]) -> bool:
        """Stop waiting for a call; return whether there is an answer."""
        with self._lock:
            self._waited_for.remove(call)
            if not call.answered:
                self._hanging[call.path.parent] += 1
            return call.answered

    def give_up(self) -> None:
        """Wake everybody who waits."""
        with self._lock:
            for call in self._waited_for:
                call.ended.set()


_calls = _Calls()
