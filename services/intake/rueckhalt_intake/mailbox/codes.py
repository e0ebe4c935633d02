# SPDX-License-Identifier: EUPL-1.2
"""From a mailbox code to its handle and key pair; the code itself is kept nowhere."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rueckhalt_intake.mailbox import domain

_SALT = b"rueckhalt mailbox v1"


@dataclass(frozen=True)
class Mailbox:
    """What is kept of a code."""

    lookup: str
    public_key: bytes
    private_key: X25519PrivateKey = field(repr=False)


def derived(code: str) -> Mailbox:
    """Handle and key pair of a code, fast (HKDF): 130 bit need no slow derivation."""
    stretched = HKDF(hashes.SHA512(), 64, salt=_SALT, info=b"code")
    both = stretched.derive(domain.folded(code).encode())
    private = X25519PrivateKey.from_private_bytes(both[32:])
    public = private.public_key().public_bytes_raw()
    return Mailbox(domain.lookup_of(both[:32]), public, private)


def new_mailbox() -> tuple[str, Mailbox]:
    """A fresh code, which is kept nowhere, and the mailbox it opens."""
    code = domain.new_code()
    return code, derived(code)
