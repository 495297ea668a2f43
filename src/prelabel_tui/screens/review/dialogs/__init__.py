"""Dialogs of the review: publishing, packs, conflicts, versions, recovery."""
