# SPDX-License-Identifier: EUPL-1.2
"""The timers table: one row for what falls due next, gone once it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Integer, String, Table, delete, func, or_, select
from sqlalchemy import update as change

from rueckhalt_routing.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

timers = Table(
    "timers",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("ref", String(36), nullable=False, index=True),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("lease_until_at", UtcDateTime),
    Column("owner", String(36)),
    Column("attempt", Integer, nullable=False, server_default="0"),
)


@dataclass(frozen=True, kw_only=True)
class Timer:
    """Something that falls due; with an owner while somebody does it."""

    key: str
    kind: str
    ref: str
    due_at: datetime
    lease_until_at: datetime | None = None
    owner: str | None = None
    attempt: int = 0


def put(tx: Transaction, timer: Timer, *, is_new: bool = False) -> None:
    """Set the timer, in place of an older one of the same key."""
    if not is_new:
        values = vars(timer)
        if tx.execute(change(timers).where(timers.c.key == timer.key).values(**values)).rowcount:
            return
    tx.add(timers, vars(timer))


def remove(tx: Transaction, ref: str) -> None:
    """Nothing of this reference falls due any more."""
    tx.execute(delete(timers).where(timers.c.ref == ref))


def hold(tx: Transaction, ref: str) -> None:
    """Lock the timers of a reference, so that everybody locks in the same order."""
    tx.execute(select(timers.c.key).where(timers.c.ref == ref).with_for_update()).all()


def claim(tx: Transaction, owner: str, *, until: datetime, limit: int) -> list[Timer]:
    """Take what is due and nobody holds; the lease ends by itself."""
    is_free = or_(timers.c.lease_until_at.is_(None), timers.c.lease_until_at <= tx.now)
    due = (
        select(timers.c.key)
        .where(timers.c.due_at <= tx.now, is_free)
        .order_by(timers.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = list(tx.execute(due).scalars())
    if not keys:
        return []
    tx.execute(
        change(timers)
        .where(timers.c.key.in_(keys), is_free)
        .values(owner=owner, lease_until_at=until, attempt=timers.c.attempt + 1)
    )
    mine = select(timers).where(timers.c.owner == owner, timers.c.key.in_(keys))
    found = [Timer(**row) for row in tx.execute(mine).mappings()]
    return sorted(found, key=lambda timer: timer.due_at)


def finish(tx: Transaction, timer: Timer) -> bool:
    """Remove the timer if it is still mine; false if it was moved, removed or taken."""
    mine = (timers.c.key == timer.key, timers.c.owner == timer.owner)
    return bool(tx.execute(delete(timers).where(*mine)).rowcount)


def put_off(tx: Transaction, timer: Timer, *, until: datetime) -> None:
    """Try again later, if the timer is still mine."""
    mine = (timers.c.key == timer.key, timers.c.owner == timer.owner)
    tx.execute(change(timers).where(*mine).values(owner=None, lease_until_at=until))


def refs(tx: Transaction, kind: str) -> set[str]:
    """Everything that has a timer of this kind."""
    return set(tx.execute(select(timers.c.ref).where(timers.c.kind == kind)).scalars())


def overdue(tx: Transaction, before: datetime) -> int:
    """How many timers should have fired before this instant."""
    query = select(func.count()).select_from(timers).where(timers.c.due_at < before)
    return tx.execute(query).scalar() or 0


def due_of(tx: Transaction, references: Sequence[str]) -> dict[str, datetime]:
    """When something falls due, by reference."""
    query = select(timers.c.ref, timers.c.due_at).where(timers.c.ref.in_(references))
    return {row.ref: row.due_at for row in tx.execute(query)}
