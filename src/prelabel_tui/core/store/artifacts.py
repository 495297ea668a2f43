"""Blobs by content: zstd-compressed, named by the SHA-256 of their uncompressed bytes.

Created only if absent, and durable before any row names them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from prelabel_tui.core.bounds import ARTIFACT_BYTES
from prelabel_tui.core.store.compression import (
    CompressionError,
    compress,
    decompress,
    decompress_pieces,
)

PIECE: Final = 64 << 10
"""Bytes that are read at a time from what is read in pieces."""

_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class ArtifactError(Exception):
    """An artifact could not be read or written.  ``sha256`` names it; the text says why."""

    def __init__(self, sha256: str, reason: str) -> None:
        super().__init__(f"artifact {sha256[:12]}: {reason}")
        self.sha256 = sha256
        self.reason = reason


class ArtifactReadError(ArtifactError):
    """Missing, unreadable, or its bytes do not have the hash it is named by."""


class ArtifactMissingError(ArtifactReadError):
    """It is not there."""

    def __init__(self, sha256: str) -> None:
        super().__init__(sha256, "missing")


class ArtifactWriteError(ArtifactError):
    """Not stored (disk full, read-only folder, service away)."""


@dataclass(frozen=True)
class Staged:
    """An artifact that cannot be found under its name yet.

    ``keep`` makes it so, and durable (ArtifactWriteError); ``drop`` leaves nothing behind.
    """

    sha256: str
    keep: Callable[[], None]
    drop: Callable[[], None]


class ArtifactStore(Protocol):
    """Where artifacts are kept."""

    def put(self, *parts: bytes) -> str:
        """Store bytes, given in one or more pieces, and return their SHA-256 (hex).

        Durable on return.  ArtifactWriteError.
        """

    def stage(self, parts: Sequence[bytes], sha256: str) -> Staged:
        """Do the part of :meth:`put` that takes time, before it is decided whether to keep it.

        ``sha256``: the hash of the bytes.  May run in another thread.  ArtifactWriteError.
        """

    def get(self, sha256: str, *, checked: bool = True) -> bytes:
        """Read the bytes.  ArtifactReadError.

        ``checked``: against the hash; off for a caller who checks what the bytes hold.
        """

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """Read the bytes in pieces, for what is too large to hold.

        ArtifactReadError; at the end when the pieces do not match the hash.
        """

    def size(self, sha256: str) -> int:
        """Return the bytes it takes up, compressed.  ArtifactReadError."""

    def names(self) -> Iterator[str]:
        """Yield the hashes of all artifacts, in no order.  ArtifactReadError."""

    def free(self, sha256: str, unused_s: float) -> bool:
        """Delete an artifact that nobody has put for so many seconds; say whether it is gone.

        What was just put may be about to be named by a row.  ArtifactWriteError.
        """


def digest(parts: Iterable[bytes]) -> str:
    """Return the SHA-256 of the bytes, hex.

    In pieces, as everything that makes an artifact: one call over megabytes, or joining them,
    would keep other threads (the screen's) waiting.
    """
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()


def pack(sha256: str, parts: Sequence[bytes]) -> bytes:
    """Compress what is to be stored.  ArtifactWriteError when it could not be read back."""
    if sum(map(len, parts)) > ARTIFACT_BYTES:
        raise ArtifactWriteError(sha256, f"larger than {ARTIFACT_BYTES >> 20:,} MB")
    return compress(*parts, checksum=True)


def unpack(sha256: str, packed: bytes, checked: bool) -> bytes:
    """Decompress what was stored, and check it against its hash if asked.  ArtifactReadError."""
    try:
        data = decompress(packed)
    except CompressionError as error:
        raise ArtifactReadError(sha256, f"damaged ({error})") from error
    if checked and digest((data,)) != sha256:
        raise ArtifactReadError(sha256, "damaged (its content does not match its hash)")
    return data


def unpack_pieces(sha256: str, packed: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress and check as :func:`unpack` does, piece by piece.

    ArtifactReadError; at the end when the pieces do not match the hash.
    """
    whole = hashlib.sha256()
    try:
        for piece in decompress_pieces(packed):
            whole.update(piece)
            yield piece
    except CompressionError as error:
        raise ArtifactReadError(sha256, f"damaged ({error})") from error
    if whole.hexdigest() != sha256:
        raise ArtifactReadError(sha256, "damaged (its content does not match its hash)")


class FolderArtifacts:
    """Artifacts as files in a folder, two levels: ``ab/cdef….zst``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Return the path of an artifact's file."""
        return self.root / sha256[:2] / f"{sha256[2:]}.zst"

    def put(self, *parts: bytes) -> str:
        """Store as ArtifactStore.put does."""
        staged = self.stage(parts, digest(parts))
        staged.keep()
        return staged.sha256

    def stage(self, parts: Sequence[bytes], sha256: str) -> Staged:
        """Stage as ArtifactStore.stage says: a temporary file with fsync.

        Kept by giving it its name, with fsync of the folder.
        """
        final = self.path(sha256)
        try:
            if final.exists() and self._intact(sha256):
                os.utime(final)  # see `free`
                return Staged(sha256, nothing, nothing)
            temporary = self._write_beside(final, pack(sha256, parts))
        except OSError as error:
            raise ArtifactWriteError(sha256, _reason(error)) from error

        def keep() -> None:
            try:
                # Replaces only a damaged artifact: the bytes under a name never change otherwise.
                temporary.replace(final)
                fsync_folder(final.parent)
            except OSError as error:
                drop()
                raise ArtifactWriteError(sha256, _reason(error)) from error

        def drop() -> None:
            with contextlib.suppress(OSError):
                temporary.unlink()

        return Staged(sha256, keep, drop)

    def _intact(self, sha256: str) -> bool:
        try:
            self.get(sha256)
        except ArtifactReadError:
            return False
        return True

    def _make_folders(self) -> None:
        """Make all folders at once.

        Otherwise nearly every artifact would wait until its own folder is durable.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        for number in range(256):
            (self.root / f"{number:02x}").mkdir(exist_ok=True)
        fsync_folder(self.root)
        fsync_folder(self.root.parent)

    def _write_beside(self, final: Path, packed: bytes) -> Path:
        """Write a durable temporary file beside ``final``."""
        temporary = final.parent / f".{secrets.token_hex(8)}.tmp"
        try:
            file = os.open(temporary, _NEW_FILE, 0o666)
        except FileNotFoundError:
            self._make_folders()
            file = os.open(temporary, _NEW_FILE, 0o666)
        try:
            left = memoryview(packed)
            while left:
                left = left[os.write(file, left) :]
            os.fsync(file)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        finally:
            os.close(file)
        return temporary

    def get(self, sha256: str, *, checked: bool = True) -> bytes:
        """Read as ArtifactStore.get does."""
        try:
            packed = self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise ArtifactMissingError(sha256) from error
        except OSError as error:
            raise ArtifactReadError(sha256, _reason(error)) from error
        return unpack(sha256, packed, checked)

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """Read as ArtifactStore.pieces does."""
        return unpack_pieces(sha256, self._packed(sha256))

    def _packed(self, sha256: str) -> Iterator[bytes]:
        try:
            with self.path(sha256).open("rb") as file:
                while part := file.read(PIECE):
                    yield part
        except FileNotFoundError as error:
            raise ArtifactMissingError(sha256) from error
        except OSError as error:
            raise ArtifactReadError(sha256, _reason(error)) from error

    def size(self, sha256: str) -> int:
        """Measure as ArtifactStore.size does."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError as error:
            raise ArtifactMissingError(sha256) from error
        except OSError as error:
            raise ArtifactReadError(sha256, _reason(error)) from error

    def names(self) -> Iterator[str]:
        """List as ArtifactStore.names does."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/*.zst"):
            yield path.parent.name + path.stem

    def free(self, sha256: str, unused_s: float) -> bool:
        """Delete as ArtifactStore.free says."""
        path = self.path(sha256)
        try:
            if time.time() - path.stat().st_mtime < unused_s:
                return False
            path.unlink()
        except FileNotFoundError:
            return True
        except OSError as error:
            raise ArtifactWriteError(sha256, _reason(error)) from error
        return True


def nothing() -> None:
    """Do nothing: the keep and drop of an artifact that is already there."""


def fsync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk.  OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission ({error.strerror})"
    return str(error.strerror or error)
