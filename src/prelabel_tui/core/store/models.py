"""The tables.  Times are UTC; ids are text, chosen by the program, and never reused.

Rows of revisions, prelabel packs, draft versions, data sets, messages of notes and audit are
append-only: triggers (made by the migrations) refuse updates and deletes, also by direct SQL.

An index that holds only some rows has its condition in the migration: here it would load the
dialect of PostgreSQL, 2 MB of it, at every start.
"""

# Annotations are values in this module: SQLAlchemy would compile and evaluate each string of them.

import datetime as dt
from typing import Any, Final

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware UTC datetimes, on databases that keep zones and those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        """Convert to what the database stores; ValueError without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """Convert from what the database stored."""
        if value is None:
            return None
        zoned: dt.datetime = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return zoned.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """All tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 — SQLAlchemy's declared form
        dt.datetime: UtcDateTime,
        str: Text,
        bytes: LargeBinary,
        dict[str, Any]: JSON,
    }


Id = String(32)
Sha = String(64)


class User(Base):
    """Somebody who may act.  ``role``: reviewer, lead, admin."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    created_at: Mapped[dt.datetime]


class UserKey(Base):
    """A public key of SSH by which a user comes in; of one user only.

    ``blob`` is what SSH sends for it, ``fingerprint`` its SHA-256 as OpenSSH writes it.
    """

    __tablename__ = "user_keys"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    blob: Mapped[bytes]
    comment: Mapped[str]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]


class Workspace(Base):
    """A club's or team's area.  ``settings``: validation thresholds and the like."""

    __tablename__ = "workspaces"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]


class Media(Base):
    """A clip; its frames are in the manifest artifact.

    ``removed_at``: since when it is hidden; its name is free again from then on.
    """

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str]
    manifest_sha: Mapped[str] = mapped_column(Sha)
    frame_count: Mapped[int]
    missing_count: Mapped[int]
    created_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]


def _runs_index(name: str, *columns: str) -> Index:
    """Make an index of the runs that lists show; rows come out of it newest first."""
    return Index(name, *columns, "created_at", "id")


class Run(Base):
    """One execution of the prelabel pipeline; ``digest`` recognises a second import.

    ``ran``: the capabilities that it ran, sorted, with spaces between; ``media_name`` that of its
    clip: what lists are filtered by is in the row, so that an index has it.  ``detector`` and
    ``model`` are what made the labels, ``reason`` why it is partial or has failed, as the pipeline
    says.  ``removed_at``: since when it is hidden.
    """

    __tablename__ = "runs"
    __table_args__ = (
        UniqueConstraint("media_id", "digest"),
        _runs_index("ix_runs_page"),
        _runs_index("ix_runs_state", "status", "ran"),
        _runs_index("ix_runs_workspace", "workspace_id", "status", "ran"),
        _runs_index("ix_runs_media", "media_id", "status", "ran"),
        _runs_index("ix_runs_media_name", "media_name", "status", "ran"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"))
    media_name: Mapped[str]
    status: Mapped[str]
    ran: Mapped[str]
    source: Mapped[str]
    detector: Mapped[str | None]
    model: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(Sha)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    removed_at: Mapped[dt.datetime | None]


class PrelabelPack(Base):
    """What a run produced for one capability: immutable, content-addressed."""

    __tablename__ = "prelabel_packs"
    __table_args__ = (Index("ix_prelabel_packs_scope", "media_id", "capability"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"))
    capability: Mapped[str]
    artifact_sha: Mapped[str] = mapped_column(Sha)
    frame_count: Mapped[int]
    label_count: Mapped[int]
    created_at: Mapped[dt.datetime]


class RunOutcome(Base):
    """One outcome line per capability.  Lineage is that of what the run produced."""

    __tablename__ = "run_outcomes"
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    capability: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    pack_id: Mapped[str | None] = mapped_column(ForeignKey("prelabel_packs.id"))
    detail: Mapped[str]


class Draft(Base):
    """The editable labels of one scope; at most one active.  Its content: DraftVersion rows.

    ``lineage``: pack, manual or unknown; ``lineage_pack_id`` with pack;
    ``lineage_revision_id`` when it was made from an old revision.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        # Of those that are active only.
        Index("uq_drafts_active_scope", "media_id", "capability", unique=True),
        Index("ix_drafts_scope", "media_id", "capability"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"))
    capability: Mapped[str]
    active: Mapped[bool]
    version: Mapped[int]
    content_hash: Mapped[str] = mapped_column(Sha)
    lineage: Mapped[str]
    lineage_pack_id: Mapped[str | None] = mapped_column(ForeignKey("prelabel_packs.id"))
    lineage_revision_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    updated_at: Mapped[dt.datetime]
    updated_by: Mapped[str]


class DraftVersion(Base):
    """One saved version.  A checkpoint also names the artifact of the whole payload.

    ``kind``: create, save, merge, reset, restore, carry.  ``delta`` is zstd-compressed JSON of the
    frames that differ from ``parent`` (none in version 1); ``content_hash`` the document's tree
    hash; ``save_id`` makes a retried save count once.  ``checkpoint`` is the newest version at
    or before this one that has a payload, of ``checkpoint_size`` bytes compressed;
    ``chain_size`` the weight of the deltas since.  ``lineage…`` is that of this content.
    """

    __tablename__ = "draft_versions"
    __table_args__ = (UniqueConstraint("draft_id", "save_id", name="uq_draft_versions_save"),)
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    parent: Mapped[int | None]
    merged_from: Mapped[int | None]
    kind: Mapped[str]
    content_hash: Mapped[str] = mapped_column(Sha)
    checkpoint_sha: Mapped[str | None] = mapped_column(Sha)
    delta: Mapped[bytes | None]
    changed_frames: Mapped[int]
    checkpoint: Mapped[int]
    checkpoint_size: Mapped[int]
    chain_size: Mapped[int]
    lineage: Mapped[str]
    lineage_pack_id: Mapped[str | None] = mapped_column(Id)
    lineage_revision_id: Mapped[str | None] = mapped_column(Id)
    save_id: Mapped[str] = mapped_column(Id)
    actor: Mapped[str]
    created_at: Mapped[dt.datetime]


class LabelPack(Base):
    """Scoped label pack: a candidate for publishing in one scope.

    ``validation_status``: pending, passed, failed; ``review_status``: pending, approved,
    rejected; ``lifecycle``: candidate, approved, retired.  ``version`` guards changes.
    """

    __tablename__ = "label_packs"
    __table_args__ = (Index("ix_label_packs_scope", "media_id", "capability", "created_at"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"))
    capability: Mapped[str]
    artifact_sha: Mapped[str] = mapped_column(Sha)
    label_count: Mapped[int]
    source: Mapped[str]
    prelabel_pack_id: Mapped[str | None] = mapped_column(ForeignKey("prelabel_packs.id"))
    validation_status: Mapped[str]
    validation: Mapped[dict[str, Any]]
    review_status: Mapped[str]
    lifecycle: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    updated_at: Mapped[dt.datetime]
    updated_by: Mapped[str]
    reason: Mapped[str]


class PublishLock(Base):
    """The lease of a scope's publish; ``token`` fences a late holder out."""

    __tablename__ = "publish_locks"
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"), primary_key=True)
    capability: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(Id)
    holder: Mapped[str]
    acquired_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]


class Revision(Base):
    """An immutable, numbered, approved publication in one scope.

    ``record_hash`` is over all that it claims, ``previous_record`` that of its predecessor;
    ``pictures_sha`` the artifact with the SHA-256 of each picture.  Revisions from before the
    chain have none of them.  ``review``: how many frames were reviewed, and by whom; None where it
    was imported, or published before that was kept.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("media_id", "capability", "number"),
        ForeignKeyConstraint(["pack_id"], ["label_packs.id"]),
        CheckConstraint("number >= 1", name="number"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"))
    capability: Mapped[str]
    number: Mapped[int]
    content_hash: Mapped[str] = mapped_column(Sha)
    previous_hash: Mapped[str | None] = mapped_column(Sha)
    manifest_sha: Mapped[str] = mapped_column(Sha)
    pack_id: Mapped[str]
    pack_sha: Mapped[str] = mapped_column(Sha)
    draft_id: Mapped[str | None] = mapped_column(Id)
    draft_version: Mapped[int | None]
    lineage: Mapped[str]
    lineage_pack_id: Mapped[str | None] = mapped_column(ForeignKey("prelabel_packs.id"))
    lineage_revision_id: Mapped[str | None] = mapped_column(Id)
    diff: Mapped[dict[str, Any]]
    validation: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    review: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    override_reason: Mapped[str | None]
    published_at: Mapped[dt.datetime]
    published_by: Mapped[str]
    publisher_role: Mapped[str | None]
    pictures_sha: Mapped[str | None] = mapped_column(Sha)
    previous_record: Mapped[str | None] = mapped_column(Sha)
    record_hash: Mapped[str | None] = mapped_column(Sha)


class Eligibility(Base):
    """Whether a revision may be used in a data set: Reviewed, Approved, Revoked; versioned."""

    __tablename__ = "eligibilities"
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"), primary_key=True)
    status: Mapped[str]
    version: Mapped[int]
    reason: Mapped[str]
    updated_at: Mapped[dt.datetime]
    updated_by: Mapped[str]


class Standing(Base):
    """Where a scope stands, for the lists: written beside what it follows from.

    ``content_hash``: the draft's content that ``frames`` (without the ``left_out`` ones),
    ``reviewed`` and ``flagged`` were counted of; ``unreviewed`` and ``share`` (reviewed of 10,000)
    follow from those, for lists that are sorted by them; ``judged``: the one that ``errors`` and
    ``warnings`` were found in.  ``latest`` is the number of the newest revision, ``eligibility``
    that of it.  Somebody (``said_by``) said that it is ``ready`` for the lead, with a ``note``.
    """

    __tablename__ = "standings"
    __table_args__ = (
        Index("ix_standings_assigned_to", "assigned_to", "media_id"),
        Index("ix_standings_unreviewed", "unreviewed"),
        Index("ix_standings_share", "share"),
        Index("ix_standings_open", "errors", "warnings"),
        Index("ix_standings_flagged", "flagged"),
        # On PostgreSQL with nulls first, as SQLite has them: it is read backwards.
        Index("ix_standings_latest", "latest"),
    )
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"), primary_key=True)
    capability: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    content_hash: Mapped[str | None] = mapped_column(Sha)
    frames: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    reviewed: Mapped[int] = mapped_column(default=0)
    flagged: Mapped[int] = mapped_column(default=0)
    unreviewed: Mapped[int] = mapped_column(default=0)
    share: Mapped[int] = mapped_column(default=0)
    judged: Mapped[str | None] = mapped_column(Sha)
    errors: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[int] = mapped_column(default=0)
    latest: Mapped[int | None]
    eligibility: Mapped[str | None]
    assigned_to: Mapped[str | None]
    ready: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    said_by: Mapped[str | None]
    said_at: Mapped[dt.datetime | None]


class SpotCheck(Base):
    """A random sample of the reviewed frames of a draft's version, which a lead judges.

    ``population``: how many frames it was drawn from, ``seed`` and ``size`` how; ``at_most`` and
    ``certainty``: what it is to show, in thousandths.  ``content_sha``: what was judged, as a
    pack or revision holds it.  ``wrong``: how many frames, once all are judged and it has ended.
    """

    __tablename__ = "spot_checks"
    __table_args__ = (Index("ix_spot_checks_scope", "media_id", "capability", "started_at"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"))
    capability: Mapped[str]
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"))
    draft_version: Mapped[int]
    content_sha: Mapped[str] = mapped_column(Sha)
    population: Mapped[int]
    size: Mapped[int]
    at_most: Mapped[int]
    certainty: Mapped[int]
    seed: Mapped[str]
    started_at: Mapped[dt.datetime]
    started_by: Mapped[str]
    wrong: Mapped[int | None]
    ended_at: Mapped[dt.datetime | None]


class SpotCheckFrame(Base):
    """A frame of a spot check, in the order drawn; whether it is ``wrong`` once it was judged."""

    __tablename__ = "spot_check_frames"
    check_id: Mapped[str] = mapped_column(ForeignKey("spot_checks.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    frame: Mapped[int]
    wrong: Mapped[bool | None]
    judged_at: Mapped[dt.datetime | None]


class Note(Base):
    """A remark about a frame, or about one label of it: work that people do, not content.

    ``frame`` from 0; without a ``label_id`` it is about the frame as a whole.  The label may be
    gone by now.  It is open until it is resolved, and again once it was reopened.
    """

    __tablename__ = "notes"
    __table_args__ = (
        Index("ix_notes_scope", "media_id", "capability", "frame"),
        Index("ix_notes_page", "opened_at", "id"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"))
    capability: Mapped[str]
    frame: Mapped[int]
    label_id: Mapped[str | None]
    opened_at: Mapped[dt.datetime]
    opened_by: Mapped[str]
    resolved_at: Mapped[dt.datetime | None]
    resolved_by: Mapped[str | None]


class NoteMessage(Base):
    """What somebody wrote in a note: in place 0 the remark itself, then the answers in order."""

    __tablename__ = "note_messages"
    note_id: Mapped[str] = mapped_column(ForeignKey("notes.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    written_at: Mapped[dt.datetime]
    written_by: Mapped[str]


class Dataset(Base):
    """A data set frozen under a name: which revisions are in; ``digest`` is the hash over theirs.

    ``filters``: what was asked for when it was frozen (workspace, media, capability).
    """

    __tablename__ = "datasets"
    __table_args__ = (Index("ix_datasets_page", "created_at", "id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(Sha)
    filters: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]


class DatasetRevision(Base):
    """A revision that is in a data set, at most one of each scope."""

    __tablename__ = "dataset_revisions"
    __table_args__ = (UniqueConstraint("dataset_id", "media_id", "capability"),)
    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"), primary_key=True)
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"))
    capability: Mapped[str]


class PictureHashes(Base):
    """The SHA-256 of a clip's picture files that is known, with their sizes and times of change.

    ``files``: zstd-compressed JSON by path.  Can be worked out again at any time.
    """

    __tablename__ = "picture_hashes"
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id"), primary_key=True)
    files: Mapped[bytes]


class Audit(Base):
    """Who, what, when, on which version, from where, with which reason.

    ``previous``, ``hash`` and ``rows`` make the log a chain: see :mod:`chain`.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_subject", "subject_type", "subject_id"),
        Index("ix_audit_subject_id", "subject_id", "id"),
        Index("ix_audit_action", "action", "id"),
        Index("ix_audit_actor", "actor", "action", "id"),
        Index("ix_audit_at", "at", "id"),
        Index("uq_audit_previous", "previous", unique=True),
        Index("uq_audit_hash", "hash", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[dt.datetime]
    actor: Mapped[str]
    role: Mapped[str]
    origin: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    media_id: Mapped[str | None] = mapped_column(Id)
    capability: Mapped[str | None]
    version: Mapped[int | None]
    reason: Mapped[str]
    details: Mapped[dict[str, Any]]
    rows: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(Sha)
    hash: Mapped[str] = mapped_column(Sha)


class Presence(Base):
    """Who has a draft open: a hint with an expiry, never a lock."""

    __tablename__ = "presence"
    token: Mapped[str] = mapped_column(Id, primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), index=True)
    user_name: Mapped[str]
    origin: Mapped[str]
    since: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]


class Preference(Base):
    """What a user's screens remember (filters, queue, view)."""

    __tablename__ = "preferences"
    user_name: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]


class Activity(Base):
    """One stretch of reviewing, for the metrics: keys, frames accepted and labels changed."""

    __tablename__ = "activity"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), index=True)
    user_name: Mapped[str]
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime]
    seconds: Mapped[int]
    keys: Mapped[int]
    frames: Mapped[int]
    details: Mapped[dict[str, Any]]


OF_SESSIONS: Final = (PublishLock, Presence)
"""What only sessions that are open now have: it is neither copied nor restored."""
