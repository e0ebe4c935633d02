# SPDX-License-Identifier: EUPL-1.2
"""The leased queue in SQLite: publish, lease, ack, requeue, reject, each one transaction.

A message stays in its row until it is acknowledged. Who takes it only gets a lease; the attempt's
number in the tag fences off an earlier holder whose lease has passed on.
"""

import json
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rueckhalt_shared import crash
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.transport_file import BusFileConnections
from rueckhalt_shared.transport_topology import (
    BusTopology,
    Limits,
    Routes,
    TopologyError,
    limits_row,
)

log = get_logger(__name__)

LEASE = 10.0
_SLACK = 1.0  # a lease may lie this much ahead of its length: clocks are trimmed by small steps
_LONGEST_BACK_OFF = 300.0
_LONGEST_AHEAD = 360.0  # 300 s and 20 %: what is due later than this comes from a wrong clock
_BETWEEN_CHECKPOINTS = 3600.0

_IS_DUE = f"""(available_at <= :now OR available_at > :now + {_LONGEST_AHEAD})
    AND (lease_until IS NULL OR lease_until < :now OR lease_until > :now + :lease + {_SLACK})"""
_FIND = f"SELECT 1 FROM message WHERE queue = :queue AND {_IS_DUE} LIMIT 1"  # noqa: S608 constants
_LEASE = f"""UPDATE message SET lease_until = :now + :lease, attempts = attempts + 1
    WHERE id IN (SELECT id FROM message WHERE queue = :queue AND {_IS_DUE} ORDER BY id LIMIT :limit)
    RETURNING id, attempts, queue, exchange, routing_key, payload, first_death"""  # noqa: S608
_BURY = """INSERT INTO message(queue, exchange, routing_key, payload, published_at, first_death)
    SELECT ?, exchange, routing_key, payload, ?, coalesce(first_death, ?) FROM message WHERE id=?"""


@dataclass(frozen=True, slots=True)
class Posting:
    """One message on its way in."""

    exchange: str
    routing_key: str
    payload: str
    mandatory: bool = True


@dataclass(frozen=True, slots=True)
class Leased:
    """One message on its way out, ours for the length of the lease."""

    id: int
    attempts: int
    queue: str
    exchange: str
    routing_key: str
    payload: str
    first_death: str | None

    @property
    def tag(self) -> str:
        return f"{self.id}.{self.attempts}"


