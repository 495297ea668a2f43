"""Exports: what goes out and what is left out, counted; pictures; a folder whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import av
import pytest
from msgspec.structs import replace
from PIL import Image
from sqlalchemy import text

from prelabel_tui.core.catalog.scopes import find_scope
from prelabel_tui.core.datasets.images import Pictures
from prelabel_tui.core.datasets.selection import select_eligible, select_these
from prelabel_tui.core.drafts import loading
from prelabel_tui.core.model.labels import Flag
from prelabel_tui.core.model.media import Manifest, MediaFrame, encode_manifest
from prelabel_tui.core.notes.writing import answer_note, resolve_note, write_note
from prelabel_tui.core.outcomes import Code, Refused
from prelabel_tui.core.progress import Cancelled
from prelabel_tui.core.store import Store
from prelabel_tui.formats.writers import FORMATS
from prelabel_tui.imaging.frames.probe import probe_video
from tests import exporting
from tests.exporting import BALL, PLAYER, balls, both, exported, pictures, players, published

EVERY = sorted(FORMATS)


@pytest.fixture
def clip(tmp_path: Path) -> Manifest:
    return pictures(tmp_path / "frames", 6)


def manifest_of(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return told


def coco_of(folder: Path, part: str = "all") -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / f"annotations/instances_{part}.json").read_bytes())
    return told


@pytest.mark.parametrize("name", EVERY)
def test_the_same_revisions_give_the_same_files(
    store: Store, clip: Manifest, tmp_path: Path, name: str
) -> None:
    both(store, clip)
    both(store, clip, media="m2")
    trees = []
    for folder in (tmp_path / "one", tmp_path / "deep" / "two"):
        done = exported(store, name, folder, pictures=Pictures.COPY)
        assert done.outcome.code is Code.EXPORT_SUCCESS, done.outcome.headline
        trees.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.*")
                      if p.is_file()})  # fmt: skip
    assert trees[0] == trees[1]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", EVERY)
def test_names_do_not_change_when_another_clip_joins(
    store: Store, clip: Manifest, tmp_path: Path, name: str
) -> None:
    both(store, clip)
    exported(store, name, tmp_path / "one")
    both(store, pictures(tmp_path / "others", 3), media="a0", workspace="U19")
    exported(store, name, tmp_path / "two")
    one, two = (manifest_of(tmp_path / folder)["pictures"] for folder in ("one", "two"))
    assert one.items() < two.items()


def test_a_half_labelled_image_is_left_out_and_counted_unless_told(
    store: Store, clip: Manifest, tmp_path: Path
) -> None:
    both(store, clip)
    published(store, BALL, balls(6), clip, media="only-ball")
    done = exported(store, "coco", tmp_path / "a").unwrap()
    assert done.left_out == {"half_labelled": 6}
    assert done.images == 6
    assert "left out 6 images (6 half labelled)" in done.text
    assert all(len(i["labelled"]) == 2 for i in coco_of(tmp_path / "a")["images"])
    kept = exported(store, "coco", tmp_path / "b", half_labelled=True).unwrap()
    assert kept.left_out == {}
    labelled = {
        (i["file_name"].split("/")[1], *i["labelled"]) for i in coco_of(tmp_path / "b")["images"]
    }
    assert labelled == {
        ("m1", "ball_detection", "player_detection"),
        ("only-ball", "ball_detection"),
    }
    balls_only = exported(store, "coco", tmp_path / "c", wanted=(BALL,)).unwrap()
    assert balls_only.images == 12
    assert balls_only.labels == {BALL: 10}
    assert [c["name"] for c in coco_of(tmp_path / "c")["categories"]] == ["ball"]


def test_flags_and_frames_that_nobody_reviewed_are_left_out(
    store: Store, clip: Manifest, tmp_path: Path
) -> None:
    both(store, clip)
    flagged = exported(store, "coco", tmp_path / "a", exclude_flags=frozenset(Flag)).unwrap()
    assert flagged.left_out == {"bad_frame": 1, "needs_human_review": 1}
    assert [i["frame_index"] for i in coco_of(tmp_path / "a")["images"]] == [0, 1, 4, 5]
    reviewed = exported(store, "coco", tmp_path / "b", reviewed_only=True).unwrap()
    assert reviewed.left_out == {"half_labelled": 1}
    half = exported(store, "coco", tmp_path / "c", reviewed_only=True, half_labelled=True)
    assert half.unwrap().left_out == {}
    second = coco_of(tmp_path / "c")["images"][1]
    assert second["labelled"] == ["ball_detection"], "nobody reviewed its players"


@pytest.mark.parametrize("name", EVERY)
def test_the_notes_of_what_goes_out_are_beside_it(
    store: Store, clip: Manifest, tmp_path: Path, name: str
) -> None:
    both(store, clip)
    assert exported(store, name, tmp_path / "none").ok
    assert not (tmp_path / "none" / "notes.json").exists()
    scope = find_scope(store, "arena", "m1", PLAYER).unwrap()
    asked = write_note(store, exporting.LENA, scope, 4, "p7", "is it 7?").unwrap()
    assert answer_note(store, exporting.LENA, asked.id, "it is").ok
    gone = write_note(store, exporting.LENA, scope, 0, "p8", "and 8?").unwrap()
    assert resolve_note(store, exporting.LENA, gone.id).ok
    write_note(store, exporting.LENA, scope, 2, None, "on a frame that is left out").unwrap()
    done = exported(store, name, tmp_path / "a", exclude_flags=frozenset({Flag.BAD_FRAME}))
    assert done.unwrap().left_out == {"bad_frame": 1}
    told = json.loads((tmp_path / "a" / "notes.json").read_bytes())
    assert (told["format"], told["version"]) == ("prelabel-notes", 1)
    assert [(one["frame"], one["state"], one["label_exported"]) for one in told["notes"]] == [
        (1, "resolved", False), (5, "open", True),
    ]  # fmt: skip
    last = told["notes"][1]
    assert last["image"] in manifest_of(tmp_path / "a")["pictures"]
    assert [message["text"] for message in last["messages"]] == ["is it 7?", "it is"]


def test_a_draft_goes_out_as_it_is_and_a_scope_only_once(
    store: Store, clip: Manifest, tmp_path: Path
) -> None:
    revision = published(store, PLAYER, players(6), clip, approved=False)
    ball = exporting.matches.enter(store, exporting.LENA, BALL, workspace="arena", media="m1",
                                   clip=clip)  # fmt: skip
    edited = exporting.matches.review_all(store, exporting.LENA, ball.draft.id, nudge=100)
    chosen = select_these(store, [revision[:8]], [edited.id])
    done = exported(store, "coco", tmp_path / "a", chosen).unwrap()
    assert done.labels == {BALL: 6, PLAYER: 15}
    told = manifest_of(tmp_path / "a")["contents"]
    assert [(c.get("revision"), c.get("draft_version")) for c in told] == [(None, 2), (1, None)]
    loaded = loading.load(store, edited.id).unwrap()
    assert told[0]["content_hash"] == loaded.info.content_hash
    first = coco_of(tmp_path / "a")["annotations"][0]
    assert first["point"] == [loaded.document.frame(0).labels[0].x / 100, 300.0]
    player = loading.active_draft(store, chosen.clips[0].contents[1].scope)
    assert player is not None
    with pytest.raises(Refused, match="arena / m1 / player_detection was named twice"):
        select_these(store, [revision], [player.id])
    with pytest.raises(Refused, match="NOT_FOUND"):
        select_these(store, ["feedbeef"])


def test_a_split_by_clip(store: Store, tmp_path: Path) -> None:
    for number in range(10):
        both(store, pictures(tmp_path / f"f{number}", 4), media=f"m{number}")
    done = exported(store, "coco", tmp_path / "a", shares=(80, 10, 10)).unwrap()
    assert done.clips == 10
    parts = {part: coco_of(tmp_path / "a", part) for part in ("train", "val", "test")}
    clips = {part: {v["media"] for v in told["videos"]} for part, told in parts.items()}
    assert [len(found) for found in clips.values()] == [8, 1, 1]
    assert len(set.union(*clips.values())) == 10
    for told in parts.values():
        assert [a["id"] for a in told["annotations"]] == list(
            range(1, len(told["annotations"]) + 1)
        )
    few = exported(store, "coco", tmp_path / "b", select_eligible(store, media="m1"),
                   shares=(80, 20))  # fmt: skip
    assert few.outcome.code is Code.INPUT_INVALID
    assert "1 different clip cannot be split into 2 parts" in few.outcome.detail


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("what", list(Pictures))
def test_pictures_are_where_the_labels_say_and_have_their_hashes(
    store: Store, clip: Manifest, tmp_path: Path, name: str, what: Pictures
) -> None:
    gone = Path(clip.frames[4].path or "")
    both(store, clip)
    gone.unlink()
    done = exported(store, name, tmp_path / "out", pictures=what).unwrap()
    told = manifest_of(tmp_path / "out")
    if what is Pictures.NONE:
        assert done.images == 6
        assert list(told["pictures"].values())[4] is None
        assert told["clips"][0]["pictures_in"] == str(tmp_path / "frames")
        return
    assert done.left_out == {"without_picture": 1}
    assert len(told["pictures"]) == 5
    for picture, sha256 in told["pictures"].items():
        path = tmp_path / "out" / picture
        assert path.is_symlink() == (what is Pictures.LINK)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_pictures_kept_in_the_data_folder_are_copied_and_not_linked(
    store: Store, clip: Manifest, tmp_path: Path
) -> None:
    kept = Manifest(
        tuple(
            MediaFrame(f.name, f.width, f.height, f.time,
                       sha256=store.artifacts.put(Path(f.path or "").read_bytes()))
            for f in clip.frames
        ),
        clip.fps,
    )  # fmt: skip
    both(store, kept)
    done = exported(store, "coco", tmp_path / "a", pictures=Pictures.COPY).unwrap()
    assert done.images == 6
    for frame in kept.frames:
        data = (tmp_path / "a/images/arena/m1" / frame.name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == frame.sha256
    refused = exported(store, "coco", tmp_path / "b", pictures=Pictures.LINK)
    assert refused.outcome.code is Code.INPUT_INVALID
    assert "arena / m1 are in the data folder and cannot be linked" in refused.outcome.detail


def test_frames_of_a_video_become_pictures_named_by_their_number(
    store: Store, tmp_path: Path
) -> None:
    video = tmp_path / "half time.mp4"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(6):
            shade = Image.new("RGB", (64, 48), (number * 40,) * 3)
            container.mux(stream.encode(av.VideoFrame.from_image(shade)))
        container.mux(stream.encode())
    both(store, probe_video(video))
    done = exported(store, "coco", tmp_path / "a", pictures=Pictures.COPY).unwrap()
    assert done.images == 6
    told = manifest_of(tmp_path / "a")
    assert told["clips"][0]["video"] == "half time.mp4"
    assert told["clips"][0]["video_sha256"] == hashlib.sha256(video.read_bytes()).hexdigest()
    for index, image in enumerate(coco_of(tmp_path / "a")["images"]):
        assert image["file_name"] == f"arena/m1/half time_{index + 1:06d}.jpg"
        assert image["video_frame"] == index
        with Image.open(tmp_path / "a/images" / image["file_name"]) as picture:
            assert picture.getpixel((30, 20))[0] == pytest.approx(index * 40, abs=6)
    assert exported(store, "mot", tmp_path / "b").unwrap().images == 6
    refused = exported(store, "coco", tmp_path / "c", pictures=Pictures.LINK)
    assert "are frames of a video and cannot be linked" in refused.outcome.detail
    video.unlink()
    gone = exported(store, "coco", tmp_path / "d", pictures=Pictures.COPY)
    assert gone.outcome.code is Code.EXPORT_EMPTY
    assert gone.outcome.detail == "Left out 6 images (6 without picture)."


def test_a_picture_that_became_a_pipe_is_no_picture(
    store: Store, clip: Manifest, tmp_path: Path
) -> None:
    both(store, clip)
    pipe = Path(clip.frames[0].path or "")
    pipe.unlink()
    os.mkfifo(pipe)
    done = exported(store, "coco", tmp_path / "a", pictures=Pictures.COPY).unwrap()
    assert done.left_out == {"without_picture": 1}


@pytest.mark.parametrize("kind", ["file", "link", "pipe", "full", "under a file"])
def test_nothing_that_is_there_is_written_over(
    store: Store, clip: Manifest, tmp_path: Path, kind: str
) -> None:
    both(store, clip)
    target, room = tmp_path / "room" / "out", tmp_path / "room"
    room.mkdir()
    if kind == "file":
        target.write_text("mine")
    elif kind == "link":
        (tmp_path / "elsewhere").mkdir()
        target.symlink_to(tmp_path / "elsewhere")
    elif kind == "pipe":
        os.mkfifo(target)
    elif kind == "full":
        target.mkdir()
        (target / "mine").write_text("mine")
    else:
        (room / "file").write_text("mine")
        target = room / "file" / "out"
    before = sorted(room.rglob("*"))
    done = exported(store, "coco", target)
    assert done.outcome.code in (Code.INPUT_INVALID, Code.EXPORT_WRITE_FAILED)
    assert sorted(room.rglob("*")) == before
    assert exported(store, "coco", Path("/dev/null")).outcome.code is Code.INPUT_INVALID


def test_an_empty_folder_is_taken(store: Store, clip: Manifest, tmp_path: Path) -> None:
    both(store, clip)
    (tmp_path / "out").mkdir()
    assert exported(store, "yolo", tmp_path / "out").ok
    assert exported(store, "yolo", tmp_path / "out").outcome.code is Code.INPUT_INVALID


@pytest.mark.parametrize("after", [0, 1, 7])
def test_a_cancelled_export_leaves_nothing(
    store: Store, clip: Manifest, tmp_path: Path, after: int
) -> None:
    from prelabel_tui.core.datasets.export import export
    from prelabel_tui.core.datasets.images import Options
    from prelabel_tui.imaging.frames.stills import VideoStills

    both(store, clip)
    both(store, clip, media="m2")
    chosen, calls = select_eligible(store), []

    def progress(step: str, done: int | None = None, total: int | None = None) -> None:
        calls.append((step, done, total))
        if len(calls) > after:
            raise Cancelled

    cancelled = export(
        store, chosen, Options(chosen.capabilities, pictures=Pictures.COPY), FORMATS["mot"],
        tmp_path / "deep" / "out", VideoStills(), progress,
    )  # fmt: skip
    assert cancelled.outcome.code is Code.EXPORT_CANCELLED
    assert [p.name for p in tmp_path.iterdir() if p.name not in ("home", "frames")] == []
    assert calls[-1][2] == 12


def synced(monkeypatch: pytest.MonkeyPatch, fail: str = "") -> list[str]:
    """Take down what is brought to the disk, and when something gets its name."""
    seen: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def watched(descriptor: int) -> None:
        place = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        seen.append(place)
        if fail and place.endswith(fail):
            raise OSError(5, "Input/output error", place)
        fsync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        seen.append(f"{self} -> {target}")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", watched)
    monkeypatch.setattr(Path, "rename", renamed)
    return seen


@pytest.mark.parametrize("name", EVERY)
def test_an_export_gets_its_name_when_all_of_it_is_on_the_disk(
    store: Store, clip: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    both(store, clip)
    seen = synced(monkeypatch)
    target = tmp_path / "deep" / "out"
    exported(store, name, target, pictures=Pictures.COPY).unwrap()
    (named,) = (at for at, what in enumerate(seen) if what.endswith(f" -> {target}"))
    part = seen[named].partition(" -> ")[0]
    inside = {str(path.relative_to(target)) for path in target.rglob("*")}
    assert {place.removeprefix(f"{part}/") for place in seen[:named]} >= inside | {part}
    assert seen[named + 1 :] == [str(target.parent), str(tmp_path)]


@pytest.mark.parametrize("fails", ["manifest.json", "annotations", "room"])
def test_what_the_disk_does_not_take_is_not_there(
    store: Store, clip: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    both(store, clip)
    (tmp_path / "room").mkdir()
    synced(monkeypatch, fails)
    done = exported(store, "coco", tmp_path / "room" / "out")
    assert done.outcome.code is Code.EXPORT_WRITE_FAILED
    assert "Input/output error" in done.outcome.headline
    assert not list((tmp_path / "room").iterdir())


def test_a_full_disk_leaves_nothing(
    store: Store, clip: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both(store, clip)
    room = tmp_path / "room"
    room.mkdir()
    room.chmod(0o500)
    if os.access(room, os.W_OK):  # root writes everywhere: a folder that cannot be made will do
        done = exported(store, "coco", Path("/proc/none/out"))
    else:
        done = exported(store, "coco", room / "out")
    assert done.outcome.code is Code.EXPORT_WRITE_FAILED
    assert not list(room.iterdir())


def test_damaged_content_never_leaves(store: Store, clip: Manifest, tmp_path: Path) -> None:
    both(store, clip)
    sha = select_eligible(store).clips[0].contents[1].as_json()["content_hash"]
    path = store.home / "artifacts" / str(sha)[:2] / f"{str(sha)[2:]}.zst"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    done = exported(store, "coco", tmp_path / "out")
    assert done.outcome.code is Code.STORAGE_READ_FAILED
    assert not (tmp_path / "out").exists()


def test_labels_of_other_frames_are_refused(store: Store, clip: Manifest, tmp_path: Path) -> None:
    both(store, clip)
    frames = (replace(clip.frames[0], name="zzz.jpg"), *clip.frames[1:])
    sha = store.artifacts.put(encode_manifest(Manifest(frames, clip.fps)))
    with store.write() as session:
        session.execute(text("UPDATE media SET manifest_sha = :sha"), {"sha": sha})
    done = exported(store, "coco", tmp_path / "out")
    assert done.outcome.code is Code.INPUT_INVALID
    assert "arena / m1 does not have the frames that it was labelled with" in done.outcome.detail


def test_pictures_that_moved_are_found_where_they_are_now(
    store: Store, clip: Manifest, tmp_path: Path
) -> None:
    both(store, clip)
    moved = Path(clip.frames[0].path or "").parent.rename(tmp_path / "elsewhere")
    frames = tuple(replace(f, path=str(moved / f.name)) for f in clip.frames)
    sha = store.artifacts.put(encode_manifest(Manifest(frames, clip.fps)))
    with store.write() as session:
        session.execute(text("UPDATE media SET manifest_sha = :sha"), {"sha": sha})
    assert exported(store, "coco", tmp_path / "out", pictures=Pictures.COPY).unwrap().images == 6


def test_nothing_to_export_says_why(store: Store, clip: Manifest, tmp_path: Path) -> None:
    empty = exported(store, "coco", tmp_path / "a")
    assert empty.outcome.code is Code.EXPORT_EMPTY
    published(store, BALL, balls(6), clip)
    none = exported(store, "coco", tmp_path / "b", wanted=(BALL, PLAYER))
    assert none.outcome.code is Code.EXPORT_EMPTY
    assert none.outcome.detail == "Left out 6 images (6 half labelled)."
    assert not (tmp_path / "b").exists()
