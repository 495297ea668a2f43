"""Reports on detectors: hits, misses, errors and groups, on reviewed frames alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.assessment.detection import (
    Clip,
    DetectionReport,
    Group,
    average_precision,
    matches,
    overlaps,
    report_on,
)
from prelabel_tui.core.assessment.page import page
from prelabel_tui.core.assessment.reports import assess_model, assess_run
from prelabel_tui.core.drafts import loading, versions
from prelabel_tui.core.edits.matching import overlap
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Box, Capability, Flag, Frame, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import publish
from prelabel_tui.core.store import Store, models
from tests import matches as entered

SIZE = (1280, 720)


def report(
    before: list[Frame], after: list[Frame], capability: Capability = Capability.PLAYER
) -> DetectionReport:
    """The report on a clip of these frames, all of them reviewed."""
    sides = (Document.from_frames(capability, side) for side in (before, after))
    return report_on(capability, [Clip(*sides, range(len(after)), [SIZE] * len(after))])


def box(name: str, x: int, score: int | None = 9_000, w: int = 3_000, h: int = 7_000) -> Box:
    return Box(name, x, 20_000, w, h, score)


def test_hits_false_ones_and_misses() -> None:
    before = [make_frame([box("a", 10_000), box("b", 50_000, 3_000)]), make_frame()]
    after = [make_frame([box("a", 10_300)]), make_frame([box("c", 100_000, w=20_000)])]
    found = report(before, after)
    assert found.whole == Group("all", 1, 1, 1)
    assert (found.whole.precision, found.whole.recall) == (0.5, 0.5)
    assert found.groups["score"] == (Group("0.9–1.0", 1, 0, None), Group("0.3–0.4", 0, 1, None))
    assert found.groups["size"] == (Group("medium", 1, 1, 0), Group("large", 0, 0, 1))
    assert [group.name for group in found.groups["place"]] == [
        "top left", "top centre", "top right",
    ]  # fmt: skip
    assert [(error.name, error.median) for error in found.errors] == [
        ("x", -3.0), ("y", 0.0), ("distance", 3.0), ("width", 0.0), ("height", 0.0),
    ]  # fmt: skip
    assert found.errors[0].text == "−3.0 px (−3.0 to −3.0)"


def test_the_surest_prelabel_takes_the_truth() -> None:
    truths = [box("t", 10_000)]
    assert matches([box("sure", 10_500, 9_000), box("near", 10_000, 8_000)], truths) == [0, None]
    assert matches([], truths) == []
    assert matches([box("a", 0)], []) == [None]
    assert matches([box("far", 90_000)], truths) == [None]


def test_balls_are_hits_by_distance() -> None:
    before = [
        make_frame([Ball("a", 10_000, 10_000, 1_000, 9_000), Ball("b", 60_000, 0, 500, 100)]),
        make_frame([Ball("a", 10_000, 10_000, 3_000, 9_000)]),
    ]
    after = [
        make_frame([Ball("a", 10_600, 10_800, 1_000)], [Flag.BAD_FRAME]),
        make_frame([Ball("c", 12_000, 10_000, 1_200)]),
    ]
    found = report(before, after, Capability.BALL)
    assert found.threshold == "within 10 px"
    assert found.whole == Group("all", 1, 2, 1)
    assert found.groups["flag"] == (Group("bad_frame", 1, 1, 0), Group("no flag", 0, 1, 1))
    assert [group.name for group in found.groups["size"]] == ["small", "medium", "large"]
    assert [error.name for error in found.errors] == ["x", "y", "distance"]
    assert found.errors[2].median == 10.0


def test_without_scores_there_is_no_average_precision() -> None:
    found = report([make_frame([box("a", 0, None)])], [make_frame([box("a", 0)])])
    assert found.average_precision is None
    assert [group.name for group in found.groups["score"]] == ["no score"]
    nothing = report([make_frame()], [make_frame()])
    assert (nothing.whole.precision, nothing.whole.recall) == (None, None)
    assert nothing.average_precision is None
    assert nothing.errors == ()
    assert average_precision([], [], 3) == 0.0


@given(
    st.lists(st.tuples(*[st.integers(0, 400)] * 2, *[st.integers(1, 200)] * 2), min_size=1),
    st.lists(st.tuples(*[st.integers(0, 400)] * 2, *[st.integers(1, 200)] * 2), min_size=1),
)
def test_overlaps_are_those_of_the_editor(
    a: list[tuple[int, int, int, int]], b: list[tuple[int, int, int, int]]
) -> None:
    table = overlaps(np.array(a, dtype=np.float64), np.array(b, dtype=np.float64))
    for row, one in zip(table, a, strict=True):
        for found, other in zip(row, b, strict=True):
            assert found == pytest.approx(overlap(Box("a", *one), Box("b", *other)))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30), st.integers(0, 10))
def test_every_hit_raises_average_precision_to_at_most_one(
    found: list[tuple[float, bool]], missed: int
) -> None:
    truths = sum(hit for _, hit in found) + missed
    ap = average_precision([score for score, _ in found], [hit for _, hit in found], truths)
    if truths == 0:
        assert ap is None
        return
    assert ap is not None
    assert 0 <= ap <= 1
    perfect = average_precision([1.0] * truths, [True] * truths, truths)
    assert perfect == 1.0


def published(store: Store, lead: Actor) -> entered.Match:
    """A match with four of six frames reviewed, one label moved and one deleted, published."""
    match = entered.enter(store, lead)
    document = loading.load(store, match.draft.id).unwrap().document
    frames = {}
    for index in range(4):
        labels = list(document.frame(index).labels)
        if index == 0:
            labels = labels[1:]
        if index == 1:
            labels[0] = entered.moved(labels[0], 300)
        frames[index] = make_frame(labels, reviewed=True)
    info = entered.save(store, lead, match.draft.id, frames)
    done = publish(store, lead, info.id, info.version, override_reason="enough").unwrap()
    assert done.revision is not None
    return match


def test_a_run_against_what_was_published(any_store: Store, lead: Actor) -> None:
    match = published(any_store, lead)
    found = assess_run(any_store, match.run_id[:8]).unwrap()
    report = found.reports[Capability.PLAYER]
    assert report.frames == 4
    assert report.whole == Group("all", 11, 1, 0)
    assert found.as_json()["compared"][0]["run"] == match.run_id  # type: ignore[index]
    # Edits that were not published do not count.
    entered.review_all(any_store, lead, match.draft.id, nudge=2_900)
    assert assess_run(any_store, match.run_id).unwrap() == found
    written = page([found, replace(found, name="<other>", left_out=("a & b",))])
    assert "&lt;other&gt;" in written
    assert "a &amp; b" in written
    assert "91.7%" in written
    assert "<script" not in written
    assert "http" not in written.replace("http-equiv", "")


def test_a_model_over_all_its_runs(store: Store, lead: Actor) -> None:
    published(store, lead)
    entered.enter(store, lead, media="other")
    with store.write() as session:
        for run in session.query(models.Run):
            run.model = "nano-3"
    found = assess_model(store, "nano-3").unwrap()
    assert found.reports[Capability.PLAYER].whole.hit == 11
    assert found.left_out == ("club / other / player_detection: nothing was published yet",)
    assert assess_model(store, "nano-4").outcome.code is Code.NOT_FOUND


def test_what_cannot_be_compared_says_why(store: Store, lead: Actor) -> None:
    match = entered.enter(store, lead)
    nothing = assess_run(store, match.run_id).outcome
    assert (nothing.code, "nothing was published yet" in nothing.detail) == (
        Code.REPORT_EMPTY,
        True,
    )
    done = publish(
        store, lead, match.draft.id, match.draft.version, override_reason="as it is"
    ).unwrap()
    assert "no frame of revision 1 was reviewed" in assess_run(store, match.run_id).outcome.detail
    assert done.revision is not None
    versions.new_from_revision(store, lead, done.revision.id).unwrap()
    longer = entered.content(Capability.PLAYER, 7)
    sha = store.artifacts.put(longer.payload())
    with store.write_rows() as rows:
        rows.exec_driver_sql("DROP TRIGGER prelabel_packs_no_update")
        rows.exec_driver_sql(f"UPDATE prelabel_packs SET artifact_sha = '{sha}'")
    assert "has 6 frames, the prelabels 7" in assess_run(store, match.run_id).outcome.detail
    with store.write_rows() as rows:
        rows.exec_driver_sql("DROP TRIGGER revisions_no_update")
        rows.exec_driver_sql("UPDATE revisions SET draft_id = NULL, draft_version = NULL")
    assert "it was imported" in assess_run(store, match.run_id).outcome.detail
    assert assess_run(store, "nowhere").outcome.code is Code.NOT_FOUND
