"""Edits of tracks: renamed, split, joined, swapped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import Operation, apply
from prelabel_tui.core.edits.track_names import join, rename, split, swap
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import UNIT, Box, Capability, Label, make_frame
from prelabel_tui.core.tracks import Tracks, work_out
from tests.core.clips import made


def _box(name: str, x: float, y: float = 100, track: str | None = None) -> Box:
    return Box(name, round(x * UNIT), round(y * UNIT), 30 * UNIT, 80 * UNIT, 7000, track=track)


def _clip(*, track: str | None = None) -> Document:
    """One player all the time, another in 0–3 and a third, far away, in 6–9."""
    frames: list[list[Label]] = [[_box("a", 100 + 3 * n, track=track)] for n in range(10)]
    for n in range(4):
        frames[n].append(_box("b", 500 + n))
    for n in range(6, 10):
        frames[n].append(_box("c", 500 + n, 700))
    return Document.from_frames(Capability.PLAYER, map(make_frame, frames))


def _names(document: Document, name: str) -> list[str | None]:
    return [label.track for frame in document if (label := frame.label(name))]


def test_a_worked_out_track_gets_its_name_written_on_all_its_labels() -> None:
    document = _clip()
    tracks = work_out(document)
    operation = rename(document, tracks, 0, " GK ")
    assert isinstance(operation, Operation)
    assert (operation.action, operation.text) == ("track", "Rename track a to GK")
    after = made(document, operation)
    assert _names(after, "a") == ["GK"] * 10
    assert _names(after, "b") == [None] * 4
    again = tracks.follow(after, range(10))
    assert again.is_given(0)
    assert again.name(0) == "GK"
    assert rename(after, again, 0, "GK") == Refusal("The track is called GK already.")
    assert rename(after, again, 0, " ") == Refusal("A track needs a name.")
    assert rename(after, again, 1, "GK") == Refusal(
        "There is a track GK already: join the two, or choose another name."
    )


def test_a_track_is_split_and_stays_so() -> None:
    document = _clip()
    tracks = work_out(document)
    operation = split(document, tracks, 0, 4)
    assert isinstance(operation, Operation)
    assert operation.text == "Split track a at 5: a-2 from there on"
    after = made(document, operation)
    assert _names(after, "a") == ["a"] * 4 + ["a-2"] * 6
    parts = tracks.follow(after, operation.frames)
    one, two = parts.at(0, "a"), parts.at(9, "a")
    assert None not in (one, two)
    assert one != two
    second = split(after, parts, parts.at(0, "a") or 0, 2)
    assert isinstance(second, Operation)
    assert "a-3 from there on" in second.text
    assert split(document, tracks, 0, 0) == Refusal(
        "Track a has no label before frame 1: nothing to split."
    )
    assert split(document, tracks, 1, 7) == Refusal(
        "Track b has no label from frame 8: nothing to split."
    )


def test_two_tracks_are_joined_unless_both_are_in_a_frame() -> None:
    document = _clip(track="7")
    tracks = work_out(document)
    number = {tracks.name(n): n for n in range(3)}
    operation = join(document, tracks, number["b"], number["c"])
    assert isinstance(operation, Operation)
    assert operation.text == "Join tracks b and c as b"
    after = made(document, operation)
    joined = tracks.follow(after, operation.frames)
    assert joined.at(0, "b") == joined.at(9, "c")
    assert len(joined) == 2
    assert join(document, tracks, number["7"], number["b"]) == Refusal(
        "7 and b are both in frames 1–4: they cannot be one track."
    )
    assert isinstance(join(document, tracks, 1, 1), Refusal)


def test_the_name_that_is_given_stays_when_two_are_joined() -> None:
    frames = [make_frame([_box("a", 10 + n, track="9")]) for n in range(3)]
    frames += [make_frame([_box("x", 700)]) for _ in range(3)]
    document = Document.from_frames(Capability.PLAYER, frames)
    tracks = work_out(document)
    for one, two in ((0, 1), (1, 0)):
        after = made(document, join(document, tracks, one, two))
        assert _names(after, "a") + _names(after, "x") == ["9"] * 6


def test_frames_are_named_in_runs() -> None:
    frames = [make_frame([_box("a", 10), *([_box("b", 400)] * (n % 2 == 0))]) for n in range(12)]
    document = Document.from_frames(Capability.PLAYER, frames)
    refused = join(document, work_out(document), 0, 1)
    assert refused == Refusal(
        "a and b are both in frames 1, 3, 5 and 3 more: they cannot be one track."
    )


def test_two_tracks_are_swapped_from_a_frame_on() -> None:
    frames = [make_frame([_box("a", 100, track="1"), _box("b", 500, track="2")]) for _ in range(6)]
    document = Document.from_frames(Capability.PLAYER, frames)
    tracks = work_out(document)
    operation = swap(document, tracks, 0, 1, 2)
    assert isinstance(operation, Operation)
    assert operation.text == "Swap tracks 1 and 2 from 3 on"
    after = made(document, operation)
    assert _names(after, "a") == ["1", "1", "2", "2", "2", "2"]
    assert _names(after, "b") == ["2", "2", "1", "1", "1", "1"]
    assert swap(document, tracks, 0, 0, 2) == Refusal("1 cannot be swapped with itself.")
    assert isinstance(swap(document, tracks, 0, 1, 6), Refusal)


def _in_one_track_once(tracks: Tracks, document: Document) -> None:
    for index, frame in enumerate(document):
        numbers = [tracks.at(index, label.id) for label in frame.labels]
        assert len(set(numbers)) == len(numbers)


@given(st.data())
def test_undo_restores_the_bytes_and_no_track_has_two_labels_of_a_frame(
    data: st.DataObject,
) -> None:
    document = _clip(track=data.draw(st.none() | st.just("7")))
    tracks = work_out(document)
    for _ in range(3):
        one, two = (data.draw(st.integers(0, len(tracks) - 1)) for _ in range(2))
        at = data.draw(st.integers(0, 9))
        kind = data.draw(st.sampled_from(["rename", "split", "join", "swap"]))
        if kind == "rename":
            operation = rename(document, tracks, one, "new")
        elif kind == "split":
            operation = split(document, tracks, one, at)
        elif kind == "join":
            operation = join(document, tracks, one, two)
        else:
            operation = swap(document, tracks, one, two, at)
        if isinstance(operation, Refusal):
            assert operation.text.endswith(".")
            continue
        before = document.payload()
        made(document, operation)  # its inverse gives the same bytes
        assert document.payload() == before
        apply(document, operation)
        tracks = tracks.follow(document, operation.frames)
        _in_one_track_once(tracks, document)
