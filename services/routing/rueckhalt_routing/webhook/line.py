# SPDX-License-Identifier: EUPL-1.2
"""The line to the other side: to one pinned address, over in five seconds, 64 KiB at most.

A name is looked up once and only the address that was checked is connected to: a name server that
answers differently the second time is not asked again. `http.client` reads and writes on it; it
follows no redirect, knows no proxy of the environment and keeps no cookie.
"""

import io
import socket
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, cast

from rueckhalt_routing.webhook.domain import MOST_BYTES, SECONDS

Resolve = Callable[[str, int], list[str]]


class TooMuch(OSError):
    """The other side says more than anybody asked for."""


class Bounded:
    """A socket whose time and bytes end; `http.client` needs no more of one than this."""

    def __init__(self, plain: socket.socket, *, until: float) -> None:
        self._plain = plain
        self._until = until
        self._left = MOST_BYTES

    def sendall(self, content: bytes) -> None:
        """Send within the time that is left."""
        self._plain.settimeout(self._seconds())
        self._plain.sendall(content)

    def receive(self, buffer: memoryview) -> int:
        """Read within the time and the bytes that are left."""
        if self._left <= 0:
            raise TooMuch("more than 64 KiB")
        self._plain.settimeout(self._seconds())
        received = self._plain.recv_into(buffer[: self._left])
        self._left -= received
        return received

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """What an answer is read from."""
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Hang up."""
        self._plain.close()

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


def dial(address: str, host: str, port: int, *, trusted: ssl.SSLContext | None) -> HTTPConnection:
    """Connect to this address as `host`; over TLS, whose certificate must name the host."""
    until = time.monotonic() + SECONDS
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.settimeout(SECONDS)
        plain.connect((address, port))
        if trusted is not None:
            plain.settimeout(max(until - time.monotonic(), 0.001))
            plain = trusted.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    kind = HTTPConnection if trusted is None else HTTPSConnection
    connection = kind(host, port)
    connection.auto_open = 0  # never connects by itself, which would look the name up again
    connection.sock = cast(socket.socket, Bounded(plain, until=until))
    return connection
