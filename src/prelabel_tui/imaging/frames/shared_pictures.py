"""Decoded pictures that the sessions of a server share: each is in memory once, within one bound.

The memory is a file without a name (memfd): the server makes it, sessions inherit its descriptor,
and the size of /dev/shm does not matter.  Its head is a table with a row for each picture.  Who may
touch what is said by locks of the kernel on ranges of the file, so that a session which is killed
lets go of all that it held:

- a row's own: shared by who uses its picture; exclusive for who fills the row or frees it;
- that of the table: for who gives out memory, which frees what was used least recently;
- one for each picture's key: for who decodes it, while others wait.

A row's ``size`` is written last when it is taken and cleared last when it is freed, and ``live`` is
set once all pixels are there.  So what a killed session leaves is a row that is not live and that
nobody holds, and whoever needs memory next takes it back.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prelabel_tui.imaging.frames.picture import Pixels

Key = tuple[int, int]
"""A hash of all that makes a picture what it is, in two words of 64 bits."""

_ROW: Final = np.dtype(
    [("key", "<u8", 2), ("offset", "<u8"), ("size", "<u8"), ("used", "<u8"),
     ("height", "<u4"), ("width", "<u4"), ("live", "<u4"), ("spare", "<u4")]
)  # fmt: skip
_ROWS: Final = 4096
_PAGE: Final = mmap.PAGESIZE
_HEAD: Final = -(-_ROWS * _ROW.itemsize // _PAGE) * _PAGE
_SPREAD: Final = 4
"""Addresses for each byte of the bound: they cost nothing, and leave room between pictures."""

_TABLE, _FIRST_ROW, _FIRST_KEY = 0, 1, 1 << 40
"""Where in the file the locks are; nothing is ever read or written there."""

_SHARED, _ALONE = fcntl.LOCK_SH | fcntl.LOCK_NB, fcntl.LOCK_EX | fcntl.LOCK_NB
_FREE: Final = fcntl.LOCK_UN

_TRIES, _MOMENT = 20, 0.002
"""A table that stays locked for so long is left alone: the picture is then not shared."""

_TURN_S: Final = 3.0
"""How long another session may take to decode a picture before this one does it too."""
_POLL_S: Final = 0.005


def make_shared_memory(bound: int) -> int:
    """Make the memory, for pictures of ``bound`` bytes in all; return its descriptor.  OSError."""
    file = os.memfd_create("pictures")
    try:
        os.ftruncate(file, _HEAD + _SPREAD * (-(-bound // _PAGE) * _PAGE))
    except OSError:
        os.close(file)
        raise
    return file


def shared_bytes(file: int) -> int:
    """Return how many bytes of memory a descriptor's pictures take now."""
    return max(0, os.fstat(file).st_blocks * 512 - _HEAD)


