# SPDX-License-Identifier: EUPL-1.2
"""Which addresses a webhook may have, when a call is tried again, and how it is signed."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

TRIES = 5
PAUSE = timedelta(seconds=300)
SECONDS = 5.0
"""A call ends after this time, whatever the other side does."""
MOST_BYTES = 64 * 1024
"""More than this of an answer is not read."""
_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of the format, not a secret
_SHORTEST_SECRET = 16
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_PUBLIC_IPV6 = IPv6Network("2000::/3")
# What the standard library counts as global, or did in older versions, and what is none: special
# uses, documentation, and every form that carries an IPv4 address to hide behind (Teredo, 6to4,
# its relays). Mapped, compatible and NAT64 addresses lie outside 2000::/3.
_NOT_PUBLIC = tuple(
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)


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


def check_url(url: str) -> SplitResult:
    """The parts of an address that may be called: https, a host by name or plain address.

    `http` is left to loopback addresses, which whoever connects has to check; raises
    WebhookRefused.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise WebhookRefused("the webhook's address cannot be read") from error
    if parts.username or parts.password or not host or port == 0:
        raise WebhookRefused("the webhook's address needs a host and no credentials")
    if parts.scheme not in ("https", "http"):
        raise WebhookRefused("a webhook needs https")
    if not url.isascii() or any(character <= " " for character in url):
        raise WebhookRefused("the webhook's address holds a blank or a letter beyond ASCII")
    if ":" not in host and _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        _plain_address(host)
    return parts


def networks(told: Iterable[str]) -> tuple[Network, ...]:
    """The ranges an operator lists as allowed; raises WebhookRefused."""
    try:
        return tuple(ip_network(each) for each in told)
    except ValueError as error:
        raise WebhookRefused(f"a range is a network like 10.20.0.0/16: {error}") from None


def pick(found: Sequence[str], allowed: Sequence[Network], *, only_loopback: bool) -> str:
    """The one address to connect to, of those a name has; raises WebhookRefused.

    A name that has one forbidden address among others is not to be trusted with any.
    """
    if not found:
        raise WebhookRefused("its name has no address")
    for each in found:
        address = ip_address(each)
        if not may_be_called(address, allowed) or (only_loopback and not address.is_loopback):
            raise WebhookRefused("its name leads into a network that is not called")
    return found[0]


def may_be_called(address: Address, allowed: Sequence[Network]) -> bool:
    """Is this an address of the public internet, or one the operator has listed?"""
    if any(address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address) and address not in _PUBLIC_IPV6:
        return False
    if any(address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


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


def _plain_address(host: str) -> None:
    """What ends in a number must be a whole dotted address: 127.1, 0177.0.0.1 and 2130706433 are
    read differently by different programs."""
    try:
        ip_address(host)
    except ValueError:
        raise WebhookRefused("the webhook's host is a number and no plain address") from None
