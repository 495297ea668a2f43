"""The approve and publish dialogs, each outcome by its real cause."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity import audit
from prelabel_tui.core.model.labels import make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import packs, publish
from prelabel_tui.core.publishing.revisions import history
from prelabel_tui.core.store import Store
from prelabel_tui.screens.review.dialogs.pack_decisions import PackDecision, decide_pack
from prelabel_tui.screens.review.dialogs.publishing import PublishDialog
from prelabel_tui.screens.shared import base
from prelabel_tui.screens.shared.dialogs import ReasonDialog
from tests import matches
from tests.ui.applications import app_on
from tests.ui.demo_home import ADA, LENA, RUI, change_and_save
from tests.ui.driving import app_of, banner, press, screen_text, type_text
from tests.ui.publishing import Host, all_reviewed, host, publishing, run_pack, the_draft


async def test_the_first_publish_makes_the_first_pack(demo_store: Store) -> None:
    draft = all_reviewed(demo_store, the_draft(demo_store))
    async with app_on(demo_store, RUI).run_test(size=(120, 40)) as pilot:
        screen = await publishing(pilot, draft)
        assert isinstance(app_of(pilot).screen, PublishDialog)
        text = screen_text(pilot)
        assert "First publish will create the initial label pack" in text
        assert "this is the first revision" in text
        assert "8 of 8 frames reviewed" in text
        await press(pilot, "j")
        assert "There is no pack to choose." in screen_text(pilot)
        await press(pilot, "enter")
        assert [outcome.code for outcome in screen.outcomes if outcome] == [Code.PUBLISH_SUCCESS]
        assert banner(pilot).startswith("PUBLISH_SUCCESS: A new immutable revision was created.")
    assert [row.number for row in history(demo_store, draft.scope)] == [1]


async def test_nothing_happens_before_it_is_confirmed(demo_store: Store) -> None:
    draft = the_draft(demo_store)
    async with app_on(demo_store, LENA).run_test(size=(80, 24)) as pilot:
        screen = await publishing(pilot, draft)
        await press(pilot, "escape")
        assert screen.outcomes == [None]
        assert banner(pilot) == ""
    assert history(demo_store, draft.scope) == []


async def test_a_lead_overrides_warnings_with_a_reason(demo_store: Store) -> None:
    draft = the_draft(demo_store)
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        await publishing(pilot, draft)
        assert "WARNINGS_REQUIRE_OVERRIDE" in screen_text(pilot)
        await press(pilot, "enter")
        assert isinstance(app_of(pilot).screen, ReasonDialog)
        await press(pilot, "enter")
        assert "REASON_REQUIRED" in screen_text(pilot)
        await type_text(pilot, "seen by two")
        await press(pilot, "enter")
        assert banner(pilot).startswith("PUBLISH_SUCCESS")
    row = history(demo_store, draft.scope)[0]
    assert row.provenance.override_reason == "seen by two"


async def test_a_reviewer_may_not_override(demo_store: Store) -> None:
    draft = the_draft(demo_store)
    async with app_on(demo_store, RUI).run_test(size=(120, 40)) as pilot:
        await publishing(pilot, draft)
        text = screen_text(pilot)
        for said in ("OVERRIDE_FORBIDDEN", "Ask lena or ada.", "Publish (lead)"):
            assert said in text, "seen before it is pressed"
        await press(pilot, "enter")
        assert banner(pilot).startswith(
            "OVERRIDE_FORBIDDEN: The current user cannot override publish warnings."
        )
        assert "Ask lena or ada." in banner(pilot)
    assert history(demo_store, draft.scope) == []


async def test_identical_content_is_a_no_op(published_store: Store) -> None:
    draft = the_draft(published_store)
    async with app_on(published_store, LENA).run_test(size=(120, 40)) as pilot:
        await publishing(pilot, draft)
        assert "NO_OP_ALREADY_PUBLISHED" in screen_text(pilot)
        await press(pilot, "enter")
        if isinstance(app_of(pilot).screen, ReasonDialog):
            await type_text(pilot, "again")
            await press(pilot, "enter")
        assert banner(pilot).startswith("NO_OP_ALREADY_PUBLISHED")
    assert len(history(published_store, draft.scope)) == 2


async def test_a_draft_that_changed_meanwhile_is_stale(demo_store: Store) -> None:
    draft = all_reviewed(demo_store, the_draft(demo_store))
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        await publishing(pilot, draft)
        change_and_save(demo_store, RUI, draft, by=3)
        await press(pilot, "enter")
        assert banner(pilot).startswith(
            "STALE_DRAFT_VERSION: The draft changed before publish completed."
        )


async def test_a_concurrent_publish_holds_the_lock(demo_store: Store) -> None:
    draft = all_reviewed(demo_store, the_draft(demo_store))
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        with ExitStack() as stack:
            await publishing(pilot, draft)
            stack.enter_context(matches.publishing(demo_store, ADA, draft.scope))
            await press(pilot, "enter")
            assert banner(pilot).startswith("PUBLISH_LOCK_CONFLICT")


async def test_blocking_errors_are_listed_with_their_frames(demo_store: Store) -> None:
    draft = the_draft(demo_store)
    document = loading.load(demo_store, draft.id).unwrap().document
    base = document.copy()
    frame = document.frame(4)
    broken = msgspec.structs.replace(frame.labels[0], w=0)
    document.replace(4, make_frame((broken, *frame.labels[1:])))
    draft = loading.save(
        demo_store, RUI, draft, document, document.changed_from(base), "ab" * 16
    ).unwrap()
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        await publishing(pilot, draft)
        text = screen_text(pilot)
        assert "VALIDATION_HARD_FAIL" in text
        assert "✗ frame 5:" in text
        await press(pilot, "enter")
        assert banner(pilot).startswith("VALIDATION_HARD_FAIL")


async def test_a_damaged_artifact_is_storage_read_failed(demo_store: Store) -> None:
    draft = the_draft(demo_store)
    for path in (demo_store.home / "artifacts").rglob("*"):
        if path.is_file():
            path.write_bytes(b"not what it was")
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        screen = await publishing(pilot, draft)
        assert screen.outcomes[0] is not None
        assert screen.outcomes[0].code is Code.STORAGE_READ_FAILED
        assert banner(pilot).startswith("STORAGE_READ_FAILED")


async def approving(pilot: Pilot[Any], pack: packs.PackRow) -> Host:
    """The approve dialog of a pack."""
    return await host(pilot, lambda screen: decide_pack(screen, pack, PackDecision.APPROVE))


async def test_approving_needs_a_reason_and_makes_the_pack_a_candidate(demo_store: Store) -> None:
    pack = run_pack(demo_store)
    assert packs.candidates(demo_store, pack.scope) == []
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        await approving(pilot, pack)
        assert pack.id in screen_text(pilot)
        await press(pilot, "enter")
        assert "REASON_REQUIRED" in screen_text(pilot)
        await type_text(pilot, "looks right")
        await press(pilot, "enter")
        assert banner(pilot).startswith("PACK_APPROVED")
    assert [row.id for row in packs.candidates(demo_store, pack.scope)] == [pack.id]


async def test_the_second_of_two_leads_gets_a_deterministic_answer(demo_store: Store) -> None:
    pack = run_pack(demo_store)
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        await approving(pilot, pack)
        assert packs.approve(demo_store, ADA, pack.id, pack.version, "first").ok
        await type_text(pilot, "second")
        await press(pilot, "enter")
        assert banner(pilot).startswith("PACK_VERSION_CONFLICT")


async def test_an_approved_pack_is_not_approved_again(demo_store: Store) -> None:
    pack = run_pack(demo_store)
    assert packs.approve(demo_store, ADA, pack.id, pack.version, "fine").ok
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        await approving(pilot, run_pack(demo_store))
        assert banner(pilot).startswith("Approve is off: review_status = approved")


@pytest.mark.parametrize(
    ("decision", "code", "column", "value"),
    [
        (PackDecision.REJECT, Code.PACK_REJECTED, "review_status", "rejected"),
        (PackDecision.RETIRE, Code.PACK_RETIRED, "lifecycle", "retired"),
    ],
)
async def test_a_pack_is_rejected_and_retired_with_a_reason_and_once(
    demo_store: Store, decision: PackDecision, code: Code, column: str, value: str
) -> None:
    pack = run_pack(demo_store)
    async with app_on(demo_store, LENA).run_test(size=(80, 24)) as pilot:
        await host(pilot, lambda screen: decide_pack(screen, pack, decision))
        assert decision.consequence in " ".join(screen_text(pilot).split())
        await press(pilot, "enter")
        assert "REASON_REQUIRED" in screen_text(pilot)
        await type_text(pilot, "not as agreed")
        await press(pilot, "enter")
        assert banner(pilot).startswith(code)
        now = run_pack(demo_store)
        assert (getattr(now, column), now.reason) == (value, "not as agreed")
        await host(pilot, lambda screen: decide_pack(screen, now, decision))
        assert banner(pilot).startswith(f"{decision.value} is off: {column} = {value} already")
    (entry,) = audit.entries(demo_store, action=f"pack.{decision.value.lower()}")
    assert (entry.actor, entry.reason) == ("lena", "not as agreed")


async def test_the_chosen_pack_is_published_with(published_store: Store) -> None:
    draft = change_and_save(published_store, RUI, the_draft(published_store), by=7)
    run_made = next(row for row in packs.packs(published_store, draft.scope) if row.source == "run")
    assert packs.approve(published_store, LENA, run_made.id, run_made.version, "fine").ok
    assert len(packs.candidates(published_store, draft.scope)) > 1
    async with app_on(published_store, LENA).run_test(size=(120, 40)) as pilot:
        await publishing(pilot, draft)
        dialog = app_of(pilot).screen
        assert isinstance(dialog, PublishDialog)
        while dialog.packs[dialog.at].id != run_made.id:
            await press(pilot, "tab")
        await press(pilot, "enter")
        await type_text(pilot, "known")
        await press(pilot, "enter")
        assert banner(pilot).startswith("PUBLISH_SUCCESS")
    assert history(published_store, draft.scope)[0].provenance.pack_id == run_made.id


async def test_esc_cancels_a_publish_that_takes_long(
    demo_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work itself stops: nothing is published, and the banner has its code."""
    draft = all_reviewed(demo_store, the_draft(demo_store))
    monkeypatch.setattr(base, "PATIENCE_S", 0.001)
    shown = threading.Event()

    def slow(*arguments: Any, progress: Any, **options: Any) -> Any:
        progress("Validating", 1, 4)
        assert shown.wait(20)
        while not progress.cancelled:
            shown.wait(0.01)
        return publish(*arguments, progress=progress, **options)

    monkeypatch.setattr("prelabel_tui.screens.review.dialogs.publishing.publish", slow)
    async with app_on(demo_store, LENA).run_test(size=(120, 40)) as pilot:
        await publishing(pilot, draft)
        await pilot.press("enter")
        for _ in range(200):
            await pilot.pause(0.01)
            if "Publishing: Validating" in screen_text(pilot):
                break
        assert "1 of 4" in screen_text(pilot)
        shown.set()
        await press(pilot, "escape")
        assert banner(pilot).startswith("PUBLISH_CANCELLED")
    assert history(demo_store, draft.scope) == []
