"""Zstandard: the standard library's own from Python 3.14 on, its backport before."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Final

from prelabel_tui.core.bounds import ARTIFACT_BYTES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_OPTIONS: Final[dict[int, int]] = {zstd.CompressionParameter.compression_level: 1}
_CHECKED: Final[dict[int, int]] = {**_OPTIONS, zstd.CompressionParameter.checksum_flag: 1}

_WINDOW: Final[dict[int, int]] = {zstd.DecompressionParameter.window_log_max: 27}
"""A frame that wants more than 128 MB to look back in is refused."""

_PIECE: Final = 256 << 10

CompressionError: Final = zstd.ZstdError
"""Bytes that are not a whole compressed frame."""


def compress(*parts: bytes, checksum: bool = False) -> bytes:
    """Compress bytes, given in one or more pieces, as one frame that tells its size.

    In pieces, so that other threads (the screen's) run between them.
    """
    packer = zstd.ZstdCompressor(options=_CHECKED if checksum else _OPTIONS)
    packer.set_pledged_input_size(sum(map(len, parts)))
    return b"".join([*map(packer.compress, parts), packer.flush()])


def decompress(packed: bytes) -> bytes:
    """Return what :func:`compress` was given.  CompressionError.

    No more memory is taken than the size that the frame declares, which has a bound.
    """
    declared = zstd.get_frame_info(packed).decompressed_size
    if declared is None:
        raise CompressionError("it does not tell its size")
    _refuse_larger(declared)
    unpacker = zstd.ZstdDecompressor(options=_WINDOW)
    data = unpacker.decompress(packed, declared + 1)
    if not unpacker.eof:
        raise CompressionError("it is cut off")
    if unpacker.unused_data:
        raise CompressionError("bytes follow its end")
    return data


def decompress_pieces(packed: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress a frame that comes in pieces, holding little of it at a time.

    CompressionError, perhaps only at its end.
    """
    unpacker = zstd.ZstdDecompressor(options=_WINDOW)
    size = 0
    for part in packed:
        if unpacker.eof:
            raise CompressionError("bytes follow its end")
        piece = unpacker.decompress(part, _PIECE)
        while piece:
            size += len(piece)
            _refuse_larger(size)
            yield piece
            piece = b"" if unpacker.eof else unpacker.decompress(b"", _PIECE)
        if unpacker.unused_data:
            raise CompressionError("bytes follow its end")
    if not unpacker.eof:
        raise CompressionError("it is cut off")


def _refuse_larger(size: int) -> None:
    if size > ARTIFACT_BYTES:
        raise CompressionError(f"larger than {ARTIFACT_BYTES >> 20:,} MB")
