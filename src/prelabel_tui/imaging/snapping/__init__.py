"""Plain image analysis that puts a cursor on the ball, or a box on a player's edges."""

from __future__ import annotations

from prelabel_tui.imaging.snapping.ball import Snap, snap_ball
from prelabel_tui.imaging.snapping.box import BoxSnap, snap_box, snap_player

__all__ = ["BoxSnap", "Snap", "snap_ball", "snap_box", "snap_player"]
