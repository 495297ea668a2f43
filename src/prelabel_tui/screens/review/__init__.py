"""The review screen: one draft, frame by frame."""

from prelabel_tui.screens.review.screen import ReviewScreen

__all__ = ["ReviewScreen"]
