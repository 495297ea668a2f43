"""Publishing: a reviewed draft becomes an immutable, numbered, approved revision.

The packs that a publish needs, the lease that it holds, what it checks, commits and previews, and
which revisions may be used in data sets.  Below it: ``drafts``, ``catalog`` and ``identity``.
"""

from prelabel_tui.core.publishing.checks import Published
from prelabel_tui.core.publishing.pipeline import publish
from prelabel_tui.core.publishing.preview import Preview, preview
from prelabel_tui.core.publishing.submission import Submitted, submit

__all__ = ["Preview", "Published", "Submitted", "preview", "publish", "submit"]
