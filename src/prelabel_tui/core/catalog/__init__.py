"""What there is to review: workspaces, media, runs and the scopes that a run opens.

Below it: ``identity`` and ``store``.
"""
