# SPDX-License-Identifier: EUPL-1.2
"""Sealed boxes and passphrases: who has the private key opens, nobody else, the sealer included.

Boxes are HPKE in base mode (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM), bound to their place by
`info`. Passphrases go through Argon2id (64 MiB, 3 passes), at most two at a time.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rueckhalt_intake.strict.domain import WrongPassphrase
from rueckhalt_intake.vault.domain import NONCE, Frame, Tampered
from rueckhalt_intake.vault.master_key import named
from rueckhalt_shared.database import Unavailable

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_SALT = 16
_PATIENCE = 8.0  # seconds in the queue; afterwards "try again" is the better answer


@dataclass(frozen=True)
class Pair:
    """A key pair; the id is derived from the public half, so nobody can give it another one."""

    private: X25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> "Pair":
        """A fresh one."""
        return cls(X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, private: bytes) -> "Pair":
        """The pair of these 32 bytes."""
        return cls(X25519PrivateKey.from_private_bytes(private))

    @classmethod
    def from_code(cls, code: str) -> "Pair":
        """The pair of a recovery key: its 130 bit need no slow derivation."""
        derived = HKDF(hashes.SHA512(), 32, salt=b"rueckhalt recovery v1", info=b"key pair")
        return cls.from_bytes(derived.derive(code.encode()))

    @property
    def public(self) -> bytes:
        """The public half."""
        return self.private.public_key().public_bytes_raw()

    @property
    def raw(self) -> bytes:
        """The private half."""
        return self.private.private_bytes_raw()


def key_id(public: bytes, kind: str) -> str:
    """16 letters and digits: `r…` for a role key, `p…` for that of a person."""
    return kind + named(public, f"public key {kind}")[:15]


def seal(secret: bytes, *, to: bytes, recipient: str, name: str) -> bytes:
    """Seal to a public key, under a name: `v1|<id of the recipient>|…`."""
    public = X25519PublicKey.from_public_bytes(to)
    sealed = _SUITE.encrypt(secret, public, info=_place(recipient, name))
    return Frame(recipient, sealed[:NONCE], sealed[NONCE:]).to_bytes()


def opened(box: bytes, *, by: Pair, recipient: str, name: str) -> bytes:
    """What was sealed to this pair under this name; raises Tampered."""
    frame = Frame.from_bytes(box)
    try:
        return _SUITE.decrypt(frame.nonce + frame.sealed, by.private, info=_place(recipient, name))
    except (InvalidTag, ValueError):
        raise Tampered(f"the box of {name} does not open") from None


class Passphrases:
    """Locks private keys by passphrases."""

    def __init__(self, *, memory_kib: int = 65536, passes: int = 3, at_once: int = 2) -> None:
        self._memory_kib = memory_kib
        self._passes = passes
        self._seats = threading.BoundedSemaphore(at_once)

    def lock(self, pair: Pair, passphrase: str, *, name: str) -> tuple[bytes, bytes]:
        """(salt, the private half locked): `v1|<id of the personal key>|…`."""
        salt, nonce = os.urandom(_SALT), os.urandom(NONCE)
        own = key_id(pair.public, "p")
        cipher = AESGCM(self._stretched(passphrase, salt))
        sealed = cipher.encrypt(nonce, pair.raw, _place(own, name))
        return salt, Frame(own, nonce, sealed).to_bytes()

    def unlock(self, locked: bytes, passphrase: str, *, salt: bytes, name: str) -> Pair:
        """The pair that was locked; raises WrongPassphrase."""
        frame = Frame.from_bytes(locked)
        cipher = AESGCM(self._stretched(passphrase, salt))
        try:
            raw = cipher.decrypt(frame.nonce, frame.sealed, _place(frame.key_id, name))
        except InvalidTag:
            raise WrongPassphrase from None
        return Pair.from_bytes(raw)

    def _stretched(self, passphrase: str, salt: bytes) -> bytes:
        with self._seat():
            return hash_secret_raw(
                passphrase.encode("utf-8", "surrogatepass"),
                salt,
                time_cost=self._passes,
                memory_cost=self._memory_kib,
                parallelism=1,
                hash_len=32,
                type=Type.ID,
            )

    @contextmanager
    def _seat(self) -> Iterator[None]:
        if not self._seats.acquire(timeout=_PATIENCE):
            raise Unavailable("too many passphrases at once")
        try:
            yield
        finally:
            self._seats.release()


def _place(recipient: str, name: str) -> bytes:
    return f"rueckhalt|{recipient}|{name}".encode()
