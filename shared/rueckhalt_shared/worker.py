# SPDX-License-Identifier: EUPL-1.2
"""The worker of a service: relay, consumer, retries, sweeper and the service's own loops.

Each is a thread with its own connection. A thread that fails is logged and started again; a
worker never ends because of one event.
"""

import signal as os_signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from rueckhalt_shared import guarding, ledger, outbox, quarantine
from rueckhalt_shared.consuming import Consuming
from rueckhalt_shared.contracts import Envelope, topology
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.hints import Listening
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.pipe import BusUnavailable, Pipe, is_embedded
from rueckhalt_shared.relay import Relay
from rueckhalt_shared.retrying import Retrying
from rueckhalt_shared.subscriptions import NotYet, Subscriptions
from rueckhalt_shared.sweeper import Sweeper

__all__ = ["Loop", "NotYet", "Subscriptions", "Worker"]

log = get_logger(__name__)
_GRACE = 9.0  # seconds; SIGTERM ends a worker within ten


@dataclass(frozen=True)
class Loop:
    """Work of a service that comes from rows, not from the bus: timers, senders, sweeps.

    `run(database)` does what is due and answers true when more is due now. It is called when the
    signal is set (`tx.wake(signal)`), and every `every` seconds.
    """

    name: str
    run: Callable[[Database], bool]
    every: float = 1.0
    signal: str | None = None


class Worker:
    """All threads of one service that are not the web."""

    def __init__(
        self,
        *,
        service: str,
        database: Database,
        bus_url: str,
        subscriptions: Subscriptions,
        deployed: frozenset[str],
        loops: Sequence[Loop] = (),
        sweep_every: float = 60.0,
        ledger_window: timedelta = ledger.WINDOW,
    ) -> None:
        self.service = service
        self.database = database
        self._bus_url = bus_url
        self._deployed = deployed
        self._loops = tuple(loops)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        if f"{service}.keep-ledger" not in subscriptions.queues():
            ledger.listen(subscriptions)
        database.context[ledger.DECLARED] = frozenset(topology.queues_for(deployed))
        queues = [q for q in topology.queues_for(deployed) if q.startswith(f"{service}.")]
        self.consuming = Consuming(database, self.connect, subscriptions, queues)
        self.retrying = Retrying(database, subscriptions)
        self.relay = Relay(database, self.connect)
        self.sweeper = Sweeper(
            database, self.connect, deployed, every=sweep_every, window=ledger_window
        )

    def connect(self) -> Pipe:
        """A new connection with everything declared that the deployed services need."""
        # The broker refuses a message that says it comes from somebody else than the connection.
        user = None if is_embedded(self._bus_url) else urlsplit(self._bus_url).username
        pipe = Pipe(self._bus_url, service=self.service, user_id=user)
        try:
            pipe.declare(self._topology())
        except BaseException:
            pipe.close()
            raise
        return pipe

    def start(self) -> None:
        """Start all threads."""
        guarding.warn(self.database)
        runs: dict[str, Callable[[threading.Event], None]] = {
            "relay": self.relay.run,
            "consumer": self.consuming.run,
            "retries": self.retrying.run,
            "sweeper": self.sweeper.run,
        }
        if self.database.dialect == "postgresql":
            runs["listener"] = Listening(self.database.url, self.database.signal, ("outbox",)).run
        for loop in self._loops:
            runs[loop.name] = _looping(loop, self.database)
        for name, run in runs.items():
            thread = threading.Thread(
                target=self._supervised, args=(name, run), name=f"{self.service}.{name}"
            )
            thread.daemon = True
            self._threads.append(thread)
            thread.start()

    def ask_to_stop(self) -> None:
        """Tell all threads to end; returns at once, so that several workers end side by side."""
        self._stopping.set()
        self.consuming.stop()
        for name in ("outbox", "parked", *(loop.signal or loop.name for loop in self._loops)):
            self.database.signal(name).set()

    def stop(self) -> None:
        """Ask all threads to end and wait for them, nine seconds at most."""
        self.ask_to_stop()
        deadline = time.monotonic() + _GRACE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                log.error("thread did not end", name=thread.name)
        self._threads.clear()

    def run_forever(self) -> None:
        """Run until SIGTERM or SIGINT; for a worker process of its own."""
        asked = threading.Event()
        for number in (os_signal.SIGTERM, os_signal.SIGINT):
            os_signal.signal(number, lambda *_: asked.set())
        self.start()
        while not asked.wait(1.0):
            pass
        self.stop()

    def deliver(self, queue: str, envelope: Envelope, *, redelivered: bool = False) -> None:
        """Apply one event as if the bus had brought it (tests)."""
        self.consuming.deliver(queue, envelope, redelivered=redelivered)

    def is_idle(self) -> bool:
        """Nothing waits in this service's outbox and no event waits for another attempt."""
        return self.database.read(outbox.lag)[0] == 0 and not self.database.read(quarantine.parked)

    def _topology(self) -> Mapping[str, tuple[str, ...]]:
        return topology.queues_for(self._deployed)

    def _supervised(self, name: str, run: Callable[[threading.Event], Any]) -> None:
        while not self._stopping.is_set():
            try:
                run(self._stopping)
            except Exception as error:
                log.error("thread failed, starting again", name=name, exc_info=error)
                self._stopping.wait(1.0)


def _looping(loop: Loop, database: Database) -> Callable[[threading.Event], None]:
    def run(stopping: threading.Event) -> None:
        signal = database.signal(loop.signal or loop.name)
        signal.listened = True
        while not stopping.is_set():
            try:
                while not stopping.is_set() and loop.run(database):
                    pass
            except (Unavailable, BusUnavailable) as error:
                log.warning("loop pauses", name=loop.name, cause=str(error))
                stopping.wait(1.0)
            signal.wait(loop.every)

    return run
