# SPDX-License-Identifier: EUPL-1.2
"""The wrapped keys. What hangs on a key refers to it, so that none can go too early."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    LargeBinary,
    RowMapping,
    String,
    Table,
    bindparam,
    delete,
    insert,
    inspect,
    select,
    update,
)

from rueckhalt_notify.tables import metadata
from rueckhalt_notify.vault.domain import Standing
from rueckhalt_shared.database import Transaction, UtcDateTime

# Which master keys are in use. A process that still holds a dropped one can wrap nothing more.
master_keys = Table(
    "master_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("since_at", UtcDateTime, nullable=False),
)
municipality_keys = Table(
    "municipality_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("master", ForeignKey("master_keys.id"), nullable=False),
    Column("municipality", String(12), nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("retired_at", UtcDateTime),
)
_k = municipality_keys.c
_FIND = select(_k.id, _k.master, _k.wrapped).where(_k.id == bindparam("key"))
_CURRENT = (
    select(_k.id, _k.master, _k.wrapped)
    .where(_k.municipality == bindparam("municipality"), _k.retired_at.is_(None))
    .order_by(_k.made_at.desc(), _k.id)
    .limit(1)
)


def masters_in_use(tx: Transaction) -> set[str]:
    """The ids of the master keys in use; empty before anything was sealed, or migrated."""
    if not inspect(tx.connection).has_table(master_keys.name):
        return set()
    return set(tx.execute(select(master_keys.c.id)).scalars())


def add_master(tx: Transaction, master: str) -> None:
    """A master key comes into use, unless it is."""
    known = select(master_keys.c.id).where(master_keys.c.id == master)
    if tx.execute(known).first() is None:
        tx.execute(insert(master_keys), {"id": master, "since_at": tx.now})


def drop_masters(tx: Transaction, *, but: str) -> list[str]:
    """Forget the master keys on which no key hangs any more; answers those that stay."""
    used = set(tx.execute(select(_k.master).distinct()).scalars())
    stay = used | {but}
    tx.execute(delete(master_keys).where(master_keys.c.id.not_in(sorted(stay))))
    return sorted(used - {but})


def add(tx: Transaction, values: dict[str, Any]) -> None:
    """A new municipality key, wrapped."""
    tx.execute(insert(municipality_keys), values)


def find(tx: Transaction, key_id: str) -> RowMapping | None:
    """The wrapped key of that id."""
    return tx.execute(_FIND, {"key": key_id}).mappings().one_or_none()


def current(tx: Transaction, municipality: str) -> RowMapping | None:
    """The key new content of a municipality is sealed with."""
    return tx.execute(_CURRENT, {"municipality": municipality}).mappings().one_or_none()


def standing(tx: Transaction) -> list[Standing]:
    """All keys, by municipality, the oldest first."""
    columns = (_k.id, _k.master, _k.municipality, _k.made_at, _k.retired_at)
    rows = tx.execute(select(*columns).order_by(_k.municipality, _k.made_at, _k.id))
    return [Standing(**row) for row in rows.mappings()]


def retire(tx: Transaction, at: datetime) -> int:
    """Every key in use is to go; answers how many."""
    return tx.execute(
        update(municipality_keys).where(_k.retired_at.is_(None)).values(retired_at=at)
    ).rowcount


def drop(tx: Transaction, key_id: str) -> None:
    """A key on which nothing hangs any more; raises IntegrityError where something does."""
    tx.execute(delete(municipality_keys).where(_k.id == key_id))
