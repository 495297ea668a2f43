"""JSON objects that have a key twice: readers take one of the two values and never say which."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final

from prelabel_tui.core.progress import Progress, unwatched

_TOLD_EVERY: Final = 20_000
_OBJECT_END: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|(\})', re.DOTALL)


class RepeatedKey(ValueError):
    """An object has a key twice; the text says which, ``line`` where the object ends, from 1."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(f"an object has the key {key!r} twice")
        self.line = line


class TooDeep(ValueError):
    """The JSON is nested too deeply to be read."""


def refuse_repeated_keys(data: bytes, progress: Progress = unwatched) -> None:
    """Look through JSON text.  RepeatedKey, TooDeep; Cancelled.

    Text that is not JSON passes: whoever decodes it says what is wrong with it.
    """
    ended = 0

    def look(pairs: list[tuple[str, Any]]) -> None:
        nonlocal ended
        ended += 1
        if ended % _TOLD_EVERY == 0:
            progress("objects looked through", ended)
        if len(dict(pairs)) < len(pairs):
            (again, _), *_ = Counter(key for key, _ in pairs).most_common(1)
            raise RepeatedKey(again, _line_of(data, ended))

    try:
        # Numbers are not looked at, so none is made; nor is anything kept of an object.
        json.loads(data, object_pairs_hook=look, parse_int=len, parse_float=len)
    except RecursionError as error:
        raise TooDeep("it is nested too deeply") from error
    except (json.JSONDecodeError, UnicodeDecodeError):
        return


def _line_of(data: bytes, ended: int) -> int:
    """Find the line on which the object ends that is the so-manieth to end."""
    ends = (found for found in _OBJECT_END.finditer(data) if found[1])
    for count, end in enumerate(ends, start=1):
        if count == ended:
            return data.count(b"\n", 0, end.start()) + 1
    raise AssertionError("an object without an end")
