# SPDX-License-Identifier: EUPL-1.2
"""From the bus into the rooms: inbox row, handler and outbox rows in one commit, then the ack.

A batch shares one transaction. If any handler raises, the batch rolls back and each event runs
alone, so that one poison event parks alone. A redelivered event may have killed the process
before: it is parked at once and the retry loop runs it alone, counted before it runs.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from rueckhalt_shared import contracts, crash, inbox
from rueckhalt_shared.contracts import Envelope, Event, Fault, UnknownType, Unreadable
from rueckhalt_shared.database import Database, Transaction, Unavailable
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.outbox import LARGEST
from rueckhalt_shared.pipe import BusUnavailable, Delivery, Pipe
from rueckhalt_shared.states import note_state
from rueckhalt_shared.subscriptions import Consumer as Consume
from rueckhalt_shared.subscriptions import NotYet, Subscriptions

log = get_logger(__name__)
BATCH = 100
_SLOW = 15.0  # seconds; longer than this and a lease is in danger
_LONGEST_ID = 64


class WrongProducer(Fault):
    """The envelope's source may not say this type (DECISIONS 11)."""

    fault = "its service may not say this type"


@dataclass(frozen=True)
class Arrival:
    """One readable delivery with the function that hears it."""

    queue: str
    envelope: Envelope
    event: Event
    consume: Consume
    delivery: Delivery | None = None


