"""Spot checks: drawn of what is reviewed, kept as judged, ended once, bound to a content."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text

from prelabel_tui.core import publishing
from prelabel_tui.core.assessment import spot_checks
from prelabel_tui.core.assessment.judgements import judge
from prelabel_tui.core.assessment.sampling import Wish, draw
from prelabel_tui.core.backup.make import back_up
from prelabel_tui.core.backup.restore import restore
from prelabel_tui.core.backup.transfer import copy_database
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.leaving_out import leave_out
from prelabel_tui.core.fsck import fsck
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor, Role
from prelabel_tui.core.model.labels import make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.store import Store, models, open_store
from tests import matches

WISH = Wish(100, 950)
OTHER = Actor("lou", Role.LEAD, "test@host pid 9")


@pytest.fixture
def match(any_store: Store, reviewer: Actor) -> matches.Match:
    """Thirty frames: 3 without a picture, 1 left out, the rest reviewed."""
    match = matches.enter(any_store, reviewer, clip=matches.manifest(30, missing=(0, 1, 2)))
    matches.review_all(any_store, reviewer, match.draft.id)
    version = loading.draft_info(any_store, match.draft.id).unwrap().version
    leave_out(any_store, reviewer, match.draft.id, version, [0]).unwrap()
    return match


def begun(store: Store, lead: Actor, match: matches.Match, wish: Wish = WISH) -> str:
    return spot_checks.start(store, lead, match.scope, wish).unwrap().id


def judge_all(store: Store, lead: Actor, check_id: str, wrong: int = 0) -> None:
    frames = spot_checks.open_check(store, check_id).unwrap().frames
    for place, frame in enumerate(frames):
        assert judge(store, lead, check_id, frame.index, wrong=place < wrong).ok


def entries(store: Store) -> list[audit.Entry]:
    return audit.entries(store, action="spot_check")


def test_from_the_draw_to_the_result(any_store: Store, match: matches.Match, lead: Actor) -> None:
    store = any_store
    planned = spot_checks.plan(store, lead, match.scope).unwrap()
    assert (planned.population, planned.earlier) == (27, ())
    check = spot_checks.start(store, lead, match.scope, WISH).unwrap()
    assert (check.population, check.size, check.text) == (27, WISH.size(27), "0 of 19 judged")
    opened = spot_checks.open_check(store, check.id[:8]).unwrap()
    drawn = [frame.index for frame in opened.frames]
    assert drawn == list(draw(check.seed, range(3, 30), check.size))
    assert opened.loaded.info.version == check.draft_version

    assert judge(store, lead, check.id, drawn[0], wrong=True).ok
    assert judge(store, lead, check.id, drawn[1], wrong=True).ok
    assert judge(store, lead, check.id, drawn[1], wrong=False).ok  # thought again
    again = spot_checks.open_check(store, check.id).unwrap()
    assert [frame.wrong for frame in again.frames[:3]] == [True, False, None]
    early = spot_checks.end(store, lead, check.id).outcome
    assert (early.code, early.detail) == (Code.INPUT_INVALID, "17 frames are not judged yet.")
    for index in drawn[2:]:
        assert judge(store, lead, check.id, index, wrong=False).ok
    result = spot_checks.end(store, lead, check.id).unwrap()
    assert result.text == "1 of 19 wrong: 5.3 % (3.7–14.8 %, 95 %)"
    assert result.estimate is not None
    assert result.as_json()["result"] == result.estimate.as_json()
    assert spot_checks.end(store, lead, check.id).unwrap() == result
    late = judge(store, lead, check.id, drawn[0], wrong=False)
    assert "has ended" in late.detail

    end, start = entries(store)
    assert (start.action, start.details["seed"], start.version) == (
        "spot_check.start", check.seed, check.draft_version,
    )  # fmt: skip
    assert end.details == {"result": result.text, "wrong_frames": [drawn[0] + 1]}
    assert [one.id for one in spot_checks.plan(store, lead, match.scope).unwrap().earlier] == [
        check.id
    ]
    assert fsck(store).outcome.code is Code.FSCK_CLEAN


def test_only_who_began_it_judges_and_only_leads(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = matches.enter(store, reviewer)
    nothing = spot_checks.start(store, lead, match.scope, WISH)
    assert "No frame of club / clip / player_detection with a picture is reviewed" in (
        nothing.outcome.detail
    )
    matches.review_all(store, reviewer, match.draft.id)
    for refused in (
        spot_checks.plan(store, reviewer, match.scope).outcome,
        spot_checks.start(store, reviewer, match.scope, WISH).outcome,
    ):
        assert refused.code is Code.ROLE_FORBIDDEN
    check_id = begun(store, lead, match)
    index = spot_checks.open_check(store, check_id).unwrap().frames[0].index
    assert judge(store, reviewer, check_id, index, wrong=False).code is (Code.ROLE_FORBIDDEN)
    for refused in (
        judge(store, OTHER, check_id, index, wrong=False),
        spot_checks.end(store, OTHER, check_id).outcome,
    ):
        assert f"It is {lead.name}'s spot check" in refused.detail
    assert "Frame 100 is not in this sample." in (
        judge(store, lead, check_id, 99, wrong=False).detail
    )
    assert judge(store, lead, "nothing", 0, wrong=False).code is Code.NOT_FOUND
    assert spot_checks.open_check(store, "nothing").outcome.code is Code.NOT_FOUND
    for wish in (Wish(0, 950), Wish(50, 1000)):
        assert spot_checks.start(store, lead, match.scope, wish).outcome.code is Code.INPUT_INVALID
    with store.write() as session:
        session.get_one(models.Draft, match.draft.id).active = False
    assert "has no active draft" in spot_checks.plan(store, lead, match.scope).outcome.detail


def test_it_is_evidence_for_the_content_that_was_judged_alone(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = matches.enter(store, reviewer)
    matches.review_all(store, reviewer, match.draft.id)

    def submitted() -> str:
        info = loading.draft_info(store, match.draft.id).unwrap()
        pack = publishing.submit(store, reviewer, info.id, info.version).unwrap().pack
        assert pack is not None
        return pack.artifact_sha

    def evidence(sha: str) -> spot_checks.Evidence:
        return spot_checks.evidence(store, match.scope, sha).unwrap()

    sha = submitted()
    assert (evidence(sha).reason, evidence(sha).line) == ("", "none")
    check_id = begun(store, lead, match)
    assert evidence(sha).line == "none"  # not ended
    judge_all(store, lead, check_id, wrong=1)
    check = spot_checks.end(store, lead, check_id).unwrap()
    assert check.content_sha == sha
    assert evidence(sha).reason == check.evidence
    assert check.evidence.startswith(f"Spot check check-{check_id[:8]} of draft v2: 1 of 6 wrong")

    matches.review_all(store, reviewer, match.draft.id, nudge=100)
    other = evidence(submitted())
    assert (other.reason, other.line) == ("", f"none of this content; {check.text} in draft v2")
    assert loading.load(store, check.draft_id, check.draft_version).ok  # what it judged is there


def test_a_new_mark_of_review_leaves_the_content_what_it_was(
    store: Store, lead: Actor, reviewer: Actor
) -> None:
    match = matches.enter(store, reviewer)
    document = loading.load(store, match.draft.id).unwrap().document
    frames = [make_frame(document.frame(index).labels, reviewed=True) for index in range(6)]
    matches.save(store, reviewer, match.draft.id, dict(enumerate(frames[:2])))
    first = spot_checks.start(store, lead, match.scope, WISH).unwrap()
    matches.save(store, reviewer, match.draft.id, dict(enumerate(frames)))
    second = spot_checks.start(store, lead, match.scope, WISH).unwrap()
    assert first.content_sha == second.content_sha
    assert (first.population, second.population) == (2, 6)


def test_backup_restore_and_copying_bring_it_along(
    store: Store, lead: Actor, reviewer: Actor, tmp_path: Path
) -> None:
    match = matches.enter(store, reviewer)
    matches.review_all(store, reviewer, match.draft.id)
    ended, going = begun(store, lead, match), begun(store, lead, match)
    judge_all(store, lead, ended, wrong=2)
    spot_checks.end(store, lead, ended).unwrap()
    known = spot_checks.spot_checks(store)
    assert {check.id for check in known} == {ended, going}
    assert back_up(store, tmp_path / "kept").ok
    assert restore(tmp_path / "kept", tmp_path / "again").ok
    assert copy_database(store, f"sqlite:///{tmp_path / 'copy.db'}").ok
    for where in ((tmp_path / "again", None), (store.home, f"sqlite:///{tmp_path / 'copy.db'}")):
        other = open_store(*where).unwrap()
        assert spot_checks.spot_checks(other, match.scope) == known
        judge_all(other, lead, going)
        other.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE spot_check_frames SET wrong = NOT wrong WHERE place = 0", "its judgements are"),
        ("UPDATE spot_check_frames SET wrong = NULL WHERE place = 0", "nobody judged"),
        ("UPDATE spot_check_frames SET place = 9 WHERE place = 0", "that its seed draws"),
        ("UPDATE spot_checks SET wrong = 0", "not those that the audit log records"),
        ("UPDATE spot_checks SET ended_at = NULL", "does not record its beginning and end"),
    ],
)
def test_fsck_finds_a_result_that_was_changed(
    store: Store, lead: Actor, reviewer: Actor, change: str, said: str
) -> None:
    match = matches.enter(store, reviewer)
    matches.review_all(store, reviewer, match.draft.id)
    check_id = begun(store, lead, match)
    judge_all(store, lead, check_id, wrong=1)
    spot_checks.end(store, lead, check_id).unwrap()
    with store.write() as session:
        session.execute(text(change))
    damages = fsck(store).unwrap().damages
    assert any(one.subject.startswith("check-") and said in one.text for one in damages), damages


def test_a_judgement_is_there_at_once(store: Store, lead: Actor, reviewer: Actor) -> None:
    """Committed before the next key: whatever ends the program, another process reads it."""
    match = matches.enter(store, reviewer)
    matches.review_all(store, reviewer, match.draft.id)
    check_id = begun(store, lead, match)
    frames = spot_checks.open_check(store, check_id).unwrap().frames
    other = open_store(store.home).unwrap()
    for place, frame in enumerate(frames):
        assert judge(store, lead, check_id, frame.index, wrong=place == 1).ok
        with other.read() as session:
            row = models.SpotCheckFrame
            kept = session.scalars(
                select(row.wrong).where(row.check_id == check_id).order_by(row.place)
            ).all()
        assert kept[: place + 2] == [at == 1 for at in range(place + 1)] + (
            [None] if place + 1 < len(frames) else []
        )
    other.close()
