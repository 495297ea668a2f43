"""What is known of a clip: its frames in order, each with size, time and where its picture is."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from typing import Final

import msgspec

LARGEST_SIDE: Final = 1_000_000
"""The largest width and height of a frame, px."""
LONGEST_FRAME_NAME: Final = 1_000
"""The most characters that a frame's name can have."""


class MediaFrame(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One frame: size in px, ``time`` in µs from the start.

    Its picture is the file ``path`` (absolute), or the artifact ``sha256`` if it was copied, or
    frame ``at`` of the media's video; with none of them, or when ``missing`` says why, the
    thumbnail is missing and the viewer shows the placeholder.
    """

    name: str
    width: int
    height: int
    time: int = 0
    path: str | None = None
    sha256: str | None = None
    at: int | None = None
    missing: str | None = None

    @property
    def no_picture(self) -> str | None:
        """Why the thumbnail is missing; None when there is a picture."""
        nowhere = self.path is None and self.sha256 is None and self.at is None
        return "no picture is known" if self.missing is None and nowhere else self.missing


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A clip: stored as canonical JSON, by content."""

    frames: tuple[MediaFrame, ...]
    fps: int | None = None
    """Frames a second × 1000."""
    video: str | None = None
    """Absolute path of the video file that frames with ``at`` are read from."""
    packets: tuple[int, ...] | None = None
    """Which packet of the video file each of its frames comes from, in the order shown.

    None in clips that were imported before this was kept.
    """

    @property
    def timed(self) -> bool:
        """Whether the times of its frames are known; without a rate all of them are 0."""
        if self.fps is not None or self.video is not None:
            return True
        return any(frame.time for frame in self.frames)


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Manifest)


def encode_manifest(manifest: Manifest) -> bytes:
    """Encode a manifest as canonical JSON (RFC 8785)."""
    return _encoder.encode(manifest)


@functools.lru_cache(maxsize=2)
def decode_manifest(data: bytes) -> Manifest:
    """Decode what :func:`encode_manifest` wrote.  msgspec.MsgspecError on anything else.

    The clips that are worked on are kept: decoding 10,000 frames is one call that lets no other
    thread run for milliseconds.
    """
    return _decoder.decode(data)


def clip_identity(manifest: Manifest) -> str:
    """Hash what makes two clips the same: names and sizes of their frames, in order.

    SHA-256, hex.  Where the pictures are, and which of them are missing now, does not count.
    """
    frames = [[frame.name, frame.width, frame.height] for frame in manifest.frames]
    return hashlib.sha256(json.dumps(frames).encode()).hexdigest()


def natural_key(name: str) -> tuple[tuple[int, int, str, str], ...]:
    """Return a key that sorts file names as people do: ``frame9`` before ``frame10``."""
    key = []
    for part in re.split(r"([0-9]+)", name):
        number = part.lstrip("0")
        digits = part.isdecimal()
        key.append((0, len(number), number, part) if digits else (1, 0, part, part))
    return tuple(key)
