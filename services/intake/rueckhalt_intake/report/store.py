# SPDX-License-Identifier: EUPL-1.2
"""Drafts: found by the hash of a cookie or by the handle of seven words, and sealed."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    and_,
    delete,
    or_,
    select,
    update,
)

from rueckhalt_intake.report.domain import LOG, LOG_KEPT, RECEIPT_KEPT, REPORT_KEPT, Draft
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

drafts = Table(
    "report_drafts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("municipality", String(12), nullable=False),
    Column("holder", String(64), nullable=False, unique=True),
    Column("key_id", String(32), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False, index=True),
    Column("content", LargeBinary),  # sealed
    Column("lookup", String(64), unique=True),
    Column("public_key", LargeBinary),
    Column("incident_id", String(36), index=True),
    Column("answer", LargeBinary),  # sealed for the cookie
)


def add(tx: Transaction, draft: Draft) -> None:
    """Keep a new draft."""
    tx.add(drafts, vars(draft))


def find(tx: Transaction, holder: str) -> Draft | None:
    """The draft of a cookie's hash."""
    return _one(tx, drafts.c.holder == holder)


def find_locked(tx: Transaction, holder: str) -> Draft | None:
    """The same; nobody else changes it until the commit."""
    query = select(drafts).where(drafts.c.holder == holder).with_for_update()
    row = tx.execute(query).mappings().one_or_none()
    return _draft(row) if row else None


def find_by_lookup(tx: Transaction, lookup: str) -> Draft | None:
    """The draft of seven words."""
    return _one(tx, drafts.c.lookup == lookup)


def save(tx: Transaction, draft: Draft, **values: Any) -> bool:
    """Change it, unless somebody else has since it was read."""
    mine = (drafts.c.id == draft.id, drafts.c.version == draft.version)
    values |= {"version": draft.version + 1, "changed_at": tx.now}
    return tx.execute(update(drafts).where(*mine).values(**values)).rowcount == 1


def remove(tx: Transaction, draft_id: str) -> None:
    """Drop it."""
    tx.execute(delete(drafts).where(drafts.c.id == draft_id))


def remove_of_incident(tx: Transaction, incident_id: str) -> None:
    """Drop what is left of the draft an incident came from."""
    tx.execute(delete(drafts).where(drafts.c.incident_id == incident_id))


def key_ids(tx: Transaction, among: Collection[str]) -> set[str]:
    """Which of these keys belong to a draft."""
    query = select(drafts.c.key_id).where(drafts.c.key_id.in_(list(among)))
    return set(tx.execute(query).scalars())


def over(tx: Transaction, *, limit: int) -> list[Draft]:
    """Drafts that are too old, and receipts of those that were sent."""
    at, sent = drafts.c.changed_at, drafts.c.incident_id.is_not(None)
    open_ = drafts.c.incident_id.is_(None)
    is_over = or_(
        and_(sent, at <= tx.now - RECEIPT_KEPT),
        and_(open_, drafts.c.kind == LOG, at <= tx.now - LOG_KEPT),
        and_(open_, drafts.c.kind != LOG, at <= tx.now - REPORT_KEPT),
    )
    rows = tx.execute(select(drafts).where(is_over).limit(limit)).mappings()
    return [_draft(row) for row in rows]


def _one(tx: Transaction, condition: Any) -> Draft | None:
    row = tx.execute(select(drafts).where(condition)).mappings().one_or_none()
    return _draft(row) if row else None


def _draft(row: RowMapping) -> Draft:
    return Draft(**row)
