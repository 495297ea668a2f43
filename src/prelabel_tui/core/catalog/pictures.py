"""The SHA-256 of a clip's pictures: what a revision says that its labels lie on.

Taken after an import and before a publish; reused while a file's size and time of change hold.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import delete, insert, select

from prelabel_tui.core.model.media import Manifest
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.reading import answer_of, pieces
from prelabel_tui.core.store import models
from prelabel_tui.core.store.compression import CompressionError, compress, decompress

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store

_STEP: Final = "pictures hashed"
_LOOKED_AT_ONCE: Final = 256


class Pictures(msgspec.Struct, frozen=True):
    """The SHA-256 of each frame's picture and of the video, hex; None where it cannot be read."""

    frames: tuple[str | None, ...]
    video: str | None = None


class _File(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was when it was hashed: its size in bytes, its time of change in ns."""

    sha256: str
    size: int
    changed: int


_encode: Final = msgspec.json.Encoder(order="sorted").encode
_decode: Final = msgspec.json.Decoder(Pictures).decode
_known: Final = msgspec.json.Decoder(dict[str, _File])


def decode_pictures(data: bytes) -> Pictures:
    """Decode what :func:`hash_pictures` returned.  msgspec.MsgspecError on anything else."""
    return _decode(data)


def hash_pictures(
    store: Store, media_id: str, manifest: Manifest, progress: Progress = unwatched
) -> bytes:
    """Hash a clip's pictures; return the hashes as canonical JSON.

    Files that were hashed before are read again only if they changed.  What was hashed is kept
    when it is cancelled.  Cancelled, FAILURES.
    """
    before = _remembered(store, media_id)
    paths = list(dict.fromkeys(_paths(manifest)))
    found = _unchanged(paths, before)
    try:
        for number, path in enumerate(paths):
            if path not in found and (read := _read(path, number, len(paths), progress)):
                found[path] = read
    finally:
        if found.items() - before.items() and store.read_only is None:
            _remember(store, media_id, {**before, **found})
    return _encode(_of(manifest, found))


def read_pictures(manifest: Manifest, progress: Progress = unwatched) -> Pictures:
    """Hash every picture anew, whatever is known of it.  Cancelled."""
    found: dict[str, _File] = {}
    paths = list(dict.fromkeys(_paths(manifest)))
    for number, path in enumerate(paths):
        if read := _read(path, number, len(paths), progress):
            found[path] = read
    return _of(manifest, found)


def _paths(manifest: Manifest) -> Iterable[str]:
    yield from (frame.path for frame in manifest.frames if frame.path is not None)
    if manifest.video is not None:
        yield manifest.video


def _of(manifest: Manifest, found: dict[str, _File]) -> Pictures:
    def of(path: str | None) -> str | None:
        file = found.get(path or "")
        return None if file is None else file.sha256

    return Pictures(
        tuple(frame.sha256 or of(frame.path) for frame in manifest.frames), of(manifest.video)
    )


def _unchanged(paths: Sequence[str], known: Mapping[str, _File]) -> dict[str, _File]:
    """Return what is known of the files that are as they were when they were hashed."""
    found: dict[str, _File] = {}
    for start in range(0, len(paths), _LOOKED_AT_ONCE):
        part = [path for path in paths[start : start + _LOOKED_AT_ONCE] if path in known]
        if not part:
            continue
        try:
            sizes = answer_of(partial(_sizes, part), Path(part[0]))
        except TimeoutError:
            continue
        for path, size in zip(part, sizes, strict=True):
            if size == (known[path].size, known[path].changed):
                found[path] = known[path]
    return found


def _sizes(paths: Sequence[str]) -> list[tuple[int, int] | None]:
    """Return size in bytes and time of change in ns of each file; None where it cannot be seen."""
    found: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            now = os.stat(path)  # noqa: PTH116 — for thousands of paths
            found.append((now.st_size, now.st_mtime_ns))
        except OSError:
            found.append(None)
    return found


def _read(path: str, number: int, total: int, progress: Progress) -> _File | None:
    """Hash a file; None when it cannot be read, is no regular file, or does not answer."""
    whole = hashlib.sha256()
    try:
        (before,) = answer_of(partial(_sizes, [path]), Path(path))
        if before is None:
            return None
        for piece in pieces(Path(path)):
            whole.update(piece)
            progress(_STEP, number, total)
    except OSError:
        return None
    return _File(whole.hexdigest(), *before)


def _remembered(store: Store, media_id: str) -> dict[str, _File]:
    row = models.PictureHashes
    with store.read() as session:
        packed = session.scalar(select(row.files).where(row.media_id == media_id))
    try:
        return {} if packed is None else _known.decode(decompress(packed))
    except (msgspec.MsgspecError, CompressionError):
        return {}  # it is worked out again


def _remember(store: Store, media_id: str, files: dict[str, _File]) -> None:
    row = models.PictureHashes
    with store.write(durable=False) as session:
        session.execute(delete(row).where(row.media_id == media_id))
        session.execute(insert(row), {"media_id": media_id, "files": compress(_encode(files))})
