# SPDX-License-Identifier: EUPL-1.2
"""Which addresses a webhook may have, when a call is tried again, and how it is signed."""

import base64
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 300, 900, 3600, 10800))
"""Pauses between attempts; the last one repeats for three days."""
GIVE_UP = timedelta(days=3)
_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of the format, not a secret
_SHORTEST_SECRET = 16


class WebhookRefused(Exception):
    """The webhook's address or secret cannot be used."""


@dataclass(frozen=True)
class Outcome:
    """What the other side said; no status where nobody answered."""

    status: int | None
    cause: str = ""

    @property
    def is_done(self) -> bool:
        """Did the other side take it?"""
        return self.status is not None and 200 <= self.status < 300


def check_url(url: str, *, only_here: bool = False) -> str:
    """The address if it may be called: https, or plain http on this machine only."""
    parts = urlsplit(url)
    if parts.username or parts.password or not parts.hostname:
        raise WebhookRefused("the webhook's address needs a host and no credentials")
    if only_here and not _is_loopback(parts.hostname):
        raise WebhookRefused("the sample installation calls nobody outside this machine")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname)):
        return url
    raise WebhookRefused("a webhook needs https (plain http on this machine only)")


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


def pause_after(attempts: int) -> timedelta:
    """How long to wait after this many attempts."""
    return PAUSES[min(attempts - 1, len(PAUSES) - 1)]


def is_worth_repeating(status: int | None) -> bool:
    """Nobody there, too busy or broken: again. Any other 4xx will not change by itself."""
    return status is None or status in (408, 425, 429) or status >= 500


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
