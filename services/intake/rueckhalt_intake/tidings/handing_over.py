# SPDX-License-Identifier: EUPL-1.2
"""Hands words to notify's API, one by one: the only way an address leaves intake.

The row is there before, its id goes along: notify takes each id once, so whatever is killed in
between, nothing is lost and nothing doubled by it. No network inside a transaction.
"""

import json
from collections.abc import Sequence
from typing import Protocol

from rueckhalt_intake.tidings import handlers, sealing
from rueckhalt_intake.tidings.domain import Tiding, Wish
from rueckhalt_intake.vault.domain import Tampered
from rueckhalt_intake.vault.sealing import KeyMissing, SealedStrictly, Vault
from rueckhalt_shared.database import Database
from rueckhalt_shared.line import FAILURES, Limits, Line
from rueckhalt_shared.line_addresses import HERE
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
_LIMITS = Limits(seconds=10.0, most_bytes=64 * 1024)
_ERASED = 410  # notify knows the incident is gone


class Way(Protocol):
    """How notify is asked; answers its status, or None where nobody answered."""

    def hand_over(self, body: dict[str, str]) -> int | None:
        """Say one word."""


class NotifyApi:
    """`POST /v1/tidings` of notify, with a key that may do nothing else."""

    def __init__(self, url: str, key: str, *, networks: Sequence[str] = ()) -> None:
        allowed = (*HERE, *networks)
        self._line = Line(f"{url.rstrip('/')}/v1/tidings", _LIMITS, allowed=allowed)
        self._key = key

    def hand_over(self, body: dict[str, str]) -> int | None:
        """One call; what comes back but the status is not read."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        try:
            said = self._line.ask(
                "POST", headers=headers, body=json.dumps(body).encode(), reads=False
            )
        except FAILURES as error:
            log.warning("notify does not answer", cause=type(error).__name__)
            return None
        if said.status >= 300:
            log.warning("notify takes no word", code=said.status)
        return said.status


class HandingOver:
    """The worker's round."""

    def __init__(self, vault: Vault, way: Way | None) -> None:
        self._vault = vault
        self._way = way

    def run(self, database: Database) -> bool:
        """Hand over what is due; false: the next round comes by itself."""
        if self._way is None:
            return False
        for tiding, wish in database.read(handlers.due):
            if database.run(handlers.begin, tiding):
                self._hand_over(database, self._way, tiding, wish)
        database.run(handlers.watch)
        return False

    def _hand_over(self, database: Database, way: Way, tiding: Tiding, wish: Wish | None) -> None:
        body = self._body(tiding, wish) if wish is not None else None
        if body is None:
            database.run(handlers.end, tiding)
            return
        status = way.hand_over(body)
        if status is not None and (200 <= status < 300 or status == _ERASED):
            database.run(handlers.end, tiding)
        else:
            database.run(handlers.note_failure, tiding)

    def _body(self, tiding: Tiding, wish: Wish) -> dict[str, str] | None:
        try:
            address = sealing.opened(self._vault, wish)
        except (Tampered, KeyMissing, SealedStrictly):
            log.warning("the address of whoever reported does not open", object=tiding.id)
            return None
        return {
            "id": tiding.id,
            "incident": tiding.incident_id,
            "municipality": wish.municipality,
            "language": wish.language,
            "address": address,
        }
