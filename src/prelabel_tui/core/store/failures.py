"""What went wrong underneath an operation, as its outcome."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from prelabel_tui.core.model.document import PayloadError
from prelabel_tui.core.outcomes import Code, Outcome
from prelabel_tui.core.store.artifacts import ArtifactError, ArtifactReadError


class AuditPersistError(Exception):
    """An audit entry could not be written; the transaction must not commit."""


FAILURES: Final = (SQLAlchemyError, ArtifactError, AuditPersistError, PayloadError)
"""What an operation catches around its transactions and hands to :func:`failure`."""

_WRITE_ERRORS = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_DISK_FULL_SQLSTATE = "53100"


def failure(error: BaseException) -> Outcome:
    """The outcome of a failed transaction or artifact access."""
    if isinstance(error, AuditPersistError):
        return Outcome(Code.AUDIT_PERSIST_FAILED, str(error))
    if isinstance(error, ArtifactReadError | PayloadError):
        return Outcome(Code.STORAGE_READ_FAILED, str(error))
    if isinstance(error, ArtifactError):
        return Outcome(Code.STORAGE_WRITE_FAILED, str(error))
    if isinstance(error, SQLAlchemyError):
        return Outcome(_database_code(error), _first_line(error))
    raise error


def _database_code(error: SQLAlchemyError) -> Code:
    cause = error.orig if isinstance(error, DBAPIError) else None
    name = getattr(cause, "sqlite_errorname", "") or ""
    if name.startswith(_WRITE_ERRORS) or getattr(cause, "sqlstate", "") == _DISK_FULL_SQLSTATE:
        return Code.STORAGE_WRITE_FAILED
    if name.startswith(_DAMAGED):
        return Code.STORAGE_READ_FAILED
    return Code.DATABASE_UNAVAILABLE


def _first_line(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).splitlines() or [type(cause).__name__])[0]
