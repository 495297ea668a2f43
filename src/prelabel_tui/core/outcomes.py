"""Every outcome of every operation, in one table: screens, command line and docs read it.

Operations return an :class:`Outcome` (or a :class:`Result` that carries one with a value);
they raise only for bugs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final, Generic, TypeVar

from prelabel_tui.core.bounds import DETAIL_LENGTH


class Severity(StrEnum):
    """How a banner shows an outcome."""

    SUCCESS = "success"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Status(IntEnum):
    """HTTP-like status of an outcome (the guide says `409 DRAFT_VERSION_CONFLICT`)."""

    OK = 200
    BAD_INPUT = 400
    FORBIDDEN = 403
    NOT_FOUND = 404
    CONFLICT = 409
    UNPROCESSABLE = 422
    LOCKED = 423
    STORAGE = 507
    INTERNAL = 500


class Code(StrEnum):
    """The deterministic codes."""

    OK = "OK"
    # Publishing: the operator guide's codes.
    PUBLISH_SUCCESS = "PUBLISH_SUCCESS"
    NO_OP_ALREADY_PUBLISHED = "NO_OP_ALREADY_PUBLISHED"
    STALE_DRAFT_VERSION = "STALE_DRAFT_VERSION"
    VALIDATION_HARD_FAIL = "VALIDATION_HARD_FAIL"
    RESET_DRAFT_REQUIRED = "RESET_DRAFT_REQUIRED"
    WARNINGS_REQUIRE_OVERRIDE = "WARNINGS_REQUIRE_OVERRIDE"
    OVERRIDE_FORBIDDEN = "OVERRIDE_FORBIDDEN"
    PUBLISH_LOCK_CONFLICT = "PUBLISH_LOCK_CONFLICT"
    AUDIT_PERSIST_FAILED = "AUDIT_PERSIST_FAILED"
    CLOCK_BEHIND = "CLOCK_BEHIND"
    SIGNING_FAILED = "SIGNING_FAILED"
    STORAGE_READ_FAILED = "STORAGE_READ_FAILED"
    STORAGE_WRITE_FAILED = "STORAGE_WRITE_FAILED"
    PUBLISH_CANCELLED = "PUBLISH_CANCELLED"
    # Drafts.
    DRAFT_VERSION_CONFLICT = "DRAFT_VERSION_CONFLICT"
    DRAFT_SAVED = "DRAFT_SAVED"
    DRAFT_OPENED = "DRAFT_OPENED"
    DRAFT_CREATED = "DRAFT_CREATED"
    DRAFT_RESET = "DRAFT_RESET"
    DRAFT_NOT_ACTIVE = "DRAFT_NOT_ACTIVE"
    SOURCE_PACK_MISSING = "SOURCE_PACK_MISSING"
    # Scoped label packs.
    PACK_APPROVED = "PACK_APPROVED"
    PACK_REJECTED = "PACK_REJECTED"
    PACK_RETIRED = "PACK_RETIRED"
    PACK_NOT_APPROVABLE = "PACK_NOT_APPROVABLE"
    PACK_VERSION_CONFLICT = "PACK_VERSION_CONFLICT"
    PACK_NOT_SELECTABLE = "PACK_NOT_SELECTABLE"
    PACK_APPROVAL_REQUIRED = "PACK_APPROVAL_REQUIRED"
    PACK_SUBMITTED = "PACK_SUBMITTED"
    PACK_ALREADY_SUBMITTED = "PACK_ALREADY_SUBMITTED"
    # Dataset eligibility.
    ELIGIBILITY_APPROVED = "ELIGIBILITY_APPROVED"
    ELIGIBILITY_REVOKED = "ELIGIBILITY_REVOKED"
    ELIGIBILITY_NOT_ALLOWED = "ELIGIBILITY_NOT_ALLOWED"
    ELIGIBILITY_VERSION_CONFLICT = "ELIGIBILITY_VERSION_CONFLICT"
    # Import, export.
    IMPORT_SUCCESS = "IMPORT_SUCCESS"
    IMPORT_ALREADY_PRESENT = "IMPORT_ALREADY_PRESENT"
    IMPORT_INPUT_INVALID = "IMPORT_INPUT_INVALID"
    IMPORT_CHECKED = "IMPORT_CHECKED"
    IMPORT_CANCELLED = "IMPORT_CANCELLED"
    MEDIA_MISMATCH = "MEDIA_MISMATCH"
    RUN_REPORTED = "RUN_REPORTED"
    RUN_STATUS_CONFLICT = "RUN_STATUS_CONFLICT"
    RUN_NOT_READY = "RUN_NOT_READY"
    RUN_REMOVED = "RUN_REMOVED"
    MEDIA_REMOVED = "MEDIA_REMOVED"
    REMOVE_REFUSED = "REMOVE_REFUSED"
    MEDIA_RELOCATED = "MEDIA_RELOCATED"
    EXPORT_SUCCESS = "EXPORT_SUCCESS"
    EXPORT_EMPTY = "EXPORT_EMPTY"
    REPORT_EMPTY = "REPORT_EMPTY"
    EXPORT_CANCELLED = "EXPORT_CANCELLED"
    EXPORT_WRITE_FAILED = "EXPORT_WRITE_FAILED"
    # Data sets.
    DATASET_CREATED = "DATASET_CREATED"
    DATASET_EXISTS = "DATASET_EXISTS"
    DATASET_REVOKED = "DATASET_REVOKED"
    # Everything.
    REASON_REQUIRED = "REASON_REQUIRED"
    ROLE_FORBIDDEN = "ROLE_FORBIDDEN"
    USER_UNKNOWN = "USER_UNKNOWN"
    NOT_FOUND = "NOT_FOUND"
    INPUT_INVALID = "INPUT_INVALID"
    DATABASE_UNAVAILABLE = "DATABASE_UNAVAILABLE"
    DATABASE_TOO_NEW = "DATABASE_TOO_NEW"
    DATABASE_TOO_OLD = "DATABASE_TOO_OLD"
    DATABASE_UPGRADED = "DATABASE_UPGRADED"
    FOLDER_READ_ONLY = "FOLDER_READ_ONLY"
    DATABASE_COPIED = "DATABASE_COPIED"
    TERMINAL_UNSUITABLE = "TERMINAL_UNSUITABLE"
    BACKUP_SUCCESS = "BACKUP_SUCCESS"
    BACKUP_CANCELLED = "BACKUP_CANCELLED"
    RESTORE_SUCCESS = "RESTORE_SUCCESS"
    FSCK_CLEAN = "FSCK_CLEAN"
    FSCK_DAMAGED = "FSCK_DAMAGED"
    CONFIG_INVALID = "CONFIG_INVALID"


@dataclass(frozen=True)
class Entry:
    """A row of the table: what a code means and what to do next."""

    status: Status
    severity: Severity
    sentence: str
    next_step: str
    retry_safe: bool
    exit_code: int


_S, _I, _W, _E = Severity.SUCCESS, Severity.INFO, Severity.WARNING, Severity.ERROR

TABLE: Final[Mapping[Code, Entry]] = {
    Code.OK: Entry(Status.OK, _S, "Done.", "Continue.", True, 0),
    Code.PUBLISH_SUCCESS: Entry(
        Status.OK, _S, "A new immutable revision was created.",
        "See it in Revision history.", True, 0,
    ),
    Code.NO_OP_ALREADY_PUBLISHED: Entry(
        Status.OK, _I, "The same content already exists as the latest approved revision.",
        "Nothing to do: use that revision.", True, 10,
    ),
    Code.STALE_DRAFT_VERSION: Entry(
        Status.CONFLICT, _E, "The draft changed before publish completed.",
        "Load the latest draft, review what changed, then publish again.", False, 11,
    ),
    Code.VALIDATION_HARD_FAIL: Entry(
        Status.UNPROCESSABLE, _E, "Blocking validation errors must be fixed first.",
        "Open the findings, fix each error, then publish again.", False, 12,
    ),
    Code.RESET_DRAFT_REQUIRED: Entry(
        Status.UNPROCESSABLE, _E,
        "This older incompatible ball draft must be reset and rebuilt from the current source "
        "prelabel pack.",
        "Reset draft, re-apply the edits you still want, wait for autosave, publish again.",
        False, 13,
    ),
    Code.WARNINGS_REQUIRE_OVERRIDE: Entry(
        Status.UNPROCESSABLE, _W, "Publish warnings require explicit override.",
        "Fix the warnings, or override them with a reason.", False, 14,
    ),
    Code.OVERRIDE_FORBIDDEN: Entry(
        Status.FORBIDDEN, _E, "The current user cannot override publish warnings.",
        "Fix the warnings, or ask a lead to publish.", False, 15,
    ),
    Code.PUBLISH_LOCK_CONFLICT: Entry(
        Status.LOCKED, _E, "Another publish happened concurrently.",
        "Wait for it to end, look at Revision history, then publish again.", True, 16,
    ),
    Code.AUDIT_PERSIST_FAILED: Entry(
        Status.INTERNAL, _E, "The audit entry could not be stored, so nothing was changed.",
        "Check the database (prelabel-tui fsck), then try again.", True, 17,
    ),
    Code.CLOCK_BEHIND: Entry(
        Status.CONFLICT, _E,
        "This machine's clock is earlier than the newest entry of the audit log.",
        "Set the clock; if it is right, an admin accepts it: prelabel-tui db accept-clock.",
        True, 53,
    ),
    Code.SIGNING_FAILED: Entry(
        Status.UNPROCESSABLE, _E,
        "The head of the audit log cannot be signed with the configured key; nothing was changed.",
        "Make the key usable (ssh-add, if it has a passphrase), or change signing_key.", True, 55,
    ),
    Code.STORAGE_READ_FAILED: Entry(
        Status.STORAGE, _E, "Stored content could not be read or is damaged.",
        "Run prelabel-tui fsck to see what is affected, restore it, then try again.", True, 18,
    ),
    Code.STORAGE_WRITE_FAILED: Entry(
        Status.STORAGE, _E, "Content could not be stored, so nothing was changed.",
        "Check the free space and permissions of the data folder, then try again.", True, 19,
    ),
    Code.PUBLISH_CANCELLED: Entry(
        Status.OK, _I, "Publish was cancelled; nothing was changed.",
        "Publish again when ready.", True, 20,
    ),
    Code.DRAFT_VERSION_CONFLICT: Entry(
        Status.CONFLICT, _E, "The draft version is stale: somebody saved a newer one.",
        "Merge with it, or load the latest draft before continuing.", False, 21,
    ),
    Code.DRAFT_SAVED: Entry(Status.OK, _S, "The draft was saved.", "Continue.", True, 0),
    Code.DRAFT_OPENED: Entry(
        Status.OK, _S, "The active draft of the scope was opened.", "Review it.", True, 0
    ),
    Code.DRAFT_CREATED: Entry(
        Status.OK, _S, "A draft was created from the run's prelabel pack.", "Review it.", True, 0
    ),
    Code.DRAFT_RESET: Entry(
        Status.OK, _S, "The draft was reset to the current source prelabel pack.",
        "Re-apply the review edits you still want.", False, 0,
    ),
    Code.DRAFT_NOT_ACTIVE: Entry(
        Status.CONFLICT, _E, "This draft is no longer the active draft of its scope.",
        "Open the review again from the run.", False, 22,
    ),
    Code.SOURCE_PACK_MISSING: Entry(
        Status.NOT_FOUND, _E,
        "The scope has no source prelabel pack to rebuild the draft from; nothing was changed.",
        "Import a run of this clip under the same names, then reset again.", True, 43,
    ),
    Code.PACK_APPROVED: Entry(
        Status.OK, _S, "The label pack was approved.", "It can be selected for publishing.",
        False, 0,
    ),
    Code.PACK_REJECTED: Entry(
        Status.OK, _S, "The label pack was rejected.", "Continue with another pack.", False, 0
    ),
    Code.PACK_RETIRED: Entry(
        Status.OK, _S, "The label pack was retired.",
        "Its revisions can no longer be approved for a dataset.", False, 0,
    ),
    Code.PACK_NOT_APPROVABLE: Entry(
        Status.UNPROCESSABLE, _E,
        "Only a pack with validation_status = passed and review_status != approved can be "
        "approved.",
        "Look at its validation and review status.", False, 23,
    ),
    Code.PACK_VERSION_CONFLICT: Entry(
        Status.CONFLICT, _E, "Another operator changed this label pack first.",
        "Look at the refreshed row, then decide again.", False, 24,
    ),
    Code.PACK_NOT_SELECTABLE: Entry(
        Status.UNPROCESSABLE, _E, "This pack is not an approved publish candidate of the scope.",
        "Select an approved pack from Publish pack.", False, 25,
    ),
    Code.PACK_APPROVAL_REQUIRED: Entry(
        Status.CONFLICT, _E,
        "Packs of this scope's drafts have been decided about, and none is approved now.",
        "Submit the draft for approval; publish when a lead has approved its pack.", True, 56,
    ),
    Code.PACK_SUBMITTED: Entry(
        Status.OK, _S, "The draft was submitted for approval as a pending label pack.",
        "A lead approves or rejects it in Scoped label packs.", True, 0,
    ),
    Code.PACK_ALREADY_SUBMITTED: Entry(
        Status.OK, _I, "This content was submitted before; nothing was added.",
        "Wait for its approval, or publish with it once it is approved.", True, 0,
    ),
    Code.ELIGIBILITY_APPROVED: Entry(
        Status.OK, _S, "The revision was approved for datasets.", "Export may use it.", False, 0
    ),
    Code.ELIGIBILITY_REVOKED: Entry(
        Status.OK, _S, "The revision was revoked from datasets.", "Export no longer uses it.",
        False, 0,
    ),
    Code.ELIGIBILITY_NOT_ALLOWED: Entry(
        Status.UNPROCESSABLE, _E, "The revision's state does not allow this eligibility change.",
        "Approve needs a lifecycle-approved, validation-passed pack; revoke an approved revision.",
        False, 26,
    ),
    Code.ELIGIBILITY_VERSION_CONFLICT: Entry(
        Status.CONFLICT, _E, "Another operator changed dataset eligibility first.",
        "Retry only after the refreshed row shows the latest eligibility status and version.",
        False, 27,
    ),
    Code.IMPORT_SUCCESS: Entry(
        Status.OK, _S, "The run was imported.", "Open it in Ops › Prelabels.", True, 0
    ),
    Code.IMPORT_ALREADY_PRESENT: Entry(
        Status.OK, _I, "This run was imported before; nothing was added.",
        "Open it in Ops › Prelabels.", True, 0,
    ),
    Code.IMPORT_INPUT_INVALID: Entry(
        Status.BAD_INPUT, _E, "The input cannot be imported; nothing was changed.",
        "Fix the input at the place named, then import again.", True, 29,
    ),
    Code.IMPORT_CHECKED: Entry(
        Status.OK, _S, "The import was checked; nothing was written.",
        "To import it, leave out --check.", True, 0,
    ),
    Code.IMPORT_CANCELLED: Entry(
        Status.OK, _I, "The import was cancelled; nothing was changed.",
        "Import again when ready.", True, 42,
    ),
    Code.MEDIA_MISMATCH: Entry(
        Status.CONFLICT, _E, "The workspace has another clip under this media name.",
        "Give the clip another media name.", False, 30,
    ),
    Code.RUN_REPORTED: Entry(
        Status.OK, _S, "The run's status was recorded.", "See it in Ops › Prelabels.", True, 0
    ),
    Code.RUN_STATUS_CONFLICT: Entry(
        Status.CONFLICT, _E, "A run cannot go from its status to that one; nothing was changed.",
        "Look at the run in Ops › Prelabels.", False, 50,
    ),
    Code.RUN_NOT_READY: Entry(
        Status.CONFLICT, _E, "There is nothing to review yet.",
        "Import the run's labels first.", True, 51,
    ),
    Code.RUN_REMOVED: Entry(
        Status.OK, _S, "The run is hidden; the audit log has a record of it.", "Continue.",
        False, 0,
    ),
    Code.MEDIA_REMOVED: Entry(
        Status.OK, _S, "The clip and its runs are hidden; the audit log has a record.",
        "Its name is free for another clip.", False, 0,
    ),
    Code.REMOVE_REFUSED: Entry(
        Status.CONFLICT, _E, "Something depends on it; nothing was changed.",
        "Look at what is named; what was published stays.", False, 52,
    ),
    Code.MEDIA_RELOCATED: Entry(
        Status.OK, _S, "The clip's pictures are read from their new place.", "Open its review.",
        True, 0,
    ),
    Code.EXPORT_SUCCESS: Entry(
        Status.OK, _S, "The export was written.", "It is ready to use.", True, 0
    ),
    Code.EXPORT_EMPTY: Entry(
        Status.OK, _W, "No revision matches: nothing was exported.",
        "Approve a revision for dataset in Revision history.", True, 31,
    ),
    Code.REPORT_EMPTY: Entry(
        Status.OK, _W, "No reviewed frame can be compared with its prelabels.",
        "Review frames of the clip, and publish them.", True, 57,
    ),
    Code.EXPORT_CANCELLED: Entry(
        Status.OK, _I, "The export was cancelled; nothing was written.",
        "Export again when ready.", True, 44,
    ),
    Code.EXPORT_WRITE_FAILED: Entry(
        Status.STORAGE, _E, "The export could not be written; nothing was left behind.",
        "Check the free space and permissions of the place named, then export again.", True, 45,
    ),
    Code.DATASET_CREATED: Entry(
        Status.OK, _S, "The data set was frozen.", "Export it by its name.", False, 0
    ),
    Code.DATASET_EXISTS: Entry(
        Status.CONFLICT, _E, "A data set of this name exists, and data sets never change.",
        "Choose another name.", False, 46,
    ),
    Code.DATASET_REVOKED: Entry(
        Status.OK, _W, "Revisions of the data set were revoked after it was frozen.",
        "Look at their reasons; create a new data set without them.", True, 47,
    ),
    Code.REASON_REQUIRED: Entry(
        Status.BAD_INPUT, _E, "A non-empty reason is required.", "Give a reason.", True, 32
    ),
    Code.ROLE_FORBIDDEN: Entry(
        Status.FORBIDDEN, _E, "Your role does not allow this.",
        "Ask somebody with the role named.", False, 33,
    ),
    Code.USER_UNKNOWN: Entry(
        Status.FORBIDDEN, _E, "There is no such user in this data folder.",
        "Check the name; an admin adds users (prelabel-tui users add NAME).", False, 34,
    ),
    Code.NOT_FOUND: Entry(
        Status.NOT_FOUND, _E, "Nothing has that name or id.", "Check the name or id.", False, 35
    ),
    Code.INPUT_INVALID: Entry(
        Status.BAD_INPUT, _E, "The input is not valid; nothing was changed.",
        "Correct what is named, then try again.", True, 36,
    ),
    Code.DATABASE_UNAVAILABLE: Entry(
        Status.STORAGE, _E, "The database cannot be opened or does not answer.",
        "Check the path, its permissions and that the server is running.", True, 37,
    ),
    Code.DATABASE_TOO_NEW: Entry(
        Status.CONFLICT, _E, "The database was made by a newer prelabel-tui.",
        "Install that version or a later one.", False, 38,
    ),
    Code.DATABASE_TOO_OLD: Entry(
        Status.CONFLICT, _E, "The database was made by an older prelabel-tui.",
        "Back it up and end older sessions, then run prelabel-tui db upgrade.", False, 48,
    ),
    Code.DATABASE_UPGRADED: Entry(
        Status.OK, _S, "The database is up to date with this prelabel-tui.", "Continue.", True, 0
    ),
    Code.FOLDER_READ_ONLY: Entry(
        Status.FORBIDDEN, _E,
        "This data folder can only be read here: lists, exports and fsck work, changes do not.",
        "Make it writable if it is yours; else come in over SSH (an admin adds your key: "
        "prelabel-tui users add NAME --key FILE), or run it as the account that owns it.",
        False, 58,
    ),
    Code.DATABASE_COPIED: Entry(
        Status.OK, _S, "The database was copied and checked.",
        "Name the copy with --database (PRELABEL_DATABASE) from now on, and put the old one away.",
        True, 0,
    ),
    Code.TERMINAL_UNSUITABLE: Entry(
        Status.BAD_INPUT, _E, "This output cannot show the application.",
        "Use a terminal of at least 80×20 cells.", True, 39,
    ),
    Code.BACKUP_SUCCESS: Entry(
        Status.OK, _S, "The backup was made and checked.",
        "Note the head of the audit log in another place.", True, 0,
    ),
    Code.BACKUP_CANCELLED: Entry(
        Status.CONFLICT, _E, "It was cancelled; nothing was made.", "Start it again.", True, 54
    ),
    Code.RESTORE_SUCCESS: Entry(
        Status.OK, _S, "The data folder was restored and checked.",
        "Compare the head of the audit log with the one that was noted.", True, 0,
    ),
    Code.FSCK_CLEAN: Entry(Status.OK, _S, "Everything was read; no damage.", "Continue.", True, 0),
    Code.FSCK_DAMAGED: Entry(
        Status.STORAGE, _E, "Damage was found.", "Restore what is named from a backup.", True, 40
    ),
    Code.CONFIG_INVALID: Entry(
        Status.BAD_INPUT, _E, "The configuration cannot be used.",
        "Fix the line named, or remove it.", True, 41,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What came of an operation: the code, the ``detail`` for people, ``data`` for programs."""

    code: Code
    detail: str = ""
    data: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.detail) > DETAIL_LENGTH:  # it repeats what was given
            object.__setattr__(self, "detail", self.detail[: DETAIL_LENGTH - 1] + "…")

    @property
    def entry(self) -> Entry:
        """The table's row."""
        return TABLE[self.code]

    @property
    def ok(self) -> bool:
        """Whether the operation did what was asked, or it was already so."""
        return self.entry.severity in (Severity.SUCCESS, Severity.INFO)

    @property
    def headline(self) -> str:
        """`CODE: sentence detail`, with the status before a 409 as the guide writes it."""
        conflict = self.code is Code.DRAFT_VERSION_CONFLICT
        prefix = f"{self.entry.status.value} " if conflict else ""
        return f"{prefix}{self.code}: {self.entry.sentence} {self.detail}".rstrip()

    def as_json(self) -> dict[str, object]:
        """Return the object that `--json` prints."""
        entry = self.entry
        return {
            "code": self.code.value,
            "status": entry.status.value,
            "severity": entry.severity.value,
            "sentence": entry.sentence,
            "detail": self.detail,
            "next_step": entry.next_step,
            "retry_safe": entry.retry_safe,
            **({"data": dict(self.data)} if self.data else {}),
        }


class Refused(Exception):
    """Ends an operation, and rolls back its transaction, with this outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.headline)
        self.outcome = outcome


T = TypeVar("T")


@dataclass(frozen=True)
class Result(Generic[T]):
    """An outcome and, when there is one, what the operation returns."""

    outcome: Outcome
    value: T | None = None

    @property
    def ok(self) -> bool:
        """Whether the outcome is ok."""
        return self.outcome.ok

    def unwrap(self) -> T:
        """Return the value; RuntimeError (a bug) when there is none."""
        if self.value is None:
            raise RuntimeError(self.outcome.headline)
        return self.value
