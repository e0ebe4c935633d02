# SPDX-License-Identifier: EUPL-1.2
"""The entrance: seals what came in, outside of the transaction, and lets it wait."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from rueckhalt_intake.evidence.domain import REPORTER
from rueckhalt_intake.evidence.handlers import Arrived
from rueckhalt_intake.evidence.receiving import made
from rueckhalt_intake.evidence.sealing import SealingFile
from rueckhalt_intake.inbound import handlers
from rueckhalt_intake.inbound.domain import (
    LONGEST_LINE,
    LONGEST_TEXT,
    MOST_FILES,
    WAITING,
    Arrival,
    FileTold,
    Told,
)
from rueckhalt_intake.vault.domain import Place
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared.database import Database

_FIELD = "arrival"
_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Taken:
    """It is kept; `is_new` is false where it came before."""

    id: str
    is_new: bool


@dataclass(frozen=True)
class Entrance:
    """Where arrivals come in. `most` bytes are the limit of one file."""

    database: Database
    vault: Vault
    is_scanned: bool
    most: int
    mode: str = "live"

    def take(self, told: Told) -> Taken:
        """Seal it and keep it; the same origin and reference make one arrival. When this returns
        it is durable."""
        mark = self.vault.mark_of("arrival", told.municipality, told.origin, told.reference)
        before = self.database.read(handlers.came_before, mark)
        if before is not None:
            return Taken(id=before, is_new=False)
        number, key = str(uuid4()), self.vault.new_key()
        now = self.database.clock()
        with ExitStack() as open_files:
            files, left_out = self._sealed(number, told.files, now, open_files)
            content = _content(told, left_out)
            arrival = Arrival(
                id=number,
                municipality=told.municipality,
                mode=self.mode,
                origin=told.origin,
                mark=mark,
                key_id=key.id,
                state=WAITING,
                received_at=told.received_at or now,
                files=len(files),
                content=self.vault.seal(key, content, Place(number, _FIELD, _VERSION)),
            )
            kept = self.database.run(handlers.propose, arrival, files)
        return Taken(id=kept, is_new=kept == number)

    def opened(self, arrival: Arrival) -> dict[str, Any]:
        """What it says, in clear; raises Tampered, KeyMissing."""
        if arrival.content is None:
            return {}
        text = self.vault.open(arrival.content, Place(arrival.id, _FIELD, _VERSION))
        said: dict[str, Any] = json.loads(text)
        return said

    def _sealed(
        self, number: str, files: Any, now: datetime, open_files: ExitStack
    ) -> tuple[list[Arrived], int]:
        """The files within the limits, in their order, and how many are left out."""
        chosen = list(_within(files, most=self.most))
        sealed = [self._sealed_one(number, each, now, open_files) for each in chosen]
        return sealed, len(files) - len(sealed)

    def _sealed_one(
        self, number: str, told: FileTold, now: datetime, open_files: ExitStack
    ) -> Arrived:
        file = SealingFile(self.vault, number, most=self.most)
        open_files.callback(file.close)
        file.write(told.content)
        file.seek(0)
        return made(file, told.name, source=REPORTER, is_scanned=self.is_scanned, now=now)


def _within(files: Any, *, most: int) -> Iterator[FileTold]:
    """Each up to the limit, all together up to twice of it: the whole mail, and what it holds."""
    total = chosen = 0
    for each in files:
        size = len(each.content)
        if 0 < size <= most and total + size <= 2 * most and chosen < MOST_FILES:
            total, chosen = total + size, chosen + 1
            yield each


def _content(told: Told, left_out: int) -> str:
    notes = [list(each) for each in told.notes]
    if left_out:
        notes.append(["inbound.note.files_left_out", left_out])
    if len(told.text) > LONGEST_TEXT:
        notes.append(["inbound.note.text_cut", LONGEST_TEXT])
    said: Mapping[str, Any] = {
        "subject": told.subject[:LONGEST_LINE],
        "sender": told.sender[:LONGEST_LINE],
        "text": told.text[:LONGEST_TEXT],
        "attached": [list(each) for each in told.attached],
        "answers": dict(told.answers),
        "notes": notes,
    }
    return json.dumps(said, ensure_ascii=False, default=str)
