# SPDX-License-Identifier: EUPL-1.2
"""The signed heads of all chains: kept outside, they betray what was cut off or written anew."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rueckhalt_shared.audit import chain, standing, store
from rueckhalt_shared.audit.chain import Anchor, Fault
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.erasing import tombstones

if TYPE_CHECKING:
    from rueckhalt_shared.database import Transaction

FORMAT = "rueckhalt-audit-head-1"


class NoAnchor(Exception):
    """The file is no signed head, or not one of this service's key."""


@dataclass(frozen=True)
class Heads:
    """Heads with the signature over all of them; `service` names the store of the chains."""

    service: str
    at: datetime
    anchors: tuple[Anchor, ...]
    key: Ed25519PrivateKey = field(repr=False)

    def document(self) -> dict[str, Any]:
        """What is kept outside: signed, with the public key it can be checked by."""
        told: dict[str, Any] = {
            "format": FORMAT,
            "service": self.service,
            "at": spell_instant(self.at),
            "heads": [vars(anchor) for anchor in self.anchors],
            "public_key": self.key.public_key().public_bytes_raw().hex(),
        }
        signature = self.key.sign(chain.canonical(told).encode())
        return told | {"signature": signature.hex()}


def signing_key(tx: "Transaction") -> Ed25519PrivateKey:
    """This service's own, derived from its lasting secret, the key of the tombstones."""
    secret = tombstones.derived(tx, b"rueckhalt audit signing key 1")
    return Ed25519PrivateKey.from_private_bytes(secret)


def heads(tx: "Transaction", key: Ed25519PrivateKey | None = None) -> Heads:
    """The heads of all chains as they are now.

    `key` is the service's that signs for a store without a key of its own (identity).
    """
    found = (store.head(tx, municipality) for municipality in store.municipalities(tx))
    signs = key or signing_key(tx)
    return Heads(tx.service, tx.now, tuple(each for each in found if each), signs)


def text_of(content: bytes) -> str:
    """The readable part of what was kept: a file, or a mail as a mail program saves it."""
    if content.lstrip().startswith(b"{") or b"\nMIME-Version:" not in content:
        return content.decode("utf-8", "replace")
    mail = message_from_bytes(content, policy=default)
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def document_in(text: str) -> Any:
    """The document in a file of its own or in the saved text of a mail; raises NoAnchor."""
    start, end = text.find("{"), text.rfind("}")
    try:
        return json.loads(text[start : end + 1])
    except ValueError:
        raise NoAnchor("this is no signed head of an audit chain") from None


def read(text: str, *, public_key: str) -> list[Anchor]:
    """The anchors of a document made by `Heads.document`; raises NoAnchor.

    `public_key` is the one this service signs with: a head signed by another key is a forgery.
    """
    try:
        told = document_in(text)
        signature = bytes.fromhex(told.pop("signature"))
        if told["format"] != FORMAT:
            raise NoAnchor("this is no signed head of an audit chain")
        if told["public_key"] != public_key:
            raise NoAnchor("signed with another key than this service's")
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["public_key"]))
        key.verify(signature, chain.canonical(told).encode())
        return [Anchor(h["municipality"], h["n"], h["hash"]) for h in told["heads"]]
    except InvalidSignature:
        raise NoAnchor("the signature does not fit: the file was changed") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoAnchor("this is no signed head of an audit chain") from None


def verify_all(tx: "Transaction", anchors: Iterable[Anchor] = ()) -> list[Fault]:
    """The first fault of each chain that has one, also against all heads given away."""
    kept = list(anchors)
    known = set(standing.places(tx)) | {anchor.municipality for anchor in kept}
    found = (
        chain.verify(each, store.rows(tx, each), [*kept, *standing.anchors(tx, each)])
        for each in sorted(known)
    )
    return [fault for fault in found if fault is not None]
