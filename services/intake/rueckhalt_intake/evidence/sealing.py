# SPDX-License-Identifier: EUPL-1.2
"""Seals a file in pieces while it streams in, and opens it again piece by piece.

On the disk there is never anything but sealed bytes, and in memory never more than one piece.
Each piece is bound to its file and its place; the label says how many there are and their sum.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO
from uuid import uuid4

from cryptography.exceptions import InvalidTag

from rueckhalt_intake.evidence.domain import Attachment, Label
from rueckhalt_intake.vault.domain import NONCE, Place, Tampered
from rueckhalt_intake.vault.pool import IncidentKey
from rueckhalt_intake.vault.sealing import Vault

CHUNK = 256 * 1024
HEAD = 8 * 1024
_TAG = 16


class TooLarge(Exception):
    """More bytes than one file may have."""


class SealingFile:
    """What an upload is written to: keeps a checksum, a size and its first bytes in clear."""

    def __init__(self, vault: Vault, incident_id: str, *, most: int) -> None:
        self.id = str(uuid4())
        self.incident_id = incident_id
        self.size = 0
        self.chunks = 0
        self.head = b""
        self._vault = vault
        self._most = most
        self._sum = sha256()
        self._rest = bytearray()
        self._sealed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives with the request
        self._key: IncidentKey | None = None

    @property
    def key(self) -> IncidentKey:
        """Its own key, taken with the first piece."""
        if self._key is None:
            self._key = self._vault.new_key()
        return self._key

    @property
    def sha256(self) -> str:
        """The checksum of all that was written."""
        return self._sum.hexdigest()

    def write(self, content: bytes) -> int:
        """Take more of it; raises TooLarge."""
        self.size += len(content)
        if self.size > self._most:
            raise TooLarge
        self._sum.update(content)
        if len(self.head) < HEAD:
            self.head += content[: HEAD - len(self.head)]
        self._rest += content
        while len(self._rest) >= CHUNK:
            self._seal(bytes(self._rest[:CHUNK]))
            del self._rest[:CHUNK]
        return len(content)

    def seek(self, _place: int, /) -> int:
        """The form has been read to its end: the last piece is sealed."""
        if self._rest:
            self._seal(bytes(self._rest))
            self._rest.clear()
        return 0

    def pieces(self) -> Iterator[bytes]:
        """The sealed pieces, from the first on, as often as somebody asks."""
        self._sealed.seek(0)
        while piece := self._sealed.read(CHUNK + NONCE + _TAG):
            yield piece

    def close(self) -> None:
        """The sealed bytes leave the disk."""
        self._sealed.close()

    def label(self, name: str, media_type: str) -> bytes:
        """Name, checksum and type, sealed."""
        told = {"name": name, "sha256": self.sha256, "media_type": media_type}
        place = Place(self.incident_id, f"evidence.{self.id}", self.chunks)
        return self._vault.seal(self.key, json.dumps(told, ensure_ascii=False), place)

    def _seal(self, content: bytes) -> None:
        nonce = os.urandom(NONCE)
        bound = _bound(self.incident_id, self.id, self.chunks, self.key.id)
        self._sealed.write(nonce + self.key.cipher.encrypt(nonce, content, bound))
        self.chunks += 1


@dataclass(frozen=True)
class Opener:
    """Opens what was sealed; `chunk` fetches one sealed piece of a file."""

    vault: Vault
    chunk: Callable[[str, int], bytes | None]

    def label(self, attachment: Attachment, *, by: IncidentKey | None = None) -> Label:
        """Name, checksum and type in clear; raises Tampered, KeyMissing, SealedStrictly without
        `by`."""
        place = Place(attachment.incident_id, f"evidence.{attachment.id}", attachment.chunks)
        return Label(**json.loads(self.vault.open(attachment.label, place, by=by)))

    def pieces(self, attachment: Attachment, *, by: IncidentKey | None = None) -> Iterator[bytes]:
        """The file in clear, piece by piece; raises Tampered where one is missing or foreign."""
        key = by or self.vault.key_of(attachment.key_id)
        for number in range(attachment.chunks):
            sealed = self.chunk(attachment.id, number)
            if sealed is None:
                raise Tampered(f"piece {number} of the file {attachment.id} is missing")
            bound = _bound(attachment.incident_id, attachment.id, number, key.id)
            try:
                yield key.cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound)
            except InvalidTag:
                raise Tampered(f"piece {number} of the file {attachment.id}") from None

    def content(self, attachment: Attachment, *, by: IncidentKey | None = None) -> bytes:
        """The whole file; raises Tampered where it is not what came in."""
        found = b"".join(self.pieces(attachment, by=by))
        if sha256(found).hexdigest() != self.label(attachment, by=by).sha256:
            raise Tampered(f"the file {attachment.id} has another checksum")
        return found


def _bound(incident_id: str, attachment_id: str, number: int, key_id: str) -> bytes:
    return f"{incident_id}|evidence|{attachment_id}|{number}|{key_id}".encode()
