"""The zone of the times on the screens: this process's, the server's until a person sets theirs."""

from __future__ import annotations

import os
import time
import zoneinfo
from typing import Final

PREFERENCE: Final = "time_zone"
"""The preference under which a user's zone is kept."""

_SERVERS: Final = os.environ.get("TZ")


def use_zone(name: str) -> bool:
    """Show times in a zone from now on, by its name as `Europe/Lisbon`; empty: the server's.

    False, and no change, where there is none of that name.
    """
    if name:
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return False
    zone = name or _SERVERS
    if zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = zone
    time.tzset()
    return True
