# SPDX-License-Identifier: EUPL-1.2
"""A latch between threads of one process: "there is something to do", never a promise."""

import threading


class Signal:
    """Set by whoever makes work, waited for by the loop that does it.

    `listened` says that a loop of this process waits on it; a database whose outbox nobody in
    the process listens to tells the other process instead (see `database`).
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self.listened = False

    def set(self) -> None:
        """Wake the waiting loop, now or at its next wait."""
        self._event.set()

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; true when somebody has set it, which it forgets."""
        woken = self._event.wait(timeout)
        if woken:
            self._event.clear()
        return woken
