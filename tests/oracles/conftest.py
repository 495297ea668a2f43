"""The field's own readers are in an environment of their own (`make oracles`)."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("datumaro") else ["test_readers.py", "test_writers.py"]