class SharedPictures:
    """The pictures in such a memory, as one process sees them.  Thread-safe.

    Once in each process for a descriptor: the kernel's locks are the process's.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        size = os.fstat(file).st_size
        self.bound = (size - _HEAD) // _SPREAD
        """Bytes of all pictures together."""
        self._addresses = size
        self._map = mmap.mmap(file, size)
        self._rows: NDArray[Any] = np.frombuffer(self._map, _ROW, _ROWS)
        self._lock = threading.Lock()
        self._held: dict[int, int] = {}
        """How often each row's picture is in use in this process."""
        self._dropped: deque[int] = deque()
        """Rows whose pictures are no longer in use, once each."""

    def get(self, key: Key) -> Pixels | None:
        """Return a picture, which stays as long as the array or a view of it does."""
        with self._locked():
            row = self._find(key)
            if row is None or not self._hold(row):
                return None
            if not self._is(row, key):  # it was freed just before
                self._release(row)
                return None
            return self._picture(row)

    def put(self, key: Key, pixels: Pixels) -> Pixels | None:
        """Add a picture, and return it as :meth:`get` does.

        None where there is no room beside what is in use, or the table is not to be had.
        """
        row = self._take(key, pixels)
        if row is None:
            return self.get(key)
        try:
            self._pixels(row)[:] = pixels
            self._rows["live"][row] = 1
        finally:
            with self._locked():
                self._lock_range(_FIRST_ROW + row, _SHARED)
                kept = self._picture(row)
        return kept

    @contextmanager
    def turn(self, key: Key) -> Iterator[None]:
        """Wait while another process has its turn at decoding a picture, though not for ever."""
        place = _FIRST_KEY + key[0] % _FIRST_KEY
        end = time.monotonic() + _TURN_S
        while not (mine := self._lock_range(place, _ALONE)) and time.monotonic() < end:
            time.sleep(_POLL_S)
        try:
            yield
        finally:
            if mine:
                self._lock_range(place, _FREE)

    # --- rows

    def _find(self, key: Key) -> int | None:
        keys = self._rows["key"]
        found = np.flatnonzero((keys[:, 0] == key[0]) & (keys[:, 1] == key[1]))
        return next((int(row) for row in found if self._is(int(row), key)), None)

    def _is(self, row: int, key: Key) -> bool:
        one = self._rows[row]
        return bool(one["live"] and one["size"]) and tuple(one["key"].tolist()) == key

    def _pixels(self, row: int) -> Pixels:
        one = self._rows[row]
        shape = int(one["height"]), int(one["width"]), 3
        size = shape[0] * shape[1] * 3
        return np.frombuffer(self._map, np.uint8, size, int(one["offset"])).reshape(shape)

    def _picture(self, row: int) -> Pixels:
        """Return a held row's picture, which releases the row when nobody has it any more."""
        pixels = self._pixels(row)
        pixels.flags.writeable = False
        self._rows["used"][row] = time.monotonic_ns()
        # What all views of it have in common.
        weakref.finalize(pixels.base, self._drop, row).atexit = False
        return pixels

    def _take(self, key: Key, pixels: Pixels) -> int | None:
        """Take a row with memory for a picture, and hold it alone."""
        for _ in range(_TRIES):
            with self._locked():
                if self._lock_range(_TABLE, _ALONE):
                    try:
                        return None if self._find(key) is not None else self._room(key, pixels)
                    finally:
                        self._lock_range(_TABLE, _FREE)
            time.sleep(_MOMENT)
        return None

    def _room(self, key: Key, pixels: Pixels) -> int | None:
        """Find a row and memory for a picture; the table is locked."""
        size = -(-pixels.nbytes // _PAGE) * _PAGE
        rows = self._rows
        for row in np.flatnonzero((rows["size"] > 0) & (rows["live"] == 0)).tolist():
            self._free(row)  # whoever was filling it is gone, else it is locked
        oldest = iter(np.argsort(np.where(rows["size"] > 0, rows["used"], 0)).tolist())
        while True:
            place = self._gap(size)
            if place is not None and int(rows["size"].sum()) + size <= self.bound:
                for row in np.flatnonzero(rows["size"] == 0).tolist():
                    if row not in self._held and self._lock_range(_FIRST_ROW + row, _ALONE):
                        self._held[row] = 1
                        one = rows[row]
                        one["live"] = 0
                        one["key"], one["offset"] = key, place
                        one["height"], one["width"] = pixels.shape[:2]
                        one["size"] = size
                        return row
            if not any(self._free(row) for row in oldest if rows["size"][row]):
                return None

    def _gap(self, size: int) -> int | None:
        """Return where so many bytes of addresses are free."""
        taken = self._rows[self._rows["size"] > 0]
        starts = taken["offset"].astype(np.int64)
        order = np.argsort(starts)
        starts = np.append(starts[order], self._addresses)
        ends = np.concatenate(([_HEAD], (taken["offset"] + taken["size"]).astype(np.int64)[order]))
        wide = np.flatnonzero(starts - ends >= size)
        return int(ends[wide[0]]) if wide.size else None

    def _free(self, row: int) -> bool:
        """Free a row and its memory unless somebody holds it; the table is locked."""
        if row in self._held or not self._lock_range(_FIRST_ROW + row, _ALONE):
            return False
        one = self._rows[row]
        one["live"] = 0
        self._map.madvise(mmap.MADV_REMOVE, int(one["offset"]), int(one["size"]))
        one["size"] = 0
        self._lock_range(_FIRST_ROW + row, _FREE)
        return True

    # --- who holds what

    def _hold(self, row: int) -> bool:
        if row not in self._held and not self._lock_range(_FIRST_ROW + row, _SHARED):
            return False
        self._held[row] = self._held.get(row, 0) + 1
        return True

    def _release(self, row: int) -> None:
        self._held[row] -= 1
        if not self._held[row]:
            del self._held[row]
            one = self._rows[row]
            # Else every session would in time have page tables for all pictures of all.
            self._map.madvise(mmap.MADV_DONTNEED, int(one["offset"]), int(one["size"]))
            self._lock_range(_FIRST_ROW + row, _FREE)

    def _drop(self, row: int) -> None:
        """Note that a picture is no longer in use: called wherever garbage is collected."""
        self._dropped.append(row)
        self._release_dropped()

    def _release_dropped(self) -> None:
        while self._dropped and self._lock.acquire(blocking=False):
            try:
                with contextlib.suppress(IndexError):
                    self._release(self._dropped.popleft())
            finally:
                self._lock.release()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep the process's other threads out; what was dropped meanwhile is released after."""
        with self._lock:
            yield
        self._release_dropped()

    def _lock_range(self, place: int, how: int) -> bool:
        """Take, change or give back a lock of one byte; say whether that could be done at once."""
        try:
            fcntl.lockf(self._file, how, 1, place)
        except OSError:
            return False
        return True
