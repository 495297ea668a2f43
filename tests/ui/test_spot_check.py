"""A spot check on the screen: blind, kept as judged, resumed, its result in Approve's reason."""

from __future__ import annotations

from prelabel_tui.core import publishing
from prelabel_tui.core.assessment.spot_checks import open_check, spot_checks
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.identity import audit
from prelabel_tui.core.model.labels import make_frame
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.store import Store
from prelabel_tui.screens.ops.series import SeriesScreen
from prelabel_tui.screens.ops.spot_check import SpotCheckScreen
from prelabel_tui.screens.ops.spot_result import SpotResultScreen
from prelabel_tui.widgets.frame_view.widget import FrameView
from tests.ui.applications import app_on
from tests.ui.demo_home import LENA, RUI, change_and_save
from tests.ui.driving import app_of, banner, press, screen_text, settle, type_text
from tests.ui.publishing import all_reviewed, the_draft

SERIES = ("2", "j", "j", "j")


async def test_judged_blind_interrupted_and_gone_on_with(demo_store: Store) -> None:
    draft = change_and_save(demo_store, RUI, the_draft(demo_store), by=4)
    all_reviewed(demo_store, draft)
    async with app_on(demo_store, LENA).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *SERIES, "p")
        assert "Draft v3: 8 reviewed frames with a picture." in screen_text(pilot)
        await press(pilot, "enter")
        screen = app_of(pilot).screen
        assert isinstance(screen, SpotCheckScreen)
        await press(pilot, "b")
        assert "This is the first frame of the sample." in banner(pilot)
        for _ in range(3):  # the changed, the flagged and the plain frames look alike
            scene, text = screen.query_one(FrameView).scene, screen_text(pilot)
            assert scene.marks
            assert not any(mark.styles or mark.hint for mark in scene.marks)
            assert not any(word in text for word in ("rui", "bad_frame", "edited", "000"))
            await press(pilot, "enter")
        await press(pilot, "x", "b")
        assert "judged wrong" in screen_text(pilot)
        await press(pilot, "x", "tab")
        assert screen.query_one(FrameView).scene.selected is not None
        await press(pilot, "+", "-", "e")
        assert "4 frames are left" in banner(pilot)
        await press(pilot, "q")
        assert isinstance(app_of(pilot).screen, SeriesScreen)
    (check,) = spot_checks(demo_store)
    frames = open_check(demo_store, check.id).unwrap().frames
    assert [frame.wrong for frame in frames] == [False, False, False, True, *[None] * 4]

    async with app_on(demo_store, LENA).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *SERIES, "p")
        assert "Go on: 4 of 8 judged" in screen_text(pilot)
        await press(pilot, "enter", *["enter"] * 4)
        assert "All 8 frames are judged." in screen_text(pilot)
        await press(pilot, "enter", "tab")
        assert "There is no frame to look at." in banner(pilot)
        await press(pilot, "e")
        assert isinstance(app_of(pilot).screen, SpotResultScreen)
        assert "1 of 8 wrong: 12.5 % (exact)" in screen_text(pilot)
        await press(pilot, "a")
        assert "No pack has this content yet: I in the review submits the draft." in banner(pilot)
        await press(pilot, "escape", "p")
        assert "1 of 8 wrong: 12.5 % (exact)" in screen_text(pilot)


async def test_the_result_is_evidence_in_approve_and_in_the_log(demo_store: Store) -> None:
    draft = all_reviewed(demo_store, change_and_save(demo_store, RUI, the_draft(demo_store), by=4))
    pack = publishing.submit(demo_store, RUI, draft.id, draft.version).unwrap().pack
    assert pack is not None
    async with app_on(demo_store, LENA).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *SERIES, ":")
        await type_text(pilot, "spot_check five")
        await press(pilot, "enter")
        assert "Type at most how many percent" in banner(pilot)
        await press(pilot, ":")
        await type_text(pilot, "spot_check 5 99")
        await press(pilot, "enter", *["enter"] * 8, "e", "y", "a")
        assert "Spot check   0 of 8 wrong: 0.0 % (exact)" in screen_text(pilot)
        await press(pilot, *" looked", "enter")
        assert "PACK_APPROVED" in banner(pilot)
        await press(pilot, "a")
        assert f"Its pack-{pack.id[:8]} has review_status = approved already" in banner(pilot)
    (check,) = spot_checks(demo_store)
    approved = packs.pack(demo_store, pack.id).unwrap()
    assert approved.reason == f"{check.evidence} looked"
    newest = audit.entries(demo_store, limit=2)
    assert [entry.action for entry in newest] == ["pack.approve", "spot_check.end"]
    assert newest[1].details["result"] == "0 of 8 wrong: 0.0 % (exact)"


async def test_from_the_packs_of_the_review_and_for_dataset(demo_store: Store) -> None:
    draft = all_reviewed(demo_store, the_draft(demo_store))
    async with app_on(demo_store, LENA).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *SERIES, "enter", "C", "p", "enter")
        assert isinstance(app_of(pilot).screen, SpotCheckScreen)
        await press(pilot, *["enter"] * 8, "e")
        (check,) = spot_checks(demo_store)
        done = publishing.publish(demo_store, LENA, draft.id, draft.version, override_reason="ok")
        assert done.ok, done.outcome.headline
        app_of(pilot).open_history("arena", "tactical-1", "player_detection")
        await settle(pilot)
        await press(pilot, "a")
        assert f"Spot check: {check.text}" in screen_text(pilot)
        await press(pilot, "enter")
        revision = done.unwrap().revision
        assert revision is not None
    (newest,) = audit.entries(demo_store, limit=1)
    assert (newest.action, newest.reason) == ("eligibility.approve", check.evidence)


async def test_nothing_reviewed_and_nobody_s_to_judge(demo_store: Store) -> None:
    draft = the_draft(demo_store)
    async with app_on(demo_store, LENA).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *SERIES, "p")
        assert "with a picture is reviewed; review some first" in banner(pilot)
    document = loading.load(demo_store, draft.id).unwrap().document
    base = document.copy()
    document.replace(0, make_frame(document.frame(0).labels, reviewed=True))
    changed = document.changed_from(base)
    loading.save(demo_store, RUI, draft, document, changed, "5a5e" * 8).unwrap()
    async with app_on(demo_store, RUI).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *SERIES, "p")
        assert "A spot check needs the role lead; rui is reviewer. Ask lena" in banner(pilot)
