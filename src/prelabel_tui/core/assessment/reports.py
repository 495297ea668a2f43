"""Reports on runs and models: their prelabels against what was published of the same clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from prelabel_tui.core.assessment.detection import Clip, DetectionReport, report_on
from prelabel_tui.core.catalog.runs import RunRow, find_run
from prelabel_tui.core.drafts.reviews import read_reviews
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.model.codec import is_left_out
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import decode_manifest
from prelabel_tui.core.outcomes import Code, Outcome, Result
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.publishing.revision_rows import RevisionRow
from prelabel_tui.core.publishing.revisions import newest_in
from prelabel_tui.core.store import gives_result, models

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


@dataclass(frozen=True)
class RunsReport:
    """What the reviews say about a run, or about all runs of a model.

    ``revisions``: id of each run and of the revision that it was compared with, by capability.
    ``left_out``: why runs (or a capability of them) could not be compared.
    """

    name: str
    reports: dict[Capability, DetectionReport]
    revisions: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "name": self.name,
            "reports": [report.as_json() for report in self.reports.values()],
            "compared": [{"run": run, "revision": revision} for run, revision in self.revisions],
            "left_out": list(self.left_out),
        }


@gives_result
def assess_run(store: Store, run_id: str, progress: Progress = unwatched) -> Result[RunsReport]:
    """Report on one run.

    NOT_FOUND, REPORT_EMPTY, storage codes; Cancelled.
    """
    found = find_run(store, run_id)
    if found.value is None:
        return Result(found.outcome)
    run = found.value
    detector = " ".join(part for part in (run.detector, run.model) if part)
    name = f"{run.workspace} / {run.media} {IdKind.RUN.short(run.id)}" + (
        f" ({detector})" * bool(detector)
    )
    return _report(store, name, [run], progress)


@gives_result
def assess_model(store: Store, model: str, progress: Progress = unwatched) -> Result[RunsReport]:
    """Report on all runs of a model; as :func:`assess_run`."""
    run = models.Run
    query = (
        select(run.id)
        .where(run.model == model, run.removed_at.is_(None))
        .order_by(run.created_at, run.id)
    )
    with store.read() as session:
        ids = session.scalars(query).all()
    if not ids:
        return Result(Outcome(Code.NOT_FOUND, f"No run is of the model {model!r}."))
    runs = [found.value for found in (find_run(store, run_id) for run_id in ids) if found.value]
    return _report(store, f"model {model}", runs, progress)


def _report(
    store: Store, name: str, runs: Sequence[RunRow], progress: Progress
) -> Result[RunsReport]:
    with store.read() as session:
        newest = {
            (row.scope.media_id, row.scope.capability): row
            for row in newest_in(session, [run.media_id for run in runs])
        }
    reports, revisions, left_out = {}, [], []
    for capability in Capability:
        clips = []
        for run in runs:
            row = newest.get((run.media_id, capability))
            clip = _clip(store, run, capability, row)
            if isinstance(clip, Clip) and row is not None:
                clips.append(clip)
                revisions.append((run.id, row.id))
            elif isinstance(clip, str):
                left_out.append(f"{run.workspace} / {run.media} / {capability}: {clip}")
        if clips:
            reports[capability] = report_on(capability, clips, progress)
    if not reports:
        why = "; ".join(left_out) or "it has no prelabels"
        return Result(Outcome(Code.REPORT_EMPTY, f"{name}: {why}."))
    found = RunsReport(name, reports, tuple(revisions), tuple(left_out))
    return Result(Outcome(Code.OK), found)


def _clip(
    store: Store, run: RunRow, capability: Capability, row: RevisionRow | None
) -> Clip | str | None:
    """Read what is to be compared; or say why it cannot be; None where the run has no prelabels."""
    line = run.outcomes.get(capability)
    if line is None or line.pack_id is None:
        return None
    if row is None:
        return "nothing was published yet"
    source = row.provenance
    if source.draft_id is None or source.draft_version is None:
        return f"which frames of revision {row.number} were reviewed is not known: it was imported"
    with store.read() as session:
        sha = session.scalar(
            select(models.PrelabelPack.artifact_sha).where(models.PrelabelPack.id == line.pack_id)
        )
    assert sha is not None
    prelabels = Document.from_payload(store.artifacts.get(sha))
    truth = Document.from_payload(store.artifacts.get(row.content_hash))
    if len(prelabels) != len(truth):
        return f"revision {row.number} has {len(truth)} frames, the prelabels {len(prelabels)}"
    marked = read_reviews(store, source.draft_id, source.draft_version)
    reviewed = [at for at in sorted(marked) if not is_left_out(truth.encoded(at))]
    if not reviewed:
        return f"no frame of revision {row.number} was reviewed"
    manifest = decode_manifest(store.artifacts.get(source.manifest_sha))
    sizes = [(frame.width, frame.height) for frame in manifest.frames]
    return Clip(prelabels, truth, reviewed, sizes)
