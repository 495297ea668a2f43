"""Key presets: what replaces the default keys for people who know another tool.

The default keys already have CVAT's letters for frames (f, d, v, c, space) and vi's for moving.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PRESETS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "default": {},
    "cvat": {
        "review.next": ("right", "]"),
        "review.previous": ("left", "["),
        "review.next_frame": ("f",),
        "review.previous_frame": ("d",),
        "review.go_to": ("`", "g"),
        "review.ball_out": ("o", "X"),
        "review.labels": ("I",),
        "review.submit": ("f10",),
        "review.newer_run": ("~",),
        "review.note": ("ctrl+e",),
        "review.propagate": ("ctrl+b", "P"),
        "review.copy_previous": ("ctrl+v", "p"),
        "review.reject": ("delete", "x", "backspace"),
        "review.undo": ("ctrl+z", "u"),
        "review.redo": ("ctrl+y", "U"),
    },
    "labelimg": {
        "review.accept": ("space", "enter"),
        "review.next_frame": ("d",),
        "review.previous_frame": ("a",),
        "review.ahead_ten": ("pagedown",),
        "review.play": ("v",),
        "review.accept_label": ("f",),
        "review.new": ("w",),
        "review.where": ("n",),
        "review.left": ("left", "h"),
        "review.down": ("down", "j"),
        "review.up": ("up", "k"),
        "review.right": ("right", "l"),
        "review.next_label": ("tab",),
        "review.previous_label": ("shift+tab",),
        "review.copy_previous": ("ctrl+v", "p"),
        "review.reject": ("delete", "x", "backspace"),
        "review.undo": ("ctrl+z", "u"),
    },
    "vim": {
        "list.page_down": ("ctrl+f", "ctrl+d", "pagedown"),
        "list.page_up": ("ctrl+b", "ctrl+u", "pageup"),
        "ops.back": ("q", "escape"),
        "review.next": ("n", "]"),
        "review.previous": ("N", "["),
        "review.new": ("I",),
        "review.submit": ("f10",),
        "review.left_out": ("~",),
        "review.note": ("ctrl+e",),
        "review.ahead_ten": ("ctrl+f", "v", "pagedown"),
        "review.back_ten": ("ctrl+b", "c", "pageup"),
        "review.redo": ("ctrl+r", "U"),
        "review.history": ("f12",),
    },
}
"""Keys by command id; a command that is not named keeps its default keys."""
