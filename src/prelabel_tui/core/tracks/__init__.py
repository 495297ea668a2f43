"""Tracks: which labels of a document are one thing, by their source's names or worked out."""

from __future__ import annotations

from prelabel_tui.core.tracks.tracks import Member, Tracks, work_out

__all__ = ["Member", "Tracks", "work_out"]
