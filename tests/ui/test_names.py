"""Screens and widgets must not shadow what Textual keeps under private names."""

from __future__ import annotations

import ast
from pathlib import Path

from textual.app import App
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView

import prelabel_tui

ROOT = Path(prelabel_tui.__file__).parent

MEANT = {
    # Between the compositor and the terminal there is no public place for the text layer.
    ("sparing_app.py", "SparingApp", "_display"),
}
"""What is overridden, and calls Textual's own."""


def taken(*things: object) -> set[str]:
    """Private names of these objects, which are of the classes that ours derive from."""
    names: set[str] = set()
    for thing in things:
        names |= set(dir(thing)) | set(vars(thing))
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


def used(path: Path) -> set[tuple[str, str]]:
    """(class, private name) that a module's classes define or assign."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ClassDef) or not node.bases:
            continue
        for inner in ast.walk(node):
            if (
                isinstance(inner, ast.Attribute)
                and isinstance(inner.ctx, ast.Store)
                and isinstance(inner.value, ast.Name)
                and inner.value.id == "self"
            ):
                found.add((node.name, inner.attr))
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                found.add((node.name, inner.name))
    return {item for item in found if item[1].startswith("_") and not item[1].startswith("__")}


def test_no_private_name_of_textual_is_shadowed() -> None:
    app, widgets = taken(App[None]()), taken(ModalScreen[None](), ScrollView())
    paths = [(ROOT / "app.py", app), (ROOT / "imaging/terminal/sparing_app.py", app)]
    paths += [
        (path, widgets) for part in ("screens", "widgets") for path in (ROOT / part).rglob("*.py")
    ]
    clashes = {
        (path.name, *item) for path, names in paths for item in used(path) if item[1] in names
    }
    assert clashes == MEANT
