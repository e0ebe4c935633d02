# SPDX-License-Identifier: EUPL-1.2
"""A small service for the tests of the event path, and a broker that lives in a list."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Column, MetaData, String, Table, insert, select

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import IncidentClosed
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.pipe import BusUnavailable, Delivery
from rueckhalt_shared.subscriptions import Subscriptions
from tests.support import NOON

QUEUE = "routing.assign-incidents"
ARS = "160770999999"
effects = Table("effects", MetaData(), Column("subject", String(64)))


def closed(subject: str = "CRUNCHY-ARMCHAIR", **changes: Any) -> IncidentClosed:
    """An event of intake."""
    fields = {
        "subject": subject,
        "municipality": ARS,
        "version": 2,
        "closed_at": NOON,
        "reason": "unknown",
        "feedback_given": True,
    }
    return IncidentClosed(**(fields | changes))


def envelope(subject: str = "CRUNCHY-ARMCHAIR", *, service: str = "intake", id: str | None = None):
    """The event wrapped as its producer would."""
    return contracts.wrap(closed(subject), service=service, id=id or uuid7(), time=NOON)


def effects_of(database) -> list[str]:
    """Every effect a handler had, in order."""
    return database.read(lambda tx: [row.subject for row in tx.execute(select(effects))])


class Desk:
    """The service: notes each subject, fails as it is told."""

    def __init__(self) -> None:
        self.subscriptions = Subscriptions("routing")
        self.fails_for: dict[str, list[Exception]] = {}
        self.runs: list[str] = []
        self.subscriptions.on(IncidentClosed, queue=QUEUE)(self.hear)

    def hear(self, tx, event) -> None:
        self.runs.append(event.subject)
        tx.execute(insert(effects), {"subject": event.subject})
        failures = self.fails_for.get(event.subject)
        if failures:
            raise failures.pop(0) if len(failures) > 1 else failures[0]


class ListPipe:
    """A broker in a list: confirms, nacks or breaks as told."""

    def __init__(self) -> None:
        self.published: list[Any] = []
        self.windows: list[int] = []
        self.inbound: list[Delivery] = []
        self.acked: list[Any] = []
        self.nack: set[str] = set()
        self.broken: list[Exception] = []
        self.closed = 0

    def deliver(
        self,
        *envelopes,
        redelivered: bool = False,
        queue: str = QUEUE,
        content_type: str = "application/json",
    ) -> None:
        """Put messages where the next receive takes them."""
        for item in envelopes:
            body = item if isinstance(item, bytes) else item.to_json().encode()
            self.inbound.append(
                Delivery(
                    queue=queue,
                    body=body,
                    redelivered=redelivered,
                    tag=str(len(self.inbound)),
                    headers={},
                    content_type=content_type,
                )
            )

    def receive(self, queues, *, limit=100, wait=1.0):
        taken, self.inbound = self.inbound[:limit], self.inbound[limit:]
        return taken

    def ack(self, deliveries) -> None:
        self.acked += [delivery.tag for delivery in deliveries]

    def publish(self, window):
        self.windows.append(len(window))
        if self.broken:
            raise self.broken.pop(0)
        self.published += [message.id for message in window if message.id not in self.nack]
        return [message for message in window if message.id in self.nack]

    def depth(self, queue: str) -> int:
        return len(self.inbound)

    def wake(self) -> None:
        """Nothing blocks here."""

    def close(self) -> None:
        self.closed += 1


def gone() -> BusUnavailable:
    """What a broker that went away raises."""
    return BusUnavailable(ConnectionResetError("connection reset"))


def minutes(count: float) -> timedelta:
    """For readable arithmetic."""
    return timedelta(minutes=count)
