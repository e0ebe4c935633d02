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
from rueckhalt_intake.vault.domain import NONCE, Frame, Place, Tampered, padded, unpadded
from rueckhalt_intake.vault.master_key import MasterKey
from rueckhalt_intake.vault.pool import IncidentKey, KeyPool
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing.reclaiming import reclaim


class KeyMissing(Exception):
    """The key of a sealed field is not in the key store: it was erased, or the store is old."""


class Vault:
    """What the rooms see of the keys."""

    def __init__(self, keys: Database, master: MasterKey, pool: KeyPool, *, secret: bytes) -> None:
        self.keys = keys
        self.pool = pool
        self._master = master
        self._secret = secret
        self._open_key = lru_cache(maxsize=256)(self._opened)

    def new_key(self) -> IncidentKey:
        """A key for one new incident, already safe in the key store."""
        return self.pool.take()

    def seal(self, key: IncidentKey, text: str, place: Place) -> bytes:
        """Pad and seal; what comes back opens only at this place."""
        nonce = os.urandom(NONCE)
        sealed = key.cipher.encrypt(nonce, padded(text.encode()), place.bound_to(key.id))
        return Frame(key.id, nonce, sealed).to_bytes()

    def open(self, blob: bytes, place: Place) -> str:
        """The text that was sealed; raises Tampered or KeyMissing."""
        frame = Frame.from_bytes(blob)
        key = self._open_key(frame.key_id)
        try:
            content = key.decrypt(frame.nonce, frame.sealed, place.bound_to(frame.key_id))
        except InvalidTag:
            raise Tampered(f"the field {place.field} does not open") from None
        return unpadded(content).decode()

    def key_of(self, key_id: str) -> IncidentKey:
        """The key of an existing incident, to seal a correction."""
        return IncidentKey(key_id, self._open_key(key_id), self.keys.clock())

    def shred(self, key_id: str) -> bool:
        """Drop a key for good; false while its bytes may still lie in the store's log.

        Doing it again changes nothing. Whoever opened the key before, in another process, may
        keep it in memory until that process ends; there is nothing left to open with it.
        """
        self.keys.run(store.drop, key_id)
        self._open_key.cache_clear()
        table = "data_keys" if self.keys.dialect == "sqlite" else f"{store.SCHEMA}.data_keys"
        return reclaim(self.keys, [table])

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
        return nonce + self._answer_cipher(key).encrypt(nonce, answer, mark.encode())

    def open_answer(self, sealed: bytes, *, key: str, mark: str) -> bytes:
        """The stored answer; raises Tampered."""
        cipher = self._answer_cipher(key)
        try:
            return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], mark.encode())
        except InvalidTag:
            raise Tampered("the stored answer does not open") from None

    def _answer_cipher(self, key: str) -> AESGCM:
        derived = HKDF(hashes.SHA256(), 32, salt=self._secret, info=b"rueckhalt stored answer")
        return AESGCM(derived.derive(key.encode()))

    def _opened(self, key_id: str) -> AESGCM:
        wrapped = self.keys.read(store.find, key_id)
        if wrapped is None:
            raise KeyMissing(f"no key {key_id} in the key store")
        return AESGCM(self._master.unwrap(wrapped, key_id))
