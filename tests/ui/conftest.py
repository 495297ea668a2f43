"""Fixtures of the screens' tests."""

from tests.ui.fixtures import (
    demo_home,
    demo_source,
    demo_store,
    make_app,
    make_published,
    programs_home,
    published_source,
    published_store,
)

__all__ = [
    "demo_home",
    "demo_source",
    "demo_store",
    "make_app",
    "make_published",
    "programs_home",
    "published_source",
    "published_store",
]
