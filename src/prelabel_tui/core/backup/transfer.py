"""Moving to another database: all of it is copied and checked, or nothing is there."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from prelabel_tui.core.backup.snapshot import refuse
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.progress import Cancelled, Progress, unwatched
from prelabel_tui.core.store import Store, gives_result
from prelabel_tui.core.store.chain import head
from prelabel_tui.core.store.database import make_engine
from prelabel_tui.core.text import counted


@dataclass(frozen=True)
class Copied:
    """A copy that was made: the database's name without its password, rows, head of its log."""

    database: str
    rows: int
    head: str

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {"database": self.database, "rows": self.rows}


@gives_result
def copy_database(store: Store, url: str, progress: Progress = unwatched) -> Result[Copied]:
    """Copy the database to the one that a URL names, which must have nothing in it.

    The artifacts stay where they are.  It is there only when ``fsck`` finds it whole, with the
    head of this one.  DATABASE_COPIED; INPUT_INVALID (no URL of a database, one that is not empty,
    somebody wrote meanwhile), FSCK_DAMAGED, BACKUP_CANCELLED, DATABASE_UNAVAILABLE, storage codes.
    """
    engine = _engine(url)
    try:
        return _copy(store, engine, progress)
    except Cancelled:
        return Result(Outcome(Code.BACKUP_CANCELLED))
    except ValueError as error:  # a stored value of the source
        return Result(Outcome(Code.FSCK_DAMAGED, f"Nothing was copied: {error}."))
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        detail = f"{engine.url.render_as_string()}: {said}."
        return Result(Outcome(Code.DATABASE_UNAVAILABLE, detail))
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    try:
        given = make_url(url)
        if given.get_backend_name() not in ("sqlite", "postgresql"):
            raise refuse("Only SQLite (sqlite:///FILE) and PostgreSQL (postgresql://…) are known.")
        if given.get_backend_name() == "sqlite":
            path = Path(given.database or "").absolute()
            if not given.database or not path.parent.is_dir():
                raise refuse(f"{path.parent} is no folder to make a database in.")
            if path.exists():
                raise refuse(f"{path} is there already; name a file that is not.")
            return make_engine(f"sqlite:///{path}")
        return make_engine(url)
    except ArgumentError as error:
        raise refuse("That is not a valid database URL.") from error
    except ImportError as error:
        extra = "PostgreSQL needs the extra: pip install 'prelabel-tui[postgres]'."
        raise refuse(extra) from error


def _copy(store: Store, engine: Engine, progress: Progress) -> Result[Copied]:
    from prelabel_tui.core.store import copying  # imports Alembic

    name = engine.url.render_as_string()
    with engine.connect() as target:
        if not copying.is_empty(target):
            raise refuse(f"{name} is not empty; name a database with nothing in it.")
    committed = engine.dialect.name == "sqlite"  # its file is there from now on
    try:
        with store.read() as session, engine.begin() as target:
            newest = head(session.connection()).hash
            rows = copying.copy_rows(session.connection(), target, progress)
        committed = True
        _check(store, engine, newest, progress)
    except BaseException:
        if committed:
            copying.remove_all(engine)
        raise
    outcome = Outcome(Code.DATABASE_COPIED, f"{name}: {counted(rows, 'row')}.", {"head": newest})
    return Result(outcome, Copied(name, rows, newest))


def _check(store: Store, engine: Engine, newest: str, progress: Progress) -> None:
    """Check a copy, and that nothing came into what it was made of since.  Refused, Cancelled."""
    copy = Store(store.home, engine, store.artifacts)
    report = fsck(copy, progress, expected_head=newest).unwrap()
    if report.cancelled:
        raise Cancelled
    if report.damages:
        detail = f"Nothing was copied; the first damage: {report.damages[0].text}."
        raise Refused(Outcome(Code.FSCK_DAMAGED, detail))
    with store.read() as session:
        if head(session.connection()).hash != newest:
            raise refuse("Somebody wrote while it was copied; end all sessions, then copy again.")
