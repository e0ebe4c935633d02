# SPDX-License-Identifier: EUPL-1.2
"""One signed POST (Standard Webhooks): five seconds at most, no redirects, verified TLS."""

from datetime import datetime
from typing import Protocol

from rueckhalt_routing.webhook.domain import Outcome, check_url, key_of, signature

_TIMEOUT = 5.0


class Sender(Protocol):
    """Whoever brings a call to the other side."""

    def send(self, id: str, body: str, *, now: datetime) -> Outcome:
        """Send one call; never raises for what the other side does."""
        ...


class HttpSender:
    """The real one."""

    def __init__(self, url: str, secret: str, *, only_here: bool = False) -> None:
        self._url = check_url(url, only_here=only_here)
        self._key = key_of(secret)
        import requests  # noqa: PLC0415 - only where a webhook is set

        self._failed = requests.RequestException
        self._session = requests.Session()
        self._session.trust_env = False

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
            with self._session.post(
                self._url,
                data=body.encode(),
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return Outcome(answer.status_code, f"status {answer.status_code}")
        except self._failed as error:
            return Outcome(None, type(error).__name__)


class ConsoleSender:
    """Keeps what would have been sent; for tests and for looking at it."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.sent: list[tuple[str, str]] = []
        self._outcomes = list(outcomes)

    def send(self, id: str, body: str, *, now: datetime) -> Outcome:
        """Keep the call and answer what was planned, 204 by default."""
        self.sent.append((id, body))
        return self._outcomes.pop(0) if self._outcomes else Outcome(204)
