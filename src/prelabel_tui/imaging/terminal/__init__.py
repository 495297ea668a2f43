"""The terminal: what it answers, how it is written to, which backend it gets."""
