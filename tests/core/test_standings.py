"""Where scopes stand: kept with saves, publishes and decisions; assigned, ready, found again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text

from prelabel_tui.core.catalog.assignments import assign, set_ready
from prelabel_tui.core.catalog.runs import RunFilters, RunStatus, list_runs
from prelabel_tui.core.catalog.scopes import Scope
from prelabel_tui.core.catalog.standings import (
    Order,
    Standing,
    State,
    Wanted,
    clips_of,
    put,
    standing_of,
)
from prelabel_tui.core.catalog.workspaces import set_threshold
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.findings import open_findings
from prelabel_tui.core.drafts.leaving_out import leave_out
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.model.counts import count
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import BallState, Capability, Flag, Frame, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import eligibility, publish
from prelabel_tui.core.store import Store, chain, models, open_store
from prelabel_tui.core.triage.series import series, standing_series
from tests import matches

ADMIN = Actor("ada", Role.ADMIN, "test@host pid 1")


@pytest.fixture
def people(any_store: Store, lead: Actor, reviewer: Actor) -> Store:
    """A store that knows its users."""
    for actor in (lead, reviewer, ADMIN):
        assert set_role(any_store, ADMIN, actor.name, actor.role).ok
    return any_store


def stands(store: Store, scope: Scope) -> Standing:
    with store.read() as session:
        return standing_of(session, scope)


def titles(store: Store, **wanted: object) -> list[str]:
    return [row.scope.media for row in standing_series(store, Wanted(**wanted))]  # type: ignore[arg-type]


def test_progress_is_kept_with_every_save(any_store: Store, lead: Actor) -> None:
    match = matches.enter(any_store, lead, clip=matches.manifest(6, missing=(0,)))
    assert stands(any_store, match.scope).progress == "0/6"
    document = loading.load(any_store, match.draft.id).unwrap().document
    frames = {
        1: make_frame(document.frame(1).labels, reviewed=True),
        2: make_frame(document.frame(2).labels, [Flag.BAD_FRAME], reviewed=True),
    }
    matches.save(any_store, lead, match.draft.id, frames)
    leave_out(any_store, lead, match.draft.id, 2, [0]).unwrap()
    now = stands(any_store, match.scope)
    assert (now.progress, now.left_out, now.flagged, now.done) == ("2/5", 1, 1, False)
    matches.review_all(any_store, lead, match.draft.id)
    assert stands(any_store, match.scope).done


@pytest.mark.parametrize("capability", list(Capability))
def test_marks_are_those_that_counting_finds(capability: Capability) -> None:
    base = matches.content(capability, 300)
    ball = [None, *BallState] if capability is Capability.BALL else [None]
    made: list[Frame] = [
        make_frame(
            frame.labels if index % 3 else (),
            [flag for at, flag in enumerate(Flag) if index >> at & 1],
            ball[index % len(ball)],
            index % 2 == 0,
            left_out=index % 7 == 0,
            unseen=index % 4 == 0,
        )
        for index, frame in enumerate(base)
    ]
    document = Document.from_frames(capability, made)
    counts, marks = count(document), document.marks()
    assert (marks.reviewed, marks.left_out) == (counts.reviewed, counts.left_out)
    assert marks.flagged == sum(bool(f.flags) and not f.left_out for f in made)
    document.replace(1, make_frame(reviewed=True))
    assert document.marks().reviewed == count(document).reviewed == counts.reviewed + 1
    assert Document(capability, ()).marks() == (0, 0, 0)


def test_what_was_published_and_decided(any_store: Store, lead: Actor) -> None:
    match = matches.enter(any_store, lead)
    set_ready(any_store, lead, match.scope, ready=True, note=" all but the ball ").unwrap()
    now = stands(any_store, match.scope)
    assert (now.ready, now.note, now.said_by) == (True, "all but the ball", lead.name)
    revisions = []
    for nudge in (0, 100):
        draft = matches.review_all(any_store, lead, match.draft.id, nudge)
        row = publish(any_store, lead, draft.id, draft.version).unwrap().revision
        assert row is not None
        revisions.append(row.id)
    now = stands(any_store, match.scope)
    assert (now.latest, now.eligibility, now.ready) == (2, "Reviewed", False)
    assert eligibility.approve(any_store, lead, revisions[0], 1).ok  # not the newest
    assert stands(any_store, match.scope).eligibility == "Reviewed"
    assert eligibility.approve(any_store, lead, revisions[1], 1).ok
    assert stands(any_store, match.scope).eligibility == "Approved"
    assert titles(any_store, eligibility="Approved") == ["clip"]
    assert titles(any_store, eligibility="Revoked") == []


def test_findings_are_kept_once_they_were_looked_for(any_store: Store, lead: Actor) -> None:
    match = matches.enter(any_store, lead)
    assert stands(any_store, match.scope).judged is None
    assert titles(any_store, state=State.FINDINGS) == []
    found = open_findings(any_store, match.draft.id).unwrap()
    now = stands(any_store, match.scope)
    assert (now.judged, now.warnings) == (match.draft.content_hash, found.warnings)
    assert titles(any_store, state=State.FINDINGS) == ["clip"]
    assert set_threshold(any_store, lead, "club", "frame.unreviewed", None).ok
    assert stands(any_store, match.scope).judged is None
    matches.review_all(any_store, lead, match.draft.id)
    open_findings(any_store, match.draft.id).unwrap()
    assert titles(any_store, state=State.FINDINGS) == []


def test_a_draft_from_before_progress_was_kept(any_store: Store, lead: Actor) -> None:
    match = matches.enter(any_store, lead)
    with any_store.write_rows() as rows:
        rows.execute(delete(models.Standing))
    assert stands(any_store, match.scope) == Standing()
    assert series(any_store).rows[0].standing.progress == ""
    open_findings(any_store, match.draft.id).unwrap()
    assert stands(any_store, match.scope).progress == "0/6"


def test_leads_assign_and_reviewers_take_what_is_nobodys(
    people: Store, lead: Actor, reviewer: Actor
) -> None:
    scope = matches.enter(people, lead).scope
    assert assign(people, reviewer, scope, reviewer.name).unwrap().assigned_to == reviewer.name
    refused = assign(people, reviewer, scope, lead.name).outcome
    assert refused.code is Code.ROLE_FORBIDDEN
    assert "Ask lena" in refused.detail
    assert assign(people, lead, scope, lead.name).ok
    assert assign(people, reviewer, scope, reviewer.name).outcome.code is Code.ROLE_FORBIDDEN
    assert assign(people, reviewer, scope, None).outcome.code is Code.ROLE_FORBIDDEN
    assert assign(people, lead, scope, "who").outcome.code is Code.USER_UNKNOWN
    assert stands(people, scope).assigned_to == lead.name
    assert assign(people, lead, scope, lead.name).ok  # it is already: nothing to record
    log = [entry for entry in audit.entries(people) if entry.subject_type == "scope"]
    assert [(entry.action, entry.details["to"]) for entry in log] == [
        ("scope.assign", lead.name), ("scope.take", reviewer.name),
    ]  # fmt: skip


def test_ready_is_taken_back(people: Store, lead: Actor, reviewer: Actor) -> None:
    scope = matches.enter(people, lead).scope
    assert set_ready(people, reviewer, scope, ready=True).unwrap().ready
    assert titles(people, state=State.READY) == ["clip"]
    now = set_ready(people, lead, scope, ready=False).unwrap()
    assert (now.ready, now.note, now.said_by) == (False, "", lead.name)
    assert stands(people, scope).as_json()["ready"] is False


def test_lists_by_where_scopes_stand(people: Store, lead: Actor, reviewer: Actor) -> None:
    found = {name: matches.enter(people, lead, media=name) for name in ("a", "b", "c")}
    matches.enter(people, lead, Capability.BALL, media="b", workspace="academy")
    matches.review_all(people, lead, found["b"].draft.id)
    frame = loading.load(people, found["c"].draft.id).unwrap().document.frame(0)
    flagged = make_frame(frame.labels, [Flag.BAD_FRAME], reviewed=True)
    matches.save(people, lead, found["c"].draft.id, {0: flagged})
    assign(people, lead, found["c"].scope, reviewer.name).unwrap()
    assert titles(people, workspace="club", order=Order.SHARE) == ["b", "c", "a"]
    assert titles(people, workspace="club", order=Order.LEFT) == ["a", "c", "b"]
    assert titles(people, order=Order.FLAGS)[0] == "c"
    assert titles(people, order=Order.LATEST, capability=Capability.BALL) == ["b"]
    assert titles(people, state=State.DONE) == ["b"]
    assert titles(people, state=State.LEFT, workspace="club") == ["a", "c"]
    assert titles(people, state=State.FLAGS) == titles(people, person=reviewer.name) == ["c"]
    assert len(standing_series(people, Wanted(), 2)) == 2
    runs = list_runs(people, RunFilters(person=reviewer.name)).rows
    assert [run.media for run in runs] == ["c"]
    line = runs[0].outcomes[Capability.PLAYER]
    assert (line.standing.progress, line.standing.assigned_to) == ("1/6", reviewer.name)
    for place in (("club", None), ("club", "c"), (None, "c")):
        here = RunFilters(*place, person=reviewer.name)
        assert len(list_runs(people, here).rows) == 1
    for place in (("academy", None), ("club", "a"), ("nowhere", None), (None, "a")):
        assert list_runs(people, RunFilters(*place, person=reviewer.name)).rows == ()
    narrow = RunFilters(
        person=reviewer.name, status=RunStatus.SUCCEEDED, capability=Capability.PLAYER
    )
    assert len(list_runs(people, narrow).rows) == 1
    for other in ("failed", "queued"):
        none = RunFilters(person=reviewer.name, status=RunStatus(other))
        assert list_runs(people, none).rows == ()


def test_somebodys_runs_are_found_by_index(store: Store) -> None:
    """Not by walking a million runs in order of time, nor all those of a workspace."""
    with store.read() as session:
        for place in ((None, None), ("w", None), ("w", "m")):
            runs = select(models.Run.id).where(
                models.Run.removed_at.is_(None), clips_of("rui", *place)
            )
            compiled = runs.limit(100_000).compile(
                session.get_bind(), compile_kwargs={"literal_binds": True}
            )
            plan = session.execute(text(f"EXPLAIN QUERY PLAN {compiled}")).all()
            told = " / ".join(str(row[-1]) for row in plan)
            assert "SEARCH runs USING INDEX ix_runs_media" in told, told


def test_who_has_the_turn_at_the_chain_never_waits_for_whoever_waits_for_it(
    postgres_url: str, lead: Actor, tmp_path: Path
) -> None:
    """A first publish records its pack before it writes where the scope stands; a save, after."""
    store = open_store(tmp_path, postgres_url).unwrap()
    scope = matches.enter(store, lead).scope
    written, taken = threading.Event(), threading.Event()

    def save() -> None:
        taken.wait()
        with store.write() as session:
            put(session.connection(), scope, {"left_out": 1})
            written.set()
            chain.take_turn(session.connection())

    with ThreadPoolExecutor() as threads:
        saved = threads.submit(save)
        with store.write() as session:
            chain.take_turn(session.connection())
            taken.set()
            written.wait(1)  # it is not, if it has to wait for the turn
            put(session.connection(), scope, {"left_out": 2})
        saved.result()
    assert stands(store, scope).left_out == 1
    store.close()
