# SPDX-License-Identifier: EUPL-1.2
"""How many reports people have sent within the hour, counted in memory and nowhere else.

A network is the /24 or /48 of an address under a key of this process and this day: nothing of it
is written, and no report keeps it. Each process counts for itself and anew after a restart; too
few set aside is a nuisance, one refused would be a harm.
"""

import hmac
import secrets
import threading
from collections import Counter
from datetime import date, datetime

from rueckhalt_intake.waves.domain import HOUR, NETWORK, SYSTEM, Limits
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


class Gauge:
    """The counts of one process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._counts: Counter[str] = Counter()
        self._passed = 0
        self._told: set[str] = set()
        self._key: tuple[date, bytes] | None = None

    def cause(self, network: str, *, now: datetime) -> str | None:
        """Count a report; which limit it is above, or None.

        What is above the limit of its network does not count for the system: one source alone
        pushes nobody else aside.
        """
        with self._lock:
            if self._since is None or not self._since <= now < self._since + HOUR:
                self._since, self._passed = now, 0
                self._counts.clear()
                self._told.clear()
            bucket = self._bucket(network, now.date())
            if self._counts.get(bucket, 0) >= self._limits.network:
                return self._above(NETWORK)
            if self._passed >= self._limits.system:
                return self._above(SYSTEM)
            self._counts[bucket] += 1
            self._passed += 1
            return None

    def _above(self, cause: str) -> str:
        """Said aloud once an hour: a log must not become part of the flood."""
        if cause not in self._told:
            self._told.add(cause)
            log.warning("many reports: some are set aside", cause=cause)
        return cause

    def _bucket(self, network: str, day: date) -> str:
        if self._key is None or self._key[0] != day:
            self._key = (day, secrets.token_bytes(32))
        return hmac.new(self._key[1], network.encode(), "sha256").hexdigest()
