"""What is too large, too many or ambiguous is refused in words, before it costs anything."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from backports import zstd

from prelabel_tui.core import bounds
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.drafts.payloads import save_payload
from prelabel_tui.core.edits import track_names
from prelabel_tui.core.edits.editable import EditRefused
from prelabel_tui.core.edits.many_frames import Refusal
from prelabel_tui.core.edits.operations import Operation, label_change
from prelabel_tui.core.identity.actor import Actor
from prelabel_tui.core.model.codec import PayloadError, decode_frame, split_payload
from prelabel_tui.core.model.labels import Box, make_frame
from prelabel_tui.core.outcomes import Code
from prelabel_tui.core.publishing import packs
from prelabel_tui.core.reasons import refuse_reason
from prelabel_tui.core.repeated_keys import RepeatedKey, TooDeep, refuse_repeated_keys
from prelabel_tui.core.session.session import EditingSession
from prelabel_tui.core.store import Store
from prelabel_tui.core.store.artifacts import (
    ArtifactReadError,
    ArtifactWriteError,
    FolderArtifacts,
    digest,
)
from prelabel_tui.core.store.compression import (
    CompressionError,
    compress,
    decompress,
    decompress_pieces,
)
from prelabel_tui.core.text import printable, usable_name
from prelabel_tui.core.tracks import work_out
from tests import matches

MEGABYTE = bytes(1 << 20)


def frame_of(megabytes: int, *, told: bool) -> bytes:
    """One compressed frame of zeros."""
    packer = zstd.ZstdCompressor()
    if told:
        packer.set_pledged_input_size(megabytes << 20)
    return b"".join([*(packer.compress(MEGABYTE) for _ in range(megabytes)), packer.flush()])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """Artifacts may have 8 MB."""
    monkeypatch.setattr("prelabel_tui.core.store.compression.ARTIFACT_BYTES", 8 << 20)
    monkeypatch.setattr("prelabel_tui.core.store.artifacts.ARTIFACT_BYTES", 8 << 20)
    return 8


@pytest.mark.parametrize("told", [True, False])
def test_an_artifact_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, small: int, told: bool
) -> None:
    store = FolderArtifacts(tmp_path)
    content = [MEGABYTE] * (small + 1)
    name = digest(content)
    store.path(name).parent.mkdir(parents=True)
    store.path(name).write_bytes(frame_of(small + 1, told=told))
    with pytest.raises(ArtifactReadError, match=r"larger than 8 MB|does not tell its size"):
        store.get(name)
    held: list[int] = []
    with pytest.raises(ArtifactReadError, match="larger than 8 MB"):
        held.extend(map(len, store.pieces(name)))
    assert max(held) <= 256 << 10
    with pytest.raises(ArtifactWriteError, match="larger than 8 MB"):
        store.put(*content)


@pytest.mark.parametrize("size", [0, 1, 70_000, 3 << 20])
def test_what_is_whole_comes_back(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    packed = compress(data[:size])
    assert decompress(packed) == data[:size]
    split = [packed[at : at + 1000] for at in range(0, len(packed), 1000)]
    assert b"".join(decompress_pieces(split)) == data[:size]


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:-3],
        lambda packed: packed + b"x",
        lambda packed: packed + packed,
        lambda _: b"",
        lambda _: b"no such thing",
    ],
)
def test_what_is_not_one_whole_frame_is_refused(damage: object) -> None:
    packed = damage(compress(b"content" * 99))  # type: ignore[operator]
    with pytest.raises(CompressionError):
        decompress(packed)
    with pytest.raises(CompressionError):
        list(decompress_pieces([packed]))


def boxes(count: int) -> list[Box]:
    return [Box(f"n{number}", 100, 100, 1000, 2000) for number in range(count)]


def test_a_frame_takes_no_more_labels_than_it_may(store: Store, lead: Actor) -> None:
    match = matches.enter(store, lead)
    full = make_frame(boxes(bounds.LABELS_PER_FRAME))
    matches.save(store, lead, match.draft.id, {0: full})
    session = EditingSession.open(store, lead, match.draft.id).unwrap()
    one_more = Box("one-more", 0, 0, 100, 100)
    with pytest.raises(EditRefused, match=r"Frame 1 would have more than 1,000 labels\."):
        session.apply(Operation("add", "Add", (label_change(0, None, one_more),)))
    changes = (label_change(0, full.labels[0], None), label_change(0, None, one_more))
    session.apply(Operation("add", "Put another one there", changes))
    assert session.document.frame(0).label("one-more")
    session.abandon()


def test_a_payload_takes_no_more_labels_and_no_longer_ids(store: Store, lead: Actor) -> None:
    match = matches.enter(store, lead)
    for frame, why in (
        (make_frame(boxes(bounds.LABELS_PER_FRAME + 1)), "1,001 labels, more than 1,000"),
        (make_frame([Box("x" * 201, 0, 0, 100, 100)]), "an id has more than 200 characters"),
    ):
        document = loading.load(store, match.draft.id).unwrap().document
        document.replace(2, frame)
        done = save_payload(store, lead, match.draft.id, 1, document.payload())
        assert done.outcome.code is Code.INPUT_INVALID
        assert done.outcome.detail == f"Frame 3: {why}."


def test_a_payload_with_a_key_twice_or_too_deep_is_refused(store: Store, lead: Actor) -> None:
    match = matches.enter(store, lead)
    payload = loading.load(store, match.draft.id).unwrap().document.payload()
    twice = payload.replace(b'{"labels":[', b'{"labels":[],"labels":[', 1)
    deep = payload.replace(b'{"labels":[', b'{"x":' + b"[" * 5000 + b"]" * 5000 + b',"labels":[', 1)
    for bent, why in ((twice, "has the key 'labels' twice"), (deep, "nested too deeply")):
        done = save_payload(store, lead, match.draft.id, 1, bent)
        assert done.outcome.code is Code.INPUT_INVALID
        assert why in done.outcome.detail


def test_frames_that_are_nested_too_deeply_are_no_payload() -> None:
    deep = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(PayloadError):
        decode_frame(deep)
    with pytest.raises(PayloadError):
        split_payload(b'{"x":1,"frames":[' + deep + b"]}")


def test_a_track_has_a_name_of_a_bounded_length(store: Store, lead: Actor) -> None:
    match = matches.enter(store, lead)
    document = loading.load(store, match.draft.id).unwrap().document
    refused = track_names.rename(document, work_out(document), 0, "n" * 201)
    assert isinstance(refused, Refusal)
    assert "200 characters" in refused.text


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("right", None),
        ("r" * bounds.REASON_LENGTH, None),
        (" ", Code.REASON_REQUIRED),
        ("r" * (bounds.REASON_LENGTH + 1), Code.INPUT_INVALID),
        ("nul\0", Code.INPUT_INVALID),
        ("half a pair \ud83d", Code.INPUT_INVALID),
    ],
)
def test_a_reason_is_text_of_a_bounded_length(
    store: Store, lead: Actor, reason: str, code: Code | None
) -> None:
    refused = refuse_reason(reason, "This")
    assert (None if refused is None else refused.code) == code
    match = matches.enter(store, lead)
    done = packs.approve(store, lead, match.pack_id, 1, reason)
    assert done.outcome.code is (code or Code.PACK_APPROVED)


def test_no_name_breaks_a_line_or_turns_its_direction() -> None:
    for steering in "\u2028\u2029\u0085\u202e\u2066\u200f\x1b\n":
        assert printable(f"a{steering}b") == "a�b"
        assert not usable_name(f"a{steering}b")
    assert usable_name("n" * bounds.NAME_LENGTH)
    assert not usable_name("n" * (bounds.NAME_LENGTH + 1))


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ('{"a":1,"a":2}', "a", 1),
        ('[{"a":1},\n{"b":{"c":"}","d":"\\"}"}},\n{"e":1,\n"\\u0065":2}]', "e", 4),
        ('{"a":{"x":1,"x":1}}', "x", 1),
    ],
)
def test_a_key_that_an_object_has_twice_is_named(text: str, key: str, line: int) -> None:
    with pytest.raises(RepeatedKey, match=f"the key '{key}' twice") as caught:
        refuse_repeated_keys(text.encode())
    assert caught.value.line == line


def test_keys_of_different_objects_are_not_repeated() -> None:
    refuse_repeated_keys(json.dumps([{"a": {"a": [{"a": 1}]}}, {"a": 2.5}] * 30_000).encode())
    for broken in (b"", b"[", b'{"a":1,"a"', b"\xff\xfe\xfd", b"nonsense"):
        refuse_repeated_keys(broken)
    with pytest.raises(TooDeep):
        refuse_repeated_keys(b"[" * 100_000)


def test_bounds_are_what_the_docs_say() -> None:
    table = Path(__file__).parents[2] / "docs/operations.md"
    told = table.read_text(encoding="utf-8")
    for value in (
        f"{bounds.INPUT_BYTES >> 20} MB",
        f"{bounds.ARTIFACT_BYTES >> 20:,} MB",
        f"{bounds.LABELS_PER_FRAME:,}",
        f"{bounds.LABELS_PER_CLIP:,}",
        f"{bounds.NAME_LENGTH} characters",
        f"{bounds.LABEL_NAME_LENGTH} characters",
        f"{bounds.REASON_LENGTH:,} characters",
        f"{bounds.NOTE_LENGTH} characters, one line",
    ):
        assert f"| {value} |" in told, value


def test_msgspec_still_refuses_what_the_look_lets_pass() -> None:
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(b'{"a":NaN}')
