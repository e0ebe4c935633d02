# SPDX-License-Identifier: EUPL-1.2
"""Notify's master keys: the one that wraps, and while they are rotated the one before it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rueckhalt_notify.vault.domain import NONCE, Tampered
from rueckhalt_shared import crash
from rueckhalt_shared.erasing.key import lasting_key
from rueckhalt_shared.settings import BadSettings

_NAME = "RUECKHALT_NOTIFY_KEK"


class MasterKeyRefused(BadSettings):
    """The service must not start with this master key, or without one."""

    def __init__(self, told: str) -> None:
        super().__init__([f"{_NAME}: {told}"])


class MasterKey:
    """Wraps and opens the keys of municipalities; its id says which master key wrapped them."""

    def __init__(self, secret: bytes) -> None:
        named = HKDF(hashes.SHA256(), 8, salt=None, info=b"rueckhalt master key id")
        self.id = named.derive(secret).hex()
        self._cipher = AESGCM(secret)

    def wrap(self, secret: bytes, name: str) -> bytes:
        """Seal another key under its own name."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, self._bound(name))

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        """Open a wrapped key; raises Tampered."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], self._bound(name))
        except InvalidTag:
            raise Tampered(f"the key {name} was not wrapped by this master key") from None

    def _bound(self, name: str) -> bytes:
        return f"{self.id}|{name}".encode()


@dataclass(frozen=True)
class Masters:
    """The master keys of a moment."""

    current: MasterKey
    known: Mapping[str, MasterKey]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the master keys come from: from the operator's settings, or from the data folder."""

    given: str = field(default="", repr=False)
    previous: str = field(default="", repr=False)
    path: Path

    @property
    def is_own(self) -> bool:
        """Does the key lie in the data folder, where this program may renew it?"""
        return not self.given

    @property
    def before(self) -> Path:
        """Where the former key lies while a rotation is under way."""
        return self.path.with_name(f"{self.path.name}.previous")

    def read(self, *, may_create: bool) -> Masters:
        """The keys; one is made only where nothing is sealed yet. Raises BadSettings."""
        if self.is_own and not may_create and not self.path.exists():
            raise MasterKeyRefused(
                f"there are sealed addresses, but the master key is missing: put it back to"
                f" {self.path} or give {_NAME}_FILE. No new key was made; without the old one"
                " the addresses cannot be read"
            )
        current = MasterKey(lasting_key(self.given, self.path, name=_NAME))
        known = {current.id: current}
        if self.previous:
            former = MasterKey(lasting_key(self.previous, self.path, name=f"{_NAME}_PREVIOUS"))
            known[former.id] = former
        if self.is_own and self.before.exists():
            former = MasterKey(lasting_key("", self.before, name=_NAME))
            known[former.id] = former
        return Masters(current, known)

    def renew(self) -> None:
        """Put a new key in the place of the data folder's, which stays beside it for now.

        Every step can be the last one before a kill: doing it again goes on from there.
        """
        if self.before.exists() and self.before.read_bytes() != self.path.read_bytes():
            return  # a rotation is under way with these two
        following = self.path.with_name(f"{self.path.name}.next")
        lasting_key("", following, name=_NAME)
        if not self.before.exists():
            os.link(self.path, self.before)
        crash.at("keys.before_renewed")
        following.replace(self.path)
        _settle(self.path.parent)

    def forget_former(self) -> None:
        """Nothing hangs on the former key any more."""
        if self.is_own and self.before.exists():
            self.before.unlink()
            _settle(self.path.parent)


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
