"""Replaying a draft's versions: none missing, each with the content that its hash names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.drafts.deltas import decode_delta
from prelabel_tui.core.fsck.content import Visited, read_artifact
from prelabel_tui.core.fsck.references import References
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.codec import PayloadError
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.store import FAILURES, models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class Replay:
    """A draft to replay, and the artifacts that its versions start from."""

    id: str
    name: str
    version: int
    content_hash: str
    checkpoints: frozenset[str]


def replays(session: Session, references: References) -> list[Replay]:
    """Make one replay for each draft."""
    version = models.DraftVersion
    found: dict[str, set[str]] = {}
    for draft_id, sha256 in session.execute(
        select(version.draft_id, version.checkpoint_sha).where(version.checkpoint_sha.is_not(None))
    ):
        found.setdefault(draft_id, set()).add(str(sha256))
    return [
        Replay(
            draft.id,
            IdKind.DRAFT.short(draft.id)
            + f" of {references.title(draft.media_id, draft.capability)}",
            draft.version,
            draft.content_hash,
            frozenset(found.get(draft.id, ())),
        )
        for draft in session.scalars(select(models.Draft).order_by(models.Draft.id))
    ]


def visit_draft(store: Store, draft: Replay, references: References) -> Visited:
    """Replay one draft, reading each of its checkpoints once."""
    run = _Run(store, draft, references)
    try:
        with store.read() as session:
            versions = session.scalars(
                select(models.DraftVersion)
                .where(models.DraftVersion.draft_id == draft.id)
                .order_by(models.DraftVersion.version)
                .execution_options(yield_per=100)
            )
            last: models.DraftVersion | None = None
            for at, version in enumerate(versions, 1):
                if version.version != at:
                    run.damaged(f"version {at} is missing", (f"version {version.version}",))
                    break
                run.take(version)
                last = version
    except FAILURES as error:
        run.damaged(f"cannot be read ({error})", ())
        return run.visited()
    if last is None or (last.version, last.content_hash) != (draft.version, draft.content_hash):
        run.damaged(f"its newest version is not version {draft.version}", ())
    return run.visited()


class _Run:
    """The state of a replay; ``document`` is None while an earlier damage leaves it unknown."""

    def __init__(self, store: Store, draft: Replay, references: References) -> None:
        self._store, self._draft, self._references = store, draft, references
        self._document: Document | None = None
        self._damages: list[Damage] = []
        self._sizes: dict[str, int] = {}

    def damaged(self, what: str, affects: tuple[str, ...]) -> None:
        """Note damage of the draft."""
        self._damages.append(Damage(self._draft.name, what, affects))

    def take(self, version: models.DraftVersion) -> None:
        """Go on to the next version."""
        stored = None
        if version.checkpoint_sha is not None:
            stored = self._checkpoint(version.checkpoint_sha)
        try:
            if self._document is not None and version.delta is not None:
                self._document.apply(decode_delta(version.delta))
            else:
                self._document = stored
        except (PayloadError, IndexError) as error:
            self.damaged(f"version {version.version} cannot be read ({error})", ("later versions",))
            self._document = stored
        if self._document is None:
            return
        if stored is not None and stored != self._document:
            self.damaged(f"the payload stored with version {version.version} differs from it", ())
        if self._document.tree_hash() != version.content_hash:
            self.damaged(f"version {version.version} does not match its content hash", ())
            self._document = None

    def _checkpoint(self, sha256: str) -> Document | None:
        document, size, found = read_artifact(self._store.artifacts, sha256, self._references)
        if sha256 not in self._sizes:
            self._sizes[sha256] = size
            self._damages += found
        return document

    def visited(self) -> Visited:
        """Return what the replay found."""
        return Visited(len(self._sizes), sum(self._sizes.values()), tuple(self._damages))
