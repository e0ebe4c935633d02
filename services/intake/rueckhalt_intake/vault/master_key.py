# SPDX-License-Identifier: EUPL-1.2
"""The master key (KEK) that wraps every other key: given by the operator or made once."""

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rueckhalt_intake.vault.domain import NONCE, Tampered
from rueckhalt_shared.settings import BadSettings

_SIZE = 32


class MasterKeyRefused(BadSettings):
    """The service must not start with this master key, or without one."""

    def __init__(self, told: str) -> None:
        super().__init__([f"RUECKHALT_INTAKE_KEK: {told}"])


class MasterKey:
    """Wraps and opens other keys; its id says which master key wrapped them."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _SIZE:
            raise MasterKeyRefused(f"the master key has {len(secret)} bytes, it needs {_SIZE}")
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


def parsed(text: str) -> MasterKey:
    """A master key from 64 hexadecimal digits or base64; raises MasterKeyRefused."""
    text = text.strip()
    try:
        if len(text) == 2 * _SIZE:
            return MasterKey(bytes.fromhex(text))
        return MasterKey(base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True))
    except (ValueError, binascii.Error):
        raise MasterKeyRefused("must be 32 bytes as base64 or as 64 hexadecimal digits") from None


def kept_in(path: Path, *, may_create: bool) -> MasterKey:
    """The master key of the data folder; made (mode 0600) only on the very first start."""
    if not path.exists():
        if not may_create:
            raise MasterKeyRefused(
                f"there are sealed reports, but the master key is missing: put it back to {path} "
                "or give RUECKHALT_INTAKE_KEK_FILE. No new key was made; without the old one the "
                "reports cannot be read"
            )
        _create(path)
    return parsed(path.read_text(encoding="ascii"))


def _create(path: Path) -> None:
    """Written whole or not at all, and never over a key that somebody else has just made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(handle, base64.b64encode(secrets.token_bytes(_SIZE)) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
