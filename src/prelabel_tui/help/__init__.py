"""What the program explains of itself: the playbook, the signs, the outcomes, the words.

The help screen (`?`), `prelabel-tui help` and the docs show the same pages.
"""
