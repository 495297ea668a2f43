"""Publishing: a reviewed draft becomes an immutable, numbered, approved revision."""

from prelabel_tui.core.publishing.checks import Published
from prelabel_tui.core.publishing.pipeline import publish
from prelabel_tui.core.publishing.preview import Preview, preview

__all__ = ["Preview", "Published", "preview", "publish"]
