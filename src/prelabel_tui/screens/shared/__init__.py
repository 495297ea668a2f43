"""What every screen is built from: keys, dialogs, lists, the command line, help."""
