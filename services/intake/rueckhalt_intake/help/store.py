# SPDX-License-Identifier: EUPL-1.2
"""The entries a region has added or put in the place of one the package brings."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from rueckhalt_intake.help.domain import Entry
from rueckhalt_intake.help.reading import entry_of, row_of
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

help_entries = Table(
    "help_entries",
    metadata,
    Column("municipality", String(12), nullable=False),
    Column("id", String(40), nullable=False),
    Column("cells", JSON, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", String(80), nullable=False),
    PrimaryKeyConstraint("municipality", "id", name="pk_help_entries"),
)


def above(tx: Transaction, municipality: str) -> list[Entry]:
    """What this region and those above it have entered."""
    owners = [municipality[:length] for length in range(2, len(municipality) + 1)]
    return _entries(tx, help_entries.c.municipality.in_(owners))


def of(tx: Transaction, municipality: str) -> list[Entry]:
    """What this region itself has entered."""
    return _entries(tx, help_entries.c.municipality == municipality)


def everywhere(tx: Transaction) -> list[Entry]:
    """What all regions have entered, for whoever keeps the machine."""
    return _entries(tx, help_entries.c.municipality != "")


def save(tx: Transaction, entries: Iterable[Entry], *, by: str) -> None:
    """Add entries, or write them anew."""
    for entry in entries:
        values = {"cells": row_of(entry), "changed_at": tx.now, "changed_by": by[:80]}
        mine = _mine(entry.owner, entry.id)
        if tx.execute(select(help_entries.c.id).where(*mine)).first() is None:
            key = {"municipality": entry.owner, "id": entry.id}
            tx.execute(insert(help_entries), key | values)
        else:
            tx.execute(update(help_entries).where(*mine).values(values))


def remove(tx: Transaction, municipality: str, id: str) -> bool:
    """Drop an entry; False when there was none."""
    return bool(tx.execute(delete(help_entries).where(*_mine(municipality, id))).rowcount)


def _mine(municipality: str, id: str) -> Sequence[Any]:
    return help_entries.c.municipality == municipality, help_entries.c.id == id


def _entries(tx: Transaction, condition: Any) -> list[Entry]:
    query = select(help_entries).where(condition)
    rows = tx.execute(query.order_by(help_entries.c.municipality, help_entries.c.id)).mappings()
    return [entry_of(row["cells"], owner=row["municipality"]) for row in rows]
