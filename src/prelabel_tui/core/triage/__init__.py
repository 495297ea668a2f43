"""What to look at first: suspicion, queues of frames and of scopes, queries.

Below it: ``drafts`` and ``model``.
"""
