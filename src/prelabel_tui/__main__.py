"""`python -m prelabel_tui`: the same as the installed program."""

from prelabel_tui.cli import main

main()
