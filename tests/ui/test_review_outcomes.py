"""Outcomes on the review screen: each with the key that helps, the viewer staying open."""

from __future__ import annotations

from sqlalchemy import text

from prelabel_tui.core.catalog.runs import RunRow
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.loading import load
from prelabel_tui.core.ingest.import_legacy import import_legacy
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Ball, Capability, make_frame
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store
from prelabel_tui.widgets.status.bars import TitleBar
from prelabel_tui.widgets.tables.findings_list import FindingsList
from tests import matches
from tests.ui.applications import MakeApp
from tests.ui.demo_home import LENA, RUI
from tests.ui.driving import banner, screen_text, type_text
from tests.ui.reviewing import BALL, draft_of, reviewing


def words(text: str) -> str:
    """The text with wrapped lines joined."""
    return " ".join(text.replace("▌", " ").split())


def bring_older_ball_draft(store: Store) -> None:
    """A ball draft from before its geometry was stored."""
    old = Document.from_frames(BALL, [make_frame([matches.ball(40_000, size=None)])] * 6)
    import_legacy(
        store, LENA, workspace="club", media="clip", manifest=matches.manifest(),
        drafts_of={BALL: old}, revisions=[],
    ).unwrap()  # fmt: skip


def bring_current_run(store: Store) -> RunRow:
    """A run of the same clip."""
    return import_run(
        store, LENA, workspace="club", media="clip", manifest=matches.manifest(),
        documents={BALL: matches.content(BALL)}, source="current",
    ).unwrap()  # fmt: skip


async def test_an_old_ball_draft_asks_for_a_reset_in_the_banner(
    make_app: MakeApp, demo_store: Store
) -> None:
    old = Document.from_frames(BALL, [make_frame([matches.ball(size=None)]) for _ in range(6)])
    matches.enter(demo_store, LENA, BALL, prelabels=old)
    async with reviewing(make_app, demo_store, "clip", BALL, actor=LENA) as review:
        assert "none stored" in "\n".join(review.list)
        await review.press("f7", "!", "enter")
        assert "RESET_DRAFT_REQUIRED" in banner(review.pilot)
        assert "R Reset draft" in words(screen_text(review.pilot))
        await review.press("R")
        await type_text(review.pilot, "reset")
        await review.press("enter")
        assert "DRAFT_RESET" in banner(review.pilot)
        assert review.context.frame.flags == ()


async def test_a_reset_that_brings_another_lineage_shows_it(
    make_app: MakeApp, demo_store: Store
) -> None:
    """An old draft is open while a run of its clip is imported: its pack is the source then."""
    bring_older_ball_draft(demo_store)
    async with reviewing(make_app, demo_store, "clip", BALL, actor=LENA) as review:
        title = review.screen.query_one(TitleBar)
        assert "Legacy/Unknown" in title.plain
        await review.press("R")
        await type_text(review.pilot, "reset")
        await review.press("enter")
        assert banner(review.pilot).startswith("SOURCE_PACK_MISSING")
        assert "Import a run of this clip" in banner(review.pilot)
        run = bring_current_run(demo_store)
        await review.press("R")
        await type_text(review.pilot, "reset")
        await review.press("enter")
        assert banner(review.pilot).startswith("DRAFT_RESET")
        assert run.outcomes[BALL].lineage.label in title.plain


async def test_a_retired_pack_says_why_it_is_no_candidate(
    make_app: MakeApp, demo_store: Store
) -> None:
    match = matches.enter(demo_store, LENA)
    (pack,) = packs.packs(demo_store, match.draft.scope)
    assert packs.approve(demo_store, LENA, pack.id, 1, "looks right").ok
    assert packs.retire(demo_store, LENA, pack.id, 2, "old").ok
    async with reviewing(make_app, demo_store, "clip", actor=LENA) as review:
        await review.press("C", "enter")
        assert review.told == "✗ PACK_NOT_SELECTABLE: lifecycle = retired, not approved."
        await review.press("a")
        assert review.told.endswith("review_status = approved already, lifecycle = retired.")
        await review.press("x")
        assert review.told == "", "what was refused before is no longer said"
        await type_text(review.pilot, "another way back")
        await review.press("enter")
        assert banner(review.pilot).startswith("PACK_REJECTED")
        await review.press("i")
        assert "None" not in screen_text(review.pilot)
        assert '"errors": 0' in screen_text(review.pilot)


