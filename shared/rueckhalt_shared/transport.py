# SPDX-License-Identifier: EUPL-1.2
"""The leased SQLite transport: a kombu virtual transport that a kill -9 does not rob.

``Connection("rkbus:////absolute/bus.db")`` (three slashes: a relative path) works as with any
kombu transport once this module is imported. Options go into ``transport_options``:
``lease``, ``busy_timeout``, ``polling_interval``, ``clock``, ``destructive`` (may delete, purge).
"""
# mypy: disable-error-code="no-untyped-call,override,assignment"

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual

from rueckhalt_shared.transport_channel import LeasedChannel
from rueckhalt_shared.transport_keeper import LeaseKeeper
from rueckhalt_shared.transport_store import LEASE, BusStore
from rueckhalt_shared.transport_topology import EXCHANGE_TYPES

ALIAS = "rkbus"
POLL = 0.05  # what other processes publish is seen this late at most; our own rings the bell

TRANSPORT_ALIASES[ALIAS] = f"{__name__}:LeasedTransport"


class LeasedTransport(virtual.Transport):
    """One bus file; any number of channels, threads and processes."""

    Channel = LeasedChannel
    can_parse_url = False
    polling_interval = POLL
    driver_type = ALIAS
    driver_name = "sqlite3"
    connection_errors = (*virtual.Transport.connection_errors, sqlite3.OperationalError)
    implements = virtual.Transport.implements.extend(
        asynchronous=False, batch_publish=True, exchange_type=EXCHANGE_TYPES, heartbeats=False
    )

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        asked = client.transport_options
        lease = asked.get("lease", LEASE)
        self.store = BusStore(
            client.virtual_host,
            clock=asked.get("clock", time.time),
            busy_timeout=asked.get("busy_timeout", 10.0),
            lease=lease,
        )
        self.keeper = LeaseKeeper(self.store, lease=lease)
        self._bell = threading.Event()

    def driver_version(self) -> str:
        return sqlite3.sqlite_version

    def establish_connection(self) -> Any:
        self.store.open()
        return super().establish_connection()

    def close_connection(self, connection: Any) -> None:
        """Give back at once what is still held, as RabbitMQ does when a connection ends."""
        try:
            held = self.keeper.forget()
            if held:
                self.store.give_back(held)
            super().close_connection(connection)
        finally:
            self.keeper.close()
            self.store.leave(self._bell)
            self.store.close()

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver one message; woken by publishers of this process, else at the next poll."""
        queues = {queue for channel in self.channels for queue in channel.queues()}
        for _ in self.moments(queues, timeout):
            if any(channel.deliver_next() for channel in list(self.channels)):
                return
        raise TimeoutError("timed out")

    def moments(self, queues: Iterable[str], timeout: float | None) -> Iterator[None]:
        """Now, and whenever something may have come, until the time is over; at least once."""
        deadline = None if timeout is None else time.monotonic() + timeout
        self.store.listen(self._bell, queues)
        while True:
            self._bell.clear()
            yield
            left = POLL if deadline is None else deadline - time.monotonic()
            if left <= 0:
                return
            self._bell.wait(min(self.polling_interval, left))

    def wake(self) -> None:
        """End the present wait; from any thread."""
        self._bell.set()
