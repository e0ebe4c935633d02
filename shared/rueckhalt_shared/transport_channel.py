# SPDX-License-Identifier: EUPL-1.2
"""A kombu channel over the bus file: AMQP's words on one side, rows and leases on the other."""
# mypy: disable-error-code="no-untyped-call,override"

import base64
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from amqp.exceptions import ChannelError, MessageNacked, error_for_code
from amqp.protocol import queue_declare_ok_t
from kombu.transport import virtual

from rueckhalt_shared.transport_keeper import LeaseKeeper
from rueckhalt_shared.transport_session import BatchSession, LeasedQoS
from rueckhalt_shared.transport_store import BusStore, Leased, Posting
from rueckhalt_shared.transport_topology import TopologyError

LARGEST_BODY = 64 * 1024
_LARGEST_FETCH = 100

RawMessage = dict[str, Any]
Answer = TypeVar("Answer")


def refuse(code: int, text: str) -> NoReturn:
    """Raise what RabbitMQ's channel error would become in py-amqp."""
    error = error_for_code(code, text, (0, 0), ChannelError)
    if not isinstance(error, ChannelError):  # 540 would end a connection; here nothing is lost
        error = ChannelError(text, (0, 0), reply_code=code)
    raise error


def _answering(call: Callable[[], Answer]) -> Answer:
    try:
        return call()
    except TopologyError as error:
        refuse(error.code, error.text)


