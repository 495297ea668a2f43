"""How the review goes: pace, what is kept of the prelabels, agreement with oneself.

Below it: ``drafts`` and ``store``.
"""
