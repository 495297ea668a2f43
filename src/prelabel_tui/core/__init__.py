"""Everything but the user interface: labels, drafts, publishing, the database.

Its wings, and what each may import, are drawn in ``docs/architecture.md``.
"""
