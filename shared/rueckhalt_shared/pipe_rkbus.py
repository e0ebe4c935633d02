# SPDX-License-Identifier: EUPL-1.2
"""The pipe over the bus file: batches of the leased transport, one transaction each."""
# mypy: disable-error-code="no-untyped-call"

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kombu.connection import Connection
from kombu.exceptions import ChannelError

from rueckhalt_shared import pipe_topology
from rueckhalt_shared.parcels import EVENTS, JSON, BusUnavailable, Delivery, Outgoing
from rueckhalt_shared.transport import ALIAS
from rueckhalt_shared.transport_channel import body_as_bytes, raw_message
from rueckhalt_shared.transport_store import BusStore, Leased


class LeasedPipe:
    """One connection to a bus file, for one thread."""

    def __init__(self, url: str, *, user_id: str | None, options: Mapping[str, Any]) -> None:
        self._url = url
        self._user_id = user_id
        self._options = dict(options)
        self._connection: Any = None
        self._channel: Any = None
        self._turn = 0
        self._woken = False

    def declare(self, queues: Mapping[str, tuple[str, ...]]) -> None:
        with self._dropped_on_error():
            pipe_topology.declare(self._open(), queues)

    def publish(self, window: Sequence[Outgoing]) -> list[Outgoing]:
        with self._dropped_on_error(window):
            channel = self._open()
            full = channel.publish_many([self._posting(outgoing) for outgoing in window])
        return [outgoing for outgoing, queues in zip(window, full, strict=True) if queues]

    def _posting(self, outgoing: Outgoing) -> Any:
        properties = {"message_id": outgoing.id, "type": outgoing.type, "delivery_mode": 2}
        if self._user_id:
            properties["user_id"] = self._user_id
        message = self._channel.prepare_message(
            outgoing.body.encode(),
            content_type=JSON,
            content_encoding="utf-8",
            properties=properties,
        )
        return self._channel.posting(
            message, exchange=EVENTS, routing_key=outgoing.routing_key, mandatory=True
        )

    def receive(self, queues: Sequence[str], limit: int, wait: float) -> list[Delivery]:
        with self._dropped_on_error():
            channel = self._open()
            for _ in self._connection.transport.moments(queues, wait):
                if self._woken:
                    break
                leased = channel.get_many(self._in_turn(queues), limit)
                if leased:
                    return [_delivery(message) for message in leased]
        self._woken = False
        return []

    def _in_turn(self, queues: Sequence[str]) -> list[str]:
        """Another queue first each time: a long one must not keep the others waiting."""
        self._turn = (self._turn + 1) % max(1, len(queues))
        return [*queues[self._turn :], *queues[: self._turn]]

    def ack(self, tags: Sequence[str]) -> None:
        with self._dropped_on_error():
            self._open().ack_many(tags)

    def requeue(self, tags: Sequence[str]) -> None:
        with self._dropped_on_error():
            self._open().requeue_many(tags)

    def reject(self, tag: str) -> None:
        with self._dropped_on_error():
            self._open().reject_many([tag])

    def depth(self, queue: str) -> int:
        with self._dropped_on_error():
            self._open().queue_declare(queue, passive=True)
            return int(self._channel.store.size(queue))

    def wake(self) -> None:
        self._woken = True
        connection = self._connection
        if connection is not None:
            connection.transport.wake()

    def close(self) -> None:
        """Gives back at once what is still held."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            connection.release()

    def _open(self) -> Any:
        if self._channel is None:
            self._connection = _connection(self._url, self._options)
            self._channel = self._connection.channel()
        return self._channel

    @contextmanager
    def _dropped_on_error(self, window: Sequence[Outgoing] = ()) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ChannelError) as error:
            self._drop()
            raise BusUnavailable(error, tuple(window)) from error

    def _drop(self) -> None:
        """Without giving back, which might wait as long again: the leases run out by themselves."""
        with suppress(Exception):
            if self._connection is not None:
                self._connection.transport.keeper.forget()
            self.close()


def _delivery(leased: Leased) -> Delivery:
    message = raw_message(leased)
    return Delivery(
        queue=leased.queue,
        body=body_as_bytes(message["body"], message["properties"]["body_encoding"]),
        redelivered=leased.attempts > 1,
        tag=leased.tag,
        headers=message["headers"],
        content_type=message.get("content-type"),
    )


def file_of(url: str) -> Path:
    """Where the bus file of this address lies."""
    return Path(_connection(url, {}).virtual_host)


def store_of(url: str) -> BusStore:
    """The bus file itself, for voiding leases, checkpoints and `rueckhalt bus`."""
    return BusStore(_connection(url, {}).virtual_host)


def _connection(url: str, options: dict[str, Any]) -> Any:
    return Connection(url, transport=ALIAS, transport_options=options)
