"""The keys of every screen as Markdown: `python -m prelabel_tui.keys.docs_table > docs/keys.md`.

With `readme` as argument, the short table of the review that is in the README.
"""

from __future__ import annotations

import sys

from prelabel_tui.keys.commands import CONTEXTS, TITLES, commands_of, display
from prelabel_tui.keys.keymap import Keymap
from prelabel_tui.keys.presets import PRESETS

_HEAD = f"""# Keys

Made from `src/prelabel_tui/keys/` by `python -m prelabel_tui.keys.docs_table`; a test fails when
this file says something else.  `?` shows the keys of the current screen, `:` takes every
command by the name in the last column, `^P` lists them to choose from.

## Other keys

The settings file changes them: `config.toml` in the configuration folder
(`~/.config/prelabel-tui/`; `prelabel-tui config init` writes one), or in the data folder for
everybody who has none of their own.

```toml
preset = "vim"            # {", ".join(PRESETS)}

[keys]
"runs.review" = ["enter", "o"]
"review.accept" = "a"
```

A key that would do two things on one screen, that no command has, or that some terminals do not
send (Ctrl+digit, Alt, Shift+Enter, Ctrl+Enter) is refused at start, in one line;
`prelabel-tui config check` names every such line.
"""

_SHARED = ("list", "ops", "app", "help", "dialog", "confirm", "publish")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _keys(keys: tuple[str, ...]) -> str:
    return " ".join(f"`` {key} ``" if "`" in key else f"`{_cell(key)}`" for key in keys)


def _table(scope: str) -> list[str]:
    keymap = Keymap()
    lines = ["| keys | what it does | `:` |", "|---|---|---|"]
    for command in commands_of([scope]):
        keys = tuple(map(display, keymap.keys(command.id)))
        name = f"{command.name} {command.argument}".rstrip()
        lines.append(f"| {_keys(keys)} | {_cell(command.full_text)} | `{name}` |")
    return lines


def markdown() -> str:
    """Return the whole page."""
    parts = [_HEAD]
    scopes = [scope for context in CONTEXTS.values() for scope in context]
    own = [scope for scope in dict.fromkeys(scopes) if scope not in _SHARED]
    for scope in (*own, *_SHARED):
        parts.append("\n".join([f"## {TITLES.get(scope, scope)}", "", *_table(scope), ""]))
    for name, keys in PRESETS.items():
        if keys:
            lines = [f"## Preset `{name}`", "", "| command | keys |", "|---|---|"]
            lines += [f"| `{i}` | {_keys(tuple(map(display, k)))} |" for i, k in keys.items()]
            parts.append("\n".join([*lines, ""]))
    return "\n".join(parts)


def review_table() -> str:
    """Return the keys of the review, one line per group: the first key of each command."""
    groups: dict[str, list[str]] = {}
    for command in commands_of(["review"]):
        key = _keys((display(command.keys[0]),))
        groups.setdefault(command.group, []).append(f"{key} {_cell(command.text)}")
    rows = [f"| {group} | {' · '.join(commands)} |" for group, commands in groups.items()]
    return "\n".join(["| | keys of the review |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    print(review_table() if sys.argv[1:] == ["readme"] else markdown(), end="")
