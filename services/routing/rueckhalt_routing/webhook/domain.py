# SPDX-License-Identifier: EUPL-1.2
"""How a call of the webhook is signed, and when it is tried again."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

TRIES = 5
PAUSE = timedelta(seconds=300)
SECONDS = 5.0
"""A call ends after this time, whatever the other side does."""
MOST_BYTES = 64 * 1024
"""More than this of an answer is not read."""
_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of the format, not a secret
_SHORTEST_SECRET = 16


class WebhookRefused(Exception):
    """The webhook's secret cannot be used."""


@dataclass(frozen=True)
class Outcome:
    """What the other side said; no status where nobody answered."""

    status: int | None
    cause: str = ""

    @property
    def is_done(self) -> bool:
        """Did the other side take it?"""
        return self.status is not None and 200 <= self.status < 300


def key_of(secret: str) -> bytes:
    """The signing key out of `whsec_<base64>`."""
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except ValueError as error:
        raise WebhookRefused("the webhook's secret must be whsec_ and base64") from error
    if len(key) < _SHORTEST_SECRET:
        raise WebhookRefused(f"the webhook's secret must have {_SHORTEST_SECRET} bytes or more")
    return key


def signature(key: bytes, *, id: str, timestamp: int, body: str) -> str:
    """The signature of Standard Webhooks: HMAC-SHA-256 over id, time and body."""
    signed = f"{id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def is_worth_repeating(status: int | None) -> bool:
    """Nobody there, too busy or broken: again. Any other 4xx or 3xx will not change by itself."""
    return status is None or status == 429 or status >= 500
