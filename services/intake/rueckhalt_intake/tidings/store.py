# SPDX-License-Identifier: EUPL-1.2
"""Wishes with their sealed addresses, and words on their way; no word says what is new."""

from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    select,
    update,
)

from rueckhalt_intake.tables import metadata
from rueckhalt_intake.tidings.domain import Tiding, Wish
from rueckhalt_shared.database import Transaction, UtcDateTime

tidings_wishes = Table(
    "tidings_wishes",
    metadata,
    Column("incident_id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("language", String(8), nullable=False),
    Column("states", Boolean, nullable=False),
    Column("address", LargeBinary, nullable=False),  # sealed
)
tidings = Table(
    "tidings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident_id", String(36), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
)
TABLES = (tidings.name, tidings_wishes.name)
_TOLD = [tidings.c[name] for name in Tiding.__dataclass_fields__]


def wish_of(tx: Transaction, incident_id: str) -> Wish | None:
    """The wish of whoever reported this incident."""
    query = select(tidings_wishes).where(tidings_wishes.c.incident_id == incident_id)
    row = tx.execute(query).mappings().one_or_none()
    return Wish(**row) if row else None


def set_wish(tx: Transaction, wish: Wish) -> None:
    """Keep a wish instead of an older one."""
    mine = tidings_wishes.c.incident_id == wish.incident_id
    if not tx.execute(update(tidings_wishes).where(mine).values(**vars(wish))).rowcount:
        tx.add(tidings_wishes, vars(wish))


def add(tx: Transaction, tiding: Tiding) -> None:
    """One more word is due now."""
    tx.add(tidings, vars(tiding) | {"due_at": tx.now})


def is_waiting(tx: Transaction, incident_id: str) -> bool:
    """Is a word on its way already?"""
    query = select(tidings.c.id).where(tidings.c.incident_id == incident_id)
    return tx.execute(query.limit(1)).first() is not None


def due(tx: Transaction, *, limit: int) -> list[Tiding]:
    """Words whose time has come, oldest first."""
    query = select(*_TOLD).where(tidings.c.due_at <= tx.now)
    rows = tx.execute(query.order_by(tidings.c.due_at).limit(limit)).mappings()
    return [Tiding(**row) for row in rows]


def begin(tx: Transaction, tiding: Tiding, *, again_at: datetime) -> bool:
    """Take it for one attempt; false where somebody else has it, or it has gone."""
    mine = (tidings.c.id == tiding.id, tidings.c.attempts == tiding.attempts)
    values = {"attempts": tiding.attempts + 1, "due_at": again_at}
    return tx.execute(update(tidings).where(*mine).values(values)).rowcount == 1


def end(tx: Transaction, tiding_id: str) -> None:
    """It is handed over, or nobody can be reached by it."""
    tx.execute(delete(tidings).where(tidings.c.id == tiding_id))


def oldest(tx: Transaction) -> datetime | None:
    """Since when the oldest word waits."""
    query = select(tidings.c.created_at).order_by(tidings.c.created_at).limit(1)
    return tx.execute(query).scalar_one_or_none()


def remove(tx: Transaction, incident_id: str) -> None:
    """Drop the wish, its address and what is on its way."""
    for table in (tidings, tidings_wishes):
        tx.execute(delete(table).where(table.c.incident_id == incident_id))
