"""The database and the artifacts beside it, as one thing that is opened once."""

from prelabel_tui.core.store.database import Store, open_store
from prelabel_tui.core.store.failures import FAILURES, failure

__all__ = ["FAILURES", "Store", "failure", "open_store"]
