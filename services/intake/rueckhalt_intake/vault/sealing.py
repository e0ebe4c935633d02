# SPDX-License-Identifier: EUPL-1.2
"""The vault: seals and opens the fields of a report with the report's own key (SECURITY 3)."""

import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rueckhalt_intake.vault import store
from rueckhalt_intake.vault.domain import (
    NONCE,
    Frame,
    Place,
    Tampered,
    is_framed,
    padded,
    unpadded,
)
from rueckhalt_intake.vault.master_key import named
from rueckhalt_intake.vault.master_keys import MasterKeys
from rueckhalt_intake.vault.pool import IncidentKey, KeyPool
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing.reclaiming import reclaim


class KeyMissing(Exception):
    """The key of a sealed field is not in the key store: it was erased, or the store is old."""


class SealedStrictly(Exception):
    """Only a person who holds the role key opens this report, with their own passphrase."""


class Vault:
    """What the rooms see of the keys."""

    def __init__(
        self, keys: Database, masters: MasterKeys, pool: KeyPool, *, secret: bytes
    ) -> None:
        self.keys = keys
        self.masters = masters
        self.pool = pool
        self._secret = secret
        self._secret_id = named(secret, "own secret")
        self._open_key = lru_cache(maxsize=256)(self._opened)

    def new_key(self) -> IncidentKey:
        """A key for one new incident, already safe in the key store."""
        return self.pool.take()

    def seal(self, key: IncidentKey, text: str, place: Place) -> bytes:
        """Pad and seal; what comes back opens only at this place."""
        nonce = os.urandom(NONCE)
        sealed = key.cipher.encrypt(nonce, padded(text.encode()), place.bound_to(key.id))
        return Frame(key.id, nonce, sealed).to_bytes()

    def open(self, blob: bytes, place: Place, *, by: IncidentKey | None = None) -> str:
        """The text that was sealed; raises Tampered, KeyMissing, or SealedStrictly without `by`."""
        frame = Frame.from_bytes(blob)
        cipher = self._open_key(frame.key_id) if by is None else by.cipher
        try:
            content = cipher.decrypt(frame.nonce, frame.sealed, place.bound_to(frame.key_id))
        except InvalidTag:
            raise Tampered(f"the field {place.field} does not open") from None
        return unpadded(content).decode()

    def key_of(self, key_id: str) -> IncidentKey:
        """The key of an existing incident, to seal a correction."""
        return IncidentKey(key_id, self._open_key(key_id), self.keys.clock())

    def is_strict(self, key_id: str) -> bool:
        """Does this key hang on a role key?"""
        found = self.keys.read(store.find, key_id)
        return found is not None and found.master.startswith(store.ROLE)

    def shred(self, key_id: str) -> bool:
        """Drop a key for good; false while its bytes may still lie in the store's log.

        Doing it again changes nothing. Whoever opened the key before, in another process, may
        keep it in memory until that process ends; there is nothing left to open with it.
        """
        self.keys.run(store.drop, [key_id])
        self._open_key.cache_clear()
        return reclaim_keys(self.keys)

    def mark_of(self, purpose: str, *parts: str | bytes) -> str:
        """A keyed hash: equal for equal parts, and tells nothing to who reads the table."""
        message = bytearray(purpose.encode())
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            message += len(raw).to_bytes(4, "big") + raw
        return hmac.digest(self._secret, bytes(message), "sha256").hex()

    def seal_answer(self, answer: bytes, *, key: str, mark: str) -> bytes:
        """Seal an answer so that only who knows the request's key opens it again."""
        nonce = os.urandom(NONCE)
        sealed = self._answer_cipher(key).encrypt(nonce, answer, mark.encode())
        return Frame(self._secret_id, nonce, sealed).to_bytes()

    def open_answer(self, blob: bytes, *, key: str, mark: str) -> bytes:
        """The stored answer; raises Tampered."""
        nonce, sealed = blob[:NONCE], blob[NONCE:]
        if is_framed(blob):
            frame = Frame.from_bytes(blob)
            nonce, sealed = frame.nonce, frame.sealed
        try:
            return self._answer_cipher(key).decrypt(nonce, sealed, mark.encode())
        except InvalidTag:
            raise Tampered("the stored answer does not open") from None

    def _answer_cipher(self, key: str) -> AESGCM:
        derived = HKDF(hashes.SHA256(), 32, salt=self._secret, info=b"rueckhalt stored answer")
        return AESGCM(derived.derive(key.encode()))

    def _opened(self, key_id: str) -> AESGCM:
        found = self.keys.read(store.find, key_id)
        if found is None:
            raise KeyMissing(f"no key {key_id} in the key store")
        if found.master.startswith(store.ROLE):
            raise SealedStrictly
        return AESGCM(self.masters.unwrap(found.wrapped, key_id, master=found.master))


def reclaim_keys(keys: Database) -> bool:
    """Nothing of what was deleted or replaced in the key store lies on the disk any more.

    False while a reader is in the way.
    """
    tables = ("data_keys", "own_secrets", "exposed_keys")
    prefix = "" if keys.dialect == "sqlite" else f"{store.SCHEMA}."
    return reclaim(keys, [f"{prefix}{table}" for table in tables])
