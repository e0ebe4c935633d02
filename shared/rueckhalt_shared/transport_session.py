# SPDX-License-Identifier: EUPL-1.2
"""What a channel of the leased transport remembers: what it holds, and a batch being filled."""
# mypy: disable-error-code="no-untyped-call"

from typing import Any, Protocol

from amqp.exceptions import MessageNacked
from kombu.transport import virtual

from rueckhalt_shared.transport_store import Posting


class Publishing(Protocol):
    """The part of a channel that a batch needs."""

    def posting(self, message: dict[str, Any], **options: Any) -> Posting: ...
    def publish_many(self, postings: list[Posting]) -> list[tuple[str, ...]]: ...


class LeasedQoS(virtual.QoS):
    """Which messages a channel holds; the rows themselves say who may have them next."""

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        self.channel.basic_reject(delivery_tag, requeue=requeue)

    def tags_up_to(self, delivery_tag: str) -> list[str]:
        """All held tags up to this one, in the order of delivery (``multiple``)."""
        self._flush()
        held = list(self._delivered)
        return held[: held.index(delivery_tag) + 1] if delivery_tag in self._delivered else held

    def held(self) -> int:
        return len(self._delivered) - len(self._dirty)


class BatchSession:
    """What kombu's ``Producer.batch()`` fills: each flush is one transaction."""

    def __init__(self, channel: Publishing, max_size: int) -> None:
        self.channel = channel
        self._max_size = max_size
        self._waiting: list[Posting] = []

    def publish(self, message: dict[str, Any], **options: Any) -> None:
        self._waiting.append(self.channel.posting(message, **options))
        if len(self._waiting) >= self._max_size:
            self.flush()

    def flush(self) -> None:
        postings, self._waiting = self._waiting, []
        if any(self.channel.publish_many(postings)):
            raise MessageNacked("a queue is full")

    def discard(self) -> None:
        self._waiting.clear()

    def close(self) -> None:
        self._waiting.clear()
