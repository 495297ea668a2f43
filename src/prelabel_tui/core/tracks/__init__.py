"""Tracks: which labels of a document are one thing, by their source's names or worked out."""

from __future__ import annotations

from prelabel_tui.core.tracks.summary import TrackSummary, summaries
from prelabel_tui.core.tracks.tracks import Member, Tracks, work_out

__all__ = ["Member", "TrackSummary", "Tracks", "summaries", "work_out"]
