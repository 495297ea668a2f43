"""The review: one draft, frame by frame.

`context` holds what is open and in hand and is the only one that writes it; `state` is what all
others read; `display` paints it.  A key goes through `screen` to the active mode of `modes`, or by
`commands.table` to a group of commands.  `opening` and `commands.leave` begin and end a session.
"""

from prelabel_tui.screens.review.screen import ReviewScreen

__all__ = ["ReviewScreen"]
