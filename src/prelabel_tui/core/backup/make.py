"""Making a backup while people work: the database as of one moment, and the artifacts it names."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import select

from prelabel_tui import __version__
from prelabel_tui.core.backup.snapshot import (
    ABOUT,
    ARTIFACTS,
    DATABASE,
    PICTURES,
    SNAPSHOTS,
    TOLD,
    About,
    Told,
    about_of,
    copy_beside,
    refuse,
)
from prelabel_tui.core.catalog.pictures import decode_pictures
from prelabel_tui.core.datasets.output import output_folder, write_file
from prelabel_tui.core.fsck import Report, fsck
from prelabel_tui.core.fsck.references import gather
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.fsck.schema import schema_damages
from prelabel_tui.core.model.media import Manifest, decode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.store import Store, gives_result, models
from prelabel_tui.core.store.artifacts import ArtifactReadError, FolderArtifacts, fsync_folder
from prelabel_tui.core.store.database import make_engine
from prelabel_tui.core.store.read_only import reading_uri
from prelabel_tui.core.text import counted

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_PAGES_AT_ONCE: Final = 4_000


@dataclass(frozen=True)
class Backup:
    """A backup that was made.  ``added``: the artifacts that were not in the folder before."""

    folder: Path
    told: Told
    added: int

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {"folder": str(self.folder), "added": self.added, **msgspec.to_builtins(self.told)}


@gives_result
def back_up(store: Store, folder: Path, progress: Progress = unwatched) -> Result[Backup]:
    """Add a backup of the data folder, as it is now, to a backup folder.

    People may go on working.  BACKUP_SUCCESS; FSCK_DAMAGED when the data folder itself is damaged
    (the backup is there, and says so); INPUT_INVALID (a folder that holds something else),
    BACKUP_CANCELLED, STORAGE_WRITE_FAILED, storage codes.
    """
    try:
        return _back_up(store, folder.absolute(), progress)
    except Cancelled:
        return Result(Outcome(Code.BACKUP_CANCELLED))
    except (OSError, sqlite3.Error) as error:
        where = getattr(error, "filename", None) or folder
        said = getattr(error, "strerror", None) or error
        return Result(Outcome(Code.STORAGE_WRITE_FAILED, f"{where}: {said}."))


def _back_up(store: Store, folder: Path, progress: Progress) -> Result[Backup]:
    now = store.now()
    with store.read() as session:
        about = About(_first_entry(session))
    _take_folder(folder, about)
    name = f"{now:%Y%m%dT%H%M%S.%fZ}"
    kept = FolderArtifacts(folder / ARTIFACTS)
    with output_folder(folder / SNAPSHOTS / name, progress) as snapshot:
        database = snapshot / DATABASE
        with _opened(database, snapshot, kept) as copy:
            damages = _copy_database(store, copy, progress)
            with copy.read() as session:
                needed = gather(session, store.artifacts).named
                pictures = list(_pictures(session, store))
            added = _copy_artifacts(store, kept, sorted(needed), progress)
            report = fsck(copy, progress).unwrap()
        if report.cancelled:
            raise Cancelled
        _write_pictures(snapshot / PICTURES, pictures)
        report = dataclasses.replace(report, damages=(*damages, *report.damages))
        told = _told(now, database, report, len(needed), len(pictures))
        told = msgspec.structs.replace(told, beside=copy_beside(store.home, snapshot))
        (snapshot / TOLD).write_bytes(msgspec.json.format(msgspec.json.encode(told)) + b"\n")
    done = Backup(folder / SNAPSHOTS / name, told, added)
    data = {"head": told.head, "snapshot": name}
    if told.damages:
        detail = f"The backup {name} has {counted(len(told.damages), 'damage')} of the data folder."
        return Result(Outcome(Code.FSCK_DAMAGED, detail, data), done)
    detail = (
        f"{done.folder}: {counted(told.revisions, 'revision')}, "
        f"{counted(told.artifacts, 'artifact')} ({added} new)."
    )
    return Result(Outcome(Code.BACKUP_SUCCESS, detail, data), done)


def _first_entry(session: Session) -> str:
    """Return the hash of the audit log's first entry: what tells one data folder from another."""
    first = session.scalar(select(models.Audit.hash).order_by(models.Audit.id).limit(1))
    if first is None:
        raise refuse("The data folder is empty: there is nothing to back up.")
    return first


