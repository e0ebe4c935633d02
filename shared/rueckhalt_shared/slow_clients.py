# SPDX-License-Identifier: EUPL-1.2
"""A client that falls silent in the middle of a request gives its thread back.

gunicorn's threads read without a limit of time: a few connections that died half-way, without a
word, would keep every thread of a service for good. A request has a grace, and every byte that
comes buys a little more of it. This is no wall against an attack; a proxy in front is.
"""

import socket
import time
from collections.abc import Callable
from errno import ECONNRESET
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

GRACE = 20.0  # seconds for a request, more for what really comes
SLOWEST = 1024.0  # bytes a second


class PatientSocket:
    """A socket whose reads end; everything else is the socket's own."""

    def __init__(
        self,
        plain: socket.socket,
        *,
        grace: float = GRACE,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._plain = plain
        self._grace = grace
        self._ticks = ticks
        self.begin()

    def begin(self) -> None:
        """A new request: its grace begins."""
        self._until = self._ticks() + self._grace

    def recv(self, size: int) -> bytes:
        """The next bytes; a connection that is too slow counts as reset."""
        left = self._until - self._ticks()
        if left <= 0:
            raise ConnectionResetError(ECONNRESET, "too slow")
        self._plain.settimeout(left)
        try:
            received = self._plain.recv(size)
        except TimeoutError:
            raise ConnectionResetError(ECONNRESET, "too slow") from None
        self._plain.settimeout(None)
        self._until += len(received) / SLOWEST
        return received

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, with such sockets while they read a request."""

    def handle(self, conn: Any) -> Any:
        """One request of a connection, in a thread."""
        plain = conn.sock
        # The connection's parser keeps the socket of its first request.
        conn.patient = getattr(conn, "patient", None) or PatientSocket(plain)
        conn.patient.begin()
        conn.sock = conn.patient
        try:
            return super().handle(conn)
        finally:
            conn.sock = plain  # waiting and closing have limits of their own
