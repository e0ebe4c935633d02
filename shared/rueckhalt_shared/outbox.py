# SPDX-License-Identifier: EUPL-1.2
"""The outbox: events wait here, beside the rows they tell about, until the broker has them.

Rows are read by the flag "not yet published", never by `seq > last`: PostgreSQL hands out
sequence numbers before the commit, so a later number may become visible first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Event
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.plumbing import outbox, subject_versions

if TYPE_CHECKING:
    from rueckhalt_shared.database import Transaction

LARGEST = 64 * 1024
ERASED = ""  # the body of an archived event whose incident was erased: never sent again
_KEPT = timedelta(days=30)

_INSERT = insert(outbox)
_RAISE = (
    update(subject_versions)
    .where(subject_versions.c.subject == bindparam("key"))
    .values(version=subject_versions.c.version + 1)
    .returning(subject_versions.c.version)
)
_WAITING = (
    select(outbox.c.seq, outbox.c.id, outbox.c.type, outbox.c.body, outbox.c.attempts)
    .where(
        outbox.c.published_at.is_(None),
        or_(outbox.c.next_attempt_at.is_(None), outbox.c.next_attempt_at <= bindparam("now")),
    )
    .order_by(outbox.c.seq)
    .limit(bindparam("limit"))
)
_STAMP = (
    update(outbox)
    .where(outbox.c.seq.in_(bindparam("seqs", expanding=True)))
    .values(published_at=bindparam("at"), cause=None)
)


class TooLarge(Exception):
    """An event's body is over 64 KiB; the broker would refuse it for ever."""


@dataclass(frozen=True)
class Waiting:
    """A row that the broker does not have yet."""

    seq: int
    id: str
    type: str
    body: str
    attempts: int


def add(tx: "Transaction", event: Event) -> str:
    """Wrap the event and put it beside the business rows; answers its id.

    Called by `Transaction.publish` only. An event without a version gets the next one of its
    subject.
    """
    version = event.version or next_version(tx, event.subject)
    event_id = uuid7()
    envelope = contracts.wrap(event, service=tx.service, id=event_id, time=tx.now, version=version)
    body = envelope.to_json()
    if len(body) > LARGEST:  # pure ASCII: characters are bytes
        raise TooLarge(f"{envelope.type}: {len(body)} bytes, at most {LARGEST}")
    tx.execute(
        _INSERT,
        {
            "id": event_id,
            "type": envelope.type,
            "subject": event.subject,
            "version": version,
            "body": body,
            "created_at": tx.now,
        },
    )
    return event_id


def next_version(tx: "Transaction", subject: str) -> int:
    """The next gapless version of a subject whose rows do not count it themselves."""
    raised = tx.execute(_RAISE, {"key": subject}).scalar_one_or_none()
    if raised is not None:
        return int(raised)
    tx.execute(insert(subject_versions), {"subject": subject, "version": 1})
    return 1


def waiting(tx: "Transaction", *, limit: int) -> list[Waiting]:
    """The oldest rows that are due to be published."""
    rows = tx.execute(_WAITING, {"now": tx.now, "limit": limit})
    return [Waiting(row.seq, row.id, row.type, row.body, row.attempts) for row in rows]


def stamp(tx: "Transaction", seqs: Sequence[int]) -> None:
    """The broker has confirmed these rows."""
    tx.execute(_STAMP, {"seqs": list(seqs), "at": tx.now})


def set_back(tx: "Transaction", seqs: Sequence[int], *, cause: str, until: datetime) -> None:
    """These rows try again later; no other row waits for them."""
    tx.execute(
        update(outbox)
        .where(outbox.c.seq.in_(list(seqs)))
        .values(attempts=outbox.c.attempts + 1, next_attempt_at=until, cause=cause)
    )


def send_again(
    tx: "Transaction",
    *,
    event_ids: Sequence[str] = (),
    subject: str | None = None,
    types: Sequence[str] = (),
) -> int:
    """Publish archived rows again under the same ids; answers how many.

    By ids, or by subject (optionally only some types). Whoever has an event already drops it.
    """
    condition = (
        outbox.c.subject == subject if subject is not None else outbox.c.id.in_(list(event_ids))
    )
    statement = update(outbox).where(
        condition, outbox.c.published_at.is_not(None), outbox.c.body != ERASED
    )
    if types:
        statement = statement.where(outbox.c.type.in_(list(types)))
    result = tx.execute(statement.values(published_at=None, attempts=0, next_attempt_at=None))
    tx.wake("outbox")
    return result.rowcount


def send_window_again(tx: "Transaction", start: datetime, end: datetime) -> int:
    """Publish everything stated between two instants again (repair of a gap)."""
    result = tx.execute(
        update(outbox)
        .where(
            outbox.c.created_at >= start,
            outbox.c.created_at < end,
            outbox.c.published_at.is_not(None),
            outbox.c.body != ERASED,
        )
        .values(published_at=None, attempts=0, next_attempt_at=None)
    )
    tx.wake("outbox")
    return result.rowcount


def lag(tx: "Transaction") -> tuple[int, datetime | None]:
    """How many rows wait, and since when the oldest does."""
    query = select(func.count().label("count"), func.min(outbox.c.created_at).label("oldest"))
    row = tx.execute(query.where(outbox.c.published_at.is_(None))).one()
    return int(row._mapping["count"]), row._mapping["oldest"]


def forget_old(tx: "Transaction") -> int:
    """Published rows stay thirty days as the archive that repairs gaps."""
    return tx.execute(delete(outbox).where(outbox.c.published_at < tx.now - _KEPT)).rowcount
