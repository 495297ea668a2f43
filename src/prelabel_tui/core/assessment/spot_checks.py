"""Spot checks: a lead judges a random sample of the reviewed frames of a draft's version.

Who judges sees the labels alone.  Each judgement is kept before the next one; the result binds to
the content that was judged, and is evidence where that content is decided about.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func, insert, select
from sqlalchemy.orm import Session

from prelabel_tui.core.assessment.sampling import Estimate, Wish, draw, sample_sha
from prelabel_tui.core.catalog.scopes import Scope, scope_of
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.loading import LoadedDraft, active_draft
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actions import Action
from prelabel_tui.core.identity.roles import authorise
from prelabel_tui.core.ids import IdKind, new_id
from prelabel_tui.core.model.codec import is_left_out, is_reviewed
from prelabel_tui.core.outcomes import Code, Outcome, Refused, Result
from prelabel_tui.core.publishing.checks import Content
from prelabel_tui.core.store import gives_result, models
from prelabel_tui.core.store.lookup import require

if TYPE_CHECKING:
    from prelabel_tui.core.identity.actor import Actor
    from prelabel_tui.core.store import Store

WISHES: Final = tuple(
    Wish(at_most, certainty)
    for certainty, shares in ((950, (100, 50, 20, 10)), (990, (50, 20)))
    for at_most in shares
)
"""What a screen offers to show."""

_MOST_AT_ONCE: Final = 500


@dataclass(frozen=True)
class SpotCheck:
    """A spot check: what was drawn and judged so far; ``wrong`` frames once it has ended."""

    id: str
    scope: Scope
    draft_id: str
    draft_version: int
    content_sha: str
    population: int
    size: int
    wish: Wish
    seed: str
    started_at: dt.datetime
    started_by: str
    judged: int
    wrong: int | None
    ended_at: dt.datetime | None

    @property
    def estimate(self) -> Estimate | None:
        """What the result says of all reviewed frames; None before it has ended."""
        if self.wrong is None:
            return None
        return Estimate(self.population, self.size, self.wrong, self.wish)

    @property
    def text(self) -> str:
        """The result in short, or how far it is."""
        found = self.estimate
        return f"{self.judged:,} of {self.size:,} judged" if found is None else found.text

    @property
    def evidence(self) -> str:
        """What a reason says of it; empty before it has ended."""
        if self.estimate is None:
            return ""
        return (
            f"Spot check {IdKind.SPOT_CHECK.short(self.id)} of draft v{self.draft_version}: "
            f"{self.estimate.text}; {self.population:,} reviewed frames"
        )

    def as_json(self) -> dict[str, object]:
        """Return the object for `--json`."""
        return {
            "spot_check_id": self.id,
            "workspace": self.scope.workspace,
            "media": self.scope.media,
            "capability": self.scope.capability.value,
            "draft_id": self.draft_id,
            "draft_version": self.draft_version,
            "content_sha": self.content_sha,
            "population": self.population,
            "size": self.size,
            "at_most": self.wish.at_most / 1000,
            "certainty": self.wish.certainty / 1000,
            "seed": self.seed,
            "started_at": self.started_at.isoformat(),
            "started_by": self.started_by,
            "judged": self.judged,
            "ended_at": None if self.ended_at is None else self.ended_at.isoformat(),
            "result": None if self.estimate is None else self.estimate.as_json(),
        }


@dataclass(frozen=True)
class DrawnFrame:
    """A frame of the sample, from 0; ``wrong`` is None before it is judged."""

    index: int
    wrong: bool | None


@dataclass(frozen=True)
class OpenCheck:
    """A spot check with its frames in the order drawn, and the content that is judged."""

    check: SpotCheck
    frames: tuple[DrawnFrame, ...]
    loaded: LoadedDraft

    @property
    def wrong_frames(self) -> tuple[int, ...]:
        """The frames judged wrong, as people count them."""
        return tuple(sorted(frame.index + 1 for frame in self.frames if frame.wrong))


# -- drawing -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What a spot check would be drawn from: reviewed frames with a picture; earlier checks."""

    version: int
    population: int
    earlier: tuple[SpotCheck, ...]


@gives_result
def plan(store: Store, actor: Actor, scope: Scope) -> Result[Plan]:
    """Look what a spot check of a scope's draft would be drawn from (leads).

    INPUT_INVALID (no draft, no reviewed frame with a picture), ROLE_FORBIDDEN, storage codes.
    """
    with store.read() as session:
        authorise(session, actor, Action.SPOT_CHECK_START)
    loaded = _newest(store, scope)
    return Result(
        Outcome(Code.OK),
        Plan(loaded.info.version, len(_frames_of(loaded)), tuple(spot_checks(store, scope))),
    )


