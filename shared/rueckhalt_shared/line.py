# SPDX-License-Identifier: EUPL-1.2
"""The line to an address somebody has set: to one pinned address, over in time, bounded in bytes.

A name is looked up once and only the address that was checked is connected to: a name server that
answers differently the second time is not asked again. `http.client` reads and writes on it; it
follows no redirect, knows no proxy of the environment and keeps no cookie.
"""

import io
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, cast
from urllib.parse import urlunsplit

from rueckhalt_shared.line_addresses import HERE, AddressRefused, check_url, networks, pick

Resolve = Callable[[str, int], list[str]]
FAILURES = (OSError, ValueError, HTTPException, AddressRefused)
"""What a call may raise, whatever the other side does."""


class TooMuch(OSError):
    """The other side says more than anybody asked for."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long a call may take in all, and how many bytes of an answer are read, with its head."""

    seconds: float
    most_bytes: int


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the other side said; the body is left out where it was not asked for."""

    status: int
    headers: Mapping[str, str]
    """By their names in small letters."""
    body: bytes = b""


class Line:
    """Calls one address; `allowed` lists networks beside the public internet.

    https with a verified certificate; plain http only to loopback that is listed. `only_here` is
    the sample installation: it calls this machine and nothing else. Raises AddressRefused.
    """

    def __init__(
        self,
        url: str,
        limits: Limits,
        *,
        allowed: Sequence[str] = (),
        only_here: bool = False,
        resolve: Resolve | None = None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        parts = check_url(url)
        is_plain = parts.scheme == "http"
        self._limits = limits
        self._host = parts.hostname or ""
        self._port = parts.port or (80 if is_plain else 443)
        self._target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        self._allowed = networks(HERE if only_here else allowed)
        self._near = is_plain or only_here
        self._resolve = resolve or addresses_of
        self._trusted = None if is_plain else trusted or ssl.create_default_context()
        if is_plain and not any(each.is_loopback for each in self._allowed):
            told = "the address needs https (plain http to listed loopback only)"
            raise AddressRefused("https", told)

    def ask(
        self,
        method: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        reads: bool = True,
    ) -> Answer:
        """One call, looked up anew; raises one of FAILURES.

        A redirect is an answer like any other. With `reads=False` the body is left alone.
        """
        found = self._resolve(self._host, self._port)
        address = pick(found, self._allowed, only_loopback=self._near)
        where = (self._host, self._port)
        with dial(address, where, self._limits, trusted=self._trusted) as connection:
            sent = {"Connection": "close", **(headers or {})}
            connection.request(method, self._target, body, sent)
            said = connection.getresponse()
            told = {name.lower(): value for name, value in said.getheaders()}
            return Answer(status=said.status, headers=told, body=said.read() if reads else b"")


class Bounded:
    """A socket whose time and bytes end; `http.client` needs no more of one than this."""

    def __init__(self, plain: socket.socket, limits: Limits, *, until: float) -> None:
        self._plain = plain
        self._until = until
        self._most = self._left = limits.most_bytes

    def sendall(self, content: bytes) -> None:
        """Send within the time that is left."""
        self._plain.settimeout(self._seconds())
        self._plain.sendall(content)

    def receive(self, buffer: memoryview) -> int:
        """Read within the time and the bytes that are left."""
        if self._left <= 0:
            raise TooMuch(f"more than {self._most} bytes")
        self._plain.settimeout(self._seconds())
        received = self._plain.recv_into(buffer[: self._left])
        self._left -= received
        return received

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """What an answer is read from."""
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """`http.client` closes before it has read a body: hanging up is left to who dialled."""

    def _seconds(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("too slow")
        return left


class _Incoming(io.RawIOBase):
    """The reading side as a file."""

    def __init__(self, line: Bounded) -> None:
        super().__init__()
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._line.receive(memoryview(buffer))


def addresses_of(host: str, port: int) -> list[str]:
    """Every address of a name, as this machine looks it up."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@contextmanager
def dial(
    address: str, where: tuple[str, int], limits: Limits, *, trusted: ssl.SSLContext | None
) -> Iterator[HTTPConnection]:
    """Connect to this address as the host of `where`; the certificate must name the host."""
    host, port = where
    until = time.monotonic() + limits.seconds
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.settimeout(limits.seconds)
        plain.connect((address, port))
        if trusted is not None:
            plain.settimeout(max(until - time.monotonic(), 0.001))
            plain = trusted.wrap_socket(plain, server_hostname=host)
        kind = HTTPConnection if trusted is None else HTTPSConnection
        connection = kind(host, port)
        connection.auto_open = 0  # never connects by itself, which would look the name up again
        connection.sock = cast(socket.socket, Bounded(plain, limits, until=until))
        yield connection
    finally:
        plain.close()
