# SPDX-License-Identifier: EUPL-1.2
"""The calls of the webhook: a row first, then the network."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    or_,
    select,
    text,
)
from sqlalchemy import update as change

from rueckhalt_routing.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

WAITING, SENT, FAILED = "waiting", "sent", "failed"

webhook_calls = Table(
    "webhook_calls",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("type", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("lease_until_at", UtcDateTime),
    Column("owner", String(36)),
    Column("cause", String(80)),
    Column("ended_at", UtcDateTime),
)
Index(
    "ix_webhook_calls_waiting",
    webhook_calls.c.next_attempt_at,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call to the webhook; the id is the event's, so that a repeat is recognised."""

    id: str
    type: str
    body: str
    state: str = WAITING
    attempts: int = 0
    created_at: datetime
    next_attempt_at: datetime
    lease_until_at: datetime | None = None
    owner: str | None = None
    cause: str | None = None
    ended_at: datetime | None = None


def add(tx: Transaction, call: Call) -> None:
    """Store a call to be made."""
    tx.execute(insert(webhook_calls), vars(call))


def claim(tx: Transaction, owner: str, *, until: datetime, limit: int) -> list[Call]:
    """Take what is due and nobody holds."""
    is_free = or_(
        webhook_calls.c.lease_until_at.is_(None), webhook_calls.c.lease_until_at <= tx.now
    )
    due = (
        select(webhook_calls.c.id)
        .where(webhook_calls.c.state == WAITING)
        .where(webhook_calls.c.next_attempt_at <= tx.now, is_free)
        .order_by(webhook_calls.c.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.execute(due).scalars())
    if not ids:
        return []
    tx.execute(
        change(webhook_calls)
        .where(webhook_calls.c.id.in_(ids), is_free)
        .values(owner=owner, lease_until_at=until, attempts=webhook_calls.c.attempts + 1)
    )
    mine = select(webhook_calls).where(webhook_calls.c.id.in_(ids), webhook_calls.c.owner == owner)
    calls = [Call(**row) for row in tx.execute(mine).mappings()]
    return sorted(calls, key=lambda call: call.created_at)


def end(tx: Transaction, call: Call, state: str, cause: str | None) -> None:
    """The call was made, or is given up."""
    _save(tx, call, {"state": state, "cause": cause, "ended_at": tx.now})


def put_off(tx: Transaction, call: Call, *, until: datetime, cause: str) -> None:
    """Try again later."""
    _save(tx, call, {"next_attempt_at": until, "cause": cause})


def remove(tx: Transaction, about: str) -> None:
    """Drop every call whose body names this id."""
    tx.execute(delete(webhook_calls).where(webhook_calls.c.body.contains(about, autoescape=True)))


def _save(tx: Transaction, call: Call, values: dict[str, object]) -> None:
    tx.execute(
        change(webhook_calls)
        .where(webhook_calls.c.id == call.id, webhook_calls.c.owner == call.owner)
        .values(owner=None, lease_until_at=None, **values)
    )