@gives_result
def start(store: Store, actor: Actor, scope: Scope, wish: Wish) -> Result[SpotCheck]:
    """Draw a sample of the reviewed frames of a scope's draft, as it is saved now (leads).

    OK, INPUT_INVALID (as for :func:`plan`; a wish out of bounds), ROLE_FORBIDDEN, storage codes.
    """
    if not (0 < wish.at_most < 1000 and 500 <= wish.certainty < 1000):
        raise refusal(
            "A spot check takes a share from 0.1 to 99.9 %, a certainty from 50 to 99.9 %."
        )
    store.require_writable()
    loaded = _newest(store, scope)
    frames = _frames_of(loaded)
    info, seed, check_id, now = loaded.info, secrets.token_hex(16), new_id(), store.now()
    sample = draw(seed, frames, wish.size(len(frames)))
    content_sha = Content(loaded).sha256
    with store.write() as session:
        actor = authorise(session, actor, Action.SPOT_CHECK_START)
        session.add(
            models.SpotCheck(
                id=check_id,
                workspace_id=scope.workspace_id,
                media_id=scope.media_id,
                capability=scope.capability.value,
                draft_id=info.id,
                draft_version=info.version,
                content_sha=content_sha,
                population=len(frames),
                size=len(sample),
                at_most=wish.at_most,
                certainty=wish.certainty,
                seed=seed,
                started_at=now,
                started_by=actor.name,
                wrong=None,
                ended_at=None,
            )
        )
        session.flush()
        rows = [
            {"check_id": check_id, "place": place, "frame": frame}
            for place, frame in enumerate(sample)
        ]
        session.execute(insert(models.SpotCheckFrame), rows)
        details = {
            "draft_id": info.id, "content_sha": content_sha, "population": len(frames),
            "size": len(sample), "seed": seed, "at_most": wish.at_most, "certainty": wish.certainty,
            "sample_sha": sample_sha(sample),
        }  # fmt: skip
        _record(session, store, actor, Action.SPOT_CHECK_START, check_id, scope, info.version,
                details)  # fmt: skip
        check = _read(session, check_id)
    detail = f"{len(sample):,} of {len(frames):,} reviewed frames of {scope.title} are drawn."
    return Result(Outcome(Code.OK, detail, {"spot_check_id": check_id}), check)


def _newest(store: Store, scope: Scope) -> LoadedDraft:
    """Load the scope's draft.  Refused (INPUT_INVALID), FAILURES."""
    draft = active_draft(store, scope)
    if draft is None:
        raise refusal(f"{scope.title} has no active draft: nothing is reviewed there.")
    loaded = loading.load(store, draft.id, draft.version)
    if loaded.value is None:
        raise Refused(loaded.outcome)
    if not _frames_of(loaded.value):
        raise refusal(f"No frame of {scope.title} with a picture is reviewed; review some first.")
    return loaded.value


def _frames_of(loaded: LoadedDraft) -> list[int]:
    """Return the frames to draw from: reviewed, not left out, with a picture to judge by."""
    pictures = loaded.manifest.frames
    return [
        index
        for index, encoded in enumerate(loaded.document.every_encoded())
        if is_reviewed(encoded) and not is_left_out(encoded) and pictures[index].no_picture is None
    ]


def refusal(detail: str) -> Refused:
    """Return INPUT_INVALID, to be raised."""
    return Refused(Outcome(Code.INPUT_INVALID, detail))


def _record(
    session: Session,
    store: Store,
    actor: Actor,
    action: Action,
    check_id: str,
    scope: Scope,
    version: int,
    details: dict[str, Any],
) -> None:
    audit.record(
        session, store, actor, action, "spot_check", check_id,
        media_id=scope.media_id, capability=scope.capability.value, version=version,
        details=details, wrote=[(models.SpotCheck, check_id)],
    )  # fmt: skip


# -- judging -----------------------------------------------------------------------------------


@gives_result
def open_check(store: Store, given: str) -> Result[OpenCheck]:
    """Load a spot check by its id, or the beginning of it, with the content that it judges.

    NOT_FOUND, storage codes.
    """
    frame = models.SpotCheckFrame
    with store.read() as session:
        check = _read(session, require(session, models.SpotCheck, given).id)
        rows = session.execute(
            select(frame.frame, frame.wrong).where(frame.check_id == check.id).order_by(frame.place)
        ).all()
    loaded = loading.load(store, check.draft_id, check.draft_version)
    if loaded.value is None:
        return Result(loaded.outcome)
    frames = tuple(DrawnFrame(row.frame, row.wrong) for row in rows)
    return Result(Outcome(Code.OK), OpenCheck(check, frames, loaded.value))


