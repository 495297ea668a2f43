"""What leaves the data folder for training: choosing, freezing and writing it.

A :mod:`selection` says which revisions or drafts go out, a snapshot freezes one under a name, and
an :mod:`export` hands its images one by one to a writer of a format (they stand above core).
Below it: ``publishing``, ``drafts`` and ``catalog``.
"""
