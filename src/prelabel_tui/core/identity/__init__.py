"""Who acts, with which role; what they did (the audit log) and what they prefer.

Below it: ``store``.
"""
