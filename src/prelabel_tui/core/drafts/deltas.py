"""How draft versions are kept: what changed, and now and then a whole payload.

Every version after the first holds its changed frames (a delta).  A version that would make the
deltas since the last whole payload weigh more than that payload stores one, too.  So storage
stays below twice what was changed plus one payload, and reading below two payloads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from prelabel_tui.core.model.codec import (
    PayloadError,
    decode_changes,
    encode_changes,
    stream_payload,
)
from prelabel_tui.core.model.document import Document, TreeHash
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store import models
from prelabel_tui.core.store.artifacts import ArtifactStore
from prelabel_tui.core.store.compression import CompressionError, compress, decompress

ROW_WEIGHT = 4096
"""What one more delta weighs besides its bytes: the row, and the time to read it back."""

LONGEST_LIGHT_CHAIN = 32 * ROW_WEIGHT
"""Payloads smaller than this do not lead to more frequent checkpoints."""

_versions: Final = models.Base.metadata.tables[models.DraftVersion.__tablename__]
_checkpoints: Final = _versions.alias("checkpoints")

_START: Final = (
    select(_versions.c.content_hash, _versions.c.checkpoint, _checkpoints.c.checkpoint_sha)
    .join_from(
        _versions,
        _checkpoints,
        (_checkpoints.c.draft_id == _versions.c.draft_id)
        & (_checkpoints.c.version == _versions.c.checkpoint),
        isouter=True,
    )
    .where(
        _versions.c.draft_id == bindparam("draft_id"), _versions.c.version == bindparam("version")
    )
)
_DELTAS: Final = (
    select(_versions.c.version, _versions.c.delta)
    .where(
        _versions.c.draft_id == bindparam("draft_id"),
        _versions.c.version > bindparam("after"),
        _versions.c.version <= bindparam("until"),
    )
    .order_by(_versions.c.version)
)


def encode_delta(changed: Mapping[int, bytes]) -> bytes:
    """Encode frames by index, as a version's row holds them."""
    return compress(encode_changes(changed))


def decode_delta(delta: bytes) -> dict[int, bytes]:
    """Decode what :func:`encode_delta` wrote.  PayloadError on anything else."""
    try:
        return decode_changes(decompress(delta))
    except (CompressionError, PayloadError) as error:
        raise PayloadError(f"damaged changes of a draft version ({error})") from error


@dataclass(frozen=True)
class Chain:
    """Where reading a version starts: its newest checkpoint, and the weight of deltas since."""

    checkpoint: int
    checkpoint_size: int
    size: int = 0

    def longer_by(self, delta: bytes) -> Chain:
        """Return the chain with one more delta."""
        return Chain(self.checkpoint, self.checkpoint_size, self.size + len(delta) + ROW_WEIGHT)

    @property
    def wants_checkpoint(self) -> bool:
        """Whether the deltas outweigh the payload they start from."""
        return self.size > max(self.checkpoint_size, LONGEST_LIGHT_CHAIN)


def read_changes(session: Session, draft_id: str, after: int, until: int) -> dict[int, bytes]:
    """Read the frames that versions after ``after`` up to ``until`` changed, in their last state.

    PayloadError when a version is missing or damaged.
    """
    return _merged(_read_deltas(session, draft_id, after, until))


@dataclass(frozen=True)
class StoredVersion:
    """What the database holds of one version: where its content starts, what was changed since."""

    draft_id: str
    version: int
    content_hash: str
    checkpoint_sha: str
    deltas: tuple[bytes, ...]

    def document(self, artifacts: ArtifactStore) -> Document:
        """Read the content, checked against its hash.

        PayloadError, ArtifactReadError when it is missing or damaged.
        """
        sha, which = self.checkpoint_sha, f"version {self.version} of draft {self.draft_id}"
        try:
            # The version's own hash is over every frame: the artifact's need not be worked out.
            document = Document.from_payload(artifacts.get(sha, checked=False))
            document.apply(_merged(self.deltas))
        except (IndexError, PayloadError) as error:
            artifacts.get(sha)
            if isinstance(error, PayloadError):
                raise
            raise PayloadError(f"{which} changes frame {error}") from error
        if document.tree_hash() != self.content_hash:
            artifacts.get(sha)
            raise PayloadError(f"{which} does not match its content hash")
        return document

    def frames(self, capability: Capability, artifacts: ArtifactStore) -> Iterator[bytes]:
        """Yield the encoded frames of the content one by one, holding little more than changes.

        As :meth:`document`; the hash is checked at the end.
        """
        changed, tree = _merged(self.deltas), TreeHash(capability)
        for index, stored in enumerate(stream_payload(artifacts.pieces(self.checkpoint_sha))):
            encoded = changed.get(index, stored)
            tree.add(encoded)
            yield encoded
        if tree.hexdigest() != self.content_hash:
            raise PayloadError(
                f"version {self.version} of draft {self.draft_id} does not match its hash"
            )


def read_version(session: Session, draft_id: str, version: int) -> StoredVersion:
    """Read the rows of one version.  PayloadError when one is missing."""
    row = session.connection().execute(_START, {"draft_id": draft_id, "version": version}).first()
    if row is None:
        raise PayloadError(f"version {version} of draft {draft_id} is missing")
    if row.checkpoint_sha is None:
        raise PayloadError(f"checkpoint {row.checkpoint} of draft {draft_id} is missing")
    deltas = _read_deltas(session, draft_id, row.checkpoint, version)
    return StoredVersion(draft_id, version, row.content_hash, row.checkpoint_sha, deltas)


def _read_deltas(session: Session, draft_id: str, after: int, until: int) -> tuple[bytes, ...]:
    wanted = {"draft_id": draft_id, "after": after, "until": until}
    found: list[bytes] = []
    expected = after
    for version, delta in session.connection().execute(_DELTAS, wanted):
        expected += 1
        if version != expected or delta is None:
            raise PayloadError(f"version {expected} of draft {draft_id} is missing")
        found.append(delta)
    if expected != until:
        raise PayloadError(f"version {until} of draft {draft_id} is missing")
    return tuple(found)


def _merged(deltas: Iterable[bytes]) -> dict[int, bytes]:
    changed: dict[int, bytes] = {}
    for delta in deltas:
        changed.update(decode_delta(delta))
    return changed
