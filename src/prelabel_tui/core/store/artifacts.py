"""Blobs by content: zstd-compressed, named by the SHA-256 of their uncompressed bytes.

Created only if absent, and durable before any row names them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import zstandard

_LEVEL = 1
_PIECE: Final = 64 << 10
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class ArtifactError(Exception):
    """An artifact could not be read or written.  ``sha256`` names it; the text says why."""

    def __init__(self, sha256: str, reason: str) -> None:
        super().__init__(f"artifact {sha256[:12]}: {reason}")
        self.sha256 = sha256
        self.reason = reason


class ArtifactReadError(ArtifactError):
    """Missing, unreadable, or its bytes do not have the hash it is named by."""


class ArtifactWriteError(ArtifactError):
    """Not stored (disk full, read-only folder, service away)."""


@dataclass(frozen=True)
class Staged:
    """An artifact that is not to be found under its name yet.

    ``keep`` makes it so, and durable (ArtifactWriteError); ``drop`` leaves nothing behind.
    """

    sha256: str
    keep: Callable[[], None]
    drop: Callable[[], None]


class ArtifactStore(Protocol):
    """Where artifacts are kept."""

    def put(self, *parts: bytes) -> str:
        """Store bytes, given in one piece or some, and return their SHA-256 (hex); durable on
        return.  ArtifactWriteError."""

    def stage(self, parts: Sequence[bytes], sha256: str) -> Staged:
        """Do all of :meth:`put` that takes time, in a thread beside what decides whether to
        keep it.  ``sha256``: the hash of the bytes.  ArtifactWriteError."""

    def get(self, sha256: str, *, checked: bool = True) -> bytes:
        """The bytes.  ArtifactReadError.

        ``checked``: against the hash; off for a caller who checks what the bytes hold.
        """

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """The bytes in pieces, for what is larger than one wants to hold.

        ArtifactReadError, at the end, too, when the pieces do not have the hash.
        """

    def size(self, sha256: str) -> int:
        """Bytes it takes up, compressed.  ArtifactReadError."""

    def names(self) -> Iterator[str]:
        """The hashes of all artifacts, in no order.  ArtifactReadError."""


def digest(parts: Iterable[bytes]) -> str:
    """SHA-256 of the bytes, hex.

    In pieces, as everything that makes an artifact: one call over megabytes, or joining them,
    would keep other threads (the screen's) waiting.
    """
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.hexdigest()


def _pack(parts: Sequence[bytes]) -> bytes:
    packer = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    stream = packer.compressobj(size=sum(map(len, parts)))
    return b"".join([*map(stream.compress, parts), stream.flush()])


def _unpack(sha256: str, packed: bytes, checked: bool) -> bytes:
    try:
        data = zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError as error:
        raise ArtifactReadError(sha256, f"damaged ({error})") from error
    if checked and digest((data,)) != sha256:
        raise ArtifactReadError(sha256, "damaged (its content has another hash)")
    return data


def _unpack_pieces(sha256: str, packed: Iterable[bytes]) -> Iterator[bytes]:
    unpacker, whole = zstandard.ZstdDecompressor().decompressobj(), hashlib.sha256()
    try:
        for part in packed:
            piece = unpacker.decompress(part)
            whole.update(piece)
            yield piece
    except zstandard.ZstdError as error:
        raise ArtifactReadError(sha256, f"damaged ({error})") from error
    if not unpacker.eof or whole.hexdigest() != sha256:
        raise ArtifactReadError(sha256, "damaged (its content has another hash)")


class FolderArtifacts:
    """Artifacts as files in a folder, two levels: ``ab/cdef….zst``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """The file of an artifact."""
        return self.root / sha256[:2] / f"{sha256[2:]}.zst"

    def put(self, *parts: bytes) -> str:
        """As ArtifactStore.put."""
        staged = self.stage(parts, digest(parts))
        staged.keep()
        return staged.sha256

    def stage(self, parts: Sequence[bytes], sha256: str) -> Staged:
        """As ArtifactStore.stage: a temporary file with fsync.

        Kept by giving it its name, with fsync of the folder.
        """
        final = self.path(sha256)
        try:
            if final.exists() and self._intact(sha256):
                return Staged(sha256, _nothing, _nothing)
            temporary = self._write_beside(final, _pack(parts))
        except OSError as error:
            raise ArtifactWriteError(sha256, _reason(error)) from error

        def keep() -> None:
            try:
                # Replaces only a damaged artifact: the bytes under a name never change otherwise.
                temporary.replace(final)
                _fsync_folder(final.parent)
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
        """All at once: else nearly every artifact would wait until its own folder is durable."""
        self.root.mkdir(parents=True, exist_ok=True)
        for number in range(256):
            (self.root / f"{number:02x}").mkdir(exist_ok=True)
        _fsync_folder(self.root)
        _fsync_folder(self.root.parent)

    def _write_beside(self, final: Path, packed: bytes) -> Path:
        """A temporary file beside ``final``, durable."""
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
        """As ArtifactStore.get."""
        try:
            packed = self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise ArtifactReadError(sha256, "missing") from error
        except OSError as error:
            raise ArtifactReadError(sha256, _reason(error)) from error
        return _unpack(sha256, packed, checked)

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """As ArtifactStore.pieces."""
        return _unpack_pieces(sha256, self._packed(sha256))

    def _packed(self, sha256: str) -> Iterator[bytes]:
        try:
            with self.path(sha256).open("rb") as file:
                while part := file.read(_PIECE):
                    yield part
        except FileNotFoundError as error:
            raise ArtifactReadError(sha256, "missing") from error
        except OSError as error:
            raise ArtifactReadError(sha256, _reason(error)) from error

    def size(self, sha256: str) -> int:
        """As ArtifactStore.size."""
        try:
            return self.path(sha256).stat().st_size
        except OSError as error:
            raise ArtifactReadError(sha256, _reason(error)) from error

    def names(self) -> Iterator[str]:
        """As ArtifactStore.names."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/*.zst"):
            yield path.parent.name + path.stem


_MARKER: Final = "artifacts/.created-once"
_RETRIES: Final[Any] = {"max_retries": 3, "retry_timeout": dt.timedelta(seconds=20)}
"""A service that is away is told of in seconds; the client's own default is minutes."""


class BucketArtifacts:
    """Artifacts as objects of an S3-compatible bucket, created only if absent."""

    def __init__(self, url: str) -> None:
        """Of the bucket that ``url`` names.  ValueError when it names none."""
        import obstore.store
        from obstore.exceptions import BaseError

        try:
            self._bucket: Any = obstore.store.from_url(url, retry_config=_RETRIES)
        except (BaseError, ValueError) as error:
            raise ValueError(_first_line(error)) from error

    def probe(self) -> None:
        """ArtifactWriteError unless the service creates objects only if absent.

        Creating the marker a second time must fail: some services overwrite it instead.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        for _ in range(2):
            try:
                obstore.put(self._bucket, _MARKER, b"", mode="create")
            except AlreadyExistsError:
                return
            except Exception as error:
                raise ArtifactWriteError(_MARKER, _first_line(error)) from error
        raise ArtifactWriteError(
            _MARKER, "the service overwrites objects that exist (it ignores If-None-Match)"
        )

    @staticmethod
    def _key(sha256: str) -> str:
        return f"artifacts/{sha256[:2]}/{sha256[2:]}.zst"

    def put(self, *parts: bytes) -> str:
        """As ArtifactStore.put."""
        staged = self.stage(parts, digest(parts))
        staged.keep()
        return staged.sha256

    def stage(self, parts: Sequence[bytes], sha256: str) -> Staged:
        """As ArtifactStore.stage: only compressed; it is uploaded when it is kept."""
        packed = _pack(parts)
        return Staged(sha256, lambda: self._create(sha256, packed), _nothing)

    def _create(self, sha256: str, packed: bytes) -> None:
        import obstore
        from obstore.exceptions import AlreadyExistsError

        try:
            obstore.put(self._bucket, self._key(sha256), packed, mode="create")
        except AlreadyExistsError:
            try:
                self.get(sha256)
            except ArtifactReadError as error:
                reason = f"what has its name is {error.reason}"
                raise ArtifactWriteError(sha256, reason) from None
        except Exception as error:
            raise ArtifactWriteError(sha256, _first_line(error)) from error

    def get(self, sha256: str, *, checked: bool = True) -> bytes:
        """As ArtifactStore.get."""
        import obstore

        try:
            packed = bytes(obstore.get(self._bucket, self._key(sha256)).bytes())
        except FileNotFoundError as error:
            raise ArtifactReadError(sha256, "missing") from error
        except Exception as error:
            raise ArtifactReadError(sha256, _first_line(error)) from error
        return _unpack(sha256, packed, checked)

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """As ArtifactStore.pieces."""
        return _unpack_pieces(sha256, self._packed(sha256))

    def _packed(self, sha256: str) -> Iterator[bytes]:
        import obstore

        try:
            for part in obstore.get(self._bucket, self._key(sha256)).stream(min_chunk_size=_PIECE):
                yield bytes(part)
        except FileNotFoundError as error:
            raise ArtifactReadError(sha256, "missing") from error
        except Exception as error:
            raise ArtifactReadError(sha256, _first_line(error)) from error

    def size(self, sha256: str) -> int:
        """As ArtifactStore.size."""
        import obstore

        try:
            return int(obstore.head(self._bucket, self._key(sha256))["size"])
        except Exception as error:
            raise ArtifactReadError(sha256, _first_line(error)) from error

    def names(self) -> Iterator[str]:
        """As ArtifactStore.names."""
        import obstore

        for batch in obstore.list(self._bucket, "artifacts"):
            for item in batch:
                if item["path"] != _MARKER:
                    folder, name = item["path"].split("/")[-2:]
                    yield folder + name.removesuffix(".zst")


def _first_line(error: Exception) -> str:
    """What a bucket's client says, without the source code it adds."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _nothing() -> None:
    """What is left to do with an artifact that is there already."""


def _fsync_folder(folder: Path) -> None:
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
