"""Label Review Series: every scope once, in order, with draft, revision and open findings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prelabel_tui.core import publishing
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import eligibility
from prelabel_tui.core.store import Store, models
from prelabel_tui.core.triage.series import every_scope, open_findings, series, series_findings
from tests import matches


def test_every_scope_stands_in_the_series_once(any_store: Store, lead: Actor) -> None:
    for media, capability in (("b", Capability.PLAYER), ("a", Capability.BALL),
                              ("a", Capability.PLAYER), ("a", Capability.PLAYER)):  # fmt: skip
        matches.enter(any_store, lead, capability, media=media)
    matches.enter(any_store, lead, media="z", workspace="academy")
    page = series(any_store)
    assert [row.scope.title for row in page.rows] == [
        "academy / z / player_detection",
        "club / a / ball_detection",
        "club / a / player_detection",
        "club / b / player_detection",
    ]
    assert page.next is None
    first = series(any_store, "club", limit=1)
    assert {row.scope.media for row in first.rows} == {"a"}
    assert first.next == ("club", "a")
    assert [row.scope.media for row in series(any_store, "club", first.next).rows] == ["b"]


def test_a_row_has_draft_lineage_latest_revision_and_eligibility(store: Store, lead: Actor) -> None:
    match = matches.enter(store, lead)
    (row,) = series(store).rows
    assert (row.latest, row.eligibility) == (None, None)
    for nudge in (0, 100):
        draft = matches.review_all(store, lead, match.draft.id, nudge)
        done = publishing.publish(store, lead, draft.id, draft.version).unwrap()
    assert done.revision is not None
    assert eligibility.approve(store, lead, done.revision.id, 1).ok
    (row,) = series(store).rows
    assert row.draft is not None
    assert row.draft.version == 3
    assert row.latest is not None
    assert (row.latest.number, row.eligibility) == (2, "Approved")
    assert row.draft.lineage.label == row.latest.lineage.label == done.revision.lineage.label
    assert row.draft.lineage.full == f"Pack-id: {match.prelabel_pack_id}"


def test_open_findings_are_those_of_the_newest_version(store: Store, lead: Actor) -> None:
    match = matches.enter(store, lead)
    assert open_findings(store, match.draft.id).unwrap().by_rule == {"frame.unreviewed": 1}
    matches.review_all(store, lead, match.draft.id)
    assert not open_findings(store, match.draft.id).unwrap().items
    assert open_findings(store, "nothing").outcome.code is Code.NOT_FOUND


def test_the_whole_series_is_read_and_validated_page_by_page(store: Store, lead: Actor) -> None:
    for media in ("a", "b", "c"):
        matches.enter(store, lead, media=media)
    rows = list(every_scope(store))
    assert [row.scope.media for row in rows] == ["a", "b", "c"]
    assert list(every_scope(store, "nowhere")) == []
    drafts = [row.draft.id for row in rows if row.draft is not None]
    found = series_findings(store, rows).unwrap()
    assert found == {draft: open_findings(store, draft).unwrap() for draft in drafts}
    assert rows[1].draft is not None
    lost = replace(rows[1], draft=replace(rows[1].draft, id="lost"))
    assert series_findings(store, [rows[0], lost]).outcome.code is Code.NOT_FOUND


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_go_through_workspaces_of_every_size(any_store: Store, limit: int) -> None:
    sizes = {"a": 3, "B b": 1, "c%": 0, "d": 1, "é": 5, "f": 1, "g": 0, "h": 2}
    placed = []
    for workspace, count in sizes.items():
        of = new_id()
        with any_store.write() as session:
            session.add(models.Workspace(id=of, name=workspace, settings={},
                                         created_at=any_store.now()))  # fmt: skip
            session.flush()
            for number in range(count + 1):
                media = models.Media(
                    id=new_id(), workspace_id=of, name=f"m{number}", manifest_sha="0" * 64,
                    frame_count=0, missing_count=0, created_at=any_store.now(),
                    removed_at=any_store.now() if number == count else None,
                )  # fmt: skip
                run = models.Run(
                    id=new_id(), workspace_id=of, media_id=media.id, media_name=media.name,
                    status="succeeded", ran="ball_detection", source="coco", digest=new_id() * 2,
                    created_at=any_store.now(), created_by="rui",
                )  # fmt: skip
                session.add(media)
                session.flush()
                session.add(run)
                placed += [(workspace, media.name)] if number < count else []
    pages, after = list[tuple[str, str]](), None
    while True:
        page = series(any_store, None, after, limit)
        assert len(page.rows) <= limit
        pages += [(row.scope.workspace, row.scope.media) for row in page.rows]
        after = page.next
        if after is None:
            break
    assert sorted(pages) == sorted(placed)
    assert pages == [(row.scope.workspace, row.scope.media) for row in every_scope(any_store)]
    for workspace, count in sizes.items():
        rows = series(any_store, workspace).rows
        assert [row.scope.media for row in rows] == [f"m{number}" for number in range(count)]
    assert [row.scope.media for row in series(any_store, "é", ("é", "m2")).rows] == ["m3", "m4"]
    assert series(any_store, "nowhere").rows == ()
