# SPDX-License-Identifier: EUPL-1.2
"""Keeps the leases of one connection alive while it holds messages: renewed at half time."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterable

from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.transport_store import LEASE, BusStore

log = get_logger(__name__)

_LONG = 15.0  # no handler takes this long: it makes no network call
_LONGEST_RENEWAL = 2.0
_TOO_LONG = 1800.0  # RabbitMQ's consumer_timeout: a consumer that hangs loses what it holds


class LeaseKeeper:
    """Knows what is held, and since when; its thread starts with the first lease."""

    def __init__(self, store: BusStore, *, lease: float = LEASE) -> None:
        self._store = store
        self._lease = lease
        self._lock = threading.Lock()
        self._held: dict[str, float] = {}
        self._told: set[str] = set()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._process_id = 0

    def hold(self, tags: Iterable[str]) -> None:
        now = time.monotonic()
        with self._lock:
            self._held.update(dict.fromkeys(tags, now))
        if self._process_id != os.getpid():
            self._process_id = os.getpid()
            self._thread = threading.Thread(target=self._keep, name="bus-leases", daemon=True)
            self._thread.start()

    def let_go(self, tags: Iterable[str]) -> None:
        with self._lock:
            for tag in tags:
                self._held.pop(tag, None)
                self._told.discard(tag)

    def forget(self) -> list[str]:
        """Hold nothing any longer; answers what was held."""
        with self._lock:
            held = list(self._held)
            self._held.clear()
            self._told.clear()
        return held

    def close(self) -> None:
        """End the thread before its connection is closed under it."""
        self._closing.set()
        if self._thread is not None and self._process_id == os.getpid():
            self._thread.join(_LONGEST_RENEWAL)

    def _keep(self) -> None:
        while not self._closing.wait(self._lease / 2):
            try:
                self.renew(time.monotonic())
            except sqlite3.Error as error:
                log.warning("leases not renewed", cause=str(error))

    def renew(self, now: float) -> None:
        """Renew what is held; whoever holds for very long is told once, and at last given up."""
        with self._lock:
            for tag, since in self._held.items():
                if now - since > _LONG and tag not in self._told:
                    self._told.add(tag)
                    log.error("a message is held for very long", seconds=round(now - since))
            kept = [tag for tag, since in self._held.items() if now - since < _TOO_LONG]
        if kept:
            self._store.renew(kept)
