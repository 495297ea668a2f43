"""What went wrong underneath an operation, as its outcome.

Operations let failures through: their decorator turns each into the outcome that it is.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar, overload

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from prelabel_tui.core.model.codec import PayloadError
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.store.artifacts import ArtifactError, ArtifactReadError
from prelabel_tui.core.times import second


class AuditPersistError(Exception):
    """An audit entry could not be written; the transaction must not commit."""


class ClockBehindError(SQLAlchemyError):
    """This machine's clock is earlier than the audit log's newest entry."""

    def __init__(self, now: dt.datetime, last: dt.datetime) -> None:
        super().__init__(f"It is {second(now)} here; the newest entry is of {second(last)}.")


class SchemaMovedError(SQLAlchemyError):
    """A newer program has migrated the database since this one opened it."""

    def __init__(self, version: object) -> None:
        super().__init__(
            f"It was upgraded to version {version} while this program had it open: quit, then "
            "start the newer program."
        )


class ReadOnlyFolderError(SQLAlchemyError):
    """The data folder is another account's: it can be read only.  The text says whose it is."""


FAILURES: Final = (
    SQLAlchemyError, ArtifactError, AuditPersistError, PayloadError, UnicodeDecodeError,
    UnicodeEncodeError,
)  # fmt: skip
"""What the database, the artifacts and the audit log fail with.

SQLite's driver decodes damaged text itself.
"""

P = ParamSpec("P")
T = TypeVar("T")

_WRITE_ERRORS = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_NOT_TEXT = "Could not decode to UTF-8"  # of SQLite's driver, without a name
_DISK_FULL_SQLSTATE = "53100"


def gives_result(operation: Callable[P, Result[T]]) -> Callable[P, Result[T]]:
    """Decorate an operation: what refuses it or fails underneath it becomes its result."""

    @functools.wraps(operation)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Result[T]:
        try:
            return operation(*args, **kwargs)
        except (Refused, *FAILURES) as error:
            return Result(failure(error))

    return guarded


def gives_outcome(operation: Callable[P, Outcome]) -> Callable[P, Outcome]:
    """Decorate an operation that returns only an outcome, as :func:`gives_result` does."""

    @functools.wraps(operation)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Outcome:
        try:
            return operation(*args, **kwargs)
        except (Refused, *FAILURES) as error:
            return failure(error)

    return guarded


@overload
def attempt(work: Callable[P, Result[T]], *args: P.args, **kwargs: P.kwargs) -> Result[T]: ...
@overload
def attempt(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Result[T]: ...
@gives_result
def attempt(work, *args, **kwargs):  # type: ignore[no-untyped-def]
    """Do some work now: return its own result, or else its value with OK."""
    found = work(*args, **kwargs)
    return found if isinstance(found, Result) else Result(Outcome(Code.OK), found)


def failure(error: Exception) -> Outcome:
    """Return the outcome of a refused operation, a failed transaction or artifact access."""
    if isinstance(error, Refused):
        return error.outcome
    if isinstance(error, UnicodeEncodeError):
        return Outcome(Code.INPUT_INVALID, "A text has half of a surrogate pair in it.")
    if isinstance(error, AuditPersistError):
        return Outcome(Code.AUDIT_PERSIST_FAILED, str(error))
    if isinstance(error, ArtifactReadError | PayloadError):
        return Outcome(Code.STORAGE_READ_FAILED, str(error))
    if isinstance(error, UnicodeDecodeError):
        return Outcome(Code.STORAGE_READ_FAILED, f"A stored text is damaged ({error}).")
    if isinstance(error, ArtifactError):
        return Outcome(Code.STORAGE_WRITE_FAILED, str(error))
    if isinstance(error, ReadOnlyFolderError):
        return Outcome(Code.FOLDER_READ_ONLY, str(error))
    if isinstance(error, ClockBehindError):
        return Outcome(Code.CLOCK_BEHIND, str(error))
    if isinstance(error, SQLAlchemyError):
        return Outcome(_database_code(error), _first_line(error))
    raise error


def _database_code(error: SQLAlchemyError) -> Code:
    if isinstance(error, SchemaMovedError):
        return Code.DATABASE_TOO_NEW
    cause = error.orig if isinstance(error, DBAPIError) else None
    name = getattr(cause, "sqlite_errorname", "") or ""
    if name.startswith(_WRITE_ERRORS) or getattr(cause, "sqlstate", "") == _DISK_FULL_SQLSTATE:
        return Code.STORAGE_WRITE_FAILED
    if name.startswith(_DAMAGED) or str(cause).startswith(_NOT_TEXT):
        return Code.STORAGE_READ_FAILED
    return Code.DATABASE_UNAVAILABLE


def _first_line(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).splitlines() or [type(cause).__name__])[0]
