"""The database and the artifacts beside it, as one thing that is opened once."""

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