class LeasedChannel(virtual.Channel):
    """Publishes, leases and acknowledges; the batch methods take one transaction each."""

    QoS = LeasedQoS
    supports_fanout = True
    supports_batch_publish = True
    from_transport_options: tuple[str, ...] = ()  # type: ignore[assignment]

    def __init__(self, connection: Any, **options: Any) -> None:
        super().__init__(connection, **options)
        self.store: BusStore = connection.store
        self._keeper: LeaseKeeper = connection.keeper
        self._may_destroy = bool(connection.client.transport_options.get("destructive"))
        self._callbacks: dict[str, tuple[Callable[[Any], None], bool]] = {}
        self._fetched: deque[Leased] = deque()

    # ------------------------------------------------------------------------------ topology
    def exchange_declare(  # noqa: PLR0917 kombu's order
        self,
        exchange: str = "",
        type: str = "direct",
        durable: bool = True,
        auto_delete: bool = False,
        arguments: Mapping[str, Any] | None = None,
        nowait: bool = False,
        passive: bool = False,
    ) -> None:
        if passive:
            if not self.store.topology.has_exchange(exchange):
                refuse(404, f"NOT_FOUND - no exchange '{exchange}' in this bus file")
            return
        asked = dict(arguments or {})
        alternate = asked.pop("alternate-exchange", None)
        if auto_delete or asked:
            refuse(540, f"exchange '{exchange}': auto_delete and {sorted(asked)} not supported")
        _answering(lambda: self.store.topology.declare_exchange(exchange, type, alternate))

    def exchange_delete(self, exchange: str, **_: Any) -> None:
        self._must_be_allowed(f"delete exchange '{exchange}'")
        self.store.topology.delete_exchange(exchange)

    def queue_declare(
        self,
        queue: str | None = None,
        passive: bool = False,
        *,
        exclusive: bool = False,
        auto_delete: bool = False,
        arguments: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> Any:
        if not queue:
            refuse(540, "a queue needs a name")
        if exclusive or auto_delete:
            refuse(540, f"queue '{queue}': exclusive and auto-delete queues are not supported")
        if not passive:
            _answering(lambda: self.store.topology.declare_queue(queue, dict(arguments or {})))
        elif not self.store.topology.has_queue(queue):
            refuse(404, f"NOT_FOUND - no queue '{queue}' in this bus file")
        return queue_declare_ok_t(queue, self.store.size(queue), 0)

    def queue_bind(
        self, queue: str, exchange: str | None = None, routing_key: str = "", **_: Any
    ) -> None:
        name = exchange or "amq.direct"
        _answering(lambda: self.store.topology.bind(name, routing_key, queue))

    def queue_unbind(
        self, queue: str, exchange: str | None = None, routing_key: str = "", **_: Any
    ) -> None:
        self.store.topology.unbind(exchange or "amq.direct", routing_key, queue)

    def queue_delete(self, queue: str, if_unused: bool = False, **_: Any) -> None:
        self._must_be_allowed(f"delete queue '{queue}'")
        self.store.topology.delete_queue(queue)

    def _purge(self, queue: str) -> int:
        self._must_be_allowed(f"purge queue '{queue}'")
        return self.store.purge(queue)

    def _size(self, queue: str) -> int:
        return self.store.size(queue)

    def _must_be_allowed(self, what: str) -> None:
        if not self._may_destroy:
            refuse(403, f"ACCESS_REFUSED - to {what} is a matter of `rueckhalt bus`")

    # ---------------------------------------------------------------------------- publishing
    def posting(
        self,
        message: RawMessage,
        *,
        exchange: str = "",
        routing_key: str = "",
        mandatory: bool = False,
        **_: Any,
    ) -> Posting:
        properties = {
            key: value
            for key, value in message["properties"].items()
            if value is not None and key not in ("delivery_info", "delivery_tag")
        }
        if properties.pop("priority", 0):
            refuse(540, "priorities are not supported")
        body, properties["body_encoding"] = self.encode_body(message["body"])
        payload = json.dumps(
            {**message, "body": body, "properties": properties}, separators=(",", ":")
        )
        return Posting(exchange, routing_key, payload, mandatory)

    def publish_many(self, postings: Sequence[Posting]) -> list[tuple[str, ...]]:
        """One transaction; answers for each posting the full queues that have no copy."""
        return _answering(lambda: self.store.publish(postings))

    def basic_publish(
        self, message: RawMessage, exchange: str, routing_key: str, **kw: Any
    ) -> None:
        posting = self.posting(message, exchange=exchange, routing_key=routing_key, **kw)
        if any(self.publish_many([posting])):
            raise MessageNacked("a queue is full")

    def encode_body(self, body: str | bytes, encoding: str | None = None) -> tuple[str, str]:
        """As text where it is text (JSON need not be wrapped); bytes come back as bytes."""
        length = len(body.encode() if isinstance(body, str) else body)
        if length > LARGEST_BODY:
            refuse(311, f"CONTENT_TOO_LARGE - {length} bytes, the limit is {LARGEST_BODY}")
        if isinstance(body, str):
            return body, "utf-8"
        try:
            return body.decode(), "bytes"
        except UnicodeDecodeError:
            return base64.b64encode(body).decode(), "base64"

    def decode_body(self, body: str, encoding: str | None = None) -> str | bytes:
        return body if encoding == "utf-8" else body_as_bytes(body, encoding)

    def create_publish_batch(self, max_size: int) -> BatchSession:
        return BatchSession(self, max_size)

    # ----------------------------------------------------------------------------- consuming
    def get_many(self, queues: Sequence[str], limit: int) -> list[Leased]:
        """Lease what is due now, in one transaction; the keeper renews until ack or close."""
        leased = self.store.lease(queues, limit)
        if leased:
            self._keeper.hold(message.tag for message in leased)
        return leased

    def ack_many(self, tags: Sequence[str]) -> None:
        if tags:
            self._keeper.let_go(tags)
            self.store.ack(tags)

    def requeue_many(self, tags: Sequence[str]) -> None:
        self._keeper.let_go(tags)
        self.store.requeue(tags)

    def reject_many(self, tags: Sequence[str]) -> None:
        self._keeper.let_go(tags)
        self.store.reject(tags)

    def give_back(self, tags: Sequence[str]) -> None:
        """End the leases at once, as closing a connection does on RabbitMQ."""
        if tags:
            self._keeper.let_go(tags)
            self.store.give_back(tags)

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Callable[[Any], None], consumer_tag: str, **_: Any
    ) -> None:
        self._tag_to_queue[consumer_tag] = queue
        self._active_queues.append(queue)
        self._callbacks[queue] = (callback, no_ack)
        self._consumers.add(consumer_tag)

    def basic_cancel(self, consumer_tag: str) -> None:
        queue = self._tag_to_queue.pop(consumer_tag, None)
        if queue is None:
            return
        self._consumers.discard(consumer_tag)
        self._active_queues.remove(queue)
        if queue not in self._active_queues:
            del self._callbacks[queue]
            self._give_back_fetched(queue)

    def queues(self) -> list[str]:
        return list(self._active_queues)

    def deliver_next(self) -> bool:
        """One message to its consumer; false when none is due or the prefetch is used up."""
        if not self._fetched and self._active_queues:
            self._fetched.extend(self.get_many(self._in_turn(), self._room()))
        if not self._fetched:
            return False
        leased = self._fetched.popleft()
        callback, no_ack = self._callbacks[leased.queue]
        callback(self._taken(leased, no_ack))
        return True

    def basic_get(self, queue: str, no_ack: bool = False, **_: Any) -> Any:
        leased = self.get_many([queue], 1)
        return self._taken(leased[0], no_ack) if leased else None

    def _taken(self, leased: Leased, no_ack: bool) -> Any:
        message = self.Message(raw_message(leased), channel=self)
        if no_ack:
            self.ack_many([leased.tag])
        else:
            self.qos.append(message, leased.tag)
        return message

    def _room(self) -> int:
        prefetch = int(self.qos.prefetch_count or 0)
        return min(_LARGEST_FETCH, prefetch - self.qos.held()) if prefetch else 1

    def _in_turn(self) -> list[str]:
        self._active_queues.append(self._active_queues.pop(0))
        return list(dict.fromkeys(self._active_queues))

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        tags = self.qos.tags_up_to(delivery_tag) if multiple else [delivery_tag]
        self.ack_many(tags)
        for tag in tags:
            self.qos.ack(tag)

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        (self.requeue_many if requeue else self.reject_many)([delivery_tag])
        self.qos.ack(delivery_tag)

    def _restore(self, message: Any) -> None:
        self.give_back([message.delivery_tag])

    def _give_back_fetched(self, queue: str | None = None) -> None:
        given = [held for held in self._fetched if queue in (None, held.queue)]
        self._fetched = deque(held for held in self._fetched if held not in given)
        self.give_back([held.tag for held in given])

    def close(self) -> None:
        if not self.closed:
            self._give_back_fetched()
        super().close()


def body_as_bytes(body: str, encoding: str | None) -> bytes:
    return base64.b64decode(body) if encoding == "base64" else body.encode()


def raw_message(leased: Leased) -> RawMessage:
    """The message as kombu knows it, with what RabbitMQ's quorum queues add."""
    message: RawMessage = json.loads(leased.payload)
    headers = message["headers"] = dict(message.get("headers") or {})
    headers["x-delivery-count"] = leased.attempts - 1
    if leased.first_death:
        death = json.loads(leased.first_death)
        headers["x-first-death-queue"] = death["queue"]
        headers["x-first-death-reason"] = death["reason"]
    message["properties"] |= {
        "delivery_tag": leased.tag,
        "delivery_info": {
            "exchange": leased.exchange,
            "routing_key": leased.routing_key,
            "redelivered": leased.attempts > 1,
        },
    }
    return message
