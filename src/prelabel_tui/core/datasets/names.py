"""Names that an export writes: safe as parts of a path, leading to the picture, each its own."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import PurePosixPath
from typing import Final

from prelabel_tui.core.model.media import Manifest, MediaFrame

JOIN: Final = "+"
"""Joins two parts to one; never occurs in a part."""

_UNSAFE: Final = frozenset('/\\%~+,:*?"<>|#;')
_ENDS: Final = (".", " ")
_LONGEST: Final = 200
_KEPT: Final = 150
_ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})


def path_part(name: str) -> str:
    """Write a name as one part of a path, on every file system and in every list of names.

    What could leave the folder, hide the file or break a line is written as ``~2F``; different
    names stay different.  A name of more than 200 bytes is cut and gets its hash.
    """
    safe = "".join(
        _escaped(character) if _is_unsafe(character) else character for character in name
    )
    if safe[:1] in _ENDS:
        safe = _escaped(safe[0]) + safe[1:]
    if safe[-1:] in _ENDS:
        safe = safe[:-1] + _escaped(safe[-1])
    encoded = safe.encode()
    if len(encoded) > _LONGEST:
        told = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        return f"{encoded[:_KEPT].decode(errors='ignore')}~{told}"
    return safe or "~"


def _is_unsafe(character: str) -> bool:
    kind = unicodedata.category(character)
    return character in _UNSAFE or kind[0] == "C" or (kind[0] == "Z" and character != " ")


def _escaped(character: str) -> str:
    return "".join(f"~{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def clip_path(workspace: str, media: str) -> str:
    """Return the folder of a clip's files: ``workspace/media``."""
    return f"{path_part(workspace)}/{path_part(media)}"


def clip_name(workspace: str, media: str) -> str:
    """Write the clip as one name: ``workspace+media``."""
    return f"{path_part(workspace)}{JOIN}{path_part(media)}"


def picture_name(manifest: Manifest, frame: MediaFrame) -> str:
    """Name a frame's picture within its clip, with an ending that says what it is.

    A frame of a video is named by the video and its number, which counts from 1 as ffmpeg's do.
    """
    if frame.at is not None and manifest.video is not None and frame.path is None:
        return f"{path_part(PurePosixPath(manifest.video).stem)}_{frame.at + 1:06d}.jpg"
    name = frame.name
    if frame.path is not None and PurePosixPath(name).suffix.lower() not in _ENDINGS:
        name += PurePosixPath(frame.path).suffix
    return "/".join(map(path_part, name.split("/")))
