# SPDX-License-Identifier: EUPL-1.2
"""A master key (KEK), which wraps other keys: given by the operator or kept in the data folder."""

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rueckhalt_intake.vault.domain import NONCE, Frame, Tampered, is_framed
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
        self.id = named(secret, "master key")
        self._cipher = AESGCM(secret)

    def wrap(self, secret: bytes, name: str) -> bytes:
        """Seal another key under its own name: `v1|<id of this master key>|…`."""
        nonce = os.urandom(NONCE)
        return Frame(
            self.id, nonce, self._cipher.encrypt(nonce, secret, self._bound(name))
        ).to_bytes()

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        """Open a wrapped key; raises Tampered."""
        nonce, sealed = wrapped[:NONCE], wrapped[NONCE:]
        if is_framed(wrapped):
            frame = Frame.from_bytes(wrapped)
            nonce, sealed = frame.nonce, frame.sealed
        try:
            return self._cipher.decrypt(nonce, sealed, self._bound(name))
        except InvalidTag:
            raise Tampered(f"the key {name} was not wrapped by this master key") from None

    def _bound(self, name: str) -> bytes:
        return f"{self.id}|{name}".encode()


def named(secret: bytes, what: str) -> str:
    """The id of a secret, 16 hexadecimal digits; nothing leads back from it."""
    derived = HKDF(hashes.SHA256(), 8, salt=None, info=f"rueckhalt {what} id".encode())
    return derived.derive(secret).hex()


def parsed(text: str) -> MasterKey:
    """A master key from 64 hexadecimal digits or base64; raises MasterKeyRefused."""
    text = text.strip()
    try:
        if len(text) == 2 * _SIZE:
            return MasterKey(bytes.fromhex(text))
        return MasterKey(base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True))
    except (ValueError, binascii.Error):
        raise MasterKeyRefused("must be 32 bytes as base64 or as 64 hexadecimal digits") from None


def kept_in(path: Path, *, may_create: bool) -> list[MasterKey]:
    """The master keys of the data folder; one is made (mode 0600) on the very first start only.

    `intake.kek` is the first one; a rotation puts its successors beside it: `intake-<id>.kek`.
    """
    found = [key for _, key in files_beside(path)]
    if found:
        return found
    if not may_create:
        raise MasterKeyRefused(
            f"there are sealed reports, but the master key is missing: put it back to {path} "
            "or give RUECKHALT_INTAKE_KEK_FILE. No new key was made; without the old one the "
            "reports cannot be read"
        )
    create(path)
    return kept_in(path, may_create=False)


def files_beside(path: Path) -> list[tuple[Path, MasterKey]]:
    """Every master key in the folder of `path`, the first one first."""
    successors = sorted(path.parent.glob(f"{path.stem}-*{path.suffix}"))
    found = []
    for file in (path, *successors):
        try:
            found.append((file, parsed(file.read_text(encoding="ascii"))))
        except FileNotFoundError:  # the first one was dropped, or a successor has just been named
            continue
    return found


def create(path: Path) -> None:
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
    settle(path.parent)


def settle(folder: Path) -> None:
    """What was created, renamed or removed in the folder outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
