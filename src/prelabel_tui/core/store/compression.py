"""Zstandard: the standard library's own from Python 3.14 on, its backport before."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Final

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_OPTIONS: Final[dict[int, int]] = {zstd.CompressionParameter.compression_level: 1}
_CHECKED: Final[dict[int, int]] = {**_OPTIONS, zstd.CompressionParameter.checksum_flag: 1}

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
    """Return what :func:`compress` was given.  CompressionError."""
    return zstd.decompress(packed)


def decompress_pieces(packed: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress a frame that comes in pieces.  CompressionError, perhaps only at its end."""
    unpacker = zstd.ZstdDecompressor()
    for part in packed:
        if unpacker.eof:
            raise CompressionError("bytes follow its end")
        yield unpacker.decompress(part)
    if not unpacker.eof:
        raise CompressionError("it is cut off")
