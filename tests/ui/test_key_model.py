"""The model that counts keys does what the real screen does with the same keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.clips import demo_clip
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.demo import make_match


@pytest.mark.slow
@pytest.mark.parametrize("clever", [True, False])
@pytest.mark.parametrize("capability", list(Capability))
def test_keys_leave_the_same_draft_on_the_screen(
    capability: Capability, clever: bool, tmp_path: Path
) -> None:
    frames = 24 if clever else 6
    match = make_match(seed=4, frames=frames, width=640, height=360, fault_share=0.2)
    clip = demo_clip(match, capability, tmp_path)
    reviewer = clip.reviewer(0.85, clever)
    reviewer.watches = clever
    reviewer.review()
    assert reviewer.fixes
    assert clip.sent(reviewer) == reviewer.total
    if clever:
        left = reviewer.desk.document
        assert not [at for at in range(frames) if reviewer.is_faulty(left, at)]
