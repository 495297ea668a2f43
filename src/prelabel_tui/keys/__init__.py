"""The registry of commands with their keys, the keymap over it, presets and the docs' table."""