def _take_folder(folder: Path, about: About) -> None:
    """Make the backup folder, or refuse one that is somebody else's."""
    if (folder / ABOUT).exists():
        if about_of(folder).data_folder != about.data_folder:
            raise refuse(f"{folder} holds the backups of another data folder.")
        return
    if folder.exists() and next(folder.iterdir(), None) is not None:
        raise refuse(f"{folder} is not empty, and no backup folder (it has no {ABOUT}).")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / SNAPSHOTS).mkdir()
    write_file(folder / ABOUT, msgspec.json.encode(about))  # with it, both names are on the disk
    fsync_folder(folder.parent)


def _copy_database(store: Store, copy: Store, progress: Progress) -> list[Damage]:
    """Copy the database as of one moment; return what is wrong with definitions left behind."""
    path = Path(str(copy.engine.url.database))
    if store.is_sqlite:
        _copy_file(Path(str(store.engine.url.database)), path, progress)
        damages = []
    else:
        from prelabel_tui.core.store.copying import copy_rows  # imports Alembic

        with store.read() as session, copy.engine.begin() as target:
            copy_rows(session.connection(), target, progress)
            damages = list(schema_damages(session, store))
    path.chmod(0o600)
    return damages


def _copy_file(source: Path, target: Path, progress: Progress) -> None:
    """Copy a SQLite database with what its write-ahead log holds, as of one moment.

    An open read transaction keeps that moment while others write, and they need not wait.
    """

    def step(_status: int, left: int, total: int) -> None:
        progress("database pages copied", total - left, total)

    with (
        contextlib.closing(sqlite3.connect(reading_uri(source), uri=True)) as here,
        contextlib.closing(sqlite3.connect(target)) as there,
    ):
        here.execute("BEGIN")
        here.execute("SELECT count(*) FROM sqlite_master").fetchone()
        here.backup(there, pages=_PAGES_AT_ONCE, progress=step)


@contextlib.contextmanager
def _opened(database: Path, home: Path, artifacts: FolderArtifacts) -> Iterator[Store]:
    """Open a copied database with the artifacts of the backup folder."""
    engine = make_engine(f"sqlite:///{database}")
    try:
        yield Store(home, engine, artifacts)
    finally:
        engine.dispose()


def _copy_artifacts(
    store: Store, kept: FolderArtifacts, names: list[str], progress: Progress
) -> int:
    """Copy the artifacts that are not there yet; one that is damaged here is left out."""
    there = set(kept.names())
    added = 0
    for number, sha256 in enumerate(names):
        progress("artifacts copied", number, len(names))
        if sha256 in there:
            continue
        with contextlib.suppress(ArtifactReadError):  # the check names it
            kept.put(store.artifacts.get(sha256))
            added += 1
    return added


def _pictures(session: Session, store: Store) -> Iterator[dict[str, object]]:
    """Yield the pictures that are not in the data folder: where they are, and their SHA-256."""
    media, revision = models.Media, models.Revision
    known: dict[str, str | None] = {}
    for media_id, sha256 in session.execute(
        select(revision.media_id, revision.pictures_sha)
        .where(revision.pictures_sha.is_not(None))
        .order_by(revision.number)
    ):
        known[media_id] = sha256
    for clip in session.scalars(select(media).where(media.removed_at.is_(None))):
        published = known.get(clip.id)
        try:
            manifest = decode_manifest(store.artifacts.get(clip.manifest_sha))
            hashes: tuple[str | None, ...] = (None,) * (len(manifest.frames) + 1)
            if published is not None:
                read = decode_pictures(store.artifacts.get(published))
                hashes = (read.video, *read.frames)
        except (ArtifactReadError, msgspec.MsgspecError):
            continue  # the check names it
        for path, sha256 in zip(_files(manifest), hashes, strict=True):
            if path is not None:
                yield {"clip": clip.name, "path": path, "sha256": sha256}


def _files(manifest: Manifest) -> list[str | None]:
    return [manifest.video, *(frame.path for frame in manifest.frames)]


def _write_pictures(path: Path, pictures: list[dict[str, object]]) -> None:
    with path.open("wb") as file:
        for picture in pictures:
            file.write(msgspec.json.encode(picture) + b"\n")


def _told(now: dt.datetime, database: Path, report: Report, artifacts: int, pictures: int) -> Told:
    with database.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Told(
        made_at=now.isoformat(),
        program=__version__,
        head=report.head,
        database_sha256=sha256,
        artifacts=artifacts,
        revisions=report.revisions,
        pictures=pictures,
        damages=tuple(damage.text for damage in report.damages),
    )
