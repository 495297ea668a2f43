"""Editable labels of a scope: loading, saving by compare-and-swap, versions, presence.

Below it: ``catalog``, ``validation`` and ``edits``.
"""
