"""What the pages for contributors name is there: files, and names in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "prelabel_tui"
PAGES = sorted(
    [
        ROOT / "CONTRIBUTING.md",
        ROOT / "docs" / "architecture.md",
        ROOT / "docs" / "glossary.md",
        *(ROOT / "docs" / "design").glob("*.md"),
    ]
)
PATH = re.compile(r"`([a-z][\w./-]*/[\w.-]*|[\w-]+\.(?:py|md|toml|txt))(?::(\w+))?`")
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_names_are_there(page: Path) -> None:
    named = PATH.findall(page.read_text(encoding="utf-8"))
    assert named
    wrong = []
    for path, name in named:
        places = [base / path for base in (SOURCE, ROOT, page.parent)]
        places += () if "/" in path else SOURCE.rglob(path)
        found = [place for place in places if place.exists()]
        if not found or (name and not any(_holds(place, name) for place in found)):
            wrong.append(f"{path}:{name}".rstrip(":"))
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def _holds(place: Path, name: str) -> bool:
    return place.is_file() and re.search(rf"\b{name}\b", place.read_text(encoding="utf-8"))
