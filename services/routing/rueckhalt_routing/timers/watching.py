# SPDX-License-Identifier: EUPL-1.2
"""Does the wall clock still go like real time? A jump freezes the timers for one sweep.

Real time comes from a clock that nobody can set. A clock set forward makes everything due at once;
frozen, there is time to set it right before anybody is told for nothing.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

JUMP = timedelta(minutes=5)


class ClockWatch:
    """Compares the wall clock with real time each time it is asked; used by two threads."""

    def __init__(self, real_time: Callable[[], float] = time.monotonic) -> None:
        self._real_time = real_time
        self._lock = threading.Lock()
        self._last: tuple[datetime, float] | None = None
        self._jump: timedelta | None = None

    def is_frozen(self, now: datetime) -> bool:
        """Look at both clocks; true from a jump on until a sweep has ended."""
        with self._lock:
            self._look(now)
            return self._jump is not None

    def jump(self, now: datetime) -> timedelta | None:
        """How far the wall clock has jumped since the last sweep, if it has."""
        with self._lock:
            self._look(now)
            return self._jump

    def thaw(self) -> None:
        """A sweep has looked at everything: go on."""
        with self._lock:
            self._jump = None

    def _look(self, now: datetime) -> None:
        real = self._real_time()
        if self._last is not None:
            then, real_then = self._last
            ahead = (now - then) - timedelta(seconds=real - real_then)
            if abs(ahead) > JUMP:
                self._jump = ahead + (self._jump or timedelta())
        self._last = (now, real)
