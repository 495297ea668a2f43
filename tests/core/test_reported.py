"""What a pipeline reports of its runs, and the imports that complete them."""

from __future__ import annotations

import threading

import pytest

from prelabel_tui.core.catalog.runs import RunFilters, RunRow, RunStatus, list_runs
from prelabel_tui.core.drafts.loading import open_review
from prelabel_tui.core.identity import audit
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ingest.reported import FOLLOWING, Detector, report_run
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.core.outcomes import Code, Result
from prelabel_tui.core.store import Store
from prelabel_tui.core.triage.series import series
from tests.bringing import BALLS, CLIP, bring

YOLOX = Detector("yolox", "nano-3")


def say(
    store: Store, actor: Actor, status: RunStatus, detector: Detector = YOLOX, reason: str = ""
) -> Result[RunRow]:
    return report_run(
        store, actor, workspace="arena", media="clip-1", status=status, detector=detector,
        reason=reason or ("out of memory" if status in ("partial", "failed") else ""),
        new_clip=True,
    )  # fmt: skip


def test_a_run_is_reported_found_by_its_status_and_completed(
    any_store: Store, reviewer: Actor
) -> None:
    queued = say(any_store, reviewer, RunStatus.QUEUED).unwrap()
    assert (queued.detector, queued.model, queued.frame_count) == ("yolox", "nano-3", 0)
    running = say(any_store, reviewer, RunStatus.RUNNING).unwrap()
    assert running.id == queued.id
    for capability in (None, *Capability):
        page = list_runs(any_store, RunFilters("arena", "clip-1", RunStatus.RUNNING, capability))
        assert [row.id for row in page.rows] == [running.id]
    assert list_runs(any_store, RunFilters(status=RunStatus.QUEUED)).rows == ()
    opened = open_review(any_store, reviewer, running.id, Capability.BALL)
    assert opened.outcome.code is Code.RUN_NOT_READY
    done = bring(any_store, reviewer, detector=YOLOX)
    assert done.outcome.code is Code.IMPORT_SUCCESS
    assert (done.unwrap().id, done.unwrap().status) == (running.id, RunStatus.SUCCEEDED)
    assert (done.unwrap().frame_count, done.unwrap().source) == (3, "mot")
    assert {line.status for line in done.unwrap().outcomes.values()} == {"succeeded"}
    assert len(list_runs(any_store).rows) == 1
    told = audit.entries(any_store, action="run.")
    assert [entry.action for entry in told] == ["run.import", "run.report", "run.report"]
    assert told[1].details["before"] == "queued"


def test_a_report_of_the_same_changes_nothing(store: Store, reviewer: Actor) -> None:
    say(store, reviewer, RunStatus.RUNNING)
    told = len(audit.entries(store))
    assert say(store, reviewer, RunStatus.RUNNING).outcome.code is Code.RUN_REPORTED
    assert len(audit.entries(store)) == told


@pytest.mark.parametrize("now", list(FOLLOWING))
@pytest.mark.parametrize("then", [*FOLLOWING, RunStatus.FAILED])
def test_only_what_follows_is_taken_down(
    now: RunStatus, then: RunStatus, store: Store, reviewer: Actor
) -> None:
    say(store, reviewer, now)
    said = say(store, reviewer, then, reason="another reason")
    allowed = then == now or then in FOLLOWING[now]
    assert (said.outcome.code is Code.RUN_REPORTED) == allowed
    if not allowed:
        assert said.outcome.code is Code.RUN_STATUS_CONFLICT
    (row,) = list_runs(store).rows
    assert row.status is (then if allowed else now)


def test_after_a_failed_run_another_may_be_reported(store: Store, reviewer: Actor) -> None:
    failed = say(store, reviewer, RunStatus.FAILED).unwrap()
    assert failed.reason == "out of memory"
    assert {line.detail for line in failed.outcomes.values()} == {"out of memory"}
    again = say(store, reviewer, RunStatus.QUEUED).unwrap()
    assert again.id != failed.id
    assert len(list_runs(store).rows) == 2
    assert bring(store, reviewer, detector=YOLOX).unwrap().id == again.id


