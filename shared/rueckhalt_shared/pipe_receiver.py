# SPDX-License-Identifier: EUPL-1.2
"""The consuming side of the pipe over RabbitMQ: takes what is there, acknowledges many at once."""

import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.parcels import BusUnavailable, Delivery
from rueckhalt_shared.pipe_wire import Connect, Wire

log = get_logger(__name__)

PREFETCH = 200  # shared by the queues: what a killed consumer held must be run one by one
_LEAST_AHEAD = 50
HEARTBEAT = 6  # two missed and a slice of waiting: a silent broker is noticed within 13 s
_SLICE = 1.0


class Receiver:
    """One consuming connection; what the broker has sent ahead waits here in order."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._wire: Wire | None = None
        self._channel: Any = None
        self._life = 0
        self._queues: tuple[str, ...] = ()
        self._arrived: deque[Delivery] = deque()
        self._held: dict[int, None] = {}  # in the order of delivery, for ack of many
        self._woken = False
        self._ear: socket.socket | None = None
        self._bell: socket.socket | None = None

    def receive(self, queues: Sequence[str], limit: int, wait: float) -> list[Delivery]:
        try:
            deadline = time.monotonic() + wait
            wire = self._subscribed(tuple(queues))
            while not self._woken:
                while len(self._arrived) < limit and wire.read(0):
                    pass
                wire.beat()
                left = deadline - time.monotonic()
                if self._arrived or left <= 0:
                    break
                wire.read(min(left, _SLICE))
        except BaseException as error:
            self._drop()
            if not isinstance(error, Exception):
                raise
            raise BusUnavailable(error) from error
        self._woken = False
        return [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]

    def ack(self, tags: Sequence[str]) -> None:
        numbers = self._ours(tags)
        done = dict.fromkeys(numbers)
        upto = 0
        for number in self._held:
            if number not in done:
                break
            upto = number
        singles = [number for number in numbers if number > upto]
        if not numbers:
            return
        with self._harmless("ack"):
            if upto:
                self._channel.basic_ack(upto, multiple=True)
            for number in singles:
                self._channel.basic_ack(number)
            for number in numbers:
                self._held.pop(number, None)

    def refuse(self, tags: Sequence[str], *, requeue: bool) -> None:
        with self._harmless("reject"):
            for number in self._ours(tags):
                self._channel.basic_reject(number, requeue)
                self._held.pop(number, None)

    def wake(self) -> None:
        """From any thread: the flag for a wait that is to come, the bell for one under way."""
        self._woken = True
        bell = self._bell
        with suppress(OSError):  # just being closed: then nobody waits
            if bell is not None:
                bell.send(b"!")

    def close(self) -> None:
        wire = self._forget()
        if wire is not None:
            wire.close()

    def _ours(self, tags: Sequence[str]) -> list[int]:
        """Delivery numbers of the present connection; others have gone back to their queues."""
        if self._wire is None or self._wire.is_inherited:
            return []
        pairs = (tag.split(".") for tag in tags)
        return sorted(
            int(number)
            for life, number in pairs
            if int(life) == self._life and int(number) in self._held
        )

    def _subscribed(self, queues: tuple[str, ...]) -> Wire:
        if self._wire is not None and (self._wire.is_inherited or self._queues != queues):
            self._drop()
        if self._wire is None:
            self._life += 1
            self._queues = queues
            self._wire = self._connect("consumes", HEARTBEAT)
            self._ear, self._bell = socket.socketpair()
            self._wire.watch(self._ear.fileno())
            self._channel = self._wire.one_life_channel()
            self._channel.auto_decode = False
            self._channel.basic_qos(0, max(_LEAST_AHEAD, PREFETCH // len(queues)), False)
            for queue in queues:
                self._channel.basic_consume(queue, consumer_tag=queue, callback=self._on_message)
        return self._wire

    def _on_message(self, message: Any) -> None:
        told = message.delivery_info
        headers = message.properties.get("application_headers") or {}
        self._held[told["delivery_tag"]] = None
        self._arrived.append(
            Delivery(
                queue=told["consumer_tag"],
                body=bytes(message.body),
                redelivered=bool(told["redelivered"] or headers.get("x-delivery-count", 0)),
                tag=f"{self._life}.{told['delivery_tag']}",
                headers=headers,
                content_type=message.properties.get("content_type"),
            )
        )

    @contextmanager
    def _harmless(self, what: str) -> Iterator[None]:
        """An acknowledgement that fails only means that the message comes again."""
        try:
            with self._wire.gathered() if self._wire else nullcontext():
                yield
        except Exception as error:
            log.warning("connection lost", step=what, cause=f"{type(error).__name__}: {error}")
            self._drop()

    def _forget(self) -> Wire | None:
        wire, self._wire, self._channel = self._wire, None, None
        self._arrived.clear()
        self._held.clear()
        for end in (self._ear, self._bell):
            if end is not None:
                end.close()
        self._ear = self._bell = None
        return wire

    def _drop(self) -> None:
        wire = self._forget()
        if wire is not None:
            wire.drop()
