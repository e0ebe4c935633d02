# SPDX-License-Identifier: EUPL-1.2
"""One signed POST (Standard Webhooks) to an address that was checked; what comes back is a status.

https with a verified certificate; plain http only to this machine, where the operator lists it.
"""

import ssl
from collections.abc import Sequence
from datetime import datetime
from http.client import HTTPException
from typing import Protocol
from urllib.parse import urlunsplit

from rueckhalt_routing.webhook.domain import (
    Outcome,
    WebhookRefused,
    check_url,
    key_of,
    networks,
    pick,
    signature,
)
from rueckhalt_routing.webhook.line import Resolve, addresses_of, dial

_HERE = ("127.0.0.0/8", "::1/128")


class Sender(Protocol):
    """Whoever brings a call to the other side."""

    def send(self, id: str, body: str, *, now: datetime) -> Outcome:
        """Send one call; never raises for what the other side does."""
        ...


class HttpSender:
    """The real one; `allowed` lists networks beside the public internet.

    `only_here` is the sample installation: it calls this machine and nothing else.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        allowed: Sequence[str] = (),
        only_here: bool = False,
        resolve: Resolve = addresses_of,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        parts = check_url(url)
        self._is_plain = parts.scheme == "http"
        self._only_here = only_here
        self._host = parts.hostname or ""
        self._port = parts.port or (80 if self._is_plain else 443)
        self._target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        self._allowed = networks(_HERE if only_here else allowed)
        self._resolve = resolve
        self._trusted = None if self._is_plain else trusted or ssl.create_default_context()
        self._key = key_of(secret)
        if self._is_plain and not any(each.is_loopback for each in self._allowed):
            raise WebhookRefused("a webhook needs https (plain http to listed loopback only)")

    def send(self, id: str, body: str, *, now: datetime) -> Outcome:
        """POST the body; what comes back is not read."""
        timestamp = int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "rueckhalt-routing",
            "Connection": "close",
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._key, id=id, timestamp=timestamp, body=body),
        }
        try:
            address = self._address()
            connection = dial(address, self._host, self._port, trusted=self._trusted)
            try:
                connection.request("POST", self._target, body.encode(), headers)
                status = connection.getresponse().status
            finally:
                connection.close()
        except (OSError, ValueError, HTTPException, WebhookRefused) as error:
            return Outcome(None, type(error).__name__)
        return Outcome(status, f"status {status}")

    def _address(self) -> str:
        found = self._resolve(self._host, self._port)
        near = self._is_plain or self._only_here
        return pick(found, self._allowed, only_loopback=near)


class ConsoleSender:
    """Keeps what would have been sent; for tests and for looking at it."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.sent: list[tuple[str, str]] = []
        self._outcomes = list(outcomes)

    def send(self, id: str, body: str, *, now: datetime) -> Outcome:
        """Keep the call and answer what was planned, 204 by default."""
        self.sent.append((id, body))
        return self._outcomes.pop(0) if self._outcomes else Outcome(204)
