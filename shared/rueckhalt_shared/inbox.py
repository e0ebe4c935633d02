# SPDX-License-Identifier: EUPL-1.2
"""The inbox: an event counts once per queue, and one that fails is kept, never looped.

States: `done`; `parked` (waits for another attempt, alone); `quarantined` (eight attempts were
not enough, or nobody can read it: a person looks at it, see `quarantine`).
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Update, bindparam, delete, insert, select, update

from rueckhalt_shared.contracts import Envelope
from rueckhalt_shared.plumbing import inbox

if TYPE_CHECKING:
    from rueckhalt_shared.database import Transaction

ATTEMPTS = 8
BACK_OFF = (1, 5, 15, 30, 60, 180, 300)  # seconds between the eight attempts: about ten minutes
LEASE = 10.0  # seconds a claimed row stays with the one who claimed it
KEPT = timedelta(days=90)
_KEPT_RAW = 64 * 1024  # bytes of an unreadable body that are kept to look at

_KNOWN = select(inbox.c.queue, inbox.c.event_id).where(
    inbox.c.event_id.in_(bindparam("event_ids", expanding=True))
)


@dataclass(frozen=True)
class Parked:
    """A row that waits for the retry loop, as it was seen."""

    queue: str
    event_id: str
    attempts: int
    body: str
    received_at: datetime


class Superseded(Exception):
    """Another worker has finished this row; everything of this attempt is rolled back."""


def enter(
    tx: "Transaction", entries: Sequence[tuple[str, Envelope]], *, trusting: bool = False
) -> list[bool]:
    """Note the events as done; false for each that this queue knows already, in any state.

    In the same transaction the handlers run: if one raises, nobody was here. With `trusting`
    nobody asks what is known: a known event then breaks the commit, as an `IntegrityError`.
    """
    known = set() if trusting else _known(tx, entries)
    fresh: list[bool] = []
    for queue, envelope in entries:
        key = (queue, envelope.id)
        fresh.append(key not in known)
        if key not in known:
            known.add(key)
            tx.add(inbox, _row(tx, queue, envelope) | {"state": "done"})
    return fresh


def _known(tx: "Transaction", entries: Sequence[tuple[str, Envelope]]) -> set[tuple[str, str]]:
    ids = [envelope.id for _, envelope in entries]
    return {(row.queue, row.event_id) for row in tx.execute(_KNOWN, {"event_ids": ids})}


def park(
    tx: "Transaction", queue: str, envelope: Envelope, *, cause: str, attempts: int, due: datetime
) -> None:
    """Keep the event with its cause for the retry loop; nothing if the queue knows it."""
    if _is_known(tx, queue, envelope.id):
        return
    row = _row(tx, queue, envelope) | {
        "state": "parked",
        "attempts": attempts,
        "cause": cause,
        "next_attempt_at": due,
        "body": envelope.to_json(),
    }
    tx.execute(insert(inbox), row)
    tx.wake("parked")


def accept(tx: "Transaction", queues: Sequence[str], envelope: Envelope) -> None:
    """Take an event that came by HTTP instead of by the bus (DECISIONS 12): due at once."""
    for queue in queues:
        park(tx, queue, envelope, cause="by HTTP", attempts=0, due=tx.now)


def quarantine_raw(tx: "Transaction", queue: str, body: bytes, *, cause: str) -> None:
    """Keep what nobody can read: its bytes, under their own hash."""
    event_id = f"raw:{hashlib.sha256(body).hexdigest()}"
    if _is_known(tx, queue, event_id):
        return
    tx.execute(
        insert(inbox),
        {
            "queue": queue,
            "event_id": event_id,
            "type": "?",
            "source": "?",
            "event_at": tx.now,
            "state": "quarantined",
            "received_at": tx.now,
            "cause": cause,
            "body": body[:_KEPT_RAW].decode("utf-8", "backslashreplace").replace("\0", "\\x00"),
        },
    )


def quarantine_envelope(tx: "Transaction", queue: str, envelope: Envelope, *, cause: str) -> None:
    """Keep an event that can be read but must not be applied (unknown type, wrong producer)."""
    if _is_known(tx, queue, envelope.id):
        return
    row = _row(tx, queue, envelope)
    row |= {"state": "quarantined", "cause": cause, "body": envelope.to_json()}
    tx.execute(insert(inbox), row)


def due(tx: "Transaction", *, limit: int) -> list[Parked]:
    """Parked rows whose next attempt has come, the longest waiting first."""
    rows = tx.execute(
        select(inbox.c.queue, inbox.c.event_id, inbox.c.attempts, inbox.c.body, inbox.c.received_at)
        .where(inbox.c.state == "parked", inbox.c.next_attempt_at <= tx.now)
        .order_by(inbox.c.next_attempt_at)
        .limit(limit)
    )
    return [
        Parked(row.queue, row.event_id, row.attempts, row.body, row.received_at) for row in rows
    ]


def next_due(tx: "Transaction") -> datetime | None:
    """When the next parked row is due."""
    return tx.execute(
        select(inbox.c.next_attempt_at)
        .where(inbox.c.state == "parked")
        .order_by(inbox.c.next_attempt_at)
        .limit(1)
    ).scalar_one_or_none()


def claim(tx: "Transaction", row: Parked) -> bool:
    """Count the attempt before it runs, by compare-and-set; false if another worker was faster."""
    result = tx.execute(
        _same(row.queue, row.event_id, row.attempts).values(
            attempts=row.attempts + 1, next_attempt_at=tx.now + timedelta(seconds=LEASE)
        )
    )
    return result.rowcount == 1


def finish(tx: "Transaction", row: Parked) -> None:
    """The claimed row's handler has run in this transaction; raises `Superseded`."""
    result = tx.execute(
        _same(row.queue, row.event_id, row.attempts + 1).values(
            state="done", next_attempt_at=None, cause=None, body=None
        )
    )
    if result.rowcount != 1:
        raise Superseded(f"{row.queue} {row.event_id}")


