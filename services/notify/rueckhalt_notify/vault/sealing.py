# SPDX-License-Identifier: EUPL-1.2
"""The vault: seals and opens addresses, each with the key of its municipality (SECURITY 3).

Opened keys are kept in memory, so that a mail costs no round trip. A key somebody has just made is
kept only once its row is committed: what was rolled back must never seal anything.
"""

import hmac
import os
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rueckhalt_notify.vault import store
from rueckhalt_notify.vault.domain import (
    NONCE,
    Frame,
    KeyMissing,
    Place,
    Tampered,
    padded,
    unpadded,
)
from rueckhalt_notify.vault.master_key import MasterKey, MasterKeyRefused, Masters, Source
from rueckhalt_shared.database import Database, Transaction

CONTEXT = "vault"
_SIZE = 32


@dataclass(frozen=True)
class Key:
    """The key of a municipality, opened."""

    id: str
    cipher: AESGCM = field(repr=False)
    marking: bytes = field(repr=False)

    @classmethod
    def of(cls, key_id: str, secret: bytes) -> "Key":
        """From what was unwrapped."""
        derived = HKDF(hashes.SHA256(), _SIZE, salt=None, info=b"rueckhalt notify marks")
        return cls(key_id, AESGCM(secret), derived.derive(secret))

    def seal(self, text: str, place: Place) -> bytes:
        """Pad and seal; what comes back opens only at this place."""
        nonce = os.urandom(NONCE)
        sealed = self.cipher.encrypt(nonce, padded(text), place.bound_to(self.id))
        return Frame(self.id, nonce, sealed).to_bytes()

    def mark_of(self, purpose: str, *parts: str) -> str:
        """A keyed hash: equal for equal parts, and tells nothing to who reads the table."""
        message = "\x1f".join((purpose, *parts)).encode()
        return hmac.digest(self.marking, message, "sha256").hex()


class Vault:
    """What the rooms see of the keys."""

    def __init__(self, database: Database, source: Source) -> None:
        self.source = source
        self._database = database
        self._masters: Masters | None = None
        self._opened: dict[str, Key] = {}

    @classmethod
    def of(cls, tx: Transaction) -> "Vault":
        """The vault of this service."""
        vault: Vault = tx.context[CONTEXT]
        return vault

    def unlock(self) -> Masters:
        """Read the master keys and look whether they are the right ones; raises BadSettings.

        Ciphertext there and its key missing or another one: nothing starts, and no key is made.
        """
        missing, masters = self._compared()
        if missing:  # unless a rotation has ended just between the two looks
            missing, masters = self._compared()
        if missing:
            raise MasterKeyRefused(
                f"this is another master key (id {masters.current.id}) than the one that sealed the"
                f" addresses (id {', '.join(missing)}); give the old one back, or both"
                " (RUECKHALT_NOTIFY_KEK_PREVIOUS)"
            )
        self._masters = masters
        return masters

    def look(self) -> str:
        """The id of the master key, empty where nothing is sealed yet; never makes one.

        Raises BadSettings as `unlock` does.
        """
        return self.unlock().current.id if self._database.read(store.masters_in_use) else ""

    def _compared(self) -> tuple[list[str], Masters]:
        used = self._database.read(store.masters_in_use)
        masters = self.source.read(may_create=not used)
        return sorted(used - masters.known.keys()), masters

    def key_for(self, tx: Transaction, municipality: str) -> Key:
        """The key that seals what is new in a municipality; made with its first address."""
        row = store.current(tx, municipality)
        return self._new(tx, municipality) if row is None else self._unwrapped(row)

    def open(self, tx: Transaction, blob: bytes, place: Place) -> str:
        """The text that was sealed; raises Tampered or KeyMissing."""
        frame = Frame.from_bytes(blob)
        key = self._opened.get(frame.key_id) or self._looked_up(tx, frame.key_id)
        try:
            content = key.cipher.decrypt(frame.nonce, frame.sealed, place.bound_to(frame.key_id))
        except InvalidTag:
            raise Tampered(f"the {place.field} of {place.row} does not open") from None
        return unpadded(content)

    def _looked_up(self, tx: Transaction, key_id: str) -> Key:
        if (row := self._database.read(store.find, key_id)) is not None:
            self._opened[key_id] = self._unwrapped(row)
            return self._opened[key_id]
        row = store.find(tx, key_id)
        if row is None:
            raise KeyMissing(f"there is no key {key_id}")
        return self._unwrapped(row)

    def _unwrapped(self, row: Any) -> Key:
        known = self._opened.get(row["id"])
        if known is not None:
            return known
        secret = self._master(row["master"]).unwrap(row["wrapped"], row["id"])
        return Key.of(row["id"], secret)

    def _master(self, master_id: str) -> MasterKey:
        masters = self._masters or self.unlock()
        if master_id not in masters.known:
            masters = self.unlock()  # rotated since this process has started
        return masters.known[master_id]

    def _new(self, tx: Transaction, municipality: str) -> Key:
        master = self.unlock().current  # read anew: it may have been rotated
        store.add_master(tx, master.id)
        secret, key_id = os.urandom(_SIZE), uuid4().hex
        store.add(
            tx,
            {
                "id": key_id,
                "master": master.id,
                "municipality": municipality,
                "wrapped": master.wrap(secret, key_id),
                "made_at": tx.now,
            },
        )
        return Key.of(key_id, secret)
