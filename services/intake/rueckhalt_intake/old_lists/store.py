# SPDX-License-Identifier: EUPL-1.2
"""Lists that wait for the worker or for a person's word; what they say is sealed."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    and_,
    delete,
    or_,
    select,
    update,
)

from rueckhalt_intake.old_lists.domain import BRINGING, LOOKING, RECORD_KEPT, WAITING_KEPT, Waiting
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

old_lists = Table(
    "old_lists",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False, index=True),
    Column("scheme", String(20)),
    Column("state", String(10), nullable=False, index=True),
    Column("brought_by", String(80), nullable=False),
    Column("key_id", String(32), nullable=False, unique=True),
    Column("mode", String(8), nullable=False),
    Column("arrived_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("content", LargeBinary),  # sealed
    Column("found", LargeBinary),  # sealed
)
_LIGHT = [column for column in old_lists.c if column.name != "content"]
_RUNNING = (LOOKING, BRINGING)


def add(tx: Transaction, waiting: Waiting) -> None:
    """Keep a list."""
    tx.add(old_lists, vars(waiting))


def find(tx: Transaction, number: str, places: Collection[str]) -> Waiting | None:
    """A list of one of these municipalities, without its content."""
    mine = old_lists.c.municipality.in_(list(places))
    return _one(tx, select(*_LIGHT).where(old_lists.c.id == number, mine))


def content_of(tx: Transaction, number: str) -> bytes | None:
    """What was uploaded, sealed."""
    return tx.execute(select(old_lists.c.content).where(old_lists.c.id == number)).scalar()


def of(tx: Transaction, places: Collection[str], *, limit: int) -> list[Waiting]:
    """The lists of these municipalities, newest first, without what they say."""
    columns = [column for column in _LIGHT if column.name != "found"]
    mine = old_lists.c.municipality.in_(list(places))
    query = select(*columns).where(mine).order_by(old_lists.c.arrived_at.desc()).limit(limit)
    return [Waiting(**row) for row in tx.execute(query).mappings()]


def next_one(tx: Transaction) -> Waiting | None:
    """The list the worker takes up next."""
    query = select(*_LIGHT).where(old_lists.c.state.in_(_RUNNING))
    return _one(tx, query.order_by(old_lists.c.changed_at).limit(1))


def change(tx: Transaction, number: str, was: str, /, **values: Any) -> bool:
    """Change it while it is in this state; false where it is not, or has gone."""
    chosen = update(old_lists).where(old_lists.c.id == number, old_lists.c.state == was)
    return tx.execute(chosen.values(changed_at=tx.now, **values)).rowcount == 1


def remove(tx: Transaction, number: str) -> None:
    """Drop it."""
    tx.execute(delete(old_lists).where(old_lists.c.id == number))


def over(tx: Transaction, *, limit: int) -> list[Waiting]:
    """Lists nobody has confirmed in time, and records of those that came in long ago."""
    at, waits = old_lists.c.changed_at, old_lists.c.content.is_not(None)
    is_over = or_(
        and_(waits, old_lists.c.state.not_in(_RUNNING), at <= tx.now - WAITING_KEPT),
        at <= tx.now - RECORD_KEPT,
    )
    rows = tx.execute(select(*_LIGHT).where(is_over).limit(limit)).mappings()
    return [Waiting(**row) for row in rows]


def key_ids(tx: Transaction, among: Collection[str]) -> set[str]:
    """Which of these keys seal a list."""
    query = select(old_lists.c.key_id).where(old_lists.c.key_id.in_(list(among)))
    return set(tx.execute(query).scalars())


def count(tx: Transaction, places: Sequence[str]) -> int:
    """How many lists of these municipalities hold something."""
    query = select(old_lists.c.id).where(
        old_lists.c.municipality.in_(list(places)), old_lists.c.content.is_not(None)
    )
    return len(tx.execute(query).scalars().all())


def _one(tx: Transaction, query: Select[Any]) -> Waiting | None:
    row = tx.execute(query).mappings().one_or_none()
    return Waiting(**row) if row else None
