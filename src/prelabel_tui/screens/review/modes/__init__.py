"""Modes of the review: one is active at a time, has the keys, and owns its state."""
