"""One person editing one draft: the working copy, its journal, undo, autosave and recovery.

Below it: ``drafts``, ``edits`` and ``metrics``.
"""
