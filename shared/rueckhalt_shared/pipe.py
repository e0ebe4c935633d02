# SPDX-License-Identifier: EUPL-1.2
"""The pipe between an outbox and the inboxes: RabbitMQ or the bus file, with the same promises.

Whatever was published without an exception is stored. Whatever was received and not acknowledged
comes again, marked as redelivered. After any exception the connection is gone and the next call
opens a new one; nothing is ever tried twice in here, because the outbox is the retry.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from rueckhalt_shared.parcels import (
    BusUnavailable,
    Delivery,
    Outgoing,
    TooLarge,
    TopologyConflict,
    refuse_too_large,
)
from rueckhalt_shared.pipe_amqp import BrokerPipe
from rueckhalt_shared.pipe_rkbus import LeasedPipe, store_of
from rueckhalt_shared.pipe_rkbus import file_of as _file_of

__all__ = [
    "BusUnavailable",
    "Delivery",
    "Outgoing",
    "Pipe",
    "TooLarge",
    "TopologyConflict",
    "checkpoint",
    "file_of",
    "is_embedded",
    "void_leases",
]


class Line(Protocol):
    """What the pipe needs of a bus."""

    def declare(self, queues: Mapping[str, tuple[str, ...]]) -> None: ...
    def publish(self, window: Sequence[Outgoing]) -> list[Outgoing]: ...
    def receive(self, queues: Sequence[str], limit: int, wait: float) -> list[Delivery]: ...
    def ack(self, tags: Sequence[str]) -> None: ...
    def requeue(self, tags: Sequence[str]) -> None: ...
    def reject(self, tag: str) -> None: ...
    def depth(self, queue: str) -> int: ...
    def wake(self) -> None: ...
    def close(self) -> None: ...


class Pipe:
    """One connection of one thread (only `wake` may be called from others), opened when needed.

    On RabbitMQ publishing and receiving use a connection each. `options` reach the transport.
    """

    def __init__(
        self,
        url: str,
        *,
        service: str,
        user_id: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.url = url
        self.service = service
        self._line = _line(url, service, user_id, options or {})

    def declare(self, queues: Mapping[str, tuple[str, ...]]) -> None:
        """The fixed exchanges and these queues with their bindings; equal ones may be there."""
        self._line.declare(queues)

    def publish(self, window: Sequence[Outgoing]) -> list[Outgoing]:
        """Confirmed when it returns, but for the ones answered: some queue of theirs is full."""
        for outgoing in window:
            refuse_too_large(outgoing)
        return self._line.publish(window) if window else []

    def receive(
        self, queues: Sequence[str], *, limit: int = 100, wait: float = 1.0
    ) -> list[Delivery]:
        """Wait for the first message, then take what is there already without waiting for more."""
        return self._line.receive(queues, limit, wait)

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Done with them, all at once; of no effect on what has passed on to others."""
        if deliveries:
            self._line.ack([delivery.tag for delivery in deliveries])

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Back into their own queue, and no other."""
        if deliveries:
            self._line.requeue([delivery.tag for delivery in deliveries])

    def reject(self, delivery: Delivery) -> None:
        """To the dead letters."""
        self._line.reject(delivery.tag)

    def depth(self, queue: str) -> int:
        """Messages waiting; in the bus file those held by a consumer count, too."""
        return self._line.depth(queue)

    def wake(self) -> None:
        """Make a blocked `receive` return, now or at its next call; from any thread."""
        self._line.wake()

    def close(self) -> None:
        """What is still held goes back to its queue at once."""
        self._line.close()


def is_embedded(url: str) -> bool:
    return url.startswith("rkbus:")


def file_of(url: str) -> Path | None:
    """The file of an embedded bus; None for a broker."""
    return _file_of(url) if is_embedded(url) else None


def _line(url: str, service: str, user_id: str | None, options: Mapping[str, Any]) -> Line:
    if is_embedded(url):
        return LeasedPipe(url, user_id=user_id, options=options)
    return BrokerPipe(url, service=service, user_id=user_id, options=options)


def void_leases(url: str) -> None:
    """End all leases of a bus file: for `up`, which knows that nobody else consumes from it."""
    _with_file(url, "void_leases")


def checkpoint(url: str) -> None:
    """Leave no byte of an acknowledged body in the bus file: after an erasure."""
    _with_file(url, "checkpoint")


def _with_file(url: str, what: str) -> None:
    if not is_embedded(url):
        return
    store = store_of(url)
    try:
        getattr(store, what)()
    finally:
        store.close()
