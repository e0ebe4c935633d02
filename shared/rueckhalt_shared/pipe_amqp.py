# SPDX-License-Identifier: EUPL-1.2
"""The pipe over RabbitMQ: confirmed windows one way, what is there without waiting the other.

Always confirms, mandatory, with a time limit; never `on_return`, never kombu's own retrying. After
any exception the connection is thrown away: a late confirm on it would be taken for another's.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from amqp import Message

from rueckhalt_shared import pipe_topology
from rueckhalt_shared.parcels import (
    EVENTS,
    JSON,
    BusUnavailable,
    Delivery,
    Outgoing,
    TopologyConflict,
)
from rueckhalt_shared.pipe_receiver import Receiver
from rueckhalt_shared.pipe_wire import Connect, Wire

WINDOW = 100
CONFIRM_SECONDS = 5.0


class BrokerPipe:
    """Up to two connections: one publishes, declares and counts, the other consumes."""

    def __init__(
        self, url: str, *, service: str, user_id: str | None, options: Mapping[str, Any]
    ) -> None:
        self._connect = Connect(url, service, options)
        self._user_id = user_id
        self._publisher: Publisher | None = None
        self._receiver = Receiver(self._connect)

    def declare(self, queues: Mapping[str, tuple[str, ...]]) -> None:
        with self._publishing() as publisher:
            pipe_topology.declare(publisher.questions(), queues)
            pipe_topology.settle(publisher.questions())

    def publish(self, window: Sequence[Outgoing]) -> list[Outgoing]:
        nacked: list[Outgoing] = []
        for start in range(0, len(window), WINDOW):
            with self._publishing(doubtful=(*nacked, *window[start:])) as publisher:
                nacked += publisher.publish(window[start : start + WINDOW])
        return nacked

    def depth(self, queue: str) -> int:
        with self._publishing() as publisher:
            return int(publisher.questions().queue_declare(queue, passive=True).message_count)

    def receive(self, queues: Sequence[str], limit: int, wait: float) -> list[Delivery]:
        if self._publisher is not None and not self._publisher.has_published:
            self._close_publisher()  # it was only opened to declare
        return self._receiver.receive(queues, limit, wait)

    def ack(self, tags: Sequence[str]) -> None:
        self._receiver.ack(tags)

    def requeue(self, tags: Sequence[str]) -> None:
        self._receiver.refuse(tags, requeue=True)

    def reject(self, tag: str) -> None:
        self._receiver.refuse([tag], requeue=False)

    def wake(self) -> None:
        self._receiver.wake()

    def close(self) -> None:
        self._close_publisher()
        self._receiver.close()

    def _close_publisher(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.wire.close()

    @contextmanager
    def _publishing(self, doubtful: tuple[Outgoing, ...] = ()) -> Iterator["Publisher"]:
        try:
            if self._publisher is not None and not self._publisher.is_fresh():
                self._drop_publisher()
            if self._publisher is None:
                self._publisher = Publisher(self._connect("publishes", 0), self._user_id)
            yield self._publisher
        except TopologyConflict:
            self._drop_publisher()
            raise
        except Exception as error:  # py-amqp raises nearly anything when a connection is lost
            confirmed = self._publisher.confirmed if self._publisher else set()
            self._drop_publisher()
            left = tuple(outgoing for outgoing in doubtful if outgoing.id not in confirmed)
            raise BusUnavailable(error, left) from error
        except BaseException:
            self._drop_publisher()
            raise

    def _drop_publisher(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.wire.drop()


class Publisher:
    """One connection in confirm mode.

    Without heartbeats: a relay may rest for hours. Before each window it looks whether the broker
    has closed the connection meanwhile, and within a window silence counts after five seconds.
    """

    def __init__(self, wire: Wire, user_id: str | None) -> None:
        self.wire = wire
        self.confirmed: set[str] = set()
        self._user_id = user_id
        self._channel = wire.one_life_channel()
        self._questions: Any = None
        self._number = 0
        self._pending: dict[int, Outgoing] = {}
        self._nacked: list[Outgoing] = []
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._channel.confirm_select()

    @property
    def has_published(self) -> bool:
        return self._number > 0

    def is_fresh(self) -> bool:
        if self.wire.is_inherited:
            return False
        try:
            self.wire.read(0)
        except Exception:  # nothing has been said on it, so nothing is in doubt
            return False
        return self.wire.blocked is None

    def questions(self) -> Any:
        if self._questions is None:
            self._questions = self.wire.channel()
        return self._questions

    def publish(self, window: Sequence[Outgoing]) -> list[Outgoing]:
        """Say all, then wait for all; answers the ones a full queue refused."""
        self._nacked = []
        self.confirmed = set()
        with self.wire.gathered():
            for outgoing in window:
                self._say(outgoing)
        deadline = time.monotonic() + CONFIRM_SECONDS
        while self._pending:
            self.wire.read(max(0.0, deadline - time.monotonic()))
            if self._pending and self.wire.blocked:
                raise ConnectionAbortedError(self.wire.blocked)
            if self._pending and time.monotonic() >= deadline:
                raise TimeoutError(f"{len(self._pending)} messages were not confirmed in time")
        return self._nacked

    def _say(self, outgoing: Outgoing) -> None:
        properties = {"user_id": self._user_id} if self._user_id else {}
        message = Message(
            outgoing.body.encode(),
            content_type=JSON,
            content_encoding="utf-8",
            delivery_mode=2,
            message_id=outgoing.id,
            type=outgoing.type,
            **properties,
        )
        self._number += 1
        self._pending[self._number] = outgoing
        self._channel.basic_publish(message, EVENTS, outgoing.routing_key, mandatory=True)

    def _on_ack(self, number: int, multiple: bool) -> None:
        self.confirmed.update(outgoing.id for outgoing in self._settled(number, multiple))

    def _on_nack(self, number: int, multiple: bool) -> None:
        self._nacked += self._settled(number, multiple)

    def _settled(self, number: int, multiple: bool) -> list[Outgoing]:
        numbers = [each for each in self._pending if each <= number] if multiple else [number]
        return [self._pending.pop(each) for each in numbers if each in self._pending]
