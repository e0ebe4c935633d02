# SPDX-License-Identifier: EUPL-1.2
"""How often one network may ask for calendars; counted in memory, nothing is written."""

import threading
from collections import Counter
from datetime import datetime, timedelta

_MINUTE = timedelta(minutes=1)
PER_MINUTE = 60


class Pace:
    """The counts of one process, begun anew each minute."""

    def __init__(self, per_minute: int = PER_MINUTE) -> None:
        self._most = per_minute
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._counts: Counter[str] = Counter()

    def wait(self, network: str, *, now: datetime) -> int:
        """Count a request; answers the seconds to wait, 0 for none. It does not ask for what."""
        with self._lock:
            if self._since is None or not self._since <= now < self._since + _MINUTE:
                self._since = now
                self._counts.clear()
            self._counts[network] += 1
            if self._counts[network] <= self._most:
                return 0
            left = self._since + _MINUTE - now
            return max(1, int(left.total_seconds()))
