# SPDX-License-Identifier: EUPL-1.2
"""The facts table, and the two-way road between its rows and Fact."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    RowMapping,
    String,
    Table,
    bindparam,
    insert,
    select,
    update,
)

from rueckhalt_reporting.facts.domain import Coding, Fact
from rueckhalt_reporting.tables import metadata
from rueckhalt_shared.columns import UtcDateTime
from rueckhalt_shared.database import Transaction

facts = Table(
    "facts",
    metadata,
    Column("incident", String(64), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("month", String(7)),
    Column("forms", JSON, nullable=False),
    Column("channel", String(40), nullable=False),
    Column("place", String(40), nullable=False),
    Column("affected_groups", JSON, nullable=False),
    Column("relation", String(40), nullable=False),
    Column("motives", JSON, nullable=False),
    Column("severity", String(40), nullable=False),
    Column("danger_level", String(40), nullable=False),
    Column("unit", String(40), nullable=False),
    Column("cluster", String(40), nullable=False),
    Column("reporter_kind", String(40), nullable=False),
    Column("coding_version", BigInteger, nullable=False),
    Column("imported", Boolean, nullable=False),
    Column("close_reason", String(40)),
    Column("feedback_given", Boolean, nullable=False),
    Column("closed_version", BigInteger, nullable=False),
    Column("urgency", String(40), nullable=False),
    Column("urgency_version", BigInteger, nullable=False),
    Column("responsibility", String(40), nullable=False),
    Column("responsibility_version", BigInteger, nullable=False),
    Column("assigned_at", UtcDateTime),
    Column("taken_over_at", UtcDateTime),
    Column("escalated_in", JSON, nullable=False),
    Column("notice", String(40), nullable=False),
)
Index("ix_facts_month", facts.c.month, facts.c.incident)

_CODED = tuple(field.name for field in fields(Coding))
_LISTS = ("forms", "affected_groups", "motives")
_OWN = tuple(field.name for field in fields(Fact) if field.name not in ("coding", "escalated_in"))

_INSERT = insert(facts)
# Locked on PostgreSQL, so that two events about one incident never count from the same fact; in
# one order, so that two batches never wait for each other.
_FIND = (
    select(facts)
    .where(facts.c.incident.in_(bindparam("keys", expanding=True)))
    .order_by(facts.c.incident)
    .with_for_update()
)
_SAVE = update(facts).where(facts.c.incident == bindparam("key"))
_MONTHS = select(facts.c.month).where(facts.c.month.is_not(None)).distinct()
_OF_MONTH = (
    select(facts)
    .where(facts.c.month == bindparam("month"), facts.c.incident > bindparam("after"))
    .order_by(facts.c.incident)
    .limit(bindparam("page"))
)
_PAGE = 2000


def find_all(tx: Transaction, incidents: Collection[str]) -> dict[str, Fact]:
    """The facts there are of these incidents, kept for this transaction."""
    rows = tx.execute(_FIND, {"keys": sorted(incidents)}).mappings()
    return {row["incident"]: _fact(row) for row in rows}


def add_all(tx: Transaction, facts: Sequence[Fact]) -> None:
    """The first that is known of these incidents."""
    if facts:
        tx.execute(_INSERT, [_row(fact) for fact in facts])


def save_all(tx: Transaction, facts: Sequence[Fact]) -> None:
    """What is known of them now."""
    if facts:
        tx.execute(_SAVE, [_row(fact) | {"key": fact.incident} for fact in facts])


def months(tx: Transaction) -> list[str]:
    """Every month that holds a fact."""
    return [row.month for row in tx.execute(_MONTHS)]


def of_month(tx: Transaction, month: str) -> Iterator[Fact]:
    """The facts of a month, read page by page."""
    after = ""
    while True:
        page = {"month": month, "after": after, "page": _PAGE}
        rows = tx.execute(_OF_MONTH, page).mappings().all()
        yield from map(_fact, rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1]["incident"]


def _row(fact: Fact) -> dict[str, Any]:
    row = {name: getattr(fact, name) for name in _OWN}
    row |= {name: getattr(fact.coding, name) for name in _CODED}
    row |= {name: list(row[name]) for name in _LISTS}
    return row | {"escalated_in": sorted(fact.escalated_in)}


def _fact(row: RowMapping) -> Fact:
    coded = {name: row[name] for name in _CODED}
    coded |= {name: tuple(coded[name]) for name in _LISTS}
    own = {name: row[name] for name in _OWN}
    return Fact(coding=Coding(**coded), escalated_in=frozenset(row["escalated_in"]), **own)