@gives_result
def end(store: Store, actor: Actor, check_id: str) -> Result[SpotCheck]:
    """End one's own spot check once every frame is judged: its result stays as it is.

    OK (also when it has ended already), NOT_FOUND, INPUT_INVALID (frames are left, somebody
    else's), ROLE_FORBIDDEN, storage codes.
    """
    with store.write() as session:
        actor = authorise(session, actor, Action.SPOT_CHECK_END)
        row, check = own_check(session, actor, check_id), _read(session, check_id)
        if row.ended_at is None:
            if check.judged < check.size:
                raise refusal(f"{check.size - check.judged:,} frames are not judged yet.")
            frame = models.SpotCheckFrame
            wrong = session.scalars(
                select(frame.frame)
                .where(frame.check_id == check_id, frame.wrong.is_(True))
                .order_by(frame.frame)
            ).all()
            row.wrong, row.ended_at = len(wrong), store.now()
            session.flush()
            check = _read(session, check_id)
            details = {"result": check.text, "wrong_frames": [index + 1 for index in wrong]}
            _record(session, store, actor, Action.SPOT_CHECK_END, check_id, check.scope,
                    check.draft_version, details)  # fmt: skip
    return Result(Outcome(Code.OK, f"{check.text}.", {"spot_check_id": check_id}), check)


def own_check(session: Session, actor: Actor, check_id: str) -> models.SpotCheck:
    """Read one's own check; nobody changes it before the transaction ends.  Refused."""
    row = session.get(models.SpotCheck, check_id, with_for_update=True)
    if row is None:
        raise Refused(Outcome(Code.NOT_FOUND, f"Spot check {check_id!r}."))
    if row.started_by != actor.name:
        raise refusal(f"It is {row.started_by}'s spot check; start one of your own.")
    return row


# -- reading -----------------------------------------------------------------------------------


def spot_checks(store: Store, scope: Scope | None = None) -> list[SpotCheck]:
    """List the spot checks of a scope, or of all, newest first.  FAILURES."""
    row = models.SpotCheck
    query = select(row.id).order_by(row.started_at.desc(), row.id.desc()).limit(_MOST_AT_ONCE)
    if scope is not None:
        query = query.where(
            row.media_id == scope.media_id, row.capability == scope.capability.value
        )
    with store.read() as session:
        return _read_all(session, session.scalars(query).all())


@dataclass(frozen=True)
class Evidence:
    """The newest ended spot check of a content; ``other``: the newest of a scope's others."""

    check: SpotCheck | None = None
    other: SpotCheck | None = None

    @property
    def reason(self) -> str:
        """What Approve's reason begins with; empty without a check of this very content."""
        return "" if self.check is None else self.check.evidence

    @property
    def line(self) -> str:
        """What a dialog says of it."""
        if self.check is not None:
            return self.check.text
        if self.other is not None:
            version = self.other.draft_version
            return f"none of this content; {self.other.text} in draft v{version}"
        return "none"


@gives_result
def evidence(store: Store, scope: Scope, content_sha: str) -> Result[Evidence]:
    """Find what spot checks say of a content, as a pack or revision holds it.  Storage codes."""
    ended = [check for check in spot_checks(store, scope) if check.ended_at is not None]
    own = next((check for check in ended if check.content_sha == content_sha), None)
    other = next((check for check in ended if check.content_sha != content_sha), None)
    return Result(Outcome(Code.OK), Evidence(own, other))


def _read(session: Session, check_id: str) -> SpotCheck:
    return _read_all(session, [check_id])[0]


def _read_all(session: Session, ids: Collection[str]) -> list[SpotCheck]:
    row, frame = models.SpotCheck, models.SpotCheckFrame
    judged = func.sum(case((frame.wrong.is_not(None), 1), else_=0))
    rows = session.execute(
        select(frame.check_id, judged).where(frame.check_id.in_(ids)).group_by(frame.check_id)
    )
    counts = {check_id: int(count) for check_id, count in rows}
    found: Sequence[models.SpotCheck] = session.scalars(
        select(row).where(row.id.in_(ids)).order_by(row.started_at.desc(), row.id.desc())
    ).all()
    return [
        SpotCheck(
            one.id, scope_of(session, one.media_id, one.capability), one.draft_id,
            one.draft_version, one.content_sha, one.population, one.size,
            Wish(one.at_most, one.certainty), one.seed, one.started_at, one.started_by,
            counts[one.id], one.wrong, one.ended_at,
        )
        for one in found
    ]  # fmt: skip
