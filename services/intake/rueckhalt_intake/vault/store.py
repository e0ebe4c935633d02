# SPDX-License-Identifier: EUPL-1.2
"""The tables of the key store, which lies apart from the reports: `intake-keys.db` or an own
PostgreSQL schema. A copy of the reports without it is unreadable."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    false,
    func,
    insert,
    select,
    text,
    true,
    update,
)
from sqlalchemy.schema import CreateSchema

from rueckhalt_shared.database import Transaction, UtcDateTime, naming_convention

SCHEMA = "intake_keys"  # on PostgreSQL
LOOKED_AT = 2000  # keys in one look of the sweep
metadata = MetaData(naming_convention=naming_convention)

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("master", String(16), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("settled", Boolean, nullable=False, server_default=false()),  # an incident has it
)
Index(
    "ix_data_keys_unsettled",
    data_keys.c.made_at,
    sqlite_where=text("settled = 0"),
    postgresql_where=text("NOT settled"),
)
own_secrets = Table(
    "own_secrets",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("master", String(16), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)

_INSERT = insert(data_keys)


def prepare(tx: Transaction) -> None:
    """Create what is missing; does nothing from the second start on."""
    if tx.dialect == "postgresql":
        tx.execute(CreateSchema(SCHEMA, if_not_exists=True))
    metadata.create_all(tx.connection)


def add(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Keep freshly wrapped data keys."""
    tx.execute(_INSERT, list(rows))


def find(tx: Transaction, key_id: str) -> bytes | None:
    """The wrapped data key."""
    query = select(data_keys.c.wrapped).where(data_keys.c.id == key_id)
    return tx.execute(query).scalar_one_or_none()


def drop(tx: Transaction, key_id: str) -> None:
    """Shred a data key: what it sealed stays shut for good."""
    tx.execute(delete(data_keys).where(data_keys.c.id == key_id))


def masters(tx: Transaction) -> set[str]:
    """The ids of the master keys in use; empty before the very first start."""
    return set(tx.execute(select(own_secrets.c.master)).scalars())


def unsettled(tx: Transaction, *, before: datetime, limit: int = LOOKED_AT) -> list[str]:
    """Keys nobody has looked for yet, oldest first."""
    query = (
        select(data_keys.c.id)
        .where(data_keys.c.settled == false(), data_keys.c.made_at < before)
        .order_by(data_keys.c.made_at)
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


def settle(tx: Transaction, *, used: Collection[str], orphans: Collection[str]) -> None:
    """Remember which keys have an incident; drop those that never got one."""
    if used:
        tx.execute(update(data_keys).where(data_keys.c.id.in_(list(used))).values(settled=true()))
    if orphans:
        tx.execute(delete(data_keys).where(data_keys.c.id.in_(list(orphans))))


def count(tx: Transaction) -> int:
    """How many data keys there are."""
    return int(tx.execute(select(func.count()).select_from(data_keys)).scalar_one())


def secret(tx: Transaction, name: str) -> bytes | None:
    """A wrapped secret of the service itself."""
    query = select(own_secrets.c.wrapped).where(own_secrets.c.name == name)
    return tx.execute(query).scalar_one_or_none()


def keep_secret(tx: Transaction, name: str, wrapped: bytes, *, master: str) -> bytes:
    """Keep a secret unless there is one; answers the one that stays."""
    if (known := secret(tx, name)) is not None:
        return known
    tx.execute(insert(own_secrets), {"name": name, "wrapped": wrapped, "master": master})
    return wrapped
