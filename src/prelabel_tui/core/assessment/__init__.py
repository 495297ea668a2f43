"""What reviews say: about a detector, from published revisions against its prelabels.

Above ``publishing``, whose revisions it reads.
"""
