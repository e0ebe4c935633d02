# SPDX-License-Identifier: EUPL-1.2
"""How a sealed address looks: padded, framed with its key's id, bound to its place."""

from dataclasses import dataclass
from datetime import datetime

NONCE = 12
_STEP = 64  # bytes: the size of what is sealed tells no more than that
_LENGTH = 2
_FORMAT = b"v1"


class Shut(Exception):
    """A sealed field does not open."""


class Tampered(Shut):
    """A sealed field does not open: another key, another place, or changed bytes."""


class KeyMissing(Shut):
    """The key of a sealed field is not there: an old backup, or one of somewhere else."""


@dataclass(frozen=True)
class Place:
    """Where a sealed field belongs; it opens nowhere else."""

    municipality: str
    row: str
    field: str

    def bound_to(self, key_id: str) -> bytes:
        """The associated data of the seal."""
        return f"{self.municipality}|{self.row}|{self.field}|{key_id}".encode()


@dataclass(frozen=True)
class Frame:
    """A sealed field taken apart."""

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
            raise Tampered("this is no sealed field of version 1")
        return cls(key_id.decode("ascii"), body[:NONCE], body[NONCE:])


@dataclass(frozen=True)
class Standing:
    """One municipality key and how much hangs on it."""

    id: str
    master: str  # the id of the master key that wraps it
    municipality: str
    made_at: datetime
    retired_at: datetime | None  # a rotation wants it gone

    @property
    def is_current(self) -> bool:
        """Is new content sealed with it?"""
        return self.retired_at is None


def padded(text: str) -> bytes:
    """The text, its length in front, filled up to the next multiple of 64 bytes."""
    content = text.encode()
    size = -(-(_LENGTH + len(content)) // _STEP) * _STEP
    return (len(content).to_bytes(_LENGTH, "big") + content).ljust(size, b"\0")


def unpadded(content: bytes) -> str:
    """What was padded."""
    length = int.from_bytes(content[:_LENGTH], "big")
    return content[_LENGTH : _LENGTH + length].decode()
