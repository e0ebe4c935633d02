# SPDX-License-Identifier: EUPL-1.2
"""What nobody could apply: looked at, replayed under the same id, never dropped silently."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select, update

from rueckhalt_shared.contracts import Envelope, Unreadable
from rueckhalt_shared.plumbing import inbox

if TYPE_CHECKING:
    from rueckhalt_shared.database import Transaction


@dataclass(frozen=True)
class Quarantined:
    """One event that waits for a person."""

    queue: str
    event_id: str
    type: str
    source: str
    event_at: datetime
    received_at: datetime
    attempts: int
    cause: str | None
    body: str | None


class NotReplayable(Exception):
    """The bytes cannot be read as an event; replaying would quarantine them again."""


def quarantined(tx: "Transaction", *, limit: int = 200) -> list[Quarantined]:
    """The oldest first; bodies hold ids and codes only."""
    rows = tx.execute(_rows().order_by(inbox.c.received_at).limit(limit)).mappings()
    return [Quarantined(**row) for row in rows]


def find(tx: "Transaction", event_id: str) -> list[Quarantined]:
    """The event on each queue where it is quarantined."""
    rows = tx.execute(_rows().where(inbox.c.event_id == event_id)).mappings()
    return [Quarantined(**row) for row in rows]


def count(tx: "Transaction") -> int:
    """How many wait."""
    query = select(func.count()).select_from(inbox).where(inbox.c.state == "quarantined")
    return int(tx.execute(query).scalar_one())


def parked(tx: "Transaction") -> int:
    """How many wait for another attempt."""
    query = select(func.count()).select_from(inbox).where(inbox.c.state == "parked")
    return int(tx.execute(query).scalar_one())


def replay(tx: "Transaction", event_id: str | None = None) -> int:
    """Give one event, or all, another eight attempts; answers how many.

    Raises `NotReplayable` when that one event cannot be read at all.
    """
    rows = find(tx, event_id) if event_id else quarantined(tx, limit=10_000)
    replayed = 0
    for row in rows:
        if not _readable(row):
            if event_id:
                raise NotReplayable(f"{event_id}: {row.cause}")
            continue
        tx.execute(
            update(inbox)
            .where(
                inbox.c.queue == row.queue,
                inbox.c.event_id == row.event_id,
                inbox.c.state == "quarantined",
            )
            .values(state="parked", attempts=0, next_attempt_at=tx.now, received_at=tx.now)
        )
        replayed += 1
    tx.wake("parked")
    return replayed


def _readable(row: Quarantined) -> bool:
    try:
        Envelope.from_json(row.body or "")
    except Unreadable:
        return False
    return True


def _rows() -> Select[Any]:
    names = ("queue", "event_id", "type", "source", "event_at", "received_at")
    columns = [inbox.c[name] for name in (*names, "attempts", "cause", "body")]
    return select(*columns).where(inbox.c.state == "quarantined")
