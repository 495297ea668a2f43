"""Backups of a data folder, verified before they count, and restoring one into an empty place.

A backup folder holds ``artifacts/``, to which each backup adds what is new, and one folder a
backup in ``snapshots/`` with the database as it was, what it needs, and the pictures that it only
refers to.
"""
