"""Notes: what people remark about frames and labels, answer and resolve; no part of the labels.

They stay through saving, resetting and publishing.  Below it: ``drafts`` and ``store``.
"""
