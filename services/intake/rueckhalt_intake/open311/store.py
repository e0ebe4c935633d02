# SPDX-License-Identifier: EUPL-1.2
"""How far each list of others has been looked through."""

from sqlalchemy import Column, Integer, String, Table, insert, select, update

from rueckhalt_intake.open311.domain import Standing
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

open311_lists = Table(
    "open311_lists",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("seen_until", UtcDateTime),
    Column("next_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("cause", String(200)),
    Column("looked_at", UtcDateTime),
)


def find(tx: Transaction, name: str) -> Standing:
    """How far it is; a list nobody has looked at is at its beginning."""
    query = select(open311_lists).where(open311_lists.c.name == name)
    row = tx.execute(query).mappings().one_or_none()
    return Standing(**row) if row else Standing(name=name)


def save(tx: Transaction, standing: Standing) -> None:
    """Keep it."""
    mine = update(open311_lists).where(open311_lists.c.name == standing.name)
    if not tx.execute(mine.values(**vars(standing))).rowcount:
        tx.execute(insert(open311_lists), vars(standing))
