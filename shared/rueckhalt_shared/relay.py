# SPDX-License-Identifier: EUPL-1.2
"""The relay: from the outbox to the broker, with confirms, again whenever in doubt."""

import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from rueckhalt_shared import contracts, crash, leases, outbox, owners
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.outbox import Waiting
from rueckhalt_shared.pipe import BusUnavailable, Outgoing, Pipe
from rueckhalt_shared.states import note_state

log = get_logger(__name__)
WINDOW = 100
LEASE = 10.0
_LONGEST_PAUSE = 5.0
_FAST_POLL = 0.05
_LONGEST_REST = 0.05


class Relay:
    """Publishes one service's outbox; of several relays the one with the lease works."""

    def __init__(
        self, database: Database, connect: Callable[[], Pipe], *, poll: float = 0.25
    ) -> None:
        self._database = database
        self._connect = connect
        self._poll = poll
        self._owner = ""  # named by the process that runs it
        self._leased_until = 0.0
        self._pipe: Pipe | None = None
        self._doubtful: set[str] = set()
        self._pause = 0.0
        self._published = 0
        self._resting_until = 0.0

    def run(self, stopping: threading.Event) -> None:
        """Until stopped: wait for the signal, publish all that waits."""
        signal = self._database.signal("outbox")
        signal.listened = True
        try:
            while not stopping.is_set():
                woken = signal.wait(max(self._poll, self._pause))
                stopping.wait(max(0.0, self._resting_until - time.monotonic()))
                if self._round(stopping) and not woken and self._database.dialect == "sqlite":
                    self._poll = _FAST_POLL  # another process writes, and SQLite has no NOTIFY
        finally:
            self._drop()
            if self._leased_until > time.monotonic():
                self._database.run(leases.release, "relay", self._owner)

    def _round(self, stopping: threading.Event) -> bool:
        """Publish until nothing waits; true when anything did. Then rest, so that windows fill."""
        before, started = self._published, time.monotonic()
        try:
            while not stopping.is_set() and self.publish_once():
                self._pause = 0.0
            self._pause = 0.0
        except BusUnavailable as error:
            self._back_off()
            log.warning("bus unavailable", cause=str(error), pause=self._pause)
            self._note("down", str(error))
        except Unavailable as error:
            self._back_off()
            log.warning("database unavailable", cause=str(error), pause=self._pause)
        if self._published > before:
            ended = time.monotonic()
            self._resting_until = ended + min(_LONGEST_REST, 2 * (ended - started))
        return self._published > before

    def publish_once(self) -> bool:
        """Publish one window; true when there may be more. Raises when bus or database is away."""
        rows = self._database.read(outbox.waiting, limit=WINDOW)
        if not rows or not self._hold_lease():
            return False
        crash.at("relay.after_lease")
        doubtful = [row for row in rows if row.id in self._doubtful]
        if doubtful:
            for row in doubtful:
                self._publish_alone(row)
            return True
        self._publish_window(rows)
        return len(rows) == WINDOW

    def _publish_window(self, rows: list[Waiting]) -> None:
        crash.at("relay.before_publish")
        try:
            nacked = self._connected().publish([_outgoing(row) for row in rows])
        except BusUnavailable:
            self._drop()
            self._doubtful |= {row.id for row in rows}
            raise
        crash.at("relay.after_publish")
        self._mark(rows, {message.id for message in nacked})
        crash.at("relay.after_mark")

    def _publish_alone(self, row: Waiting) -> None:
        pipe = self._connected()
        try:
            nacked = pipe.publish([_outgoing(row)])
        except BusUnavailable as error:
            self._drop()
            self._set_back(row, f"{type(error).__name__}: {error}"[:500])
            raise
        self._doubtful.discard(row.id)
        self._mark([row], {message.id for message in nacked})

    def _mark(self, rows: list[Waiting], nacked: set[str]) -> None:
        confirmed = [row.seq for row in rows if row.id not in nacked]
        self._published += len(confirmed)
        if confirmed:
            outbox.stamp(self._database, confirmed)
        for row in rows:
            if row.id in nacked:
                self._set_back(row, "a queue is full")

    def _set_back(self, row: Waiting, cause: str) -> None:
        until = self._later(row.attempts)
        self._database.run(outbox.set_back, [row.seq], cause=cause, until=until)

    def _connected(self) -> Pipe:
        if self._pipe is None:
            self._pipe = self._connect()
            self._note("up", None)
        return self._pipe

    def _drop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def _hold_lease(self) -> bool:
        if time.monotonic() < self._leased_until - LEASE / 2:
            return True
        asked = time.monotonic()
        self._owner = self._owner or owners.name("relay")
        if not self._database.run(
            leases.take, "relay", self._owner, seconds=LEASE, is_gone=owners.is_gone
        ):
            return False
        self._leased_until = asked + LEASE
        return True

    def _back_off(self) -> None:
        self._pause = min(_LONGEST_PAUSE, max(0.5, self._pause * 2))

    def _later(self, attempts: int) -> datetime:
        seconds = min(60.0, 0.5 * 2 ** min(attempts, 7)) * random.uniform(0.8, 1.2)  # noqa: S311
        return self._database.clock() + timedelta(seconds=seconds)

    def _note(self, state: str, cause: str | None) -> None:
        try:
            self._database.run(note_state, "bus", state, cause)
        except Unavailable as error:
            log.warning("bus state not noted", cause=str(error))


def _outgoing(row: Waiting) -> Outgoing:
    return Outgoing(
        id=row.id, type=row.type, routing_key=contracts.routing_key_of(row.type), body=row.body
    )
