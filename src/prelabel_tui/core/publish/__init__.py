"""Publishing: a reviewed draft becomes an immutable, numbered, approved revision."""

from prelabel_tui.core.publish.forecast import Preview, preview
from prelabel_tui.core.publish.running import Progress, publish
from prelabel_tui.core.publish.target import Published

__all__ = ["Preview", "Progress", "Published", "preview", "publish"]