class Consuming:
    """The consumer loop of one service."""

    def __init__(
        self,
        database: Database,
        connect: Callable[[], Pipe],
        subscriptions: Subscriptions,
        queues: Sequence[str],
    ) -> None:
        self._database = database
        self._connect = connect
        self._subscriptions = subscriptions
        self._queues = sorted(queues)
        self._pipe: Pipe | None = None

    def run(self, stopping: threading.Event) -> None:
        """Until stopped; a lost broker or database only pauses it."""
        pause = 0.5
        try:
            while not stopping.is_set():
                try:
                    if self._pipe is None:
                        self._database.ping()
                        self._pipe = self._connect()
                        self._database.run(note_state, "bus", "up")
                    self.take_batch(self._pipe, wait=1.0)
                    pause = 0.5
                except (BusUnavailable, Unavailable) as error:
                    log.warning("consumer pauses", cause=str(error), pause=pause)
                    self._drop()
                    self._note_down(error)
                    stopping.wait(pause)
                    pause = min(5.0, pause * 2)
        finally:
            self._drop()

    def _note_down(self, error: Exception) -> None:
        if isinstance(error, BusUnavailable):
            try:
                self._database.run(note_state, "bus", "down", str(error))
            except Unavailable as away:
                log.warning("bus state not noted", cause=str(away))

    def stop(self) -> None:
        """Make a blocked receive return; called from another thread."""
        pipe = self._pipe
        if pipe is not None:
            pipe.wake()

    def take_batch(self, pipe: Pipe, *, wait: float) -> int:
        """Receive what is there, apply it, ack it; answers how many deliveries."""
        deliveries = pipe.receive(self._queues, limit=BATCH, wait=wait)
        if not deliveries:
            return 0
        crash.at("bus.after_lease")
        started = time.monotonic()
        fresh = []
        for delivery in deliveries:
            arrival = self._read(delivery.queue, delivery.body, delivery)
            if arrival is None:
                continue
            if delivery.redelivered:
                self._park(arrival, "redelivered", attempts=1)
            else:
                fresh.append(arrival)
        if fresh:
            self._apply(fresh)
        crash.at("consume.after_commit")
        pipe.ack(deliveries)
        crash.at("consume.after_ack")
        if time.monotonic() - started > _SLOW:
            log.error("a batch took too long", seconds=time.monotonic() - started)
        return len(deliveries)

    def deliver(self, queue: str, envelope: Envelope, *, redelivered: bool = False) -> None:
        """Apply one event as if the bus had brought it; used by tests and by nothing else."""
        arrival = self._understood(queue, envelope, None)
        if arrival is None:
            return
        if redelivered:
            self._park(arrival, "redelivered", attempts=1)
        else:
            self._apply([arrival])

    def _apply(self, arrivals: list[Arrival]) -> None:
        if len(arrivals) > 1 and any(tombstones.is_order(each.event) for each in arrivals):
            for arrival in arrivals:  # what comes behind an erasure must already find its tombstone
                self._apply([arrival])
            return
        crash.at("consume.before_begin")
        try:
            self._database.run(self._first_time, arrivals, tries=count())
        except Unavailable:
            raise
        except Exception as error:
            if len(arrivals) > 1:
                for arrival in arrivals:
                    self._apply([arrival])
                return
            self._park_failed(arrivals[0], error)

    def _first_time(
        self, tx: Transaction, arrivals: list[Arrival], *, tries: Iterator[int]
    ) -> None:
        entries = [(arrival.queue, arrival.envelope) for arrival in arrivals]
        # Nearly every event is new. One that is not breaks the first commit, and `run` tries again.
        fresh = inbox.enter(tx, entries, trusting=next(tries) == 0)
        tx.subjects = frozenset(arrival.event.subject for arrival in arrivals)
        crash.at("consume.after_inbox")
        refused = tombstones.refused(tx, [arrival.event for arrival in arrivals])
        for arrival, is_fresh in zip(arrivals, fresh, strict=True):
            if is_fresh and arrival.envelope.id not in refused:
                arrival.consume(tx, arrival.event)
                crash.at("consume.in_handler")
        crash.at("consume.before_commit")

    def _park_failed(self, arrival: Arrival, error: Exception) -> None:
        if isinstance(error, NotYet):
            self._park(arrival, described(error), attempts=0, pause=1.0)
            return
        log.error(
            "handler failed",
            queue=arrival.queue,
            event_id=arrival.envelope.id,
            type=arrival.envelope.type,
            cause=type(error).__name__,
            exc_info=error,
        )
        self._park(arrival, described(error), attempts=1, pause=float(inbox.BACK_OFF[0]))

    def _park(self, arrival: Arrival, cause: str, *, attempts: int, pause: float = 0.0) -> None:
        self._database.run(
            park_in, arrival.queue, arrival.envelope, cause=cause, attempts=attempts, pause=pause
        )

    def _read(self, queue: str, body: bytes, delivery: Delivery) -> Arrival | None:
        """The delivery understood; or quarantined at once (answers none), to be acked."""
        try:
            if len(body) > LARGEST:
                raise Unreadable(f"{len(body)} bytes, at most {LARGEST}")
            if delivery.content_type not in (None, "application/json"):
                raise Unreadable("content type is not application/json")
            envelope = Envelope.from_json(body)
            if len(envelope.id) > _LONGEST_ID:
                raise Unreadable("id is longer than 64 characters")
        except Unreadable as error:
            log.error("unreadable message", queue=queue, cause=str(error))
            self._database.run(inbox.quarantine_raw, queue, body, cause=described(error))
            return None
        return self._understood(queue, envelope, delivery)

    def _understood(
        self, queue: str, envelope: Envelope, delivery: Delivery | None
    ) -> Arrival | None:
        try:
            event, consume = understand(self._subscriptions, queue, envelope)
        except (UnknownType, WrongProducer, Unreadable) as error:
            log.error("event refused", queue=queue, event_id=envelope.id, cause=described(error))
            self._database.run(inbox.quarantine_envelope, queue, envelope, cause=described(error))
            return None
        return Arrival(queue, envelope, event, consume, delivery)

    def _drop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


def understand(
    subscriptions: Subscriptions, queue: str, envelope: Envelope
) -> tuple[Event, Consume]:
    """The event inside and the function that hears it.

    Raises `UnknownType` (also for a type this queue does not hear), `WrongProducer`, and
    `Unreadable` for data that breaks its contract.
    """
    event = contracts.unwrap(envelope)
    if envelope.service not in type(event).producers:
        raise WrongProducer(f"{envelope.service} may not say {envelope.type}")
    consume = subscriptions.consumer(queue, envelope.type)
    if consume is None:
        raise UnknownType(f"{queue} does not hear {envelope.type}")
    return event, consume


def park_in(
    tx: Transaction, queue: str, envelope: Envelope, *, cause: str, attempts: int, pause: float
) -> None:
    """Park with a due time counted from the transaction's own instant."""
    inbox.park(
        tx,
        queue,
        envelope,
        cause=cause,
        attempts=attempts,
        due=tx.now + timedelta(seconds=pause),
    )
    crash.at("park.before_commit")


def described(error: BaseException) -> str:
    """The class, and what a `Fault` of ours says; never a message, which may quote content."""
    name = type(error).__name__
    if isinstance(error, Fault) and error.fault:
        return f"{name}: {error.fault}"[:500]
    return name
