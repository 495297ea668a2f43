"""What a person may do to a document, as operations: to one frame, to many, and merging two.

Every change is computed here as an operation, without a database.  Below it: ``model``.
"""