class BusStore:
    """The one place that reads and writes messages of a bus file."""

    def __init__(
        self,
        path: str,
        *,
        clock: Callable[[], float] = time.time,
        busy_timeout: float = 10.0,
        lease: float = LEASE,
    ) -> None:
        self._file = BusFileConnections(path, busy_timeout=busy_timeout)
        self.topology = BusTopology(self._file)
        self._clock = clock
        self._lease = lease
        self._next_checkpoint = time.monotonic() + _BETWEEN_CHECKPOINTS

    # ------------------------------------------------------------------------------ messages
    def publish(self, postings: Sequence[Posting]) -> list[tuple[str, ...]]:
        """All copies of all postings in one transaction; answers each one's full queues."""
        filled: set[str] = set()
        full: list[tuple[str, ...]] = []
        rows = []
        with self._file.writing("FULL") as handle:
            now = self._clock()
            routes, room = Routes(handle), _Room(handle, now)
            for posting in postings:
                queues = routes.queues(posting.exchange, posting.routing_key)
                if not queues and posting.mandatory:
                    raise TopologyError(312, f"NO_ROUTE - nobody hears '{posting.routing_key}'")
                free = [queue for queue in queues if room.take(queue)]
                full.append(tuple(queue for queue in queues if queue not in free))
                filled.update(free)
                rows += [
                    (queue, posting.exchange, posting.routing_key, posting.payload, now)
                    for queue in free
                ]
            handle.executemany(
                "INSERT INTO message(queue, exchange, routing_key, payload, published_at)"
                " VALUES (?, ?, ?, ?, ?)",
                rows,
            )
            crash.at("bus.publish_before_commit")
        crash.at("bus.publish_after_commit")
        self._file.doorbell.ring(filled)
        return full

    def is_any_due(self, queues: Iterable[str]) -> bool:
        """A look outside any transaction: some microseconds a queue."""
        handle = self._file.reading("NORMAL")
        asked = {"now": self._clock(), "lease": self._lease}
        return any(handle.execute(_FIND, {**asked, "queue": queue}).fetchone() for queue in queues)

    def lease(self, queues: Sequence[str], limit: int) -> list[Leased]:
        """The oldest due messages, queue by queue; one transaction, none if nothing is due."""
        if limit < 1 or not self.is_any_due(queues):
            self._checkpoint_hourly()
            return []
        leased: list[Leased] = []
        with self._file.writing("NORMAL") as handle:
            asked = {"now": self._clock(), "lease": self._lease}
            for queue in queues:
                if len(leased) >= limit:
                    break
                limits = limits_row(handle, queue)
                _drop_expired(handle, queue, limits, asked["now"])
                rows = handle.execute(
                    _LEASE, {**asked, "queue": queue, "limit": limit - len(leased)}
                ).fetchall()
                leased += self._bury(handle, limits, [Leased(*row) for row in sorted(rows)])
        return leased

    def _bury(
        self, handle: sqlite3.Connection, limits: Limits, messages: list[Leased]
    ) -> list[Leased]:
        alive = []
        for message in messages:
            if 0 <= limits.delivery_limit < message.attempts - 1:
                self._die(handle, limits, message.id, (message.queue, "delivery_limit"))
            else:
                alive.append(message)
        return alive

    def _die(
        self, handle: sqlite3.Connection, limits: Limits, number: int, death: tuple[str, str]
    ) -> None:
        queue, reason = death
        if limits.dead_to is not None:  # under a new number: no earlier tag may reach it there
            told = json.dumps({"queue": queue, "reason": reason})
            handle.execute(_BURY, (limits.dead_to, self._clock(), told, number))
        handle.execute("DELETE FROM message WHERE id = ?", (number,))
        log.error("dead letter", queue=queue, cause=reason)

    def ack(self, tags: Sequence[str]) -> int:
        """Delete the rows; answers how many leases had passed on, which is harmless."""
        with self._file.writing("NORMAL") as handle:
            done = handle.executemany(
                "DELETE FROM message WHERE id=? AND attempts=?", [_fence(tag) for tag in tags]
            ).rowcount
            crash.at("bus.before_ack_commit")
        late = len(tags) - done
        if late:
            log.warning("late ack: the lease had passed on", count=late)
        return late

    def requeue(self, tags: Iterable[str]) -> None:
        """Back into their own rows, due after a pause that doubles."""
        with self._file.writing("NORMAL") as handle:
            for tag in tags:
                number, attempts = _fence(tag)
                pause = min(_LONGEST_BACK_OFF, 0.2 * 2 ** min(attempts, 12))
                pause *= random.uniform(0.8, 1.2)  # noqa: S311 spreads load, guards nothing
                handle.execute(
                    "UPDATE message SET lease_until=NULL, available_at=? WHERE id=? AND attempts=?",
                    (self._clock() + pause, number, attempts),
                )

    def give_back(self, tags: Iterable[str]) -> None:
        """End the leases now, as a clean close does; the count stays."""
        queues: set[str] = set()
        with self._file.writing("NORMAL") as handle:
            for tag in tags:
                queues.update(
                    row[0]
                    for row in handle.execute(
                        "UPDATE message SET lease_until=NULL WHERE id=? AND attempts=?"
                        " RETURNING queue",
                        _fence(tag),
                    ).fetchall()
                )
        self._file.doorbell.ring(queues)

    def reject(self, tags: Iterable[str]) -> None:
        """To the dead letters."""
        with self._file.writing("NORMAL") as handle:
            for tag in tags:
                found = handle.execute(
                    "SELECT queue FROM message WHERE id=? AND attempts=?", _fence(tag)
                ).fetchone()
                if found:
                    limits = limits_row(handle, found[0])
                    self._die(handle, limits, _fence(tag)[0], (found[0], "rejected"))

    def renew(self, tags: Iterable[str]) -> None:
        with self._file.writing("NORMAL") as handle:
            handle.executemany(
                "UPDATE message SET lease_until=? WHERE id=? AND attempts=?",
                [(self._clock() + self._lease, *_fence(tag)) for tag in tags],
            )

    def void_leases(self) -> int:
        """No consumer of this file lives any more: what they held is due at once."""
        with self._file.writing("FULL") as handle:
            return handle.execute(
                "UPDATE message SET lease_until=NULL WHERE lease_until IS NOT NULL"
            ).rowcount

    def size(self, queue: str) -> int:
        """Messages that lie in the queue, leased ones included."""
        counted = self._file.reading("NORMAL").execute(
            "SELECT count(*) FROM message WHERE queue=?", (queue,)
        )
        return int(counted.fetchone()[0])

    def purge(self, queue: str) -> int:
        with self._file.writing("FULL") as handle:
            return handle.execute("DELETE FROM message WHERE queue=?", (queue,)).rowcount

    # ------------------------------------------------------------------------------ the file
    def open(self) -> None:
        """Open or make the file now, so that a wrong path is told at the start."""
        self._file.reading("NORMAL")

    def listen(self, bell: threading.Event, queues: Iterable[str]) -> None:
        """Set this event after each commit in this process that filled one of the queues."""
        self._file.doorbell.listen(bell, queues)

    def leave(self, bell: threading.Event) -> None:
        self._file.doorbell.leave(bell)

    def checkpoint(self) -> bool:
        """Empty the write-ahead log, so that no byte of an acknowledged body stays behind."""
        answer = self._file.reading("NORMAL").execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not answer[0]

    def _checkpoint_hourly(self) -> None:
        if time.monotonic() > self._next_checkpoint:
            self._next_checkpoint = time.monotonic() + _BETWEEN_CHECKPOINTS
            self.checkpoint()

    def close(self) -> None:
        self._file.close()


class _Room:
    """How much still fits into the queues of one publishing transaction."""

    def __init__(self, handle: sqlite3.Connection, now: float) -> None:
        self._handle = handle
        self._now = now
        self._left: dict[str, float] = {}

    def take(self, queue: str) -> bool:
        if queue not in self._left:
            limits = limits_row(self._handle, queue)
            _drop_expired(self._handle, queue, limits, self._now)
            self._left[queue] = self._free(queue, limits.max_length)
        self._left[queue] -= 1
        return self._left[queue] >= 0

    def _free(self, queue: str, max_length: int) -> float:
        if max_length < 0:
            return float("inf")
        counted = self._handle.execute("SELECT count(*) FROM message WHERE queue=?", (queue,))
        return float(max_length - counted.fetchone()[0])


def _drop_expired(handle: sqlite3.Connection, queue: str, limits: Limits, now: float) -> None:
    if limits.ttl is not None:
        handle.execute(
            "DELETE FROM message WHERE queue=? AND published_at < ?"
            " AND (lease_until IS NULL OR lease_until < ?)",
            (queue, now - limits.ttl, now),
        )


def _fence(tag: str) -> tuple[int, int]:
    number, _, attempts = tag.partition(".")
    return int(number), int(attempts)
