# SPDX-License-Identifier: EUPL-1.2
"""Once a minute: what fell between is sent again, what is broken is said aloud."""

import threading
from collections.abc import Callable
from datetime import timedelta

from rueckhalt_shared import inbox, ledger, outbox, quarantine
from rueckhalt_shared.contracts import Envelope, Unreadable, topology
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.pipe import BusUnavailable, Delivery, Outgoing, Pipe
from rueckhalt_shared.states import note_state

log = get_logger(__name__)
_STALE = timedelta(seconds=60)
_AT_ONCE = 1000
_UNROUTED = "rk.unrouted"


class Sweeper:
    """The minute's round of one service."""

    def __init__(
        self,
        database: Database,
        connect: Callable[[], Pipe],
        deployed: frozenset[str],
        *,
        every: float = 60.0,
        window: timedelta = ledger.WINDOW,
    ) -> None:
        self._database = database
        self._connect = connect
        self._heard_now = {key for keys in topology.queues_for(deployed).values() for key in keys}
        self._every = every
        self._window = window
        self._rounds = 0

    def run(self, stopping: threading.Event) -> None:
        """Until stopped; the first round comes after one interval."""
        while not stopping.wait(self._every):
            try:
                self.sweep()
            except (BusUnavailable, Unavailable) as error:
                log.warning("sweep postponed", cause=str(error))

    def sweep(self) -> None:
        """One round. Raises when the bus or the database is away; the next round does the rest."""
        self._rounds += 1
        self._database.run(ledger.state_closed_windows, window=self._window)
        self._alarm()
        if self._rounds % 60 == 1:
            self._forget()
        self._database.run(note_state, "sweeper", "running")
        self.reroute()

    def reroute(self) -> int:
        """Publish again what we said, nobody received, and a deployed service hears now.

        Each service does it for its own events: the broker lets nobody say another's.
        """
        pipe = self._connect()
        try:
            if pipe.depth(_UNROUTED) == 0:
                return 0
            found = self._unrouted(pipe)
            mine = [(delivery, out) for delivery, out in found if out is not None]
            for delivery, out in mine:
                if pipe.publish([out]):
                    continue
                pipe.ack([delivery])
            if mine:
                log.warning("unrouted events published again", count=len(mine))
            return len(mine)
        finally:
            pipe.close()  # gives back what somebody else hears

    def _unrouted(self, pipe: Pipe) -> list[tuple[Delivery, Outgoing | None]]:
        found: list[tuple[Delivery, Outgoing | None]] = []
        while len(found) < _AT_ONCE:
            batch = pipe.receive([_UNROUTED], limit=100, wait=0.2)
            if not batch:
                return found
            found += [(delivery, self._heard(delivery)) for delivery in batch]
        return found

    def _heard(self, delivery: Delivery) -> Outgoing | None:
        try:
            envelope = Envelope.from_json(delivery.body)
        except Unreadable:
            return None
        if envelope.service != self._database.service:
            return None
        if envelope.routing_key not in self._heard_now:
            return None
        return Outgoing(
            id=envelope.id,
            type=envelope.type,
            routing_key=envelope.routing_key,
            body=delivery.body.decode(),
        )

    def _alarm(self) -> None:
        waiting, oldest = self._database.read(outbox.lag)
        if oldest is not None and self._database.clock() - oldest > _STALE:
            log.error("outbox is stale", count=waiting, at=oldest.isoformat())
        quarantined = self._database.read(quarantine.count)
        if quarantined:
            log.error("events in quarantine", count=quarantined)
        gaps = self._database.read(ledger.open_gaps)
        if gaps:
            log.error("ledgers differ", count=gaps)

    def _forget(self) -> None:
        self._database.run(outbox.forget_old)
        self._database.run(inbox.forget_old)
        if self._database.dialect == "sqlite":
            connection = self._database.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()
