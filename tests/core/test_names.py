"""Names to filter by: in order, each once, found by a part of them, a page at a time."""

from __future__ import annotations

import pytest

from prelabel_tui.core.catalog.names import Kind, known_name, names
from prelabel_tui.core.ids import new_id
from prelabel_tui.core.store import Store, models

CLIPS = {"arena": ["b 100%", "a", "B_2", "c"], "dome": ["a", "é", "d"]}


@pytest.fixture
def filled(any_store: Store) -> Store:
    with any_store.write() as session:
        for workspace, media in CLIPS.items():
            of = new_id()
            session.add(models.Workspace(id=of, name=workspace, settings={},
                                         created_at=any_store.now()))  # fmt: skip
            session.flush()
            for name in media:
                session.add(
                    models.Media(
                        id=new_id(), workspace_id=of, name=name, manifest_sha="0" * 64,
                        frame_count=0, missing_count=0, created_at=any_store.now(),
                        removed_at=any_store.now() if name == "d" else None,
                    )
                )  # fmt: skip
    return any_store


def test_each_name_once_and_none_that_was_removed(filled: Store) -> None:
    every = names(filled, Kind.MEDIA)
    assert sorted(every.names) == sorted({"b 100%", "a", "B_2", "c", "é"})
    assert not every.further
    assert sorted(names(filled, Kind.MEDIA, "dome").names) == ["a", "é"]
    assert names(filled, Kind.MEDIA, "nowhere").names == ()
    assert names(filled, Kind.WORKSPACE).names == ("arena", "dome")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_go_through_all_in_order(filled: Store, limit: int) -> None:
    whole, found, after = names(filled, Kind.MEDIA).names, list[str](), None
    while True:
        page = names(filled, Kind.MEDIA, after=after, limit=limit)
        assert len(page.names) <= limit
        found += page.names
        if not page.further:
            break
        after = page.names[-1]
    assert tuple(found) == whole


def test_a_part_of_a_name_finds_it_and_is_no_pattern(filled: Store) -> None:
    assert set(names(filled, Kind.MEDIA, wanted="B").names) == {"b 100%", "B_2"}
    assert names(filled, Kind.MEDIA, wanted="0%").names == ("b 100%",)
    assert names(filled, Kind.MEDIA, wanted="_").names == ("B_2",)
    assert names(filled, Kind.WORKSPACE, wanted="OM").names == ("dome",)


def test_a_typed_name_is_known_whatever_its_case(filled: Store) -> None:
    assert known_name(filled, Kind.MEDIA, "b_2") == "B_2"
    assert known_name(filled, Kind.MEDIA, "A", "dome") == "a"
    assert known_name(filled, Kind.MEDIA, "c", "dome") is None
    assert known_name(filled, Kind.MEDIA, "d") is None
    assert known_name(filled, Kind.WORKSPACE, "Dome") == "dome"
