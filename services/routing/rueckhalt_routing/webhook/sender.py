# SPDX-License-Identifier: EUPL-1.2
"""One signed POST (Standard Webhooks) to an address that was checked; what comes back is a status.

https with a verified certificate; plain http only to this machine, where the operator lists it.
"""

import ssl
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from rueckhalt_routing.webhook.domain import MOST_BYTES, SECONDS, Outcome, key_of, signature
from rueckhalt_shared.line import FAILURES, Limits, Line, Resolve

LIMITS = Limits(seconds=SECONDS, most_bytes=MOST_BYTES)


class Sender(Protocol):
    """Whoever brings a call to the other side."""

    def send(self, id: str, body: str, *, now: datetime) -> Outcome:
        """Send one call; never raises for what the other side does."""
        ...


class HttpSender:
    """The real one, over a line to one checked address: see `Line` for what may be called."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        allowed: Sequence[str] = (),
        only_here: bool = False,
        limits: Limits = LIMITS,
        resolve: Resolve | None = None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._line = Line(
            url, limits, allowed=allowed, only_here=only_here, resolve=resolve, trusted=trusted
        )
        self._key = key_of(secret)

    def send(self, id: str, body: str, *, now: datetime) -> Outcome:
        """POST the body; what comes back is not read."""
        timestamp = int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "rueckhalt-routing",
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._key, id=id, timestamp=timestamp, body=body),
        }
        try:
            said = self._line.ask("POST", headers=headers, body=body.encode(), reads=False)
        except FAILURES as error:
            return Outcome(None, type(error).__name__)
        return Outcome(said.status, f"status {said.status}")


class ConsoleSender:
    """Keeps what would have been sent; for tests and for looking at it."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.sent: list[tuple[str, str]] = []
        self._outcomes = list(outcomes)

    def send(self, id: str, body: str, *, now: datetime) -> Outcome:
        """Keep the call and answer what was planned, 204 by default."""
        self.sent.append((id, body))
        return self._outcomes.pop(0) if self._outcomes else Outcome(204)
