"""A small football match that the project renders itself, always the same for a seed."""

from __future__ import annotations

from prelabel_tui.demo.match import DemoMatch, make_match, write_frames, write_match
from prelabel_tui.demo.prelabels import Fault, FaultKind

__all__ = ["DemoMatch", "Fault", "FaultKind", "make_match", "write_frames", "write_match"]
