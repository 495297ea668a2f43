"""Artifacts in a bucket: needs the extra ``s3``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

import obstore
import obstore.store
from obstore.exceptions import AlreadyExistsError, BaseError

from prelabel_tui.core.store.artifacts import (
    PIECE,
    ArtifactMissingError,
    ArtifactReadError,
    ArtifactWriteError,
    Staged,
    digest,
    nothing,
    pack,
    unpack,
    unpack_pieces,
)

_MARKER: Final = "artifacts/.created-once"
_RETRIES: Final[Any] = {"max_retries": 3, "retry_timeout": dt.timedelta(seconds=20)}
"""A service that is away is reported within seconds; the client's own default is minutes."""


class BucketArtifacts:
    """Artifacts as objects of an S3-compatible bucket, created only if absent."""

    def __init__(self, url: str) -> None:
        """Open the bucket that ``url`` names.  ValueError when it names none."""
        try:
            self._bucket: Any = obstore.store.from_url(url, retry_config=_RETRIES)
        except (BaseError, ValueError) as error:
            raise ValueError(_first_line(error)) from error

    def probe(self) -> None:
        """ArtifactWriteError unless the service creates objects only if absent.

        Creating the marker a second time must fail: some services overwrite it instead.
        """
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
        """Store as ArtifactStore.put does."""
        staged = self.stage(parts, digest(parts))
        staged.keep()
        return staged.sha256

    def stage(self, parts: Sequence[bytes], sha256: str) -> Staged:
        """Stage as ArtifactStore.stage says: only compressed; it is uploaded when it is kept."""
        packed = pack(sha256, parts)
        return Staged(sha256, lambda: self._create(sha256, packed), nothing)

    def _create(self, sha256: str, packed: bytes) -> None:
        try:
            obstore.put(self._bucket, self._key(sha256), packed, mode="create")
        except AlreadyExistsError:
            try:
                self.get(sha256)
            except ArtifactReadError as error:
                reason = f"the object that has its name is {error.reason}"
                raise ArtifactWriteError(sha256, reason) from None
        except Exception as error:
            raise ArtifactWriteError(sha256, _first_line(error)) from error

    def get(self, sha256: str, *, checked: bool = True) -> bytes:
        """Read as ArtifactStore.get does."""
        try:
            packed = bytes(obstore.get(self._bucket, self._key(sha256)).bytes())
        except FileNotFoundError as error:
            raise ArtifactMissingError(sha256) from error
        except Exception as error:
            raise ArtifactReadError(sha256, _first_line(error)) from error
        return unpack(sha256, packed, checked)

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """Read as ArtifactStore.pieces does."""
        return unpack_pieces(sha256, self._packed(sha256))

    def _packed(self, sha256: str) -> Iterator[bytes]:
        try:
            for part in obstore.get(self._bucket, self._key(sha256)).stream(min_chunk_size=PIECE):
                yield bytes(part)
        except FileNotFoundError as error:
            raise ArtifactMissingError(sha256) from error
        except Exception as error:
            raise ArtifactReadError(sha256, _first_line(error)) from error

    def size(self, sha256: str) -> int:
        """Measure as ArtifactStore.size does."""
        try:
            return int(obstore.head(self._bucket, self._key(sha256))["size"])
        except FileNotFoundError as error:
            raise ArtifactMissingError(sha256) from error
        except Exception as error:
            raise ArtifactReadError(sha256, _first_line(error)) from error

    def free(self, sha256: str, unused_s: float) -> bool:
        """Free nothing: a bucket keeps everything, since it does not tell what was put again."""
        return False

    def names(self) -> Iterator[str]:
        """List as ArtifactStore.names does."""
        for batch in obstore.list(self._bucket, "artifacts"):
            for item in batch:
                if item["path"] != _MARKER:
                    folder, name = item["path"].split("/")[-2:]
                    yield folder + name.removesuffix(".zst")


def _first_line(error: Exception) -> str:
    """Return what a bucket's client says, without the source code it adds."""
    return (str(error).splitlines() or [type(error).__name__])[0]
