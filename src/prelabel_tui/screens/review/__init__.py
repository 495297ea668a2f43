"""The review: one draft, frame by frame.

`context` holds the open session, the frame and the selection, and is their only writer; `state` is
what all others read; `display` paints it.  A key goes through `screen` to the active mode of
`modes`, or by `commands.table` to a group of commands.  `opening` begins a session and
`commands.leave` ends it.
"""

from prelabel_tui.screens.review.screen import ReviewScreen

__all__ = ["ReviewScreen"]
