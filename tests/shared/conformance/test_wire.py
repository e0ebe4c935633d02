# SPDX-License-Identifier: EUPL-1.2
"""Frames that come in crumbs: nothing is lost, nothing is read twice, nobody waits for the rest."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from rueckhalt_shared.pipe import Pipe
from tests.servers import PrivateRabbitMQ
from tests.shared.conformance.buses import receive_all
from tests.shared.conformance.letters import KEY, numbers, outgoing

pytestmark = pytest.mark.rabbitmq


class CrumblingProxy:
    """Hands on what the broker says in pieces of a few bytes."""

    def __init__(self, port: int, sizes: tuple[int, ...]) -> None:
        self._target = ("127.0.0.1", port)
        self._sizes = sizes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                broker = socket.create_connection(self._target)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open += [client, broker]
                for work in (self._hand_on, self._crumble):
                    threading.Thread(target=work, args=(client, broker), daemon=True).start()

    def _hand_on(self, client: socket.socket, broker: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while said := client.recv(65536):
                broker.sendall(said)
            broker.shutdown(socket.SHUT_WR)

    def _crumble(self, client: socket.socket, broker: socket.socket) -> None:
        with contextlib.suppress(OSError):
            turn = 0
            while said := broker.recv(65536):
                while said:
                    size = self._sizes[turn % len(self._sizes)]
                    client.sendall(said[:size])
                    said, turn = said[size:], turn + 1
            client.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for each in (self._listener, *self._open):
            each.close()


@pytest.fixture(params=[(1, 7, 64), (8, 3, 4096, 1)], ids=["crumbs", "slices"])
def crumbling(rabbitmq: PrivateRabbitMQ, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh virtual host behind the proxy."""
    proxy = CrumblingProxy(rabbitmq.port, request.param)
    yield rabbitmq.new_vhost().replace(str(rabbitmq.port), str(proxy.port))
    proxy.close()


def test_everything_arrives_whole_and_once(crumbling: str) -> None:
    pipe = Pipe(crumbling, service="intake")
    pipe.declare({"routing.assign": (KEY,)})

    nacked = [message for n in range(30) for message in pipe.publish([outgoing(n)])]
    received = receive_all(pipe, "routing.assign", count=30)

    pipe.ack(received)
    pipe.close()
    assert nacked == []
    assert numbers(received) == list(range(30))
