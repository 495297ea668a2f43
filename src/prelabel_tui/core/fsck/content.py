"""Reading every artifact: its bytes, and whether its content is what the rows say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from prelabel_tui.core.catalog.pictures import decode_pictures
from prelabel_tui.core.fsck.references import Expected, References, affects
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.model.codec import PayloadError
from prelabel_tui.core.model.counts import label_count
from prelabel_tui.core.model.diff import DiffSummary, summarise
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.media import decode_manifest
from prelabel_tui.core.store.artifacts import ArtifactError, ArtifactStore


@dataclass(frozen=True)
class Visited:
    """What reading one or more artifacts found."""

    artifacts: int
    bytes: int
    damages: tuple[Damage, ...]


@dataclass(frozen=True)
class Link:
    """A revision as a link of its scope's chain."""

    number: int
    content_hash: str
    previous_hash: str | None
    diff: DiffSummary


def visit(artifacts: ArtifactStore, sha256: str, references: References) -> Visited:
    """Read one artifact that is not a revision's content."""
    document, size, damages = read_artifact(artifacts, sha256, references)
    del document
    return Visited(1, size, tuple(damages))


def visit_chain(
    artifacts: ArtifactStore, title: str, links: Sequence[Link], references: References
) -> Visited:
    """Read the contents of a scope's revisions in order, each once, and check their diffs."""
    damages: list[Damage] = []
    total, seen = 0, set()
    before: Document | None = None
    known = True
    for at, link in enumerate(links):
        name = f"revision {link.number} of {title}"
        previous = links[at - 1].content_hash if at else None
        expected = links[at - 1].number + 1 if at else 1
        if link.number != expected:
            damages.append(Damage(name, f"number {expected} is missing from the chain"))
        if link.previous_hash != previous:
            damages.append(
                Damage(name, "does not name its predecessor's hash", (f"history of {title}",))
            )
        document, size, found = read_artifact(artifacts, link.content_hash, references)
        if link.content_hash not in seen:
            total += size
            damages += found
        seen.add(link.content_hash)
        if document is not None and known and not _leads_to(before, document, link.diff):
            damages.append(Damage(name, "its diff does not lead from its predecessor to it"))
        before, known = document, document is not None
    return Visited(len(seen), total, tuple(damages))


def read_artifact(
    artifacts: ArtifactStore, sha256: str, references: References
) -> tuple[Document | None, int, list[Damage]]:
    """Return its content if it is a payload, its size in bytes, and what is wrong with it."""
    subject = f"artifact {sha256}"
    try:
        data = artifacts.get(sha256)
    except ArtifactError as error:
        return None, 0, [Damage(subject, error.reason, affects(references.affected, sha256))]
    document = None
    try:
        if sha256 in references.manifests:
            decode_manifest(data)
        if sha256 in references.hashes:
            decode_pictures(data)
        if sha256 in references.payloads:
            document = Document.from_payload(data)
    except (PayloadError, msgspec.MsgspecError) as error:
        what = f"its content cannot be read ({error})"
        return None, len(data), [Damage(subject, what, affects(references.affected, sha256))]
    damages = []
    if document is not None:
        damages = list(_unexpected(document, data, references.payloads[sha256]))
    return document, len(data), damages


def _leads_to(before: Document | None, after: Document, difference: DiffSummary) -> bool:
    try:
        return summarise(before, after) == difference
    except PayloadError:
        return False


def _unexpected(document: Document, data: bytes, expected: Sequence[Expected]) -> Iterator[Damage]:
    if document.payload() != data:
        yield Damage(expected[0].subject, "its content is not canonical JSON")
    labels = label_count(document)
    for row in expected:
        if row.capability != document.capability:
            yield Damage(row.subject, f"its content is for {document.capability}")
        if row.frames is not None and row.frames != len(document):
            yield Damage(row.subject, f"its content has {len(document)} frames, not {row.frames}")
        if row.labels is not None and row.labels != labels:
            yield Damage(row.subject, f"its content has {labels} labels, not {row.labels}")
