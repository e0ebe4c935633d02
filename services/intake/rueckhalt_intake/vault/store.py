# SPDX-License-Identifier: EUPL-1.2
"""The tables of the key store, which lies apart from the reports: `intake-keys.db` or an own
PostgreSQL schema. A copy of the reports without it is unreadable."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    LargeBinary,
    Row,
    String,
    Table,
    bindparam,
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

from rueckhalt_intake.vault.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

SCHEMA = "intake_keys"  # on PostgreSQL
MARKS = "marks"  # the service's own secret; the master key that wraps it wraps all new keys, too
ROLE = "r"  # ids of role keys begin so; those of master keys are hexadecimal
LOOKED_AT = 2000  # keys in one look of the sweep

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("master", String(16), nullable=False, index=True),  # master key, or role key: `r…`
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
# Keys that should hang on a role key and hang on a master key, because there was no role key.
exposed_keys = Table(
    "exposed_keys",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("municipality", String(12), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
)

_INSERT = insert(data_keys)
_REHANG = (
    update(data_keys)
    .where(data_keys.c.id == bindparam("key"), data_keys.c.master == bindparam("was"))
    .values(master=bindparam("now_on"), wrapped=bindparam("rewrapped"))
)


@dataclass(frozen=True)
class Hanging:
    """A wrapped key, and the master or role key it hangs on."""

    id: str
    master: str
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True)
class Rehung:
    """A key that hangs on another one from now on."""

    before: Hanging
    master: str
    wrapped: bytes = field(repr=False)


def prepare(tx: Transaction) -> None:
    """Create what is missing; does nothing from the second start on."""
    if tx.dialect == "postgresql":
        tx.execute(CreateSchema(SCHEMA, if_not_exists=True))
    metadata.create_all(tx.connection)
    for table in metadata.tables.values():
        for index in table.indexes:  # of a table that an older version has made
            index.create(tx.connection, checkfirst=True)


def add(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Keep freshly wrapped data keys."""
    tx.execute(_INSERT, list(rows))


def find(tx: Transaction, key_id: str) -> Hanging | None:
    """The wrapped data key."""
    query = select(data_keys.c.id, data_keys.c.master, data_keys.c.wrapped)
    row = tx.execute(query.where(data_keys.c.id == key_id)).one_or_none()
    return _hanging(row) if row else None


def among(tx: Transaction, keys: Collection[str]) -> set[str]:
    """Which of these data keys there are."""
    query = select(data_keys.c.id).where(data_keys.c.id.in_(list(keys)))
    return set(tx.execute(query).scalars())


def drop(tx: Transaction, keys: Collection[str]) -> None:
    """Shred data keys: what they sealed stays shut for good."""
    chosen = list(keys)
    tx.execute(delete(data_keys).where(data_keys.c.id.in_(chosen)))
    tx.execute(delete(exposed_keys).where(exposed_keys.c.key_id.in_(chosen)))


def holders(tx: Transaction) -> set[str]:
    """The ids of the master and role keys on which anything hangs."""
    found = set(tx.execute(select(own_secrets.c.master)).scalars())
    last: str | None = ""
    while last is not None:  # from one to the next by the index: there are few among many rows
        query = select(func.min(data_keys.c.master)).where(data_keys.c.master > last)
        last = tx.execute(query).scalar_one()
        found |= {last} if last else set()
    return found


def masters(tx: Transaction) -> set[str]:
    """The ids of the master keys in use; empty before the very first start."""
    return {each for each in holders(tx) if not each.startswith(ROLE)}


def wrapping(tx: Transaction) -> str:
    """The id of the master key that wraps new keys; it stays so until the commit."""
    query = select(own_secrets.c.master).where(own_secrets.c.name == MARKS)
    return str(tx.execute(query.with_for_update(read=True)).scalar_one())


