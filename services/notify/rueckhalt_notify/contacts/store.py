# SPDX-License-Identifier: EUPL-1.2
"""The contacts table, and the two-way road between its rows and Contact."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from sqlalchemy import (
    Column,
    Integer,
    RowMapping,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from rueckhalt_notify.contacts.domain import Contact
from rueckhalt_notify.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

contacts = Table(
    "contacts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False, index=True),
    Column("owner_kind", String(8), nullable=False),
    Column("owner_id", String(36), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("address", String(320), nullable=False),
    Column("language", String(8), nullable=False),
    Column("state", String(12), nullable=False),
    Column("max_level", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("soft_bounces", Integer, nullable=False),
    Column("verified_until_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    UniqueConstraint("owner_id", "channel", "address"),
)
_ALL = select(contacts)
_OF_OWNERS = _ALL.where(contacts.c.owner_id.in_(bindparam("owners", expanding=True)))
_OF_IDS = _ALL.where(contacts.c.id.in_(bindparam("ids", expanding=True)))
_SOFT = (
    update(contacts)
    .where(contacts.c.id == bindparam("key"))
    .values(soft_bounces=bindparam("bounces"))
)


def add(tx: Transaction, contact: Contact) -> None:
    """A new contact."""
    tx.execute(insert(contacts), asdict(contact))


def get(tx: Transaction, contact_id: str) -> Contact | None:
    """The contact of that id."""
    return next(iter(with_ids(tx, [contact_id])), None)


def with_ids(tx: Transaction, ids: Iterable[str]) -> list[Contact]:
    """The contacts of these ids."""
    return _read(tx.execute(_OF_IDS, {"ids": list(ids)}).mappings())


def of_owners(tx: Transaction, owners: Iterable[str]) -> list[Contact]:
    """All contacts of these persons and partners, usable or not."""
    return _read(tx.execute(_OF_OWNERS, {"owners": list(owners)}).mappings())


def save(tx: Transaction, contact: Contact) -> None:
    """The contact as it is now."""
    values = asdict(contact)
    tx.execute(update(contacts).where(contacts.c.id == values.pop("id")).values(values))


def set_soft_bounces(tx: Transaction, contact_id: str, bounces: int) -> None:
    """How many soft bounces came without a success between."""
    tx.execute(_SOFT, {"key": contact_id, "bounces": bounces})


def page(
    tx: Transaction,
    *,
    within: Sequence[str],
    state: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Contact]:
    """A page in the order of ids; `within` lists beginnings of regional keys, "*" is all."""
    statement = _ALL.where(contacts.c.id > after)
    if "*" not in within:
        statement = statement.where(or_(*(contacts.c.municipality.startswith(m) for m in within)))
    if state is not None:
        statement = statement.where(contacts.c.state == state)
    return _read(tx.execute(statement.order_by(contacts.c.id).limit(limit)).mappings())


def _read(rows: Iterable[RowMapping]) -> list[Contact]:
    return [Contact(**dict(row)) for row in rows]
