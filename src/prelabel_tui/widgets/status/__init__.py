"""Lines that say how things are: title, keys, autosave, queue, flags, outcome."""