async def test_what_publishing_will_say_is_in_sight_before(
    make_app: MakeApp, demo_store: Store
) -> None:
    """Below six findings, too, where the terminal has the room."""
    twice = Document.from_frames(
        BALL, [make_frame([matches.ball(), Ball("b2", 60_000, 30_000, 1_200)]) for _ in range(8)]
    )
    matches.enter(demo_store, LENA, BALL, prelabels=twice, clip=matches.manifest(8))
    async with reviewing(make_app, demo_store, "clip", BALL, actor=LENA) as review:
        await review.press("!")
        text = words(screen_text(review.pilot))
        assert "… and" in text
        assert "VALIDATION_HARD_FAIL: Blocking validation errors" in text


async def test_the_guides_four_steps_after_a_reset_required(
    make_app: MakeApp, demo_store: Store
) -> None:
    """An older draft comes in, a run brings the current source pack, reviewing re-seeds it."""
    bring_older_ball_draft(demo_store)
    run = bring_current_run(demo_store)
    draft = loading.open_review(demo_store, LENA, run.id, BALL).unwrap()
    assert draft.lineage.pack_id == run.outcomes[BALL].pack_id, "re-seeded"
    async with reviewing(make_app, demo_store, "clip", BALL, actor=LENA) as review:
        await review.press("!", "enter")
        assert "RESET_DRAFT_REQUIRED" in banner(review.pilot)
        # 1, 2: Reset draft in the banner; the viewer reloads from the source pack
        await review.press("R")
        await type_text(review.pilot, "reset")
        await review.press("enter")
        assert "DRAFT_RESET" in banner(review.pilot)
        assert review.context.frame.labels == matches.content(BALL).frame(0).labels
        # 3, 4: edit again, wait for autosave, publish
        await review.press("f7")
        await review.saved()
        assert review.autosave.startswith("Autosave: saved v3")
        await review.press("!", "enter")
        await type_text(review.pilot, "one frame looked at")
        await review.press("enter")
        assert "PUBLISH_SUCCESS" in banner(review.pilot)
    (published,) = history(demo_store, draft.scope)
    assert published.lineage.label == draft.lineage.label


async def test_blocking_errors_lead_to_the_findings(make_app: MakeApp, demo_store: Store) -> None:
    clip = load(demo_store, draft_of(demo_store).id).unwrap().manifest
    twice = Document.from_frames(
        BALL, [make_frame([matches.ball(), Ball("b2", 60_000, 30_000, 1_200)]) for _ in range(8)]
    )
    matches.enter(demo_store, LENA, BALL, prelabels=twice, clip=clip)
    async with reviewing(make_app, demo_store, "clip", BALL, actor=LENA) as review:
        await review.press("!", "enter")
        assert "VALIDATION_HARD_FAIL" in banner(review.pilot)
        assert "F Findings" in words(screen_text(review.pilot))
        await review.press("F")
        assert review.screen.query_one(FindingsList).rows
        await review.press("j", "enter", "x")
        assert len(review.context.frame.labels) == 1
        await review.press("F")
        rows = review.screen.query_one(FindingsList).rows
        errors = [row for row in rows if row.value.rule == "ball.too_many"]
        assert len(errors) == 7


async def test_a_reviewer_cannot_override_warnings(make_app: MakeApp, demo_store: Store) -> None:
    matches.enter(demo_store, LENA, Capability.PLAYER)
    async with reviewing(make_app, demo_store, "clip", actor=RUI) as review:
        await review.press("!", "enter")
        assert "OVERRIDE_FORBIDDEN" in banner(review.pilot)
        await review.press("f5")
        assert "Flag bad_frame" in review.told


async def test_a_draft_that_is_no_longer_active_says_so(
    make_app: MakeApp, demo_store: Store
) -> None:
    async with reviewing(make_app, demo_store) as review:
        with demo_store.write() as session:
            session.execute(text("update drafts set active = 0"))
        await review.press("tab", "l", "ctrl+s")
        await review.rest()
        assert "failed: DRAFT_NOT_ACTIVE" in review.autosave
        assert "DRAFT_NOT_ACTIVE" in banner(review.pilot)
        await review.press("!")
        assert "Resolve that before publishing" in banner(review.pilot)
