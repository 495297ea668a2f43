"""Spot checks: their frames are those that the seed draws, and as many wrong as the log says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from prelabel_tui.core.assessment.sampling import draw, sample_sha
from prelabel_tui.core.fsck.references import References
from prelabel_tui.core.fsck.report import Damage
from prelabel_tui.core.ids import IdKind
from prelabel_tui.core.store import models


def spot_check_damages(session: Session, references: References) -> Iterator[Damage]:
    """Find spot checks whose frames contradict their seed, their row, or the audit log."""
    frames: dict[str, list[models.SpotCheckFrame]] = defaultdict(list)
    row, log = models.SpotCheckFrame, models.Audit
    for frame in session.scalars(select(row).order_by(row.check_id, row.place)):
        frames[frame.check_id].append(frame)
    for check in session.scalars(select(models.SpotCheck)):
        where = references.title(check.media_id, check.capability)
        name = f"{IdKind.SPOT_CHECK.short(check.id)} of {where}"
        of_it = select(log.action, log.details).where(
            log.subject_type == "spot_check", log.subject_id == check.id
        )
        told = [tuple(entry) for entry in session.execute(of_it.order_by(log.id))]
        yield from _damages(name, check, frames.get(check.id, []), told)


def _damages(
    name: str,
    check: models.SpotCheck,
    frames: list[models.SpotCheckFrame],
    told: list[tuple[str, dict[str, object]]],
) -> Iterator[Damage]:
    ended = check.ended_at is not None
    wanted = ["spot_check.start", *(["spot_check.end"] if ended else [])]
    if [action for action, _ in told] != wanted:
        yield Damage(name, "the audit log does not record its beginning and end once each")
        return
    indices = [frame.frame for frame in frames]
    places = [frame.place for frame in frames]
    if places != list(range(check.size)) or draw(check.seed, indices, check.size) != (*indices,):
        yield Damage(name, "its frames are not in the order that its seed draws, or not as many")
    if sample_sha(indices) != told[0][1].get("sample_sha"):
        yield Damage(name, "its frames are not those that the audit log records")
    wrong = sorted(frame.frame + 1 for frame in frames if frame.wrong)
    if not ended:
        return
    if any(frame.wrong is None for frame in frames):
        yield Damage(name, "has ended with frames that nobody judged")
    if len(wrong) != check.wrong or told[-1][1].get("wrong_frames") != wrong:
        yield Damage(name, "its judgements are not those that the audit log records")
