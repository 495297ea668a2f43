"""A clip to review: what a model said, the truth, and the pictures on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.key_model import KeyModel, Pixels
from benchmarks.key_screen import review_by_keys, same_content
from benchmarks.review_policy import Reviewer
from prelabel_tui.core.model.document import Document
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.model.media import Manifest
from prelabel_tui.demo import DemoMatch
from prelabel_tui.demo.home import demo_manifest
from prelabel_tui.demo.match import write_frames


@dataclass(frozen=True)
class Clip:
    """One capability of a clip; the manifest's frames have paths."""

    said: Document
    truth: Document
    manifest: Manifest

    def reviewer(self, box_good: float = 0.9, clever: bool = True) -> Reviewer:
        """Return a reviewer at a model of the keys, at the start of the clip."""
        model = KeyModel(self.said, self.manifest, self._picture)
        return Reviewer(model, self.truth, clever, box_good=box_good)

    def sent(self, reviewer: Reviewer) -> int:
        """Send the reviewer's keys to the real screen; return how many there were.

        RuntimeError when the draft there is not what the model says.
        """
        keys = reviewer.desk.keys
        if not same_content(review_by_keys(self.said, self.manifest, keys), reviewer.desk.document):
            raise RuntimeError("the screen did other things than the model of its keys")
        return len(keys)

    def _picture(self, index: int) -> Pixels:
        path = self.manifest.frames[index].path
        assert path is not None
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))


def demo_clip(match: DemoMatch, capability: Capability, folder: Path) -> Clip:
    """Return the demo match; its pictures are drawn into the folder if they are not there."""
    write_frames(match, folder)
    manifest = demo_manifest(match, folder)
    return Clip(match.prelabels[capability], match.truth[capability], manifest)
