"""The local journal of a draft: every edit is in its file before the screen shows it as done.

Records are framed (length, CRC-32, kind) and only ever appended.  A record is with the kernel when
:meth:`Journal.append` returns, so that killing the process loses nothing, and on the disk within
:data:`SYNC_SECONDS`.  While the disk refuses writes, records wait in memory in order.

The file is locked while a session uses it; a journal that can be locked belongs to nobody alive.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import struct
import threading
import zlib
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Final

SYNC_SECONDS: Final = 0.15
"""The longest a written record waits for fsync to begin."""

_FRAME: Final = struct.Struct("<IIB")
_MAGIC: Final = b"prelabel journal 1\n"
_LONGEST: Final = 1 << 30
_RETRY_SECONDS: Final = 1.0


class Kind(IntEnum):
    """What a record is; its body is JSON, an operation's one of lines (none for the marks)."""

    HEADER = 1
    OPERATION = 2
    UNDO = 3
    REDO = 4
    DROP_UNDO = 5
    DROP_REDO = 6
    SAVING = 7
    BASE = 8
    UNDO_LOG = 9
    JOINED = 10


class Record:
    """One record of a file: its kind, body and offset (its name within the file)."""

    __slots__ = ("body", "end", "kind", "offset")

    def __init__(self, kind: Kind, body: bytes, offset: int, end: int) -> None:
        self.kind = kind
        self.body = body
        self.offset = offset
        self.end = end


def frame(kind: Kind, body: bytes) -> bytes:
    """Return a record's bytes."""
    return _FRAME.pack(len(body), zlib.crc32(body, kind), kind) + body


def scan(data: bytes) -> Iterator[Record]:
    """Yield the whole records of a file's bytes, up to the first that is torn or damaged."""
    if not data.startswith(_MAGIC):
        return
    at = len(_MAGIC)
    while at + _FRAME.size <= len(data):
        length, checksum, kind = _FRAME.unpack_from(data, at)
        start = at + _FRAME.size
        end = start + length
        if length > _LONGEST or end > len(data):
            return
        body = data[start:end]
        if zlib.crc32(body, kind) != checksum or kind not in _KINDS:
            return
        yield Record(Kind(kind), body, at, end)
        at = end


_KINDS: Final = frozenset(Kind)


class Journal:
    """An open journal file, for one session.  ``append`` and ``body`` never wait for the disk."""

    def __init__(self, path: Path, descriptor: int | None, length: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._written = length  # bytes of the file that are whole records
        self._waiting = bytearray()  # records that the disk has not taken yet
        self._unsynced = bytearray()  # records that it took since the last fsync
        self._error: OSError | None = None
        self._lock = threading.Lock()
        self._syncing = threading.Lock()  # who asks while another waits for the disk waits, too
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        if descriptor is None or length == 0:
            self._put(_MAGIC)
        self._thread.start()

    @classmethod
    def claim(cls, path: Path) -> tuple[Journal, list[Record]] | None:
        """Open and lock a journal, cutting off a torn end; None when a living session has it.

        In a folder that cannot be written to, the journal waits in memory until it can.  OSError
        where files cannot be locked: nobody could tell a living session's journal from a dead
        one's.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:  # not writable now; what the file holds stays for another time
            fresh = path.with_name(f"{path.stem}-{secrets.token_hex(4)}{path.suffix}")
            return cls(fresh, None, 0), []
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:
            os.close(descriptor)
            raise
        data = path.read_bytes()
        records = list(scan(data))
        length = records[-1].end if records else 0
        with contextlib.suppress(OSError):
            if data[length:].strip(b"\0"):
                path.with_suffix(".torn").write_bytes(data[length:])
            os.ftruncate(descriptor, length)
        return cls(path, descriptor, length), records

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

    def body(self, offset: int) -> bytes:
        """Read the body of a record by its offset.  OSError, ValueError when it is damaged."""
        with self._lock:
            if offset >= self._written:
                data = bytes(self._waiting[offset - self._written :])
                length, checksum, kind = _FRAME.unpack_from(data)
                body = data[_FRAME.size : _FRAME.size + length]
            else:
                if self._descriptor is None:
                    raise OSError(f"{self.path} is not open")
                head = os.pread(self._descriptor, _FRAME.size, offset)
                length, checksum, kind = _FRAME.unpack(head)
                body = os.pread(self._descriptor, length, offset + _FRAME.size)
        if zlib.crc32(body, kind) != checksum:
            raise ValueError(f"{self.path} is damaged at {offset}")
        return body

    def length(self, offset: int) -> int:
        """Return how many bytes the body of a record has."""
        with self._lock:
            if offset >= self._written:
                head = bytes(self._waiting[offset - self._written :][: _FRAME.size])
            elif self._descriptor is None:
                return 0
            else:
                head = os.pread(self._descriptor, _FRAME.size, offset)
        length: int = _FRAME.unpack(head)[0]
        return length

    def sync(self) -> bool:
        """Write what waits and fsync; say whether everything is on the disk now."""
        with self._syncing:
            return self._sync()

    def _sync(self) -> bool:
        with self._lock:
            if self._descriptor is None and self._waiting:
                self._reopen()
            self._drain()
            descriptor, unsynced = self._descriptor, self._unsynced
            if unsynced:
                self._unsynced = bytearray()
        if descriptor is not None and unsynced:
            try:
                os.fsync(descriptor)
            except OSError as error:
                self._write_again(unsynced, error)
        return not self._waiting and not self._unsynced

    def _write_again(self, unsynced: bytearray, error: OSError) -> None:
        """Write again after a failed fsync: the kernel may have dropped what it was given."""
        with self._lock:
            again = unsynced + self._unsynced
            self._waiting[:0] = again
            self._written -= len(again)
            self._unsynced.clear()
            self._error = error

    def _reopen(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
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