def fail(tx: "Transaction", row: Parked, *, cause: str) -> bool:
    """The claimed attempt failed: back off, or quarantine after the eighth (answers true)."""
    attempts = row.attempts + 1
    if attempts >= ATTEMPTS:
        tx.execute(
            _same(row.queue, row.event_id, attempts).values(
                state="quarantined", next_attempt_at=None, cause=cause
            )
        )
        return True
    pause = BACK_OFF[attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, no secret
    tx.execute(
        _same(row.queue, row.event_id, attempts).values(
            next_attempt_at=tx.now + timedelta(seconds=pause), cause=cause
        )
    )
    return False


def quarantine_claimed(tx: "Transaction", row: Parked, *, cause: str) -> None:
    """The claimed row can never be applied; no further attempt would change that."""
    tx.execute(
        _same(row.queue, row.event_id, row.attempts + 1).values(
            state="quarantined", next_attempt_at=None, cause=cause
        )
    )


def give_up(tx: "Transaction", row: Parked, *, cause: str) -> None:
    """No attempt is left for a row that nobody has claimed."""
    tx.execute(
        _same(row.queue, row.event_id, row.attempts).values(
            state="quarantined", next_attempt_at=None, cause=cause
        )
    )


def uncount(tx: "Transaction", row: Parked, *, cause: str, pause: float) -> None:
    """The claimed attempt was nobody's fault (database away, precondition not here yet)."""
    tx.execute(
        _same(row.queue, row.event_id, row.attempts + 1).values(
            attempts=row.attempts, next_attempt_at=tx.now + timedelta(seconds=pause), cause=cause
        )
    )


def forget_old(tx: "Transaction") -> int:
    """Done rows stay ninety days: longer than any broker or backup can deliver again."""
    return tx.execute(
        delete(inbox).where(inbox.c.state == "done", inbox.c.received_at < tx.now - KEPT)
    ).rowcount


def _row(tx: "Transaction", queue: str, envelope: Envelope) -> dict[str, object]:
    return {
        "queue": queue,
        "event_id": envelope.id,
        "type": envelope.type,
        "source": envelope.service,
        "event_at": envelope.time,
        "received_at": tx.now,
        "attempts": 0,
    }


def _is_known(tx: "Transaction", queue: str, event_id: str) -> bool:
    same = (inbox.c.queue == queue, inbox.c.event_id == event_id)
    return tx.execute(select(inbox.c.event_id).where(*same)).first() is not None


def _same(queue: str, event_id: str, attempts: int) -> Update:
    return update(inbox).where(
        inbox.c.queue == queue,
        inbox.c.event_id == event_id,
        inbox.c.state == "parked",
        inbox.c.attempts == attempts,
    )
