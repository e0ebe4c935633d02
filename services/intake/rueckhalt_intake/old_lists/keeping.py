# SPDX-License-Identifier: EUPL-1.2
"""Lists outside the transaction: sealed with a key of their own, which goes with them."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from cryptography.exceptions import InvalidTag

from rueckhalt_intake.old_lists import handlers
from rueckhalt_intake.old_lists.domain import LOOKING, Fault, Waiting
from rueckhalt_intake.vault.domain import NONCE, Frame, Place, Tampered
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a look at a list has found; `bad` where it is no list at all."""

    faults: tuple[Fault, ...] = ()  # the first ones
    fault_count: int = 0
    known: int = 0  # rows that are in already
    headings: tuple[tuple[str, str], ...] = ()
    unknown_columns: tuple[str, ...] = ()
    bad: str = ""
    bad_values: dict[str, str] | None = None

    @property
    def is_good(self) -> bool:
        """May it come in?"""
        return not self.bad and not self.fault_count


@dataclass(frozen=True)
class OldLists:
    """Where lists wait."""

    database: Database
    vault: Vault

    def arrive(
        self, content: bytes, municipality: str, *, scheme: str | None, by: str, mode: str
    ) -> str:
        """Seal and keep; answers its number. Raises TooManyLists."""
        key, number, now = self.vault.new_key(), str(uuid4()), self.database.clock()
        nonce, place = os.urandom(NONCE), Place(number, "old_list", 1)
        sealed = key.cipher.encrypt(nonce, content, place.bound_to(key.id))
        waiting = Waiting(
            id=number,
            municipality=municipality,
            scheme=scheme,
            state=LOOKING,
            brought_by=by,
            key_id=key.id,
            mode=mode,
            arrived_at=now,
            changed_at=now,
            content=Frame(key.id, nonce, sealed).to_bytes(),
        )
        self.database.run(handlers.arrive, waiting)
        return number

    def content(self, waiting: Waiting) -> bytes:
        """What was uploaded; raises Tampered, KeyMissing."""
        frame = Frame.from_bytes(self.database.read(handlers.content_of, waiting.id) or b"")
        place, key = Place(waiting.id, "old_list", 1), self.vault.key_of(frame.key_id)
        try:
            return key.cipher.decrypt(frame.nonce, frame.sealed, place.bound_to(frame.key_id))
        except InvalidTag:
            raise Tampered("the old list does not open") from None

    def note_looked(self, waiting: Waiting, found: Found) -> None:
        """Keep what a look has found."""
        text = json.dumps(asdict(found), ensure_ascii=False).encode("utf-8", "backslashreplace")
        place, key = Place(waiting.id, "found", 1), self.vault.key_of(waiting.key_id)
        blob = self.vault.seal(key, text.decode(), place)
        self.database.run(handlers.note_looked, waiting, blob, is_good=found.is_good)

    def found(self, waiting: Waiting) -> Found | None:
        """What a look has found; None before it."""
        if waiting.found is None:
            return None
        told: dict[str, Any] = json.loads(
            self.vault.open(waiting.found, Place(waiting.id, "found", 1))
        )
        faults = [each | {"allowed": tuple(each["allowed"])} for each in told.pop("faults")]
        return Found(
            faults=tuple(Fault(**each) for each in faults),
            headings=_pairs(told.pop("headings")),
            unknown_columns=tuple(told.pop("unknown_columns")),
            **told,
        )

    def drop(self, waiting: Waiting) -> None:
        """Drop it, its key first: what lies in backups stays shut."""
        self.vault.shred(waiting.key_id)
        self.database.run(handlers.drop, waiting)

    def settle(self, waiting: Waiting, *, new: int, missed: int) -> None:
        """It is in: the upload goes, its key first."""
        self.vault.shred(waiting.key_id)
        self.database.run(handlers.note_brought, waiting, new=new, missed=missed)

    def sweep(self, database: Database) -> bool:
        """The worker's round: lists whose time is over go."""
        due = database.read(handlers.over)
        for each in due:
            self.drop(each)
        if due:
            log.info("old lists dropped", count=len(due))
        return False


def _pairs(told: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((heading, name) for heading, name in told)
