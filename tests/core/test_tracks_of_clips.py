"""Linking with the ids hidden, on clips whose ids are known."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Box, Capability, Frame, make_frame, to_units
from prelabel_tui.core.tracks import Tracks, work_out
from prelabel_tui.demo import make_match


def _hidden(frames: list[Frame]) -> tuple[Tracks, list[tuple[str, int]]]:
    """The tracks of labels that are named by their row, and the true id beside each track."""
    document = Document.from_frames(
        Capability.PLAYER,
        [
            make_frame(
                [
                    msgspec.structs.replace(label, id=f"{row:03d}")
                    for row, label in enumerate(frame.labels)
                ]
            )
            for frame in frames
        ],
    )
    tracks = work_out(document)
    names = [label.id for frame in frames for label in frame.labels]
    return tracks, list(zip(names, tracks.numbers(0, len(frames)).tolist(), strict=True))


@pytest.mark.parametrize("seed", [1, 4, 9])
def test_players_of_the_demo_keep_their_tracks_through_faults(seed: int) -> None:
    _, pairs = _hidden([*make_match(seed).prelabels[Capability.PLAYER]])
    together = Counter(pairs)
    players = {name for name, many in Counter(name for name, _ in pairs).items() if many > 20}
    of_players = sum(many for (name, _), many in together.items() if name in players)
    best = sum(
        max(many for (whose, _), many in together.items() if whose == name) for name in players
    )
    assert best >= 0.97 * of_players


def test_a_real_clip_has_its_22_tracks_without_a_switch(real_data: Path) -> None:
    frames: dict[int, list[Box]] = {}
    for line in (real_data / "soccertrack-wide/players_det.txt").read_text().splitlines():
        number, track, *rect = line.split(",")[:6]
        box = Box(track, *(to_units(float(value)) for value in rect))
        frames.setdefault(int(number), []).append(box)
    tracks, pairs = _hidden([make_frame(frames[number]) for number in sorted(frames)])
    assert len(tracks) == 22
    assert len(set(pairs)) == 22, "each player has one track, and each track one player"
