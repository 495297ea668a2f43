"""What the product is about, as values: labels, documents, clips, lineage, diffs, counts.

Nothing here knows the database or a person; below it lie only outcomes, text and ids.
"""
