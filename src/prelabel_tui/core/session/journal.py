"""The local journal of a draft: every edit is in its file before the screen shows it as done.

Records are only ever appended.  A record is with the kernel when :meth:`Journal.append` returns,
so that killing the process loses nothing, and on the disk within :data:`SYNC_SECONDS`.  While the
disk refuses writes, records wait in memory in order; a file that is no longer where it was is made
again, whole.

The file is locked while a session uses it; a journal that can be locked belongs to nobody alive.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import threading
import zlib
from pathlib import Path
from typing import Final

from prelabel_tui.core.session.records import FRAME, MAGIC, Gap, Kind, Record, frame, scan

SYNC_SECONDS: Final = 0.15
"""The longest a written record waits for fsync to begin."""

_RETRY_SECONDS: Final = 1.0


class Journal:
    """An open journal file, for one session.  ``append`` and ``body`` never wait for the disk."""

    def __init__(self, path: Path, descriptor: int | None, length: int) -> None:
        self.path = path
        self.remade = 0
        """How many times the file was gone and has been made again."""
        self.hollow = False
        """Whether earlier records could not be read any more when it was: nulls are in their place.

        Whoever knows the content writes it again.
        """
        self._descriptor = descriptor
        self._written = length  # bytes that the file has
        self._waiting = bytearray()  # records that the disk has not taken yet
        self._unsynced = bytearray()  # records that it took since the last fsync
        self._error: OSError | None = None
        self._gone = False
        self._files = 0  # that were gone
        self._lock = threading.Lock()
        self._syncing = threading.Lock()  # who asks while another waits for the disk waits, too
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        if descriptor is None or length == 0:
            self._put(MAGIC)
        self._thread.start()

    @classmethod
    def claim(cls, path: Path) -> tuple[Journal, list[Record | Gap]] | None:
        """Open and lock a journal; None when a living session has it.

        What is damaged in it stays where it is; new records follow it.  In a folder that cannot be
        written to, a new journal waits in memory until it can.  OSError where a journal that is
        there cannot be opened, or files cannot be locked: nobody could tell a living session's
        journal from a dead one's.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            if path.exists():
                raise
            return cls(_fresh(path), None, 0), []
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            data = path.read_bytes()
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:
            os.close(descriptor)
            raise
        torn_at_birth = len(data) < len(MAGIC) and MAGIC.startswith(data)
        return cls(path, descriptor, 0 if torn_at_birth else len(data)), list(scan(data))

    @property
    def end(self) -> int:
        """The offset that the next record will have."""
        return self._written + len(self._waiting)

    @property
    def trouble(self) -> OSError | None:
        """Why records wait in memory; None while the file takes them."""
        return self._error if self._waiting else None

    def append(self, kind: Kind, body: bytes = b"") -> int:
        """Add a record and return its offset.  RuntimeError once closed: it would be lost."""
        with self._lock:
            if self._closing.is_set():
                raise RuntimeError("the journal is closed")
            offset = self.end
            self._put(frame(kind, body))
        self._wake.set()
        return offset

    def look(self) -> None:
        """See whether the file is still where it was; if it is not, make it again."""
        with self._lock:
            if self._descriptor is None:
                return
            try:
                there, here = self.path.stat(), os.fstat(self._descriptor)
                if (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino):
                    return
                error = OSError(errno.ESTALE, "another file is in its place")
            except OSError as missing:
                error = missing
            self._write_all_again(self._descriptor, error)
        self._wake.set()

    def _write_all_again(self, descriptor: int, error: OSError) -> None:
        """Let all that the file had wait to be written; what is deleted can still be read."""
        held = b""
        with contextlib.suppress(OSError):
            held = _read(descriptor, self._written)
        if len(held) < self._written:
            held = MAGIC.ljust(self._written, b"\0")
            self.hollow = True
        self._waiting[:0] = held
        self._written = 0
        self._unsynced.clear()
        self._error, self._gone, self._descriptor = error, True, None
        self._files += 1
        os.close(descriptor)
        self._reopen()
        self._drain()

    def _put(self, data: bytes) -> None:
        in_trouble = bool(self._waiting)
        self._waiting += data
        if not in_trouble:  # else the background thread tries, now and then
            self._drain()

    def _drain(self) -> None:
        """Hand what waits to the kernel, wholly or (what was torn is written again) not at all."""
        if self._descriptor is None:
            return
        data, done = bytes(self._waiting), 0
        try:
            while done < len(data):
                done += os.pwrite(self._descriptor, data[done:], self._written + done)
        except OSError as error:
            self._error = error
            return
        self._unsynced += data
        self._written += done
        self._waiting.clear()
        if self._gone:
            self._gone = False
            self.remade += 1

    def body(self, offset: int) -> bytes:
        """Read the body of a record by its offset.  OSError, ValueError when it is damaged."""
        with self._lock:
            length, checksum, kind = FRAME.unpack(self._bytes(offset, FRAME.size))
            body = self._bytes(offset + FRAME.size, length)
        if zlib.crc32(body, kind) != checksum:
            raise ValueError(f"{self.path} is damaged at {offset}")
        return body

    def length(self, offset: int) -> int:
        """Return how many bytes the body of a record has.  OSError, ValueError."""
        with self._lock:
            length: int = FRAME.unpack(self._bytes(offset, FRAME.size))[0]
        return length

    def _bytes(self, offset: int, length: int) -> bytes:
        if offset + length > self.end:
            raise ValueError(f"{self.path} ends before {offset + length}")
        if offset >= self._written:
            start = offset - self._written
            return bytes(self._waiting[start : start + length])
        if self._descriptor is None:
            raise OSError(f"{self.path} is not open")
        found = os.pread(self._descriptor, length, offset)
        if len(found) < length:
            raise ValueError(f"{self.path} was cut off at {offset + len(found)}")
        return found

    def sync(self) -> bool:
        """Write what waits and fsync; say whether everything is on the disk now."""
        with self._syncing:
            return self._sync()

    def _sync(self) -> bool:
        with self._lock:
            if self._descriptor is None and self._waiting:
                self._reopen()
            self._drain()
            descriptor, unsynced, file = self._descriptor, self._unsynced, self._files
            if unsynced:
                self._unsynced = bytearray()
        if descriptor is not None and unsynced:
            try:
                os.fsync(descriptor)
            except OSError as error:
                self._write_again(file, unsynced, error)
        return not self._waiting and not self._unsynced

    def _write_again(self, file: int, unsynced: bytearray, error: OSError) -> None:
        """Write again after a failed fsync: the kernel may have dropped what it was given."""
        with self._lock:
            if file != self._files:  # gone meanwhile: all of it was written again
                return
            again = unsynced + self._unsynced
            self._waiting[:0] = again
            self._written -= len(again)
            self._unsynced.clear()
            self._error = error

    def _reopen(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists():  # not this session's
                self.path = _fresh(self.path)
            descriptor = os.open(
                self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                self.path.unlink()
                raise
            self._descriptor = descriptor
        except OSError as error:
            self._error = error

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.wait()
            self._wake.clear()
            # Records of the next moments share one fsync.
            self._closing.wait(SYNC_SECONDS)
            if not self.sync():
                self._closing.wait(_RETRY_SECONDS)
                self._wake.set()

    def close(self) -> None:
        """Sync and let go of the file."""
        self._end()
        self.sync()
        self._let_go()

    def abandon(self) -> None:
        """Let go of the file as a kill would: what waits in memory is lost."""
        with self._lock:
            self._closing.set()
            self._waiting.clear()
            self._unsynced.clear()
        self._end()
        self._let_go()

    def _end(self) -> None:
        with self._lock:
            self._closing.set()
        self._wake.set()
        self._thread.join()

    def _let_go(self) -> None:
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None


def _fresh(path: Path) -> Path:
    """Return another name for a journal of the same draft and user."""
    return path.with_name(f"{path.stem}-{secrets.token_hex(4)}{path.suffix}")


def _read(descriptor: int, length: int) -> bytes:
    """Read a file from its beginning.  OSError."""
    data = bytearray()
    while part := os.pread(descriptor, length - len(data), len(data)):
        data += part
    return bytes(data)


def keep(path: Path, data: bytes) -> Path:
    """Keep bytes, readable by nobody else, under a name like this that nothing else has.

    What is kept already is not kept twice.  Durable on return.  OSError.
    """
    number, name = 0, path
    while True:
        try:
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            break
        except FileExistsError:
            with contextlib.suppress(OSError):
                if name.read_bytes() == data:
                    return name
            number += 1
            name = path.with_name(f"{path.name}.{number}")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return name
