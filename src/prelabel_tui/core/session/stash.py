"""Edits set aside when somebody took the latest version instead of merging, each in a file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from prelabel_tui.core.edits.merge import MergePlan, plan
from prelabel_tui.core.edits.operations import (
    Change,
    LabelChange,
    Operation,
    StateChange,
    state_of,
)
from prelabel_tui.core.model.codec import decode_frame
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.store.compression import CompressionError, compress, decompress


class _File(msgspec.Struct, frozen=True):
    at: int
    count: int
    base_version: int
    base: dict[int, msgspec.Raw]
    mine: dict[int, msgspec.Raw]


@dataclass(frozen=True)
class Stash:
    """``count`` edits set aside at a time (µs) that touch ``frames``."""

    path: Path
    at: int
    count: int
    base_version: int
    base: Mapping[int, bytes]
    mine: Mapping[int, bytes]

    @property
    def frames(self) -> tuple[int, ...]:
        """Indices of the frames it changes."""
        return tuple(self.mine)

    @property
    def edits(self) -> str:
        """How many edits: `1 edit`, `3 edits`."""
        return f"{self.count} edit{'' if self.count == 1 else 's'}"

    @property
    def title(self) -> str:
        """How many edits, and on which frames."""
        shown = ", ".join(str(index + 1) for index in self.frames[:8])
        more = ", …" if len(self.frames) > 8 else ""
        return f"{self.edits} on frame{'' if len(self.frames) == 1 else 's'} {shown}{more}"


def write_stash(
    stem: Path, at: int, count: int, base_version: int, base: Document, mine: Mapping[int, bytes]
) -> Stash:
    """Keep ``mine`` (encoded frames that differ from ``base``); durable on return.  OSError."""
    before = {index: base.encoded(index) for index in mine}
    content = _File(at, count, base_version, _raw(before), _raw(mine))
    path = stem.with_name(f"{stem.name}-{at}.stash")
    temporary = path.with_suffix(".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(compress(msgspec.json.encode(content), checksum=True))
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # else the name may be lost with the power
    finally:
        os.close(folder)
    return Stash(path, at, count, base_version, before, dict(mine))


class StashError(Exception):
    """What was set aside cannot be read."""


def read_stash(path: Path) -> Stash:
    """Read what was set aside.  StashError."""
    try:
        content = msgspec.json.decode(decompress(path.read_bytes()), type=_File)
    except (OSError, CompressionError, msgspec.MsgspecError) as error:
        raise StashError(str(error)) from error
    return Stash(
        path,
        content.at,
        content.count,
        content.base_version,
        _encoded(content.base),
        _encoded(content.mine),
    )


def read_stashes(stem: Path) -> list[Stash]:
    """Read what was set aside under names that begin with the stem, newest first.

    Unreadable files are left alone and left out; `fsck` names them.
    """
    found = []
    for path in stem.parent.glob(f"{stem.name}-*.stash"):
        with contextlib.suppress(StashError):
            found.append(read_stash(path))
    return sorted(found, key=lambda stash: stash.at, reverse=True)


def _raw(frames: Mapping[int, bytes]) -> dict[int, msgspec.Raw]:
    return {index: msgspec.Raw(data) for index, data in frames.items()}


def _encoded(frames: Mapping[int, msgspec.Raw]) -> dict[int, bytes]:
    return {index: bytes(raw) for index, raw in frames.items()}


def stash_plan(capability: Capability, stash: Stash, document: Document) -> MergePlan:
    """Plan the merge of what was set aside with what a document holds now ("theirs")."""
    now = {index: document.encoded(index) for index in stash.mine}
    return plan(capability, stash.base.__getitem__, stash.mine, now)


def operation_to(
    document: Document, changed: Mapping[int, bytes], action: str, text: str
) -> Operation:
    """Make the one edit that puts these encoded frames into a document."""
    changes: list[Change] = []
    for index, encoded in changed.items():
        before, after = document.frame(index), decode_frame(encoded)
        for label_id in sorted({label.id for label in before.labels + after.labels}):
            old, new = before.label(label_id), after.label(label_id)
            if old != new:
                changes.append(LabelChange(index, label_id, old, new))
        if state_of(before) != state_of(after):
            changes.append(StateChange(index, state_of(before), state_of(after)))
    return Operation(action, text, tuple(changes))
