# SPDX-License-Identifier: EUPL-1.2
"""Mail servers that misbehave on purpose, on free ports of the loopback."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Keeper:
    """An aiosmtpd handler that keeps mails and answers from a script, stage by stage."""

    def __init__(self, **script: list[str]) -> None:
        self.script = script
        self.mails: list[tuple[list[str], bytes]] = []
        self.peers: set[Any] = set()

    def _next(self, stage: str, otherwise: str) -> str:
        waiting = self.script.get(stage, [])
        return waiting.pop(0) if waiting else otherwise

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:  # noqa: N802
        self.peers.add(session.peer)
        answer = self._next("mail", "250 OK")
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        answer = self._next("rcpt", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        answer = self._next("data", "250 kept")
        if answer == "drop":
            self.mails.append((envelope.rcpt_tos, envelope.content))
            server.transport.abort()
            return "250 nobody hears this"
        if answer.startswith("250"):
            self.mails.append((envelope.rcpt_tos, envelope.content))
        return answer


class Pipelining(Keeper):
    """Announces PIPELINING, as Postfix and Exim do."""

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]


@contextmanager
def mail_server(keeper: Keeper, **options: Any) -> Iterator[int]:
    """A server with this handler; answers its port."""
    controller = Controller(keeper, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def accept_password(server, session, envelope, mechanism, auth_data) -> AuthResult:
    """Only `geheim` opens the door."""
    return AuthResult(success=auth_data.password == b"geheim")


@contextmanager
def mute_server(greeting: bytes = b"", *, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Accepts, says its greeting, then nothing more."""
    with talking_server(lambda connection: connection.sendall(greeting), context) as port:
        yield port


@contextmanager
def talking_server(
    talk: Callable[[socket.socket], None], context: ssl.SSLContext | None = None
) -> Iterator[int]:
    """A server that does to each connection what `talk` says, and then keeps it open."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                with suppress(OSError):
                    talk(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in connections:
            connection.close()
        thread.join(5)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
