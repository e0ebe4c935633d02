# SPDX-License-Identifier: EUPL-1.2
"""How sealed text looks: padded to a few sizes, framed with its key's id, bound to its place."""

from dataclasses import dataclass
from datetime import datetime, timedelta

KIB = 1024
SIZES = (1 * KIB, 4 * KIB, 16 * KIB, 64 * KIB)  # beyond: the next multiple of 64 KiB
NONCE = 12
FRESH_FOR = timedelta(minutes=30)  # a pooled key older than this is not handed out any more
ORPHAN_AFTER = timedelta(hours=1)  # a key without an incident is swept after this
_LENGTH = 4
_FORMAT = b"v1"


class Tampered(Exception):
    """A sealed field does not open: another key, another place, or changed bytes."""


@dataclass(frozen=True)
class Place:
    """Where a sealed field belongs; it opens nowhere else."""

    incident: str
    field: str
    version: int  # of the incident when the field was written: an older text cannot come back

    def bound_to(self, key_id: str) -> bytes:
        """The associated data of the seal."""
        return f"{self.incident}|{self.field}|{self.version}|{key_id}".encode()


@dataclass(frozen=True)
class Frame:
    """Something sealed, taken apart: a field, a wrapped key, a stored answer."""

    key_id: str
    nonce: bytes
    sealed: bytes

    def to_bytes(self) -> bytes:
        """`v1|<key id>|<nonce><sealed>`: nobody has to try keys."""
        return b"|".join((_FORMAT, self.key_id.encode(), self.nonce + self.sealed))

    @classmethod
    def from_bytes(cls, blob: bytes) -> "Frame":
        """Take `to_bytes` apart; raises Tampered."""
        version, _, rest = blob.partition(b"|")
        key_id, separator, body = rest.partition(b"|")
        if version != _FORMAT or not separator or len(body) <= NONCE or not key_id.isalnum():
            raise Tampered("this is nothing sealed of version 1")
        return cls(key_id.decode("ascii"), body[:NONCE], body[NONCE:])


def is_framed(blob: bytes) -> bool:
    """Does it say its key? Keys and answers that 0.1 sealed before November 2026 do not."""
    return blob.startswith(_FORMAT + b"|")


def padded(content: bytes) -> bytes:
    """The content, its length in front, filled up so that the size tells little."""
    needed = _LENGTH + len(content)
    size = next((each for each in SIZES if needed <= each), -(-needed // SIZES[-1]) * SIZES[-1])
    return len(content).to_bytes(_LENGTH, "big") + content + bytes(size - needed)


def unpadded(content: bytes) -> bytes:
    """What was padded."""
    length = int.from_bytes(content[:_LENGTH], "big")
    return content[_LENGTH : _LENGTH + length]


def is_fresh(made_at: datetime, now: datetime) -> bool:
    """May this pooled key still be used? A clock that jumped, either way, says no."""
    return abs(now - made_at) < FRESH_FOR
