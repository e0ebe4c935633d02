# SPDX-License-Identifier: EUPL-1.2
"""The signature of a certificate: Ed25519 over its canonical JSON, by a key of the installation.

Outside `proof`, which is the standard library only. The public key stands beside the signature:
alone it shows that nothing was changed. Whose it is knows who got the key another way before, as
from `plan key` on the server (its fingerprint stands on the page of the certificate, too), and
gives it to `plan verify --key`.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rueckhalt_routing.proof.certificate import canonical
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import tombstones


def signing_key(tx: Transaction) -> Ed25519PrivateKey:
    """The key of this installation; it lasts as long as its tombstone key."""
    secret = tombstones.derived(tx, b"rueckhalt certificate signing key 1")
    return Ed25519PrivateKey.from_private_bytes(secret)


def public_key(tx: Transaction) -> str:
    """What the signatures can be checked by, as hex."""
    return signing_key(tx).public_key().public_bytes_raw().hex()


def fingerprint(key: str) -> str:
    """What two people can read to each other: the SHA-256 of a public key, in groups."""
    found = hashlib.sha256(bytes.fromhex(key)).hexdigest()
    return " ".join(found[place : place + 4] for place in range(0, 64, 4))


def signed(tx: Transaction, certificate: Mapping[str, Any]) -> str:
    """The certificate with public key and signature, as canonical JSON."""
    key = signing_key(tx)
    told = dict(certificate) | {"key": key.public_key().public_bytes_raw().hex()}
    signature = key.sign(canonical(told).encode()).hex()
    return canonical(told | {"signature": f"ed25519:{signature}"})


def fault(certificate: Mapping[str, Any], *, key: str | None = None) -> str | None:
    """What is wrong with the signature; none for one that fits. Unsigned is a fault, too.

    `key` is the public key it has to be signed with, as hex; without one any key will do.
    """
    told = {name: value for name, value in certificate.items() if name != "signature"}
    signature = str(certificate.get("signature", "")).removeprefix("ed25519:")
    if not signature or "key" not in told:
        return "it is not signed"
    if key is not None and told["key"] != key:
        return "it is signed by another key"
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(str(told["key"])))
        public.verify(bytes.fromhex(signature), canonical(told).encode())
    except (ValueError, InvalidSignature):
        return "the signature does not fit"
    return None
