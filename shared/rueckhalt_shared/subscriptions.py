# SPDX-License-Identifier: EUPL-1.2
"""Which events a service listens to, declared beside the function that hears them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Event, Fault, topology

if TYPE_CHECKING:
    from rueckhalt_shared.database import Transaction

E = TypeVar("E", bound=Event)
Consumer = Callable[["Transaction", Any], None]


class UnknownQueue(Exception):
    """The queue, or its binding to this type, is not in `contracts.topology`."""


class NotYet(Fault):
    """What the event builds on has not arrived; it waits up to ten minutes without counting."""

    fault = "what it builds on has not arrived"


class Foreign(Fault):
    """The event speaks about a thing of another municipality: nothing changes, a person looks."""

    fault = "it speaks about another municipality's thing"


class Subscriptions:
    """The consumers of one service: (queue, type) to function."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._consumers: dict[tuple[str, str], Consumer] = {}

    def on(
        self, event_class: type[E], *, queue: str
    ) -> Callable[[Callable[["Transaction", E], None]], Callable[["Transaction", E], None]]:
        """Register the function for one event type on one queue (queue names are an API)."""
        if contracts.routing_key(event_class) not in topology.QUEUES.get(queue, ()):
            raise UnknownQueue(f"{queue} does not bind {contracts.routing_key(event_class)}")

        def register(
            consumer: Callable[["Transaction", E], None],
        ) -> Callable[["Transaction", E], None]:
            self._consumers[(queue, event_class.type)] = consumer
            return consumer

        return register

    def consumer(self, queue: str, type_: str) -> Consumer | None:
        """The function for this type on this queue."""
        return self._consumers.get((queue, type_))

    def queues(self) -> frozenset[str]:
        """All queues with at least one consumer."""
        return frozenset(queue for queue, _ in self._consumers)

    def queues_of(self, type_: str) -> list[str]:
        """The queues of this service that hear a type."""
        return sorted(queue for queue, known in self._consumers if known == type_)

    def pairs(self) -> frozenset[tuple[str, str]]:
        """Every (queue, type), for the rule that compares code and topology."""
        return frozenset(self._consumers)
