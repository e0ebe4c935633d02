# SPDX-License-Identifier: EUPL-1.2
"""Signed requests: a key that never travels, and a request nobody can send twice.

    Authorization: RK-HMAC-SHA256 key=<id>, time=<seconds since 1970>, nonce=<16-64 letters>,
                   signature=<64 hexadecimal digits>

The signature is HMAC-SHA256, keyed with `signing_key(secret)`, over six lines joined by \\n:
`RK-HMAC-SHA256`, the method, the path with its query as sent, the SHA-256 of the body in
hexadecimal digits, the time, the nonce. Five minutes of difference between the clocks are allowed.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity.tables import nonces

SCHEME = "RK-HMAC-SHA256"
WINDOW = timedelta(seconds=300)
_HEADER = re.compile(
    r"key=([0-9a-f]{1,16}), ?time=([0-9]{1,12}), ?"
    r"nonce=([A-Za-z0-9_-]{16,64}), ?signature=([0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The header of a signed request, taken apart."""

    key_id: str
    time: int
    nonce: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """What a signature covers."""

    method: str
    target: str
    """Path with its query, as in the first line of the request."""
    body: bytes


def signing_key(secret: str) -> str:
    """What both sides sign with: HMAC-SHA256 of the secret, 64 hexadecimal digits."""
    return hmac.new(secret.encode(), b"rueckhalt request signing v1", hashlib.sha256).hexdigest()


def parse(header: str) -> Signature | None:
    """The part of the header behind the scheme; None when it is not of that form."""
    match = _HEADER.fullmatch(header.strip())
    if match is None:
        return None
    key_id, time, nonce, signature = match.groups()
    return Signature(key_id=key_id, time=int(time), nonce=nonce, signature=signature)


def sign(key: str, request: SignedRequest, *, time: int, nonce: str) -> str:
    """The signature of a request."""
    body = hashlib.sha256(request.body).hexdigest()
    text = "\n".join((SCHEME, request.method, request.target, body, str(time), nonce))
    return hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def header(secret: str, key_id: str, request: SignedRequest, *, time: int, nonce: str) -> str:
    """The whole header, as a client sends it."""
    signature = sign(signing_key(secret), request, time=time, nonce=nonce)
    return f"{SCHEME} key={key_id}, time={time}, nonce={nonce}, signature={signature}"


def is_valid(key: str, found: Signature, request: SignedRequest, *, now: datetime) -> bool:
    """Made with this key, for this request, at about this time; compared in constant time."""
    expected = sign(key, request, time=found.time, nonce=found.nonce)
    matches = hmac.compare_digest(expected, found.signature)
    return matches and abs(now.timestamp() - found.time) <= WINDOW.total_seconds()


def use_nonce(tx: Transaction, found: Signature) -> bool:
    """Remember the nonce as long as its time would be believed; False when it was used before."""
    mine = (nonces.c.key_id == found.key_id) & (nonces.c.nonce == found.nonce)
    if tx.execute(select(nonces.c.nonce).where(mine)).first() is not None:
        return False
    tx.execute(delete(nonces).where(nonces.c.kept_until < tx.now))
    tx.execute(
        insert(nonces).values(
            key_id=found.key_id, nonce=found.nonce, kept_until=tx.now + 2 * WINDOW
        )
    )
    return True
