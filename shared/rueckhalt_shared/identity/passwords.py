# SPDX-License-Identifier: EUPL-1.2
"""Argon2id, at most two at a time: each costs memory and a processor, and strangers may ask.

46 MiB, two passes, one lane (OWASP's first recommendation with one pass more).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rueckhalt_shared.database import Unavailable

_AT_ONCE = 2
_PATIENCE = 4.0  # seconds in the queue; afterwards "try again" is the better answer


class Passwords:
    """Make and check hashes; `checked` counts checks, so that equal work can be tested."""

    def __init__(
        self,
        *,
        memory_kib: int = 47104,
        passes: int = 2,
        at_once: int = _AT_ONCE,
        patience: float = _PATIENCE,
    ) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._seats = threading.BoundedSemaphore(at_once)
        self._patience = patience
        self._decoy: str | None = None
        self.checked = 0

    def hash(self, password: str) -> str:
        """What is stored of a password."""
        with self._seat():
            return self._hasher.hash(password.encode("utf-8", "surrogatepass"))

    def matches(self, stored: str | None, password: str) -> bool:
        """Is it this password? Without a stored one the same work is done, and the answer is no."""
        decoy = self._decoy_hash()  # made at the first check of all, known account or not
        against = stored or decoy
        self.checked += 1
        with self._seat():
            try:
                self._hasher.verify(against, password.encode("utf-8", "surrogatepass"))
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def _decoy_hash(self) -> str:
        if self._decoy is None:
            self._decoy = self.hash("nobody has this password")
        return self._decoy

    @contextmanager
    def _seat(self) -> Iterator[None]:
        if not self._seats.acquire(timeout=self._patience):
            raise Unavailable("too many sign-ins at once")
        try:
            yield
        finally:
            self._seats.release()
