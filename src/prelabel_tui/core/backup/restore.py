"""Restoring a backup into an empty place, verified before it is there."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import Engine, delete

from prelabel_tui.core.backup.snapshot import (
    ARTIFACTS,
    DATABASE,
    PICTURES,
    Told,
    copy_beside,
    refuse,
    snapshots_in,
    told_by,
)
from prelabel_tui.core.datasets.output import output_folder
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.fsck.references import gather
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.store import Store, gives_result, migrate, models
from prelabel_tui.core.store.artifacts import ArtifactReadError, FolderArtifacts
from prelabel_tui.core.store.database import make_engine, stored_head
from prelabel_tui.core.text import counted


@dataclass(frozen=True)
class Restored:
    """What was restored.  ``missing``: pictures that are not where the backup says."""

    snapshot: str
    told: Told
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "snapshot": self.snapshot,
            "missing_pictures": list(self.missing),
            **msgspec.to_builtins(self.told),
        }


@gives_result
def restore(
    folder: Path, home: Path, snapshot: str | None = None, progress: Progress = unwatched
) -> Result[Restored]:
    """Make a data folder at ``home`` from a backup: the newest, or the one of this name.

    ``home`` must not be there, or be empty: what is left of another database would be mixed in.
    It is there only when all of it was verified.  RESTORE_SUCCESS; FSCK_DAMAGED (nothing was
    made), DATABASE_TOO_NEW, INPUT_INVALID, NOT_FOUND, BACKUP_CANCELLED, STORAGE_WRITE_FAILED,
    storage codes.
    """
    try:
        return _restore(folder.absolute(), home, _chosen(folder.absolute(), snapshot), progress)
    except Cancelled:
        return Result(Outcome(Code.BACKUP_CANCELLED))
    except (OSError, sqlite3.Error) as error:
        where = getattr(error, "filename", None) or home
        said = getattr(error, "strerror", None) or error
        return Result(Outcome(Code.STORAGE_WRITE_FAILED, f"{where}: {said}."))


def _chosen(folder: Path, name: str | None) -> Path:
    there = snapshots_in(folder)
    found = [path for path in there if name is None or path.name == name]
    if not found:
        names = ", ".join(path.name for path in there[-5:]) or "none"
        raise Refused(Outcome(Code.NOT_FOUND, f"Backup {name or ''} in {folder}; there: {names}."))
    return found[-1]


def _restore(folder: Path, home: Path, snapshot: Path, progress: Progress) -> Result[Restored]:
    told = told_by(snapshot)
    with (snapshot / DATABASE).open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != told.database_sha256:
            raise refuse(f"{snapshot / DATABASE} is not the database that was backed up.")
    with output_folder(home, progress) as part:
        part.chmod(0o700)
        shutil.copyfile(snapshot / DATABASE, part / DATABASE)
        (part / DATABASE).chmod(0o600)
        if copy_beside(snapshot, part) != told.beside:
            raise refuse(f"Settings or signed heads in {snapshot} are not as they were backed up.")
        engine = make_engine(f"sqlite:///{part / DATABASE}")
        try:
            _bring_up(engine, snapshot)
            store = Store(part, engine, FolderArtifacts(part / ARTIFACTS))
            _copy_artifacts(store, FolderArtifacts(folder / ARTIFACTS), progress)
            with store.write_rows() as connection:
                for of_sessions in models.OF_SESSIONS:
                    connection.execute(delete(of_sessions))
            found = fsck(store, progress, expected_head=told.head)
        finally:
            engine.dispose()
        report = found.unwrap()
        if report.cancelled:
            raise Cancelled
        if new := [d.text for d in report.damages if d.text not in told.damages]:
            detail = f"The backup is damaged, and nothing was restored; the first: {new[0]}."
            raise Refused(Outcome(Code.FSCK_DAMAGED, detail))
    missing = tuple(_missing(snapshot / PICTURES))
    detail = f"{home}: {counted(told.revisions, 'revision')} as of {told.made_at}."
    if missing:
        lost = counted(len(missing), "picture")
        detail += f" {lost} not where they were: point the clips at them with media relocate."
    done = Restored(snapshot.name, told, missing)
    return Result(Outcome(Code.RESTORE_SUCCESS, detail, {"head": told.head}), done)


def _bring_up(engine: Engine, snapshot: Path) -> None:
    """Migrate what an older program has backed up; refuse what a newer one has."""
    version = stored_head(engine)
    if version not in migrate.known_versions():
        detail = f"{snapshot / DATABASE} is at version {version}."
        raise Refused(Outcome(Code.DATABASE_TOO_NEW, detail))
    migrate.upgrade(engine)


def _copy_artifacts(store: Store, kept: FolderArtifacts, progress: Progress) -> None:
    with store.read() as session:
        names = sorted(gather(session, kept).named)
    for number, sha256 in enumerate(names):
        progress("artifacts restored", number, len(names))
        with contextlib.suppress(ArtifactReadError):  # the check names it
            store.artifacts.put(kept.get(sha256))


def _missing(path: Path) -> list[str]:
    with path.open("rb") as file:
        paths = [msgspec.json.decode(line)["path"] for line in file]
    return [one for one in paths if not Path(one).exists()]
