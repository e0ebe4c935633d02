# SPDX-License-Identifier: EUPL-1.2
"""The people of the plans by id, and what notify says about their contacts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, insert, or_, select
from sqlalchemy import update as change

from rueckhalt_routing.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

persons = Table(
    "persons",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False, index=True),
    Column("key", String(64), nullable=False),
    Column("kind", String(8), nullable=False),  # person | partner
    Column("name", String(120), nullable=False),
    Column("unit", String(40)),
    Column("active", Boolean, nullable=False),
)
reach = Table(
    "reach",
    metadata,
    Column("contact_id", String(64), primary_key=True),
    Column("person", String(36), index=True),
    Column("partner", String(36)),
    Column("channel", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("details", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
)


def of_municipality(tx: Transaction, municipality: str) -> dict[str, dict[str, Any]]:
    """All people of a municipality's plans by id, former ones included."""
    query = select(persons).where(persons.c.municipality == municipality)
    return {row["id"]: dict(row) for row in tx.execute(query).mappings()}


def active_keys(tx: Transaction, municipality: str) -> set[str]:
    """Keys of everybody the newest plan of a municipality names."""
    mine = (persons.c.municipality == municipality, persons.c.active)
    return set(tx.execute(select(persons.c.key).where(*mine)).scalars())


def add(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Store new people."""
    if rows:
        tx.execute(insert(persons), rows)


def save(tx: Transaction, row: dict[str, Any]) -> None:
    """Change one person."""
    tx.execute(change(persons).where(persons.c.id == row["id"]).values(**row))


def names(tx: Transaction, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Key and name of these people by id."""
    query = select(persons.c.id, persons.c.key, persons.c.name).where(persons.c.id.in_(list(ids)))
    return {row.id: (row.key, row.name) for row in tx.execute(query)}


def reach_version(tx: Transaction, contact_id: str) -> int | None:
    """Which version of a contact's state is known; none if the contact is new."""
    query = select(reach.c.version).where(reach.c.contact_id == contact_id)
    version: int | None = tx.execute(query).scalar()
    return version


def keep_reach(tx: Transaction, row: dict[str, Any], *, is_new: bool, now: datetime) -> None:
    """Store what is known of a contact now."""
    values = row | {"noted_at": now}
    if is_new:
        tx.execute(insert(reach), values)
    else:
        tx.execute(change(reach).where(reach.c.contact_id == row["contact_id"]).values(**values))


def contacts(tx: Transaction, municipality: str) -> list[dict[str, Any]]:
    """What is known of the contacts of everybody a municipality's plans name, with their key."""
    mine = or_(reach.c.person == persons.c.id, reach.c.partner == persons.c.id)
    query = (
        select(persons.c.key, reach.c.state, reach.c.details, reach.c.noted_at)
        .join_from(persons, reach, mine)
        .where(persons.c.municipality == municipality)
        .order_by(persons.c.key, reach.c.contact_id)
    )
    return [dict(row) for row in tx.execute(query).mappings()]