def hanging_on(tx: Transaction, master: str, *, after: str, limit: int) -> list[Hanging]:
    """Data keys of one master or role key, by id."""
    query = (
        select(data_keys.c.id, data_keys.c.master, data_keys.c.wrapped)
        .where(data_keys.c.master == master, data_keys.c.id > after)
        .order_by(data_keys.c.id)
        .limit(limit)
    )
    return [_hanging(row) for row in tx.execute(query)]


def rehang(tx: Transaction, moved: Sequence[Rehung]) -> None:
    """Write the new wrappings; a key that was dropped or moved meanwhile is left alone."""
    rows = [
        {"key": m.before.id, "was": m.before.master, "now_on": m.master, "rewrapped": m.wrapped}
        for m in moved
    ]
    if rows:
        tx.execute(_REHANG, rows)


def counts(tx: Transaction) -> dict[str, int]:
    """How many data keys hang on which key."""
    query = select(data_keys.c.master, func.count().label("number"))
    rows = tx.execute(query.group_by(data_keys.c.master)).mappings()
    return {row["master"]: row["number"] for row in rows}


def expose(tx: Transaction, key_id: str, municipality: str) -> None:
    """Remember that this key should hang on a role key of the municipality."""
    if is_exposed(tx, key_id):
        return
    row = {"key_id": key_id, "municipality": municipality, "at": tx.now}
    tx.execute(insert(exposed_keys), row)


def is_exposed(tx: Transaction, key_id: str) -> bool:
    """Should this key hang on a role key?"""
    known = select(exposed_keys.c.key_id).where(exposed_keys.c.key_id == key_id)
    return tx.execute(known).first() is not None


def exposed(tx: Transaction, municipality: str, *, limit: int) -> list[Hanging]:
    """Keys of the municipality that should hang on a role key; they stay so until the commit."""
    query = (
        select(data_keys.c.id, data_keys.c.master, data_keys.c.wrapped)
        .join(exposed_keys, exposed_keys.c.key_id == data_keys.c.id)
        .where(exposed_keys.c.municipality == municipality)
        .order_by(exposed_keys.c.at)
        .limit(limit)
        .with_for_update()
    )
    return [_hanging(row) for row in tx.execute(query)]


def covered(tx: Transaction, keys: Collection[str]) -> None:
    """These hang on a role key now."""
    tx.execute(delete(exposed_keys).where(exposed_keys.c.key_id.in_(list(keys))))


def count_exposed(tx: Transaction) -> dict[str, int]:
    """How many keys hang on a master key against the wish of their municipality."""
    query = select(exposed_keys.c.municipality, func.count().label("number"))
    rows = tx.execute(query.group_by(exposed_keys.c.municipality)).mappings()
    return {row["municipality"]: row["number"] for row in rows}


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
        drop(tx, orphans)


def count(tx: Transaction) -> int:
    """How many data keys there are."""
    return int(tx.execute(select(func.count()).select_from(data_keys)).scalar_one())


def secret(tx: Transaction, name: str) -> Hanging | None:
    """A wrapped secret of the service itself."""
    query = select(own_secrets.c.name, own_secrets.c.master, own_secrets.c.wrapped)
    row = tx.execute(query.where(own_secrets.c.name == name).with_for_update()).one_or_none()
    return _hanging(row) if row else None


def keep_secret(tx: Transaction, name: str, wrapped: bytes, *, master: str) -> Hanging:
    """Keep a secret unless there is one; answers the one that stays."""
    if (known := secret(tx, name)) is not None:
        return known
    tx.execute(insert(own_secrets), {"name": name, "wrapped": wrapped, "master": master})
    return Hanging(name, master, wrapped)


def change_secret(tx: Transaction, name: str, wrapped: bytes, *, master: str) -> None:
    """Keep it under another master key."""
    chosen = update(own_secrets).where(own_secrets.c.name == name)
    tx.execute(chosen.values(wrapped=wrapped, master=master))


def secrets(tx: Transaction) -> list[str]:
    """The names of all own secrets."""
    return list(tx.execute(select(own_secrets.c.name).order_by(own_secrets.c.name)).scalars())


def _hanging(row: Row[Any]) -> Hanging:
    return Hanging(*tuple(row))
