"""What reviews say about a detector, and what spot checks say about reviews.

Above ``publishing``, whose revisions it reads.
"""