def test_what_has_ended_or_says_no_why_is_refused(store: Store, reviewer: Actor) -> None:
    for status in (RunStatus.PARTIAL, RunStatus.FAILED):
        said = report_run(store, reviewer, workspace="arena", media="m", status=status, reason="  ")
        assert said.outcome.code is Code.REASON_REQUIRED
    assert say(store, reviewer, RunStatus.SUCCEEDED).outcome.code is Code.INPUT_INVALID
    nameless = say(store, reviewer, RunStatus.QUEUED, Detector(None, "3"))
    assert nameless.outcome.code is Code.IMPORT_INPUT_INVALID
    assert list_runs(store).rows == ()


def test_what_was_partial_stays_so_with_its_reason(store: Store, reviewer: Actor) -> None:
    say(store, reviewer, RunStatus.PARTIAL, reason="frames 400 on were lost")
    run = bring(store, reviewer, detector=YOLOX).unwrap()
    assert (run.status, run.reason) == (RunStatus.PARTIAL, "frames 400 on were lost")


def test_an_import_completes_only_a_run_of_its_own_detector(store: Store, reviewer: Actor) -> None:
    waiting = say(store, reviewer, RunStatus.RUNNING).unwrap()
    other = bring(store, reviewer, detector=Detector("yolox", "nano-4")).unwrap()
    unsaid = bring(store, reviewer, documents={Capability.BALL: BALLS}).unwrap()
    assert len({waiting.id, other.id, unsaid.id}) == 3
    assert (unsaid.detector, unsaid.model) == (None, None)
    assert list_runs(store, RunFilters(status=RunStatus.RUNNING)).rows[0].id == waiting.id


def test_a_waiting_run_that_gave_what_is_here_already_ends(store: Store, reviewer: Actor) -> None:
    first = bring(store, reviewer).unwrap()
    waiting = say(store, reviewer, RunStatus.RUNNING).unwrap()
    again = bring(store, reviewer, detector=YOLOX)
    assert again.outcome.code is Code.IMPORT_ALREADY_PRESENT
    assert again.unwrap().id == first.id
    assert (again.unwrap().detector, again.unwrap().model) == ("yolox", "nano-3"), "taken up"
    ended = next(row for row in list_runs(store).rows if row.id == waiting.id)
    assert (ended.status, first.id[:8] in ended.reason) == (RunStatus.FAILED, True)


def test_the_same_labels_by_two_detectors_are_refused(store: Store, reviewer: Actor) -> None:
    bring(store, reviewer, detector=YOLOX)
    other = bring(store, reviewer, detector=Detector("rtmdet"))
    assert other.outcome.code is Code.IMPORT_INPUT_INVALID
    assert "yolox nano-3" in other.outcome.detail
    assert "rtmdet" in other.outcome.detail
    assert bring(store, reviewer).outcome.code is Code.IMPORT_ALREADY_PRESENT


def test_two_who_report_at_once_make_one_run(any_store: Store, reviewer: Actor) -> None:
    say(any_store, reviewer, RunStatus.QUEUED, Detector("other"))  # the clip is there
    start = threading.Barrier(4)

    def report() -> None:
        start.wait()
        say(any_store, reviewer, RunStatus.QUEUED)

    threads = [threading.Thread(target=report) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(row.detector == "yolox" for row in list_runs(any_store).rows) == 1


def test_a_clip_that_comes_in_another_form_or_in_part_is_refused_in_words(
    store: Store, reviewer: Actor
) -> None:
    bring(store, reviewer)
    part = Manifest(CLIP.frames[1:])
    video = Manifest(
        tuple(MediaFrame(f"{n:06d}", 100, 50, at=n) for n in range(3)), video="/x/clip.mp4"
    )
    for manifest, named in ((video, "these are a video"), (part, "2 of them")):
        document = BALLS.from_frames(Capability.BALL, list(BALLS)[: len(manifest.frames)])
        answer = bring(store, reviewer, manifest=manifest, documents={Capability.BALL: document})
        assert answer.outcome.code is Code.MEDIA_MISMATCH
        assert named in answer.outcome.detail


def test_a_scope_without_labels_stands_in_no_series(store: Store, reviewer: Actor) -> None:
    say(store, reviewer, RunStatus.RUNNING)
    assert series(store).rows == ()
    bring(store, reviewer, detector=YOLOX, documents={Capability.BALL: BALLS})
    assert [row.scope.capability for row in series(store).rows] == [Capability.BALL]
