"""The database and the artifacts beside it, as one thing that is opened once.

Tables and their migrations, transactions, compare-and-swap, blobs by content in a folder or a
bucket, and what fails underneath as an outcome.  Below it: ``model``.
"""

from prelabel_tui.core.store.database import Store, open_store
from prelabel_tui.core.store.failures import FAILURES, attempt, failure, gives_outcome, gives_result

__all__ = [
    "FAILURES",
    "Store",
    "attempt",
    "failure",
    "gives_outcome",
    "gives_result",
    "open_store",
]
