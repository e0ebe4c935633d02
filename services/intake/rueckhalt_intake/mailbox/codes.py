# SPDX-License-Identifier: EUPL-1.2
"""From a mailbox code to its handle and key pair; the code itself is kept nowhere."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rueckhalt_intake.mailbox import domain, words
from rueckhalt_shared.database import Unavailable

_SALT = b"rueckhalt mailbox v1"
_PATIENCE = 8.0  # seconds in the queue; afterwards "try again" is the better answer


@dataclass(frozen=True)
class Mailbox:
    """What is kept of a code."""

    lookup: str
    public_key: bytes
    private_key: X25519PrivateKey = field(repr=False)


def derived(code: str) -> Mailbox:
    """Handle and key pair of a code, fast (HKDF): 130 bit need no slow derivation."""
    stretched = HKDF(hashes.SHA512(), 64, salt=_SALT, info=b"code")
    return _of(stretched.derive(domain.folded(code).encode()))


def new_mailbox() -> tuple[str, Mailbox]:
    """A fresh code, which is kept nowhere, and the mailbox it opens."""
    code = domain.new_code()
    return code, derived(code)


class Codes:
    """Codes of people: seven words, slowly derived (Argon2id); the characters of machines, too.

    The salt is the installation's: words cannot be tried elsewhere without the key store.
    """

    def __init__(
        self, salt: bytes, *, memory_kib: int = 65536, passes: int = 3, at_once: int = 2
    ) -> None:
        self._salt = salt
        self._memory_kib = memory_kib
        self._passes = passes
        self._seats = threading.BoundedSemaphore(at_once)

    def new(self) -> tuple[str, Mailbox]:
        """A fresh code and its mailbox: words, or characters while many derive at once."""
        code = words.new_words()
        try:
            return code, self._slowly(code, patience=1.0)
        except Unavailable:
            return new_mailbox()

    def spelled(self, typed: str) -> str:
        """What somebody typed as it is meant, words or characters; raises Misspelled."""
        try:
            return domain.folded(typed)
        except domain.NoMailboxCode:
            return words.folded(typed)

    def opened(self, typed: str) -> Mailbox:
        """The mailbox of what somebody typed; raises NoMailboxCode, Unavailable."""
        try:
            return derived(typed)
        except domain.NoMailboxCode:
            return self._slowly(words.folded(typed), patience=_PATIENCE)

    def _slowly(self, code: str, *, patience: float) -> Mailbox:
        with self._seat(patience):
            raw = hash_secret_raw(
                code.encode(),
                self._salt,
                time_cost=self._passes,
                memory_cost=self._memory_kib,
                parallelism=1,
                hash_len=64,
                type=Type.ID,
            )
        return _of(raw)

    @contextmanager
    def _seat(self, patience: float) -> Iterator[None]:
        if not self._seats.acquire(timeout=patience):
            raise Unavailable("too many codes at once")
        try:
            yield
        finally:
            self._seats.release()


def _of(both: bytes) -> Mailbox:
    private = X25519PrivateKey.from_private_bytes(both[32:])
    return Mailbox(domain.lookup_of(both[:32]), private.public_key().public_bytes_raw(), private)
