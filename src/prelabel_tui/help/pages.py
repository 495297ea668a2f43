"""All pages of help, besides the keys: those are of the screen that one is on."""

from __future__ import annotations

from typing import Final

from prelabel_tui.help.outcomes import OUTCOMES
from prelabel_tui.help.page import Page
from prelabel_tui.help.playbook import PLAYBOOK
from prelabel_tui.help.signs import SIGNS
from prelabel_tui.help.words import WORDS

PAGES: Final[tuple[Page, ...]] = (PLAYBOOK, SIGNS, OUTCOMES, WORDS)
