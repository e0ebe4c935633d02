# SPDX-License-Identifier: EUPL-1.2
"""Data keys made and committed beforehand, so that accepting a report costs one commit.

The keys lie wrapped in the key store before anybody may use them. Each process holds its own
small pool; keys a killed process held are swept later (`sweeping`).
"""

import os
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rueckhalt_intake.vault import domain, store
from rueckhalt_intake.vault.master_keys import MasterKeys
from rueckhalt_shared.database import Database, Transaction, Unavailable
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


@dataclass(frozen=True)
class IncidentKey:
    """One incident's own key, opened."""

    id: str
    cipher: AESGCM = field(repr=False)
    made_at: datetime


class KeyPool:
    """Hands out each key once; refills itself in the background, and at once when empty."""

    def __init__(self, keys: Database, masters: MasterKeys, *, size: int) -> None:
        self._keys = keys
        self._masters = masters
        self._size = size
        self._ready: deque[IncidentKey] = deque()
        self._filling = threading.Lock()
        self._asked = False  # did this process ever need a key?

    def take(self) -> IncidentKey:
        """A fresh key whose wrapped form is already committed; raises Unavailable."""
        self._asked = True
        while True:
            key = self._next()
            if len(self._ready) <= self._size // 2:
                self._refill_soon()
            if key is not None:
                return key
            with self._filling:
                if not self._ready:
                    self._fill()

    def top_up(self) -> None:
        """Renew what has become too old, in a process that hands out keys."""
        if not self._asked:
            return
        now = self._keys.clock()
        with self._filling:
            fresh = [key for key in list(self._ready) if domain.is_fresh(key.made_at, now)]
            if len(fresh) <= self._size // 2:
                self._fill()

    def _next(self) -> IncidentKey | None:
        try:
            while True:
                key = self._ready.popleft()
                if domain.is_fresh(key.made_at, self._keys.clock()):
                    return key
        except IndexError:
            return None

    def _refill_soon(self) -> None:
        """Start one refill at a time; the lock goes with the thread, which gives it back."""
        if self._filling.acquire(blocking=False):
            threading.Thread(target=self._refill, name="key-pool", daemon=True).start()

    def _refill(self) -> None:
        try:
            if len(self._ready) <= self._size // 2:
                self._fill()
        except Unavailable:  # whoever finds the pool empty tries again and answers 503
            log.warning("the key store is away")
        finally:
            self._filling.release()

    def _fill(self) -> None:
        now = self._keys.clock()
        made = [(uuid4().hex, os.urandom(32)) for _ in range(self._size)]
        self._keys.run(self._keep, made, now)
        self._ready.extend(IncidentKey(key_id, AESGCM(secret), now) for key_id, secret in made)

    def _keep(self, tx: Transaction, made: Sequence[tuple[str, bytes]], now: datetime) -> None:
        """Wrap and write; no rotation can begin between the two."""
        master = self._masters.wrapping(store.wrapping(tx))
        rows = [
            {
                "id": key_id,
                "master": master.id,
                "wrapped": master.wrap(secret, key_id),
                "made_at": now,
            }
            for key_id, secret in made
        ]
        store.add(tx, rows)
