"""What a pipeline says of a run before its labels are here: queued, running, partial, failed.

A reported run waits for the import of the same clip by the same detector, which completes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from prelabel_tui.core.catalog.runs import (
    REPORTED,
    RunRow,
    RunStatus,
    find_run,
    ran,
    rows_of_run,
)
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.ids import IdKind, new_id
from prelabel_tui.core.ingest.clips import check_names, take_empty_media
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.reasons import refuse_reason
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.text import NAME_RULE, printable, usable_name

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

FOLLOWING: Final[Mapping[RunStatus, frozenset[RunStatus]]] = {
    RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.PARTIAL, RunStatus.FAILED}),
    RunStatus.RUNNING: frozenset({RunStatus.PARTIAL, RunStatus.FAILED}),
    RunStatus.PARTIAL: frozenset({RunStatus.FAILED}),
}
"""What a report may change a waiting run to.

One that has failed no longer waits, and another may be reported after it; only an import makes a
run succeed.
"""

_NEEDS_REASON: Final = frozenset({RunStatus.PARTIAL, RunStatus.FAILED})


@dataclass(frozen=True)
class Detector:
    """What made a run's labels: a name and the version of its model, as far as they are known."""

    name: str | None = None
    model: str | None = None

    @property
    def title(self) -> str:
        """Its name for people."""
        return " ".join(part for part in (self.name, self.model) if part) or "an unnamed detector"

    def as_json(self) -> dict[str, object]:
        """Return what is known, for the audit log."""
        known = {"detector": self.name, "model": self.model}
        return {name: value for name, value in known.items() if value is not None}

    def refused(self) -> Outcome | None:
        """Return IMPORT_INPUT_INVALID when its names cannot be used, else None."""
        if self.model is not None and self.name is None:
            detail = "A model's version needs the name of its detector."
            return Outcome(Code.IMPORT_INPUT_INVALID, detail)
        for what, name in (("detector", self.name), ("model", self.model)):
            if name is not None and not usable_name(name):
                detail = f"The {what} {NAME_RULE}: {printable(name, 120)!r}."
                return Outcome(Code.IMPORT_INPUT_INVALID, detail)
        return None


UNKNOWN: Final = Detector()


@gives_result
def report_run(
    store: Store,
    actor: Actor,
    *,
    workspace: str,
    media: str,
    status: RunStatus,
    detector: Detector = UNKNOWN,
    reason: str = "",
    capabilities: Collection[Capability] = tuple(Capability),
    new_clip: bool = False,
) -> Result[RunRow]:
    """Record how far a run is whose labels are not here yet.

    The first report makes the run; later ones of the same clip and detector change it; the same
    again changes nothing.  ``new_clip``: the clip may be one that is still to come, and is then
    entered without frames.  ``partial`` and ``failed`` need a reason.  RUN_REPORTED, NOT_FOUND (no
    such clip), RUN_STATUS_CONFLICT, REASON_REQUIRED, INPUT_INVALID, IMPORT_INPUT_INVALID (a name),
    storage codes.
    """
    if refused := check_names(workspace, media) or detector.refused():
        return Result(refused)
    if status is RunStatus.SUCCEEDED:
        detail = "A run succeeds when its labels are imported."
        return Result(Outcome(Code.INPUT_INVALID, detail))
    what = f"Reporting that a run is {status}"
    if refused := refuse_reason(reason, what, needed=status in _NEEDS_REASON):
        return Result(refused)
    reason = reason.strip()

    def write(session: Session) -> str:
        media_id = take_empty_media(session, store, actor, workspace, media, new=new_clip)
        run = waiting_run(session, media_id, detector)
        if run is None:
            run = _new_run(session, store, actor, media_id, detector)
        elif (run.status, run.reason, run.ran) == (status, reason, ran(capabilities)):
            return run.id
        elif status != run.status and status not in FOLLOWING[RunStatus(run.status)]:
            detail = f"{IdKind.RUN.short(run.id)} is {run.status}; it cannot become {status}."
            raise Refused(Outcome(Code.RUN_STATUS_CONFLICT, detail))
        before = run.status
        run.status, run.reason, run.ran = status.value, reason, ran(capabilities)
        session.add(run)
        session.flush()
        session.execute(delete(models.RunOutcome).where(models.RunOutcome.run_id == run.id))
        session.add_all(
            models.RunOutcome(
                run_id=run.id,
                capability=capability.value,
                status=status.value,
                pack_id=None,
                detail=reason,
            )
            for capability in capabilities
        )
        details = {"status": status.value, "before": before, **detector.as_json()}
        audit.record(session, store, actor, Action.RUN_REPORT, "run", run.id,
                     media_id=media_id, reason=reason, details=details,
                     wrote=rows_of_run(session, run.id))  # fmt: skip
        return run.id

    run_id = store.write_once(write)
    detail = f"{IdKind.RUN.short(run_id)} of {workspace} / {media} is {status}."
    return Result(Outcome(Code.RUN_REPORTED, detail), find_run(store, run_id).value)


def waiting_run(session: Session, media_id: str, detector: Detector) -> models.Run | None:
    """Find the run of this clip that was reported by this detector and waits for its labels.

    The clip's row is locked until the transaction ends, so that two cannot make two.
    """
    run = models.Run
    session.execute(select(models.Media.id).where(models.Media.id == media_id).with_for_update())
    return session.scalar(
        select(run).where(
            run.media_id == media_id,
            run.status.in_([status.value for status in FOLLOWING]),
            run.removed_at.is_(None),
            run.source == REPORTED,
            run.detector.is_not_distinct_from(detector.name),
            run.model.is_not_distinct_from(detector.model),
        )
    )


def end_as_repeat(
    session: Session, store: Store, actor: Actor, waiting: models.Run, known_id: str
) -> None:
    """End a waiting run whose labels turned out to be those of an earlier one."""
    reason = f"It gave the same labels as {IdKind.RUN.short(known_id)}."
    waiting.status, waiting.reason = RunStatus.FAILED.value, reason
    for line in session.scalars(
        select(models.RunOutcome).where(models.RunOutcome.run_id == waiting.id)
    ):
        line.status, line.detail = RunStatus.FAILED.value, reason
    audit.record(session, store, actor, Action.RUN_REPORT, "run", waiting.id,
                 media_id=waiting.media_id, reason=reason,
                 details={"status": waiting.status, "same_as": known_id},
                 wrote=rows_of_run(session, waiting.id))  # fmt: skip


def _new_run(
    session: Session, store: Store, actor: Actor, media_id: str, detector: Detector
) -> models.Run:
    """Make a run without a status that is not in the session yet."""
    media = session.get_one(models.Media, media_id)
    run_id = new_id()
    return models.Run(
        id=run_id,
        workspace_id=media.workspace_id,
        media_id=media_id,
        media_name=media.name,
        source=REPORTED,
        detector=detector.name,
        model=detector.model,
        digest=hashlib.sha256(run_id.encode()).hexdigest(),  # until its labels are here
        created_at=store.now(),
        created_by=actor.name,
    )
