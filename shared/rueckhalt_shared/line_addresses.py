# SPDX-License-Identifier: EUPL-1.2
"""Which addresses somebody may aim us at: public ones, and networks the operator has listed."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HERE = ("127.0.0.0/8", "::1/128")
"""This machine: all that the sample installation calls."""
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
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


class AddressRefused(Exception):
    """An address that is not called; the code says why, the sentence is for operators."""

    def __init__(self, code: str, told: str) -> None:
        super().__init__(told)
        self.code = code


def check_url(url: str) -> SplitResult:
    """The parts of an address that may be called: https, a host by name or plain address.

    `http` is left to loopback addresses, which whoever connects has to check; raises
    AddressRefused.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused("unreadable", "the address cannot be read") from error
    if parts.username or parts.password or not host or port == 0:
        raise AddressRefused("host", "the address needs a host and no credentials")
    if parts.scheme not in ("https", "http"):
        raise AddressRefused("https", "the address needs https")
    if not url.isascii() or any(character <= " " for character in url):
        told = "the address holds a blank or a letter beyond ASCII"
        raise AddressRefused("letters", told)
    if ":" not in host and _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        _plain_address(host)
    return parts


def networks(told: Iterable[str]) -> tuple[Network, ...]:
    """The ranges an operator lists as allowed; raises AddressRefused."""
    try:
        return tuple(ip_network(each) for each in told)
    except ValueError as error:
        raise AddressRefused("range", f"a range is a network like 10.20.0.0/16: {error}") from None


def pick(found: Sequence[str], allowed: Sequence[Network], *, only_loopback: bool) -> str:
    """The one address to connect to, of those a name has; raises AddressRefused.

    A name that has one forbidden address among others is not to be trusted with any.
    """
    if not found:
        raise AddressRefused("nameless", "its name has no address")
    for each in found:
        address = ip_address(each)
        if not may_be_called(address, allowed) or (only_loopback and not address.is_loopback):
            raise AddressRefused("inside", "its name leads into a network that is not called")
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


def _plain_address(host: str) -> None:
    """What ends in a number must be a whole dotted address: 127.1, 0177.0.0.1 and 2130706433 are
    read differently by different programs."""
    try:
        ip_address(host)
    except ValueError:
        told = "the address's host is a number and no plain address"
        raise AddressRefused("number", told) from None
