"""Runs and older records coming in, wholly or not at all.

Below it: ``catalog``, ``publishing`` (its packs) and ``store``.
"""
