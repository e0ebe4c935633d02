# SPDX-License-Identifier: EUPL-1.2
"""One connection to RabbitMQ: read without ever waiting for the rest of a frame, dropped for good.

py-amqp reads frame by frame and blocks in the middle of one; here whole frames are dispatched out
of what has come, and the incomplete rest stays in py-amqp's own buffer.
"""
# mypy: disable-error-code="no-untyped-call"

import os
import select
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from struct import unpack_from
from typing import Any
from urllib.parse import urlsplit

from kombu.connection import Connection
from kombu.transport.pyamqp import Channel

SECONDS = 5  # for connecting, and for any single answer or write
_CHUNK = 256 * 1024
_HEAD = 7  # type, channel, size; after the payload comes one octet more

_inherited: list[Any] = []  # a forked child must not shut its parent's sockets down


class OneLifeChannel(Channel):
    """A channel that the broker closed stays closed: with it goes the connection."""

    def _do_revive(self) -> None:
        self.is_open = False


class Wire:
    """One AMQP connection of one thread of one process."""

    def __init__(
        self, url: str, *, purpose: str, heartbeat: int, options: Mapping[str, Any]
    ) -> None:
        self.blocked: str | None = None
        self._process_id = os.getpid()
        self._connection: Any = _connect(
            url,
            heartbeat=heartbeat,
            options={
                "read_timeout": SECONDS,
                "write_timeout": SECONDS,
                "client_properties": {"connection_name": purpose},
                "on_blocked": self._on_blocked,
                **options,
            },
        )
        # The broker goes on telling us; py-amqp need not look for it before each publish.
        self._connection.client_properties.get("capabilities", {}).pop("connection.blocked", None)
        # Kept here, because py-amqp's properties silently connect again after the end.
        self._transport = self._connection.transport
        self._sock = self._transport.sock
        self._poll = select.poll()
        self._poll.register(self._sock, select.POLLIN)

    def _on_blocked(self, reason: str) -> None:
        self.blocked = f"{reason} (disk or memory alarm)"

    @property
    def is_inherited(self) -> bool:
        return self._process_id != os.getpid()

    def one_life_channel(self) -> Any:
        channel = OneLifeChannel(self._connection)
        channel.open()
        return channel

    def channel(self) -> Any:
        """A channel for synchronous questions; it comes back after a refusal."""
        return self._connection.channel()

    def watch(self, descriptor: int) -> None:
        """End a wait also when this descriptor has something to read."""
        self._poll.register(descriptor, select.POLLIN)

    def read(self, seconds: float) -> bool:
        """Wait for bytes, then dispatch each complete frame; false when nothing came."""
        sock = self._sock
        if not (isinstance(sock, ssl.SSLSocket) and sock.pending()):
            ready = dict(self._poll.poll(max(0, int(seconds * 1000 + 0.999))))
            if sock.fileno() not in ready:
                return False
        arrived = _received(sock)
        if arrived is None:
            return False
        if not arrived:
            raise ConnectionResetError("the broker closed the connection")
        self._dispatch(arrived)
        return True

    def _dispatch(self, arrived: bytes) -> None:
        transport = self._transport
        data = transport._read_buffer + arrived
        start = 0
        try:
            while len(data) - start >= _HEAD:
                kind, channel, size = unpack_from(">BHI", data, start)
                end = start + _HEAD + size + 1
                if len(data) < end:
                    break
                payload = data[start + _HEAD : end - 1]
                start = end
                self._connection.on_inbound_frame((kind, channel, payload))
        finally:
            transport._read_buffer = data[start:]

    def beat(self) -> None:
        """Send a heartbeat when it is time; raises when the broker has been silent for two."""
        self._connection.heartbeat_tick(rate=2)

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Write everything said inside in one go."""
        transport = self._transport
        write = transport._write
        said = bytearray()
        transport._write = said.extend
        try:
            yield
        finally:
            transport._write = write
        if said:
            transport.write(bytes(said))

    def drop(self) -> None:
        """Throw it away without a farewell: nobody waits, nothing late is heard."""
        if self.is_inherited:
            _inherited.append(self._connection)
            return
        with suppress(Exception):
            self._connection.collect()

    def close(self) -> None:
        """Say farewell, so that the broker gives what we hold to others at once."""
        if self.is_inherited:
            self.drop()
            return
        try:
            self._connection.close()
        except Exception:
            self.drop()


class Connect:
    """Opens connections that are recognisable in the broker's list."""

    def __init__(self, url: str, service: str, options: Mapping[str, Any]) -> None:
        self._url = url
        self._service = service
        self._options = options

    def __call__(self, purpose: str, heartbeat: int) -> Wire:
        return Wire(
            self._url,
            purpose=f"{self._service} {purpose}",
            heartbeat=heartbeat,
            options=self._options,
        )


def _connect(url: str, *, heartbeat: int, options: dict[str, Any]) -> Any:
    # With a name to compare the certificate is checked, by the system's authorities or those of
    # SSL_CERT_FILE; the name is taken from the URL, because kombu turns localhost into 127.0.0.1.
    secure = {"server_hostname": urlsplit(url).hostname} if url.startswith("amqps:") else False
    client = Connection(
        url, ssl=secure, heartbeat=heartbeat, connect_timeout=SECONDS, transport_options=options
    )
    return client.transport.establish_connection()


def _received(sock: Any) -> bytes | None:
    """What is there now; None for nothing yet (half a TLS record), empty at the end."""
    if not isinstance(sock, ssl.SSLSocket):
        return bytes(sock.recv(_CHUNK))  # readable, so it does not wait
    before = sock.gettimeout()
    sock.settimeout(0)
    try:
        return sock.recv(_CHUNK)
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return None
    finally:
        sock.settimeout(before)
