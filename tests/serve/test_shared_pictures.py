"""The memory for pictures that all sessions of a server have in common."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

from prelabel_tui.core.identity.users import set_role
from prelabel_tui.core.ingest.import_run import import_run
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest, MediaFrame
from prelabel_tui.imaging.frames.video import video_info
from tests.core.clips import player_document
from tests.imaging.films import film
from tests.serve.front_door import (
    GENEROUS_S,
    IN_LIST,
    Server,
    add_user,
    make_key,
    open_review,
    until,
)
from tests.terminal import Terminal
from tests.ui.demo_home import ADA, LENA, let_programs_act_as_others, open_demo

FRAMES = 8


def memory_of(pid: int) -> str:
    """Which memory for pictures a session has: the inode of the file without a name."""
    found = re.findall(r"\S+ (\d+) +/memfd:pictures", Path(f"/proc/{pid}/maps").read_text())
    assert len(found) == 1
    return str(found[0])


def test_sessions_have_one_memory_for_pictures_whoever_is_killed(shared_server: Server) -> None:
    keys = shared_server.home.parent
    with shared_server.login(keys / "rui") as one, shared_server.login(keys / "lena") as other:
        open_review(one)
        other.wait_for(IN_LIST, GENEROUS_S)
        until(lambda: shared_server.status()["picture_bytes"] > 0, "pictures are shared")
        until(lambda: all(who["pid"] for who in shared_server.status()["sessions"]), "both run")
        pids = {who["user"]: who["pid"] for who in shared_server.status()["sessions"]}
        assert len({memory_of(pid) for pid in pids.values()}) == 1
        os.kill(pids["rui"], signal.SIGKILL)
        one.wait_exit(GENEROUS_S)
        open_review(other)
    assert shared_server.status()["picture_bytes"] > 0


def room_with_a_video(folder: Path) -> tuple[Path, Path]:
    """A data folder whose only clip is a video, and that; rui and lena come in."""
    home, video = folder / "home", film(folder / "film.mp4", numbers=range(FRAMES))
    an_hour_ago = time.time() - 3600
    os.utime(video, (an_hour_ago, an_hour_ago))
    info = video_info(str(video))
    frames = tuple(
        MediaFrame(f"{at:06d}", *size, when, at=at)
        for at, (size, when) in enumerate(zip(info.sizes, info.times, strict=True))
    )
    manifest = Manifest(frames, info.fps, video=str(video), packets=info.packets)
    documents = {Capability.PLAYER: player_document(FRAMES, 2)}
    store = open_demo(home)
    assert set_role(store, ADA, ADA.name, ADA.role).ok
    assert import_run(
        store, LENA, workspace="arena", media="film", manifest=manifest, documents=documents,
        source="coco",
    ).ok  # fmt: skip
    store.close()
    let_programs_act_as_others(home)
    for name in ("rui", "lena"):
        add_user(home, name, make_key(folder / name))
    return home, video


def look_at_all_frames(terminal: Terminal) -> None:
    """Open the review, and look at one frame after the other."""
    terminal.wait_for(r"arena / film.*partial", GENEROUS_S)
    terminal.press("p")
    terminal.wait_for(r"Autosave: saved", GENEROUS_S)
    terminal.wait_for(r"[–\d] of \d", GENEROUS_S)
    terminal.press("home")
    for number in range(1, FRAMES + 1):
        terminal.wait_for(rf" {number}/{FRAMES} ", GENEROUS_S)
        terminal.wait_for(r"[▀▄].*▏", GENEROUS_S)
        terminal.press("f")


def has_open(pid: int, file: Path) -> bool:
    return str(file) in {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()}


def test_of_a_video_that_one_session_has_decoded_another_decodes_nothing(tmp_path: Path) -> None:
    home, video = room_with_a_video(tmp_path)
    with Server(home) as server, server.login(tmp_path / "rui") as one:
        look_at_all_frames(one)
        first = server.session_pid()
        assert has_open(first, video)
        one_picture = 64 * 48 * 3
        until(lambda: server.status()["picture_bytes"] >= FRAMES * one_picture, "all are shared")
        with server.login(tmp_path / "lena") as other:
            look_at_all_frames(other)
            (second,) = server.session_pids() - {first}
            assert not has_open(second, video), "it has not even looked into the file"
