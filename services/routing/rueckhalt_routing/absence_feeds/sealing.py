# SPDX-License-Identifier: EUPL-1.2
"""The addresses of calendars at rest: sealed, because who knows one reads somebody's calendar."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import tombstones

_NONCE = 12
_PURPOSE = b"rueckhalt addresses of absence feeds 1"


class Unsealable(Exception):
    """The address does not open: another key, or changed bytes."""


def seal(tx: Transaction, id: str, url: str) -> str:
    """The address for the row of this id; it opens for no other."""
    nonce = os.urandom(_NONCE)
    return base64.b64encode(nonce + _cipher(tx).encrypt(nonce, url.encode(), id.encode())).decode()


def unseal(tx: Transaction, id: str, sealed: str) -> str:
    """The address itself; raises Unsealable."""
    raw = base64.b64decode(sealed)
    try:
        return _cipher(tx).decrypt(raw[:_NONCE], raw[_NONCE:], id.encode()).decode()
    except InvalidTag:
        raise Unsealable(id) from None


def _cipher(tx: Transaction) -> AESGCM:
    return AESGCM(tombstones.derived(tx, _PURPOSE))
