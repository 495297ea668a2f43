"""What is known of one backup: the files of its folder, and what ``backup.json`` says."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from prelabel_tui.core.outcomes import Code, Outcome, Refused

SNAPSHOTS: Final = "snapshots"
ARTIFACTS: Final = "artifacts"
DATABASE: Final = "prelabel.db"
PICTURES: Final = "pictures.jsonl"
TOLD: Final = "backup.json"
ABOUT: Final = "prelabel-backup.json"
BESIDE: Final = ("*.toml", "heads/*/*")
"""The files beside the database that are backed up: settings, and signed heads."""


class About(msgspec.Struct, frozen=True):
    """What the whole backup folder is of: the hash of the first entry of its audit log."""

    data_folder: str
    format: int = 1


class Told(msgspec.Struct, frozen=True):
    """What a backup says of itself.

    ``head``: of its audit log; ``database_sha256``: of the database file; ``artifacts`` and
    ``pictures``: how many it needs and refers to; ``damages``: what a check of it found;
    ``beside``: the SHA-256 of each file of :data:`BESIDE`, by its name.
    """

    made_at: str
    program: str
    head: str
    database_sha256: str
    artifacts: int
    revisions: int
    pictures: int
    damages: tuple[str, ...] = ()
    beside: dict[str, str] = {}


def refuse(detail: str) -> Refused:
    """Refuse a folder, as INPUT_INVALID."""
    return Refused(Outcome(Code.INPUT_INVALID, detail))


def snapshots_in(folder: Path) -> list[Path]:
    """List the whole backups of a backup folder, oldest first.  Refused where it is none."""
    about_of(folder)
    return sorted(path.parent for path in (folder / SNAPSHOTS).glob(f"*/{TOLD}"))


def about_of(folder: Path) -> About:
    """Read what a backup folder is of.  Refused where it is none."""
    try:
        return msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
    except FileNotFoundError as error:
        raise refuse(f"{folder} holds no backup (it has no {ABOUT}).") from error
    except msgspec.MsgspecError as error:
        raise refuse(f"{folder / ABOUT} cannot be read ({error}).") from error


def copy_beside(source: Path, target: Path) -> dict[str, str]:
    """Copy the files of :data:`BESIDE` to another folder; return the SHA-256 of each.  OSError."""
    copied: dict[str, str] = {}
    for path in sorted(path for names in BESIDE for path in source.glob(names)):
        if path.is_file():
            name, data = path.relative_to(source), path.read_bytes()
            (target / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (target / name).write_bytes(data)
            copied[str(name)] = hashlib.sha256(data).hexdigest()
    return copied


def told_by(snapshot: Path) -> Told:
    """Read what a backup says of itself.  Refused when that is damaged."""
    try:
        return msgspec.json.decode((snapshot / TOLD).read_bytes(), type=Told)
    except msgspec.MsgspecError as error:
        raise refuse(f"{snapshot / TOLD} cannot be read ({error}).") from error
